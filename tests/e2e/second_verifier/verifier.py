#!/usr/bin/env python3
"""A second verifier of receipts, written to docs/formats. It shares no code with Comity and needs only Python.

usage: verifier.py POLICY [--step STEP]... RECEIPT...
One line for each receipt, "valid FOUND AS-OF" (seconds since 1970) or "refused: WHY". Ends with 0 if all are valid,
else with 1. DEPARTURE from the pages: of values of objects and of records on the log it reads no more than it needs;
what they hold is vouched for by the quorum, and canonical or not changes no answer. Policies are read as Comity writes
them, not all of tlog-policy.
"""
import base64
import hashlib
import re
import sys

import ed25519

NUMBER_MAX = 2**64 - 1
SIZE_MAX = 2**62


class Refused(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Refused(why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def to_base64(data):
    return base64.b64encode(data).decode("ascii")


def from_base64(text, size=None):
    need(re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", text) and len(text) % 4 == 0, "base64 expected")
    data = base64.b64decode(text)
    need(to_base64(data) == text and size in (None, len(data)), "base64: another length, or unused bits that are not zero")
    return data


def number(text, most=NUMBER_MAX):
    need(re.fullmatch(r"0|[1-9][0-9]{0,19}", text) and int(text) <= most, f"a number up to {most} expected")
    return int(text)


class Lines:
    """Takes a text apart from its beginning."""

    def __init__(self, text):
        self.rest = text

    def line(self):
        line, feed, self.rest = self.rest.partition("\n")
        need(feed, "a line expected")
        return line

    def value(self, name):
        line = self.line()
        need(line.startswith(name + ": ") and len(line) > len(name) + 2, f"'{name}: ' and a value expected")
        return line[len(name) + 2:]

    def empty(self):
        need(self.line() == "", "an empty line expected")

    def paragraph(self):
        paragraph, gap, self.rest = self.rest.partition("\n\n")
        need(gap and paragraph and paragraph[0] != "\n", "lines and an empty line expected")
        return paragraph + "\n"


# --- notes.md: keys, signed notes, checkpoints -----------------------------------------------------------------------


def check_key_name(name):
    need(0 < len(name.encode()) <= 300 and not re.search(r"[\x00-\x1f\x7f-\x9f\s+]", name), "not a key name")


def key_id(name, data):
    return sha256(name.encode(), b"\n", data)[:4]


def parse_vkey(text, wanted_type):
    """Name, key id, public key."""
    parts = text.split("+", 2)
    need(len(parts) == 3, "not a vkey")
    check_key_name(parts[0])
    data = from_base64(parts[2], 33)
    need(data[0] == wanted_type and ed25519.is_registrable(data[1:]), "a key of another type, or not of prime order")
    need(parts[1] == key_id(parts[0], data).hex(), "the key id does not fit the key")
    return parts[0], bytes.fromhex(parts[1]), data[1:]


def split_note(note):
    """The text that is signed, and the signatures by name and key id."""
    need(len(note.encode()) <= 16384 and not re.search(r"[\x00-\x09\x0b-\x1f]", note), "not the bytes of a signed note")
    text, gap, signatures = note.rpartition("\n\n")
    need(gap and signatures.endswith("\n"), "an empty line and signatures expected")
    found = {}
    for line in signatures[:-1].split("\n"):
        parts = line.split(" ", 2)
        need(len(parts) == 3 and parts[0] == "\u2014", "a signature line expected")
        check_key_name(parts[1])
        data = from_base64(parts[2])
        need(len(data) > 4 and (parts[1], data[:4]) not in found, "no signature after the key id, or one key twice")
        found[parts[1], data[:4]] = data[4:]
    need(len(found) <= 16, "too many signatures")
    return text + "\n", found


def check_checkpoint(note, policy):
    """Size, root, and the time at which the quorum last held."""
    text, signatures = split_note(note)
    lines = text.split("\n")
    need(len(lines) == 4 and lines[0] == policy.origin, "three lines of a checkpoint of this log expected")
    size, root = number(lines[1], SIZE_MAX), from_base64(lines[2], 32)
    name, id_bytes, key = policy.log
    need((name, id_bytes) in signatures, "the log has not signed")
    need(len(signatures[name, id_bytes]) == 64, "a signature has 64 bytes")
    need(ed25519.verifies(key, text.encode(), signatures[name, id_bytes]), "the log's signature does not verify")
    times = []
    for name, id_bytes, key in policy.members.values():
        if (name, id_bytes) in signatures:
            data = signatures[name, id_bytes]
            time = int.from_bytes(data[:8], "big")
            need(len(data) == 72 and time <= 253402300799, "eight bytes of time and a signature expected")
            message = f"cosignature/v1\ntime {time}\n{text}".encode()
            need(ed25519.verifies(key, message, data[8:]), f"the cosignature of {name} does not verify")
            times.append(time)
    need(len(times) >= policy.quorum, "no quorum of cosignatures")
    return size, root, sorted(times, reverse=True)[policy.quorum - 1]


# --- log.md, state.md: the two kinds of trees ------------------------------------------------------------------------


def check_log_proof(text, leaf, policies):
    """C2SP tlog-proof of `leaf`: its index, the tree's size, and for each policy the time of its quorum."""
    lines = Lines(text)
    need(lines.line() == "c2sp.org/tlog-proof@v1", "a tlog-proof expected")
    word, _, index = lines.line().partition(" ")
    need(word == "index", "index expected")
    index, path = number(index, SIZE_MAX), []
    while line := lines.line():
        need(len(path) < 63, "more than 63 hashes")
        path.append(from_base64(line, 32))
    checked = [check_checkpoint(lines.rest, policy) for policy in policies]
    size, root, _ = checked[0]
    need(index < size, "an index beyond the tree")
    position, last, value = index, size - 1, sha256(b"\0", leaf.encode())
    for sibling in path:  # RFC 9162 section 2.1.3.2
        need(last > 0, "more hashes than levels")
        if position & 1 or position == last:
            value = sha256(b"\1", sibling, value)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            value = sha256(b"\1", value, sibling)
        position, last = position >> 1, last >> 1
    need(last == 0 and value == root, "the leaf is not in the tree")
    return index, size, [time for _, _, time in checked]


def bits_of(data):
    return "".join(f"{byte:08b}" for byte in data)


def take_state_proof(lines, trie, name, text):
    """The state in which the trie `trie` (0: objects, 1: rules) holds this text under `name`; None: nothing."""
    key, empty = sha256(name.encode()), bytes(32)
    path, depth, bitmap = bits_of(key), number(lines.value("depth"), 256), ""
    if depth:
        bitmap = bits_of(from_base64(lines.value("siblings"), (depth + 7) // 8))
        need("1" not in bitmap[depth:], "bits beyond the depth")
        need(bitmap[depth - 1] == "1", "a shorter proof would do")
    siblings = [from_base64(lines.value("hash"), 32) if bit == "1" else empty for bit in bitmap[:depth]]
    need(bitmap.count("0", 0, depth) == siblings.count(empty), "an empty sibling is listed")
    word, *other = lines.value("terminal").split(" ")
    need((word == "leaf") == (text is not None), "the terminal contradicts 'found'")
    if word == "other" and len(other) == 2:
        other_key, text_hash = from_base64(other[0], 32), from_base64(other[1], 32)
        need(other_key != key and bits_of(other_key)[:depth] == path[:depth], "another leaf that does not stand here")
        node = sha256(b"\2", other_key, text_hash)
    else:
        need(not other and (word == "leaf" or word == "empty" and depth < 256), "leaf, other or empty expected")
        node = sha256(b"\2", key, sha256(text.encode())) if word == "leaf" else empty
    for level in reversed(range(depth)):
        node = sha256(b"\3", *((siblings[level], node) if path[level] == "1" else (node, siblings[level])))
    roots = [from_base64(lines.value(root), 32) for root in ("objects", "rules", "ranges4", "ranges6", "asns")]
    need(node == roots[trie], "the path leads to another root")
    return sha256(b"\4", *roots)


def check_block(lines, origin, state, policies):
    """From the empty line after the five roots to the end: the time of each policy's quorum."""
    lines.empty()
    block = lines.paragraph()
    parts = re.fullmatch(rf"comity/1 block {re.escape(origin)}\nheight: (.+)\ntime: \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n"
                         r"records: (.+)\n(?:effect: [a-z]+ .{44}\n){0,500}state: (.+)\n", block, re.ASCII)
    need(parts, "a block record of this registry expected")
    number(parts[1])
    number(parts[2])
    need(from_base64(parts[3], 32) == state, "the five roots do not give the block's state")
    index, size, times = check_log_proof(lines.rest, block, policies)
    need(index == size - 1, "the block record is not the last leaf")
    return times


# --- receipts.md: policies, steps, receipts --------------------------------------------------------------------------


class Policy:
    def __init__(self, text):
        lines = text.split("\n")
        head = re.fullmatch(r"# comity/1 policy (\S+)\n# epoch: (\d+)\n# genesis: (\S+)", "\n".join(lines[:3]), re.ASCII)
        need(head and len(lines) > 6 and lines.pop() == "" and lines.pop() == "quorum members", "a policy of ours expected")
        self.text, self.origin, self.epoch, self.genesis = text, head[1], number(head[2]), from_base64(head[3], 32)
        self.log_line, self.members = lines[3], {}
        need(self.log_line.startswith("log "), "a log expected")
        self.log = parse_vkey(self.log_line[4:], 1)
        need(self.log[0] == self.origin, "the log key's name is not the origin")
        for line in lines[4:-1]:
            word, handle, vkey = (line.split(" ") + ["", ""])[:3]
            need(word == "witness" and handle not in self.members, "a witness expected")
            self.members[handle] = parse_vkey(vkey, 4)
        word, name, count, *handles = (lines[-1].split(" ") + ["", ""])
        need((word, name) == ("group", "members") and handles[:-2] == list(self.members), "the group of all expected")
        self.quorum = number(count, len(self.members))
        need(self.quorum > 0, "a quorum of nobody")


def policy_text(origin, epoch, genesis, log_line, cosigners):
    """The one policy that follows from the state; cosigners: handles and public keys, in order."""
    text = f"# comity/1 policy {origin}\n# epoch: {epoch}\n# genesis: {to_base64(genesis)}\n{log_line}\n"
    for handle, key in cosigners:
        name, data = f"{origin}/{handle}", b"\4" + key
        text += f"witness {handle} {name}+{key_id(name, data).hex()}+{to_base64(data)}\n"
    quorum = len(cosigners) - (len(cosigners) - 1) // 3
    return text + f"group members {quorum} {' '.join(handle for handle, _ in cosigners)}\nquorum members\n"


def walk(text, old):
    """The policy to which a step leads from `old`."""
    need(len(text.encode()) <= 2**20, "more than 1 MiB")
    lines = Lines(text)
    need(lines.line() == f"comity/1 policy-step {old.origin}", "a step of this registry expected")
    start, end = number(lines.value("from")), number(lines.value("to"))
    if end <= old.epoch:
        return old
    need(start == old.epoch and end > start, "a step from another epoch")
    lines.empty()
    new, entry = Policy(lines.paragraph()), lines.paragraph()
    state = take_state_proof(lines, 1, "policy:current", entry)
    check_block(lines, old.origin, state, [old, new])
    rest, cosigners = Lines(entry), []
    need(rest.line() == "policy: current" and number(rest.value("number")) == end, "the entry of another policy")
    number(rest.value("height"))
    while rest.rest:
        handle, _, key = rest.value("cosigner").partition(" ")
        data = from_base64(key, 33)
        need(data[0] == 1 and (not cosigners or cosigners[-1][0] < handle), "cosigners, sorted, expected")
        cosigners.append((handle, data[1:]))
    need(0 < len(cosigners) <= 22, "1 to 22 cosigners expected")
    need(new.text == policy_text(old.origin, end, old.genesis, old.log_line, cosigners), "another policy follows")
    return new


def check_object(text, claim, found):
    lines = text.split("\n")
    need(lines[0] == claim.replace(" ", ": ", 1), "another object")
    need(lines[1].startswith("version: ") and number(lines[1][9:]) > 0, "a version expected")
    need((len(lines) == 4 and lines[2].startswith("became: ")) == (found == "tombstone"), "not what 'found' says")


def verify(text, policy):
    """What the receipt shows and since when."""
    need(len(text.encode()) <= 2**20, "more than 1 MiB")
    lines = Lines(text)
    need(lines.line() == f"comity/1 receipt {policy.origin}", "a receipt of this registry expected")
    claim = lines.value("object") if lines.rest.startswith("object: ") else None
    found = lines.value("found")
    if found == "record" and not claim:
        index = number(lines.value("index"), SIZE_MAX)
        lines.empty()
        leaf, mark, proof = lines.rest.partition("\nc2sp.org/tlog-proof@v1\n")
        need(re.match(rf"comity/1 [a-z]+ {re.escape(policy.origin)}\n", leaf), "a record of this registry expected")
        proven, _, times = check_log_proof(mark[1:] + proof, leaf, [policy])
        need(proven == index, "a proof for another index")
        return found, times[0]
    need(claim and found in ("value", "tombstone", "nothing"), "a claim expected")
    lines.empty()
    text = None if found == "nothing" else lines.paragraph()
    if text:
        check_object(text, claim, found)
    state = take_state_proof(lines, 0, claim.replace(" ", ":", 1), text)
    return found, check_block(lines, policy.origin, state, [policy])[0]


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def main(words):
    try:
        policy = Policy(read(words.pop(0)))
        while words and words[0] == "--step":
            policy, words = walk(read(words[1]), policy), words[2:]
    except (Refused, UnicodeDecodeError) as error:
        print("refused:", error)
        return 1
    all_valid = True
    for path in words:
        try:
            print("valid", *verify(read(path), policy))
        except (Refused, UnicodeDecodeError) as error:
            print("refused:", error)
            all_valid = False
    return 0 if all_valid else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

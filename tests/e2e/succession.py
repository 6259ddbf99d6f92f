#!/usr/bin/env python3
"""Aim: docs/operations/successor.md with real processes: the hub is lost for good, the members go on in a new log founded from
their own copies, clients and mirrors that hold the old policy walk over by themselves, and the old log is over even if
its hub returns.
Method: a hub of four members; its folder is deleted; every attack on the way is tried before the right step is taken.
use: succession.py   (COMITY: the program)"""
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

from fleet import COMITY, Broken, Fleet, Member, demand, get, run, wait_until

NEW = "new.example/fleet"


def refused(reason, *arguments):
    """The command answers no, and says why."""
    done = run(*arguments, codes=None)
    said = done.stdout + done.stderr
    demand(f"comity {' '.join(arguments)} should be refused with '{reason}', it gave {done.returncode}:\n{said}",
           done.returncode != 0 and reason in said)


def sign(work, letter, draft, *more, out=None):
    return ["succeed", "sign", draft, f"{work}/{letter}", "--keys", f"{work}/home-{letter}", *more, "-o",
            out or f"{work}/{letter}.signed"]


def draft(work, letter, name, origin=NEW):
    return ["succeed", "draft", f"{work}/{letter}", "--origin", origin, "--keys", f"{work}/{name}", "-o",
            f"{work}/{name}.draft"]


def lose_the_hub(fleet):
    """Its folder is gone; a copy plays the hub that comes back when nobody waits for it any more."""
    fleet.hub.kill()
    shutil.copytree(fleet.hub.dir, f"{fleet.work}/returned")
    shutil.rmtree(fleet.hub.dir)
    for letter in "BCD":
        fleet[letter].stop()


def found_successor(fleet):
    """Drafted, signed at home, sealed; what must be refused on the way is tried first."""
    work = fleet.work
    run(*draft(work, "b", "new"))
    refused("MEMBER-X: it does not exist", "succeed", "draft", f"{work}/b", "--origin", NEW, "--keys", f"{work}/x", "--without", "MEMBER-X")
    refused("3 members", *draft(work, "b", "few"), "--without", "MEMBER-A", "--without", "MEMBER-B")
    # Altered on its way: another key for the log, another end, a state of its own.
    text = open(f"{work}/new.draft", encoding="utf-8").read()
    for line in ("checkpoint: ", "roots: ", "policy: ", "predecessor: "):
        old = next(one for one in text.splitlines() if one.startswith(line))
        words = old.split(" ")
        words[1 if line == "roots: " else -1] = "7" if line == "policy: " else "A" * 43 + "="
        with open(f"{work}/altered.draft", "w", encoding="utf-8") as file:
            file.write(text.replace(old, " ".join(words)))
        refused("altered-draft", *sign(work, "c", f"{work}/altered.draft"))
    # What counts and is left out, and what this copy does not have yet.
    run("succeed", "draft", f"{work}/older", "--origin", NEW, "--keys", f"{work}/new", "-o", f"{work}/older.draft")
    refused("older-predecessor", *sign(work, "c", f"{work}/older.draft"))
    refused("newer-predecessor", "succeed", "sign", f"{work}/new.draft", f"{work}/older", "--keys", f"{work}/home-d")
    cosign_more(work)
    refused("cosigned-more", "succeed", "sign", f"{work}/new.draft", f"{work}/ahead", "--keys", f"{work}/home-b")
    demand("nothing was promised for what was refused", not os.path.exists(f"{work}/home-b/MEMBER-B.succeeded"))
    run(*sign(work, "b", f"{work}/new.draft", "--keys", f"{work}/new"))
    # Two of four are too few, and a member signs one successor only: its keys remember, and so does its folder.
    refused("2 members of the predecessor signed, 3 are asked for", "succeed", "seal", f"{work}/b", f"{work}/b.signed",
            *seal_rest(work, sign(work, "c", f"{work}/new.draft", out=f"{work}/c.signed")))
    run(*draft(work, "c", "second", "second.example/fleet"))
    refused("succeeded-otherwise", *sign(work, "c", f"{work}/second.draft", out=f"{work}/bad.signed"))
    shutil.copytree(f"{work}/c", f"{work}/c-copy")
    os.remove(f"{work}/c-copy/succeeded")
    refused("succeeded-otherwise", "succeed", "sign", f"{work}/second.draft", f"{work}/c-copy", "--keys", f"{work}/home-c",
            "-o", f"{work}/bad.signed")
    run(*sign(work, "d", f"{work}/new.draft"))
    signed = [f"{work}/{letter}.signed" for letter in "bcd"]
    run("succeed", "seal", f"{work}/c", *signed, "-o", f"{work}/new.genesis", "--step", f"{work}/2.step")
    # The same bytes whoever seals.
    run("succeed", "seal", f"{work}/d", *reversed(signed), "-o", f"{work}/again.genesis", "--step", f"{work}/again.step")
    demand("two sealed the same", open(f"{work}/new.genesis", "rb").read() == open(f"{work}/again.genesis", "rb").read())


def cosign_more(work):
    """A copy of B's folder whose member cosigned a block that nobody saw count."""
    shutil.copytree(f"{work}/b", f"{work}/ahead")
    path = f"{work}/ahead/members/MEMBER-B/cosigned"
    lines = open(path, encoding="ascii").read().splitlines(keepends=True)[:-1]
    lines[1] = f"size: {int(lines[1].split()[1]) + 1}\n"
    body = "".join(lines).encode()
    with open(path, "wb") as file:
        file.write(body + b"end: " + base64.b64encode(hashlib.sha256(body).digest()) + b"\n")


def seal_rest(work, signing):
    run(*signing)
    return [f"{work}/c.signed", "-o", f"{work}/few.genesis", "--step", f"{work}/few.step"]


def open_folders(fleet):
    """The new hub is B's; C and D open their folders from their own copies. A has lost its machine, and follows with
    nothing but its operator key and the old policy."""
    work = fleet.work
    members = {letter: Member(fleet, f"MEMBER-{letter}") for letter in "BCDA"}
    for letter, member in members.items():
        member.dir = f"{work}/new-{letter.lower()}"
    hub = members["B"]
    common = ["--genesis", f"{work}/new.genesis", "--step", f"{work}/2.step"]
    run("succeed", "open", hub.dir, "--from", f"{work}/b", *common, "--keys", hub.home, "--keys", f"{work}/new")
    refused("opened-before", "succeed", "open", f"{work}/twice", "--from", f"{work}/b", *common, "--keys", hub.home, "--keys",
            f"{work}/new")
    for letter in "CD":
        run("succeed", "open", members[letter].dir, "--from", f"{work}/{letter.lower()}", *common, "--keys",
            members[letter].home, "--hub", hub.url, "--sequencer", "MEMBER-B")
    for letter in "BCD":
        members[letter].start()
    for letter in "BCD":
        members[letter].wait_ready()
    # `follow` makes the folder and runs; it is stopped, and started as the others are.
    follow = members["A"]
    follow.process = subprocess.Popen(
        [COMITY, "follow", hub.url, "--policy", f"{work}/old.policy", "--dir", follow.dir, "--keys", follow.home, "--listen",
         f"127.0.0.1:{follow.port}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until("A to walk over with its old policy", lambda: follow.checkpoint()[0] > 0)
    follow.stop()
    follow.start().wait_ready()
    return members


def check_clients(fleet, hub):
    work = fleet.work
    old, step = ["--policy", f"{work}/old.policy"], ["--step", f"{work}/2.step"]
    fresh = Member.store_receipt(hub, "organisation", "ORG-NEW", f"{work}/new.receipt")
    demand("a receipt of the new log", NEW.encode() in fresh)
    run("verify", f"{work}/old.receipt", *old)
    done = run("verify", f"{work}/old.receipt", f"{work}/new.receipt", *old, *step, "--json")
    verdicts = json.loads(done.stdout)
    demand("both receipts are valid", [one["valid"] for one in verdicts] == [True, True])
    demand("the old one says where the log goes on", verdicts[0]["goes_on_as"] == NEW and "goes_on_as" not in verdicts[1])
    refused("not valid", "verify", f"{work}/new.receipt", *old)
    # Over a URL: with the old policy alone, and in a cache that knew the old hub under the same address.
    status = json.loads(run("status", hub.url, "--policy", f"{work}/old.policy", "--json").stdout)
    demand("a client with the old policy reads the new log", status["origin"] == NEW)
    run("fsck", hub.url, "--policy", f"{work}/old.policy")


def organisation(work, name, place, member):
    """The command that proposes one."""
    key = f"{work}/{name}.key"
    run("key", "new", name, "--role", "admin", "--file", key)
    value = json.loads(run("key", "show", key, "--json").stdout)["key"]
    return ["propose", place, "organisation", name, "--create", "--by", member.handle, "--add", f"org-name={name}", "--add",
            f"auth=admin {value}", "--keys", member.home]


def body_of(place):
    return get(f"{place}/checkpoint")[2].splitlines()[:3]


def check_the_old_log_is_over(fleet, mirror, members):
    """The hub returns at its old address with the old log, and nobody cosigns it; then a member serves the new log at that
    address, and the mirror goes by the step."""
    hub, old = fleet.hub, fleet["C"]
    hub.dir = f"{fleet.work}/returned"
    hub.start()
    old.start().wait_ready()
    wait_until("the old hub to answer", lambda: get(f"{hub.url}/policy")[0] == 200)
    before = body_of(old.url)
    step = get(f"{old.url}/policies/2.step")
    demand("an old folder shows its readers the way", step[0] == 200 and step[2].startswith(b"comity/1 successor "))
    late = subprocess.Popen([COMITY, *organisation(fleet.work, "ORG-LATE", hub.url, hub)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        late.wait(4)
        raise Broken("the old hub counted a record, or said no")
    except subprocess.TimeoutExpired:
        late.kill()
        late.wait()
    demand("the old log stands still", body_of(hub.url) == before == body_of(old.url))
    hub.kill()
    old.stop()
    other = Member(fleet, "MEMBER-C")
    other.dir, other.port, other.url = members["C"].dir, hub.port, hub.url
    members["C"].stop()
    try:
        other.start().wait_ready()
        wait_until("the mirror to see the successor", lambda: os.path.exists(f"{mirror.dir}/succeeded"))
        demand("the mirror serves on what was", body_of(mirror.url) == before)
        status = json.loads(run("status", other.url, "--json").stdout)
        demand("a cache that knew the old log under this address walks on", status["origin"] == NEW)
        other.stop()
    finally:
        if other.process.poll() is None:
            other.kill()
    mirror.stop()


def succeed_again(fleet, members):
    """The successor has a successor: the client of the first log walks over both, and nothing leads back."""
    work = fleet.work
    for letter in "BDA":
        members[letter].stop()
    origin = "newer.example/fleet"
    run("succeed", "draft", f"{work}/new-d", "--origin", origin, "--keys", f"{work}/newer", "-o", f"{work}/newer.draft")
    signed = []
    for letter in "bcd":
        signed.append(f"{work}/{letter}.newer")
        run("succeed", "sign", f"{work}/newer.draft", f"{work}/new-{letter}", "--keys", f"{work}/home-{letter}",
            *(["--keys", f"{work}/newer"] if letter == "d" else []), "-o", signed[-1])
    run("succeed", "seal", f"{work}/new-d", *signed, "-o", f"{work}/newer.genesis", "--step", f"{work}/3.step")
    steps = ["--step", f"{work}/2.step", "--step", f"{work}/3.step"]
    done = run("verify", f"{work}/old.receipt", f"{work}/new.receipt", "--policy", f"{work}/old.policy", *steps, "--json")
    demand("both logs have ended", [one.get("goes_on_as") for one in json.loads(done.stdout)] == [origin, origin])
    refused("no-successor", "verify", f"{work}/old.receipt", "--policy", f"{work}/old.policy", *steps[2:])
    # What was promised for the first log stands.
    refused("succeeded-otherwise", *sign(work, "c", f"{work}/second.draft", out=f"{work}/bad.signed"))
    refused("succeeded: ", "serve", members["B"].dir)
    # A folder that nobody signed with learns it from a file, and from nobody else's step.
    shutil.copytree(f"{work}/new-a", f"{work}/learner")
    refused("no-successor", "succeed", "learn", f"{work}/learner", "--step", f"{work}/2.step")
    run("succeed", "learn", f"{work}/learner", "--step", f"{work}/3.step")
    demand("it has learnt", os.path.exists(f"{work}/learner/succeeded"))


def main(work):
    fleet = Fleet(work)
    mirror = Member(fleet, "MEMBER-M")
    mirror.dir = f"{work}/mirror"
    try:
        fleet.start_all()
        run("found", "open", mirror.dir, "--genesis", f"{work}/genesis", "--hub", fleet.hub.url, "--sequencer", "MEMBER-A")
        mirror.start().wait_ready()
        fleet.wait_equal()
        fleet["D"].stop()
        shutil.copytree(fleet["D"].dir, f"{work}/older")
        fleet["D"].start().wait_ready()
        fleet.propose_organisation("ORG-OLD")
        fleet.wait_equal()
        shutil.copy(f"{fleet['D'].dir}/policy", f"{work}/old.policy")
        fleet["C"].store_receipt("organisation", "ORG-OLD", f"{work}/old.receipt")
        run("status", fleet.hub.url)  # a cache of the old hub's address
        lose_the_hub(fleet)
        found_successor(fleet)
        members = open_folders(fleet)
        try:
            run(*organisation(work, "ORG-NEW", members["C"].url, members["C"]))
            wait_until("the new members at one checkpoint", lambda: len({one.checkpoint() for one in members.values()}) == 1)
            check_clients(fleet, members["B"])
            check_the_old_log_is_over(fleet, mirror, members)
            succeed_again(fleet, members)
        finally:
            for member in [*members.values(), mirror]:
                if member.process and member.process.poll() is None:
                    member.kill()
    finally:
        fleet.stop_all()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="comity-succession-") as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        try:
            main(folder)
        except Broken as broken:
            sys.exit(str(broken))

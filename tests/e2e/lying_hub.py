#!/usr/bin/env python3
"""Aim: a member's machine catches every kind of lie that a hub can tell, goes on serving the truth, and writes evidence that
`comity verify`, with a log where one is needed, confirms for anybody; altered evidence convinces nobody. Method: four real
members make a log; then a member's folder, copied for each lie, follows a hub that is ours and lies with the real hub's keys,
or the real hub with a clock that is wrong, or one behind a door that holds records back.
use: lying_hub.py   (COMITY: the program; COMITY_CLOCK: the library that moves clocks)"""
import http.server
import json
import os
import re
import shutil
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from fleet import Broken, Clock, Fleet, Member, demand, get, run, wait_until
from liar import Key, Liar, read_leaves

CONFIG = '[hub]\nblock-every = "2s"\n[follow]\npoll-wait = "2s"\npatience = "2s"\n'


# --- what our own hub lies -------------------------------------------------------------------------------------------


def block_after(leaves, now, records, state=None):
    """A block record as the hub's would be, but for the state it claims."""
    text = next(leaf for leaf in reversed(leaves) if leaf.startswith(b"comity/1 block ")).decode()
    text = re.sub(r"effect: .*\n", "", text)
    height = int(re.search(r"height: (\d+)", text)[1]) + 1
    text = re.sub(r"height: \d+", f"height: {height}", text)
    text = re.sub(r"time: .*", time.strftime("time: %Y-%m-%dT%H:%M:%SZ", time.gmtime(now)), text)
    text = re.sub(r"records: \d+", f"records: {records}", text)
    return (re.sub(r"state: .{4}", "state: " + state, text) if state else text).encode()


def with_other_end(leaves):
    return leaves[:-1] + [re.sub(rb"state: .{4}", b"state: AAAA", leaves[-1])]


def before_last_block(leaves):
    ends = [index for index, leaf in enumerate(leaves) if leaf.startswith(b"comity/1 block ")]
    return leaves[:ends[-2] + 1]


def last_record(leaves):
    return next(leaf for leaf in reversed(leaves) if not leaf.startswith(b"comity/1 block "))


# Name, what is offered in place of a next block, kind of the evidence, is a log needed to see it.
LIES = [
    ("two roots for one size", lambda log, now: with_other_end(log), "fork", False),
    ("another history", lambda log, now: with_other_end(log) + [block_after(log, now, 0)], "fork", False),
    ("a log that went back", lambda log, now: before_last_block(log), "rollback", False),
    ("a wrong state root", lambda log, now: log + [block_after(log, now, 0, "AAAA")], "broken-rule", True),
    ("a record that the rules refuse", lambda log, now: log + [last_record(log), block_after(log, now, 1)], "broken-rule", True),
    ("a leaf that is no record", lambda log, now: log + [b"nonsense\0\n", block_after(log, now, 1)], "broken-rule", False),
    ("a log that ends without a block record", lambda log, now: log + [last_record(log)], "broken-rule", True),
]


# --- members -----------------------------------------------------------------------------------------------------------


def follower_of(fleet, url, name, letter="B"):
    """A copy of a member's folder that follows another address."""
    member = Member(fleet, f"MEMBER-{letter}")
    member.home, member.dir = fleet[letter].home, f"{fleet.work}/{name}"
    shutil.copytree(fleet[letter].dir, member.dir)
    with open(f"{member.dir}/registry", "r+", encoding="ascii") as file:
        text = re.sub(r"hub: .*", f"hub: {url}", file.read())
        file.seek(0)
        file.write(text)
        file.truncate()
    return member


def evidence_of(member):
    folder = f"{member.dir}/members/{member.handle}/evidence"
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return sorted(f"{folder}/{name}" for name in names if name.endswith(".evidence"))


def is_halted(member):
    return os.path.exists(f"{member.dir}/members/{member.handle}/halted")


def judge(member, path, *more, codes=(0,)):
    said = run("verify", "--policy", f"{member.dir}/policy", path, *more, "--json", codes=codes)
    return json.loads(said.stdout)[0]


def check_evidence(member, path, kind, needs_log, standing="proven"):
    alone = judge(member, path, codes=(1 if needs_log else 0,))
    demand(f"the evidence is of {alone}", alone["kind"] == kind)
    demand(f"without a log it is {alone['standing']}", (alone["standing"] == "needs-log") == needs_log)
    whole = judge(member, path, "--log", member.dir)
    demand(f"with a log it is {whole['standing']}", whole["standing"] == standing and whole["valid"])
    with open(path, "rb") as file:
        text = file.read()
    refused = 0
    for at in range(40, len(text), max(1, len(text) // 12)):
        with open(f"{member.dir}/altered", "wb") as file:
            file.write(text[:at] + bytes([text[at] ^ 1]) + text[at + 1:])
        answer = judge(member, f"{member.dir}/altered", "--log", member.dir, codes=(0, 1))
        # The words of its writer may be altered: nobody signed them. What is signed and hashed may not.
        refused += not answer["valid"]
    demand(f"altered evidence convinces ({refused} refused)", refused >= 6)


def told_by_liar(fleet, clock, keys, name, lie, kind, needs_log):
    liar = Liar(fleet.origin, *keys)
    truth = read_leaves(f"{fleet['B'].dir}/log")
    with open(f"{fleet['B'].dir}/log/checkpoint", "rb") as file:
        liar.publish(file.read())
    liar.leaves = truth
    member = follower_of(fleet, liar.url, re.sub(r"\W", "-", name))
    try:
        member.start().wait_ready()
        now = clock.now() + 1  # later than what was counted
        liar.offer(lie(truth, now), now)
        paths = wait_until(f"evidence of {name}", lambda: evidence_of(member), 20)
        demand("it cosigned a lie", not liar.cosigned)
        demand("it goes on cosigning", is_halted(member))
        demand("its metrics do not tell", b"\ncomity_halted 1\n" in get(member.url + "/metrics")[2])
        demand("it does not serve the truth any more", member.checkpoint()[0] == len(truth))
        check_evidence(member, paths[0], kind, needs_log)
        member.stop()
        run("resume", member.dir)
        demand("it does not resume", not is_halted(member))
        run("fsck", member.dir)
    finally:
        liar.close()
        if member.process.poll() is None:
            member.kill()
    print(f"{name}: {kind}", flush=True)


def lie_while_forwarding(fleet, clock, keys):
    """The hub keeps the member waiting for a record's answer, and lies meanwhile: what the member executed it opens anew, and
    what was handed in is forwarded again, but not before the first time is over: the member has one line for records."""
    liar = Liar(fleet.origin, *keys)
    liar.stall = 5
    truth = liar.leaves = read_leaves(f"{fleet['B'].dir}/log")
    with open(f"{fleet['B'].dir}/log/checkpoint", "rb") as file:
        liar.publish(file.read())
    member = follower_of(fleet, liar.url, "while-forwarding")
    try:
        member.start().wait_ready()
        threading.Thread(target=fleet.propose_organisation, args=("ORG-F", member, "B", None), daemon=True).start()
        wait_until("the record to be forwarded", lambda: liar.forwarded == 1, 20)
        now = clock.now() + 1
        liar.offer(truth + [block_after(truth, now, 0, "AAAA")], now)
        wait_until("evidence of a lie told meanwhile", lambda: evidence_of(member), 20)
        wait_until("the record to be forwarded again", lambda: liar.forwarded >= 2, 20)
        demand("a record was forwarded over a line that waited for an answer", not liar.is_pushed)
        pledges = os.listdir(f"{member.dir}/members/{member.handle}/pledges")
        demand(f"pledges: {pledges}", len(pledges) == 1)
        member.stop()
        run("fsck", member.dir)
    finally:
        liar.close()
        if member.process.poll() is None:
            member.kill()
    print("a lie while a record is being forwarded: opened anew, forwarded again", flush=True)


# --- the real hub ------------------------------------------------------------------------------------------------------


def clock_ahead(fleet, clock):
    """Two hours: nobody cosigns, and each has it on record; that ends nothing."""
    fast = Clock(f"{fleet.work}/fast")
    fast.move(seconds=clock.shifted + 7_200)
    fleet.hub.environment = fast.environment
    for member in fleet:
        member.start()
    for letter in "BCD":
        paths = wait_until(f"MEMBER-{letter} to see a clock that is ahead", lambda one=letter: evidence_of(fleet[one]), 30)
        check_evidence(fleet[letter], paths[0], "wrong-time", False)
        demand("a clock ends cosigning", not is_halted(fleet[letter]))
    fleet.hub.kill()
    shutil.rmtree(fleet.hub.dir)  # it has executed what nobody will count before that time has come
    shutil.copytree(f"{fleet.work}/a.before", fleet.hub.dir)
    for letter in "BCD":
        shutil.rmtree(os.path.dirname(evidence_of(fleet[letter])[0]))
    print("a clock that is ahead: wrong-time", flush=True)


def clock_behind(fleet, clock):
    """A key's rotation was due a day ago, by the members' clocks: one block without it is forgiven, the next is not."""
    slow = Clock(f"{fleet.work}/slow")
    slow.move(seconds=clock.shifted)
    fleet.hub.environment = slow.environment
    fleet.hub.start().wait_ready()
    fleet.wait_equal()
    run("key", "new", "MEMBER-C", "--role", "registrar", "--file", f"{fleet.work}/new.key")
    run("member", "rotate", fleet.hub.url, "MEMBER-C", "--role", "registrar", "--new", f"{fleet.work}/new.key", "--keys",
        fleet["C"].home)
    fleet.wait_equal()
    clock.move(days=5)
    for letter in "BCD":
        paths = wait_until(f"MEMBER-{letter} to see a clock that is behind", lambda one=letter: evidence_of(fleet[one]), 30)
        # That the block was offered so late is the word of the member: the hub's own clock says otherwise.
        check_evidence(fleet[letter], paths[0], "wrong-time", True, standing="witnessed")
        demand("a clock ends cosigning", not is_halted(fleet[letter]))
    # Put right, it has to offer the block that nobody took first; an hour later they forgive that once more.
    slow.move(days=5, seconds=3_700)
    clock.move(seconds=3_700)
    key = json.loads(run("key", "show", f"{fleet.work}/new.key", "--json").stdout)["key"]
    wait_until("the rotation, now that the clock is right",
               lambda: key in run("show", fleet["B"].url, "member", "MEMBER-C").stdout)
    fleet.wait_equal()
    print("a clock that is behind: wrong-time", flush=True)


class Door(http.server.BaseHTTPRequestHandler):
    """Before the real hub: lets everything through but records."""
    protocol_version = "HTTP/1.1"
    hub = ""

    def log_message(self, *_):
        pass

    def pass_on(self, body=None):
        asked = urllib.request.Request(Door.hub + self.path, data=body)
        for name in ("Content-Type",):
            if name in self.headers:
                asked.add_header(name, self.headers[name])
        try:
            with urllib.request.urlopen(asked, timeout=70) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        except OSError:
            status, text = 502, b""
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        try:
            self.end_headers()
            self.wfile.write(text)
        except ConnectionError:
            pass  # whoever asked has been stopped meanwhile

    def do_GET(self):
        self.pass_on()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/api/v1/records?"):
            body = b"held back"  # the hub refuses that; it never sees the record
        self.pass_on(body)


def held_back(fleet, clock):
    Door.hub = fleet.hub.url
    door = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    door.daemon_threads = True
    threading.Thread(target=door.serve_forever, daemon=True).start()
    fleet["D"].stop()
    member = follower_of(fleet, f"http://127.0.0.1:{door.server_port}", "behind-the-door", "D")
    fleet.members["MEMBER-D"] = member
    try:
        member.start().wait_ready()
        # Whoever hands it in would wait for a minute.
        threading.Thread(target=fleet.propose_organisation, args=("ORG-H", member, "D", None), daemon=True).start()
        pledges = f"{member.dir}/members/{member.handle}/pledges"
        wait_until("the pledge", lambda: os.listdir(pledges), 20)
        # It asks again every minute, and blames the hub once a checkpoint counts that is younger than its patience.
        for _ in range(15):
            clock.move(seconds=61)
            time.sleep(2)
            if evidence_of(member):
                break
        paths = wait_until("evidence of a record held back", lambda: evidence_of(member), 20)
        check_evidence(member, paths[0], "held-back", True, standing="witnessed")
        member.stop()
    finally:
        if member.process.poll() is None:
            member.kill()
        door.shutdown()
    print("a valid record that never gets onto the log: held-back", flush=True)


def stop_at_rest(fleet):
    """A member that cosigned what was not counted before it stopped would see a fork in every lie of that size."""
    for _ in range(10):
        fleet.wait_equal()
        for member in reversed(list(fleet)):
            member.stop()
        with open(f"{fleet['B'].dir}/members/MEMBER-B/cosigned", encoding="ascii") as file:
            cosigned = int(re.search(r"^size: (\d+)$", file.read(), re.MULTILINE)[1])
        if cosigned == len(read_leaves(f"{fleet['B'].dir}/log")):
            return
        fleet.start_all()
    raise Broken("the members never came to rest")


def main():
    with tempfile.TemporaryDirectory(prefix="comity-lying-") as work, Fleet(work, config=CONFIG) as fleet:
        clock = Clock(f"{work}/clock")
        os.environ.update(clock.environment)
        fleet.start_all()
        fleet.wait_equal()
        for name in ("ORG-V", "ORG-W"):
            fleet.propose_organisation(name)
        honest = fleet["D"]
        held_back(fleet, clock)
        fleet.members["MEMBER-D"] = honest
        honest.start().wait_ready()
        stop_at_rest(fleet)
        shutil.copytree(fleet.hub.dir, f"{work}/a.before")
        log_key = next(f"{fleet.hub.home}/{name}" for name in os.listdir(fleet.hub.home) if ".log." in name)
        keys = (Key(log_key), Key(f"{fleet.hub.home}/MEMBER-A.operator.key", f"{fleet.origin}/MEMBER-A", 4))
        for lie in LIES:
            told_by_liar(fleet, clock, keys, *lie)
        lie_while_forwarding(fleet, clock, keys)
        clock_ahead(fleet, clock)
        clock_behind(fleet, clock)
        fleet.stop_and_check()
        print("all caught")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

#!/usr/bin/env python3
"""Aim: the reasons that records name reach every member's machine, and a redaction erases them there, wherever a machine
was meanwhile; a hub that is killed loses no reason of a record on its log. Method: four members and a mirror as processes;
reasons brought to the hub and to another member; one machine away for both; kill -9 of the hub while records come.
use: annexes.py   (COMITY: the program; COMITY_CLOCK: the library that moves clocks)"""
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

from fleet import COMITY, Broken, Clock, Fleet, Member, demand, get, run, wait_until


CONFIG = '[hub]\nblock-every = "2s"\n'


def propose(fleet, name, reason, at=None, by="A", codes=(0,)):
    return fleet.propose_organisation(name, at=at, by=by, codes=codes, more=("--reason", reason))


def commitments(member):
    """Of all records on the log that name an annex, in base64."""
    return re.findall(r"^annex: (\S{44})$", run("log", member.dir, "--full").stdout, re.MULTILINE)


def path_of(commitment):
    return "annex/" + commitment.replace("+", "-").replace("/", "_").rstrip("=")


def has(member, commitment):
    return get(f"{member.url}/{path_of(commitment)}")[0] == 200


def name_controller(fleet, clock):
    """Who may redact stands in the charter, whose changes take two months."""
    said = run("propose", fleet.hub.url, "charter", "registry", "--by", "MEMBER-A", "--add", "controller=MEMBER-A", "--keys",
               fleet["A"].home).stdout
    proposal = [word for word in said.split() if len(word) == 44 and word.endswith("=")][-1]
    for letter in "ABC":
        run("vote", fleet.hub.url, proposal, "yes", "--by", f"MEMBER-{letter}", "--keys", fleet[letter].home)
    clock.move(days=61)
    wait_until("the charter to change",
               lambda: "controller: MEMBER-A" in run("show", fleet.hub.url, "charter", "registry").stdout)


def start_mirror(fleet):
    mirror = Member(fleet, "MEMBER-M")
    mirror.dir = f"{fleet.work}/mirror"
    mirror.process = subprocess.Popen([COMITY, "follow", fleet.hub.url, "--policy", f"{fleet['C'].dir}/policy", "--dir", mirror.dir,
                                       "--listen", f"127.0.0.1:{mirror.port}"], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return mirror


def kill_under_load(fleet, redacted):
    """What is on the log when the hub is back has its reason; nothing waits undecided, and nothing is there in vain."""
    stopping = threading.Event()

    def load():
        number = 0
        while not stopping.is_set():
            number += 1
            try:
                propose(fleet, f"ORG-K{number}", f"reason {number}", by="B", codes=None)
            except (Broken, subprocess.TimeoutExpired):
                pass

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    for pause in (1.7, 2.3, 1.1):
        time.sleep(pause)
        fleet.hub.kill()
        fleet.hub.start().wait_ready()
    stopping.set()
    thread.join(100)
    fleet.hub.kill()
    fleet.hub.start().wait_ready()
    named = set(commitments(fleet.hub))
    demand("no reasons came in", len(named) > 5)
    folder = f"{fleet.hub.dir}/log/annex"
    there = {name for name in os.listdir(folder) if not name.endswith(".new")}
    named -= redacted
    demand(f"{len(named)} reasons are named, {len(there)} are there", there == {path_of(one)[6:] for one in named})
    return named


def main():
    with tempfile.TemporaryDirectory(prefix="comity-annexes-") as work, Fleet(work, config=CONFIG) as fleet:
        clock = Clock(f"{work}/clock")
        os.environ.update(clock.environment)
        os.environ["XDG_CACHE_HOME"] = f"{work}/cache"
        fleet.start_all()
        fleet.wait_equal()
        away = fleet["D"]
        away.stop()
        propose(fleet, "ORG-V", "a reason for the hub")
        # A member's server hands it on, and cannot say at once what became of it; the command looks for it.
        propose(fleet, "ORG-W", "a reason for another member", at=fleet["B"], by="B")
        first, second = commitments(fleet.hub)
        mirror = start_mirror(fleet)
        try:
            for member in (fleet["B"], fleet["C"], mirror):
                for one in (first, second):
                    wait_until(f"{member.handle} to have the annex {one}", lambda at=member, which=one: has(at, which), 20)
            demand("another text came", get(f"{mirror.url}/{path_of(first)}")[2] == get(f"{fleet.hub.url}/{path_of(first)}")[2])
            shown = run("log", fleet["C"].url).stdout
            demand("the reason is not shown", "a reason for the hub" in shown)

            # Redacted: gone everywhere, and never fetched by those who come later.
            name_controller(fleet, clock)
            run("redact", fleet.hub.url, first, "--by", "MEMBER-A", "--keys", fleet["A"].home)
            away.start().wait_ready()
            for member in (fleet.hub, fleet["B"], fleet["C"], away, mirror):
                wait_until(f"{member.handle} to have erased it",
                           lambda at=member: not has(at, first) and has(at, second), 40)
            mirror.stop()
        finally:
            if mirror.process.poll() is None:
                mirror.kill()
        fleet["C"].stop()
        named = kill_under_load(fleet, {first})
        fleet["C"].start().wait_ready()
        for one in named:
            wait_until("who was away meanwhile to fetch all", lambda which=one: has(fleet["C"], which), 60)
        fleet.wait_equal()
        fleet.stop_and_check()
        said = json.loads(run("fsck", fleet["C"].dir, "--json").stdout)
        demand(f"fsck found {said['annexes']} annexes", said["annexes"] == len(named))
        print(f"{len(named)} reasons at all members")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

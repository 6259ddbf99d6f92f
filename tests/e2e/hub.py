#!/usr/bin/env python3
"""Aim: members on machines of their own keep one registry, whoever is killed. Method: four processes, founded over
files as the runbook says; records are brought over HTTP all the time while each process in turn is killed with -9 and
started again; in the end every acknowledged record stands on every copy of the log, all states are equal, fsck passes
on all four folders, and a receipt from one member verifies by the policy of another.
use: hub.py   (COMITY: the program; COMITY_SEED)"""
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

from fleet import Broken, Fleet, run, wait_until

SEED = int(os.environ.get("COMITY_SEED", "1"))


class Load(threading.Thread):
    """Brings records one after another; an answer of 0 is an acknowledgement, everything else may be tried again."""

    def __init__(self, fleet, handle):
        super().__init__(daemon=True)
        self.fleet, self.handle = fleet, handle
        self.acknowledged, self.tried, self.stopping = {}, 0, False

    def run(self):
        member, number = self.fleet.members[self.handle], 0
        key = f"{self.fleet.work}/load-{self.handle}"
        while not self.stopping:
            number += 1
            # Proposals of a member: it may have 20 open at a time, so each is withdrawn again.
            name = f"ORG-L{self.handle[-1]}{number}"
            run("key", "new", name, "--role", "admin", "--file", f"{key}.{number}")
            value = json.loads(run("key", "show", f"{key}.{number}", "--json").stdout)["key"]
            proposal = self.bring("propose", self.fleet.hub.url, "organisation", name, "--create", "--by", self.handle,
                                  "--add", f"org-name={name}", "--add", f"auth=admin {value}", "--keys", member.home)
            if proposal:
                self.bring("withdraw", self.fleet.hub.url, proposal, "--by", self.handle, "--keys", member.home)

    def bring(self, *arguments):
        self.tried += 1
        try:
            done = run(*arguments, "--json", codes=None, timeout=90)
        except subprocess.TimeoutExpired:
            return None
        if done.returncode != 0:
            time.sleep(0.1)
            return None
        answer = json.loads(done.stdout)
        entry = answer[0] if isinstance(answer, list) else answer
        self.acknowledged[entry["id"]] = entry["leaf"]
        return entry["id"]


def kill_each_in_turn(fleet, loads, rng):
    for member in fleet:
        time.sleep(rng.uniform(0.5, 1.5))
        before = sum(len(load.acknowledged) for load in loads)
        member.kill()
        if member is not fleet.hub:
            # Three of four go on.
            wait_until(f"records to go on without {member.handle}",
                       lambda count=before: sum(len(load.acknowledged) for load in loads) > count + 1, 60)
        else:
            time.sleep(rng.uniform(0, 0.5))
        member.start().wait_ready()
        print(f"{member.handle} killed and started again; {before} acknowledged before", flush=True)


def check_logs(fleet, loads):
    size, _ = fleet.wait_equal()
    acknowledged = {id: leaf for load in loads for id, leaf in load.acknowledged.items()}
    if len(acknowledged) < 8:
        raise Broken(f"only {len(acknowledged)} records were acknowledged: the load was none")
    for member in fleet:
        entries = json.loads(run("log", member.dir, "--json").stdout)
        at = {entry["id"]: entry["leaf"] for entry in entries}
        for id, leaf in acknowledged.items():
            if at.get(id) != leaf:
                raise Broken(f"{member.handle}: acknowledged record {id} stands at {at.get(id)}, not at {leaf}")
    return size, len(acknowledged)


def main():
    rng = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="comity-hub-") as work, Fleet(work) as fleet:
        fleet.start_all()
        fleet.wait_equal()
        loads = [Load(fleet, "MEMBER-A"), Load(fleet, "MEMBER-C")]
        for load in loads:
            load.start()
        kill_each_in_turn(fleet, loads, rng)
        for load in loads:
            load.stopping = True
        for load in loads:
            load.join(100)
        size, count = check_logs(fleet, loads)

        # What one member serves, another member's policy judges.
        fleet["B"].store_receipt("organisation", "ORG-C", f"{work}/receipt")
        run("verify", "--policy", f"{fleet['D'].dir}/policy", f"{work}/receipt")
        fleet.stop_and_check()
        print(f"{count} acknowledged records stand on all four logs of {size} leaves (seed {SEED})")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED (COMITY_SEED={SEED}): {broken}")

#!/usr/bin/env python3
"""Aim: docs/operations/rotation.md and recovery.md among machines: a member changes its operator key while its process runs;
another, whose machine is gone, comes back in a new folder with a new key; a third, whose governance keys are lost, gets others
by the word of two; nobody else has to do anything, and readers with the founders' policy still walk to the present.
Method: four real processes with a clock that the test moves over the locks; whose line stands on a checkpoint is read from it.
use: member_changes.py   (COMITY: the program; COMITY_CLOCK: the library that moves clocks)"""
import base64
import json
import os
import shutil
import sys
import tempfile

from fleet import Broken, Clock, Fleet, demand, get, last_id, run, wait_until

CONFIG = '[hub]\nblock-every = "2s"\n'


def public_key(path):
    return json.loads(run("key", "show", path, "--json").stdout)["key"]


def key_ids(place):
    """Member to the id of the key that signed the checkpoint served here."""
    ids = {}
    for line in get(f"{place.url}/checkpoint")[2].decode().splitlines():
        if line.startswith("— ") and "/MEMBER-" in line:
            _, name, signature = line.split(" ")
            ids[name.rsplit("/", 1)[1]] = base64.b64decode(signature)[:4]
    return ids


def wait_for_step(fleet, clock, number, days):
    """The lock passes, the block that ends it brings a policy step, and everybody who runs takes it."""
    demand("the step came before the lock had passed", not os.path.exists(f"{fleet.hub.dir}/policies/{number}.step"))
    clock.move(days=days)
    wait_until(f"step {number}", lambda: os.path.exists(f"{fleet.hub.dir}/policies/{number}.step"))


def rotate_while_it_runs(fleet, clock):
    """rotation.md, from the member's own folder, which hands its records to the hub."""
    member = fleet["B"]
    before = wait_until("all four to cosign", lambda: len(ids := key_ids(fleet.hub)) == 4 and ids)
    run("key", "new", member.handle, "--role", "operator", "--dir", member.dir)
    run("member", "rotate", member.dir, member.handle, "--new", f"{member.dir}/keys/MEMBER-B.operator.2.key", "--keys", member.home)
    wait_for_step(fleet, clock, 2, days=4)
    after = wait_until("all four to cosign, one with another key",
                       lambda: (ids := key_ids(fleet.hub)) and len(ids) == 4 and ids["MEMBER-B"] != before["MEMBER-B"] and ids)
    demand("somebody else's key has changed", all(after[name] == before[name] for name in after if name != member.handle))
    os.remove(f"{member.dir}/keys/MEMBER-B.operator.key")
    member.stop()
    member.start().wait_ready()
    fleet.propose_organisation("ORG-R")
    wait_until("it to cosign with the new key alone", lambda: key_ids(fleet.hub) == after and len(after) == 4)


def machine_is_lost(fleet, clock):
    """rotation.md, "The memory is lost": the folder is gone, the governance keys are not."""
    member, home = fleet["C"], f"{fleet.work}/home-c-new"
    before = wait_until("it to cosign", lambda: member.handle in (ids := key_ids(fleet.hub)) and ids)
    member.kill()
    shutil.rmtree(member.dir)
    opening = ["found", "open", member.dir, "--genesis", f"{fleet.work}/genesis", "--hub", fleet.hub.url, "--sequencer", "MEMBER-A"]
    refused = run(*opening, "--keys", member.home, codes=(1, 2))  # the old key could sign a second history
    demand(f"the old key gets a second folder: {refused.stderr}", "opened-before" in refused.stderr)
    os.mkdir(home)
    key = f"{home}/MEMBER-C.operator.key"
    run("key", "new", member.handle, "--role", "operator", "--file", key)
    run("member", "rotate", fleet.hub.url, member.handle, "--new", key, "--keys", member.home)
    wait_for_step(fleet, clock, 3, days=4)
    fleet.propose_organisation("ORG-S")  # three of four go on without it
    run(*opening, "--keys", home)
    member.start().wait_ready()
    after = wait_until("it to cosign again", lambda: (ids := key_ids(fleet.hub)) and len(ids) == 4 and ids)
    demand("it cosigns with the old key", after["MEMBER-C"] != before["MEMBER-C"])


def governance_keys_are_lost(fleet, clock):
    """recovery.md, each member from its own home."""
    member, new = fleet["D"], f"{fleet.work}/found-again.key"
    run("key", "new", member.handle, "--role", "governance", "--file", new)
    proposal = last_id(run("member", "recover", fleet.hub.url, member.handle, "--by", "MEMBER-A", "--governance", public_key(new),
                           "--keys", fleet["A"].home).stdout)
    run("accept", fleet["B"].url, proposal, "--by", "MEMBER-B", "--keys", fleet["B"].home)
    run("accept", fleet.hub.url, proposal, "--by", member.handle, "--key", new)
    for letter in "ABC":
        run("vote", fleet.hub.url, proposal, "yes", "--by", f"MEMBER-{letter}", "--keys", fleet[letter].home)
    clock.move(days=15)
    wait_until("the new keys to be in force", lambda: public_key(new) in run("show", fleet["B"].url, "member", member.handle).stdout)
    wanted = fleet.propose_organisation("ORG-T").stdout
    ballot = ["vote", fleet.hub.url, last_id(wanted), "yes", "--by", member.handle]
    run(*ballot, "--keys", member.home, codes=(1, 2))  # with the lost keys
    run(*ballot, "--key", new)


def main():
    with tempfile.TemporaryDirectory(prefix="comity-changes-") as work, Fleet(work, config=CONFIG) as fleet:
        clock = Clock(f"{work}/clock")
        os.environ.update(clock.environment)
        fleet.start_all()
        fleet.wait_equal()
        shutil.copy(f"{fleet['D'].dir}/policy", f"{work}/policy.1")
        rotate_while_it_runs(fleet, clock)
        machine_is_lost(fleet, clock)
        governance_keys_are_lost(fleet, clock)
        size, _ = fleet.wait_equal()
        run("status", fleet["C"].url, "--policy", f"{work}/policy.1")
        for member in fleet:
            with open(f"{member.dir}/policy", "rb") as here, open(f"{fleet.hub.dir}/policy", "rb") as there:
                demand(f"{member.handle} has another policy", here.read() == there.read())
        fleet.stop_and_check()
        print(f"three members with other keys at {size} leaves")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

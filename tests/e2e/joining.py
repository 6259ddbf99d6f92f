#!/usr/bin/env python3
"""Aim: docs/operations/joining.md and leaving.md among machines: a fifth member joins, follows before it is one, cosigns from its
first block on, and leaves; a member who was away all the while, and a mirror with the founders' policy, walk over the step by themselves.
Method: real processes with a clock that the test moves over the two weeks; the quorum needs everybody who is there.
use: joining.py   (COMITY: the program; COMITY_CLOCK: the library that moves clocks)"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from fleet import COMITY, Broken, Clock, Fleet, Member, demand, get, last_id, run, wait_until

CONFIG = '[hub]\nblock-every = "2s"\n'


def vote(fleet, proposal, letters):
    for letter in letters:
        run("vote", fleet.hub.url, proposal, "yes", "--by", f"MEMBER-{letter}", "--keys", fleet[letter].home)


def lines_on(member):
    """Who signed the checkpoint that this member serves."""
    lines = get(f"{member.url}/checkpoint")[2].decode().splitlines()
    return len([line for line in lines if line.startswith("— ")])


def propose_newcomer(fleet, newcomer):
    """Steps 1 to 6 of the page; the lock runs afterwards."""
    sheet = f"{newcomer.home}/{newcomer.handle}.sheet"
    run("found", "member", newcomer.handle, "--origin", fleet.origin, "--organisation", "ORG-E", "--org-name", "Fifth Ltd",
        "--keys", newcomer.home)
    join = ["member", "join", fleet.hub.url, "--sheet", sheet, "--by", "MEMBER-A", "--keys", fleet["A"].home]
    proposal = last_id(run(*join).stdout)
    run("accept", fleet.hub.url, proposal, "--by", "ORG-E", "--keys", newcomer.home)
    vote(fleet, proposal, "ABC")
    proposal = last_id(run(*join).stdout)
    run("accept", fleet.hub.url, proposal, "--by", newcomer.handle, "--keys", newcomer.home)
    vote(fleet, proposal, "ABC")
    newcomer.open(f"{fleet.work}/genesis", fleet.hub).start().wait_ready()
    wait_until("the newcomer to follow before it is a member", lambda: newcomer.checkpoint() == fleet.hub.checkpoint())


def members_of(place):
    status = json.loads(run("status", place, "--json").stdout)
    return [replica["member"] for replica in status["replicas"]]


def follow_as_mirror(fleet, policy):
    mirror = Member(fleet, "MEMBER-M")
    mirror.dir = f"{fleet.work}/mirror"
    mirror.process = subprocess.Popen([COMITY, "follow", fleet.hub.url, "--policy", policy, "--dir", mirror.dir, "--listen",
                                       f"127.0.0.1:{mirror.port}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
    try:
        wait_until("the mirror to walk over the step", lambda: mirror.checkpoint()[0] >= fleet.hub.checkpoint()[0])
        mirror.stop()
    finally:
        if mirror.process.poll() is None:
            mirror.kill()
    run("fsck", mirror.dir)


def leave(fleet, clock, member):
    """docs/operations/leaving.md; what it runs becomes a mirror by itself."""
    proposal = last_id(run("member", "leave", fleet.hub.url, member.handle, "--keys", member.home).stdout)
    vote(fleet, proposal, "ABCD")
    demand("it is gone before its time", member.handle in members_of(fleet.hub.url))
    clock.move(days=15)
    wait_until("the second policy step", lambda: os.path.exists(f"{fleet.hub.dir}/policies/3.step"))
    fleet.propose_organisation("ORG-Y")
    demand("it is still a member", member.handle not in members_of(fleet.hub.url))
    fleet.wait_equal()
    names = [line.split()[1] for line in get(f"{fleet.hub.url}/checkpoint")[2].decode().splitlines() if line.startswith("— ")]
    demand(f"who left still cosigns: {names}", not any(name.endswith(member.handle) for name in names))
    run("status", fleet.hub.url, "--policy", f"{fleet.work}/policy.1")


def main():
    with tempfile.TemporaryDirectory(prefix="comity-joining-") as work, Fleet(work, config=CONFIG) as fleet:
        clock = Clock(f"{work}/clock")
        os.environ.update(clock.environment)
        fleet.start_all()
        fleet.wait_equal()
        shutil.copy(f"{fleet['D'].dir}/policy", f"{work}/policy.1")
        away = fleet["D"]
        away.stop()
        newcomer = Member(fleet, "MEMBER-E")
        fleet.members[newcomer.handle] = newcomer
        propose_newcomer(fleet, newcomer)
        demand("it is a member before its time", newcomer.handle not in members_of(fleet.hub.url))

        # From here on four of five must cosign, and one of the five is away: the newcomer's word is needed.
        clock.move(days=15)
        wait_until("the policy step", lambda: os.path.exists(f"{fleet.hub.dir}/policies/2.step"))
        fleet.propose_organisation("ORG-X")
        size = fleet.hub.checkpoint()[0]
        demand("the newcomer is no member", newcomer.handle in members_of(fleet.hub.url))
        demand("fewer than four cosigned", lines_on(fleet.hub) >= 1 + 4)
        demand("who is away has moved", json.loads(run("status", away.dir, "--json").stdout)["size"] < size)

        away.start().wait_ready()
        fleet.wait_equal()
        wait_until("all five to cosign", lambda: lines_on(fleet.hub) == 1 + 5)
        for member in fleet:
            demand(f"{member.handle} has another policy or step", all(
                open(f"{member.dir}/{name}", "rb").read() == open(f"{fleet.hub.dir}/{name}", "rb").read()
                for name in ("policy", "policies/2.step")))
        follow_as_mirror(fleet, f"{work}/policy.1")
        newcomer.store_receipt("member", "MEMBER-E", f"{work}/receipt")
        run("verify", "--policy", f"{away.dir}/policy", f"{work}/receipt")
        run("verify", "--policy", f"{work}/policy.1", "--step", f"{away.dir}/policies/2.step", f"{work}/receipt")
        run("verify", "--policy", f"{work}/policy.1", f"{work}/receipt")  # three of its four still cosign
        run("status", newcomer.url, "--policy", f"{work}/policy.1")
        leave(fleet, clock, newcomer)
        fleet.stop_and_check()
        print(f"five members at {size} leaves and more, then four")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

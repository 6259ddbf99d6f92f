#!/usr/bin/env python3
"""Aim: what a folder is, `comity serve` runs, and it stops when told. Method: four processes, founded over files; their
answers over plain HTTP; each is killed with -9 and comes back; a receipt from one is judged by another's policy; a mirror
is made out of the policy alone; a second process on a running folder is refused; fsck of all five folders.
use: serve.py   (COMITY: the program)"""
import subprocess
import sys
import tempfile
import time

from fleet import COMITY, Broken, Fleet, Member, demand, get, run, wait_until


def check_answers(fleet):
    url = fleet.hub.url
    for path in ("healthz", "readyz", "version", "policy", "genesis", "api/v1/status", "api/v1/pending", "metrics"):
        demand(f"/{path} is not answered", get(f"{url}/{path}")[0] == 200)
    for member in fleet:
        lines = get(f"{member.url}/metrics")[2].decode().splitlines()
        measures = dict(line.split(" ") for line in lines if line.startswith("comity_") and "{" not in line)
        age = time.time() - float(measures["comity_checkpoint_time_seconds"])
        demand(f"{member.handle}'s checkpoint is {age} s old", -5 < age < 300)
        demand(f"{member.handle} halted", measures.get("comity_halted") == (None if member is fleet.hub else "0"))
    demand("a contact is named that nobody configured", get(f"{url}/.well-known/security.txt")[0] == 404)
    demand("what is not there is answered", get(f"{url}/keys/log.log.key")[0] == 404)
    demand("a member shows a hub's board", get(f"{fleet['B'].url}/api/v1/proposed")[0] == 404)


def check_receipt(fleet, work):
    receipt = fleet["C"].store_receipt("member", "MEMBER-B", f"{work}/receipt")
    run("verify", "--policy", f"{fleet['D'].dir}/policy", f"{work}/receipt")
    with open(f"{work}/altered", "wb") as file:
        file.write(receipt.replace(b"governance-threshold: 1", b"governance-threshold: 2"))
    run("verify", "--policy", f"{fleet['D'].dir}/policy", f"{work}/altered", codes=(1,))


def check_mirror(fleet, work):
    mirror = Member(fleet, "MEMBER-M")
    mirror.dir = f"{work}/mirror"
    run("follow", fleet.hub.url, "--dir", mirror.dir, codes=(2,))  # whom to believe was not said
    mirror.process = subprocess.Popen(
        [COMITY, "follow", fleet.hub.url, "--policy", f"{fleet['D'].dir}/policy", "--dir", mirror.dir, "--listen",
         f"127.0.0.1:{mirror.port}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until("the mirror to follow", lambda: mirror.checkpoint() == fleet.hub.checkpoint())
        mirror.stop()
    finally:
        if mirror.process.poll() is None:
            mirror.kill()
    run("fsck", mirror.dir)


def main():
    with tempfile.TemporaryDirectory(prefix="comity-serve-") as work, Fleet(work) as fleet:
        fleet.start_all()
        fleet.wait_equal()
        check_answers(fleet)
        check_receipt(fleet, work)
        check_mirror(fleet, work)
        second = run("serve", fleet["B"].dir, "--listen", "127.0.0.1:0", codes=(2,), timeout=30)
        demand("a second process on one folder", "file-locked" in second.stderr)
        run("propose", fleet.hub.dir, "--by", "MEMBER-A", "--close-founding", "names", codes=(1, 2))
        for member in fleet:
            member.kill()
            member.start().wait_ready()
        size, _ = fleet.wait_equal()
        fleet.stop_and_check()
        print(f"four members and a mirror at {size} leaves")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

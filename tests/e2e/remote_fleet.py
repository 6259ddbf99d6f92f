#!/usr/bin/env python3
"""Aim: the command line before the real server: what a URL says is what the folder behind it says; records made and
signed here reach the log through the hub, through another member's server, and from a member's own folder, with progress
on a terminal; `watch` sees them. Method: four processes on loopback, every verb by URL.
use: remote_fleet.py   (COMITY: the program)"""
import http.client
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from fleet import COMITY, SLOWER, Broken, Fleet, demand, last_id, run, wait_until


def new_organisation(fleet, work, name):
    """Flags that create one."""
    run("key", "new", name, "--role", "admin", "--file", f"{work}/{name}.admin.key")
    shown = run("key", "show", f"{work}/{name}.admin.key").stdout
    key = next(line.split()[1] for line in shown.splitlines() if line.startswith("key:"))
    return ["organisation", name, "--create", "--by", "MEMBER-A", "--add", f"org-name=Test {name}", "--add",
            f"auth=admin {key}"]


def check_writing(fleet, work, watcher):
    """An organisation is proposed at the hub, accepted at a member's server, and voted for everywhere."""
    home = fleet["A"].home
    before = run("status", fleet.hub.url, "--json").stdout
    made = run("propose", fleet.hub.url, *new_organisation(fleet, work, "ORG-X"), "--keys", home, "--reason", "a new one")
    proposal = last_id(made.stdout)
    wait_until("the watcher to see it", lambda: proposal in open(watcher, encoding="utf-8").read())
    wait_until("a member to serve it", lambda: proposal in run("pending", fleet["C"].url).stdout)
    run("accept", fleet["C"].url, proposal, "--by", "ORG-X", "--key", f"{work}/ORG-X.admin.key")
    nobody = run("vote", fleet["B"].url, proposal, "yes", "--by", "MEMBER-B", codes=(2,))
    demand("nobody told where keys are looked for", "--keys" in nobody.stderr)
    again = run("vote", fleet["B"].url, proposal, "yes", "--by", "MEMBER-B", "--keys", fleet["B"].home, "--json")
    demand("a ballot was not accepted", json.loads(again.stdout)[0]["accepted"])
    run("vote", fleet["D"].dir, proposal, "yes", "--by", "MEMBER-D", "--keys", fleet["D"].home)
    run("vote", fleet.hub.url, proposal, "yes", "--by", "MEMBER-A", "--keys", home)
    demand("no organisation came of it", "org-name: Test ORG-X" in run("show", fleet.hub.url, "organisation", "ORG-X").stdout)
    demand("the annex did not come along", "a new one" in run("log", fleet.hub.url).stdout)
    late = run("vote", fleet.hub.url, proposal, "no", "--by", "MEMBER-C", "--keys", fleet["C"].home, codes=(1,))
    demand("a refusal names no rule", "unknown-proposal" in late.stdout)
    demand("the log did not grow", json.loads(before)["size"] < json.loads(run("status", fleet.hub.url, "--json").stdout)["size"])


def check_close_behind(fleet, work):
    """What builds upon something that counts, at a member that has not executed it: the member comes up first."""
    late = fleet["C"]
    late.process.send_signal(signal.SIGSTOP)  # the others are enough
    try:
        proposal = last_id(fleet.propose_organisation("ORG-Y").stdout)
        with open(f"{work}/draft", encoding="utf-8") as file:  # of check_progress
            epoch, expires = (next(line for line in file if line.startswith(name)) for name in ("epoch: ", "expires: "))
        with open(f"{work}/ballot", "w", encoding="ascii") as file:
            file.write(f"comity/1 ballot {fleet.origin}\nby: MEMBER-C\n{epoch}proposal: {proposal}\nvote: yes\n{expires}")
        run("sign", f"{work}/ballot", "--key", f"{late.home}/MEMBER-C.governance.key", "-o", f"{work}/ballot.signed")
        with open(f"{work}/ballot.signed", "rb") as file:
            ballot = file.read()
        wire = http.client.HTTPConnection("127.0.0.1", late.port, timeout=30 * SLOWER)
        wire.request("POST", "/api/v1/records", ballot, {"Content-Type": "text/plain"})  # waits there for the member to wake
    finally:
        late.process.send_signal(signal.SIGCONT)
    answer = wire.getresponse()
    demand(f"it is refused: {answer.read().decode()}", answer.status in (200, 202))
    wait_until("the ballot to count", lambda: '"MEMBER-C"' in run("pending", late.url, "--json").stdout)


def check_progress(fleet, work):
    """On a terminal `submit` says what it waits for, and takes it back; the answer is a receipt's worth: it counts."""
    with open(f"{work}/draft", "w", encoding="utf-8") as file:
        file.write(run("draft", fleet.hub.url, "organisation", "ORG-X", "--by", "ORG-X", "--remove", "org-name=Test ORG-X", "--add", "org-name=Renamed").stdout)
    run("sign", f"{work}/draft", "--key", f"{work}/ORG-X.admin.key", "-o", f"{work}/record")
    ours, theirs = pty.openpty()
    with subprocess.Popen([COMITY, "submit", fleet["C"].url, f"{work}/record"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=theirs, text=True) as submit:
        os.close(theirs)
        said = b""
        try:
            while part := os.read(ours, 4096):
                said += part
        except OSError:  # the other end is closed: so a terminal ends
            pass
        answer = submit.stdout.read()
    os.close(ours)
    demand(f"it was not accepted: {answer}{said.decode()}", submit.returncode == 0 and "accepted" in answer)
    demand(f"it shows no progress: {said}", b"record 1 of 1" in said)
    proposal = answer.split()[2]
    demand(f"it is not counted: {answer}", proposal in run("pending", fleet["C"].url).stdout)
    without = run("submit", fleet["C"].url, f"{work}/record", codes=(1,))
    demand(f"progress for no terminal: {without.stderr}", "record 1 of 1" not in without.stderr + without.stdout)


def check_reading(fleet):
    """Folders are read while they are served: what is compared is under one checkpoint."""
    size, _ = fleet.wait_equal()
    at = ["--at", str(size)]
    for member in fleet:
        for verb in (["show", "organisation", "ORG-X", *at], ["show", "organisation", "ORG-X", *at, "--json"],
                     ["show", "domain", "nowhere.", *at], ["diff", "2", str(size)], ["zone", "--apex", "x.", *at]):
            there = run(verb[0], member.url, *verb[1:], codes=None)
            here = run(verb[0], member.dir, *verb[1:], codes=None)
            demand(f"{verb} differs: {there.stdout}{there.stderr} and {here.stdout}{here.stderr}",
                   (there.returncode, there.stdout) == (here.returncode, here.stdout))
        run("fsck", member.url, "--policy", f"{fleet.work}/policy")
        run("prove", member.url, "member", "MEMBER-B", "-o", f"{fleet.work}/receipt")
        run("verify", "--policy", f"{fleet.work}/policy", f"{fleet.work}/receipt")


def main():
    with tempfile.TemporaryDirectory(prefix="comity-remote-") as work, Fleet(work) as fleet:
        fleet.start_all()
        fleet.wait_equal()
        shutil.copy(f"{fleet['C'].dir}/policy", f"{work}/policy")
        with open(f"{work}/watched", "w", encoding="utf-8") as out, \
                subprocess.Popen([COMITY, "watch", fleet["B"].url, "--json"], stdin=subprocess.DEVNULL, stdout=out) as watcher:
            try:
                time.sleep(1)
                check_writing(fleet, work, f"{work}/watched")
                check_progress(fleet, work)
                check_close_behind(fleet, work)
            finally:
                watcher.send_signal(signal.SIGINT)
            demand(f"watch ended with {watcher.wait(10)}", watcher.returncode == 0)
        with open(f"{work}/watched", encoding="utf-8") as lines:
            demand("watch wrote no blocks", [json.loads(line)["kind"] for line in lines].count("block") > 0)
        check_reading(fleet)
        print("all as expected")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

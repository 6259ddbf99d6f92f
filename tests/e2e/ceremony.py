#!/usr/bin/env python3
"""Aim: four members on four machines make three keys that none of them holds: one while a member is silent, one while a
member deals wrongly, one while processes are killed at any moment. From then on the checkpoint bears the line of the
log's group key, and a client that knows nothing but that one key reads the log. A member that lost everything but its
encryption key has its share again from what the others keep. Method: the real program with a clock that the test moves;
the liar's dealing is put into its folder by comity_spoil; the reader is the one built from Go's x/mod.
use: ceremony.py   (COMITY: the program; COMITY_CLOCK: the library that moves clocks; COMITY_SPOIL: comity_spoil)"""
import glob
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

from fleet import Broken, Clock, Fleet, demand, last_id, run, wait_until
from live_reader import fetch

HERE = os.path.dirname(os.path.abspath(__file__))
CONFIG = '[hub]\nblock-every = "1s"\n[rounds]\npoll-every = "1s"\nrepeat = "3s"\nmissing-after = "30s"\n'


def status(fleet):
    return json.loads(run("ceremony", "status", fleet.hub.url, "--json").stdout)


def order(fleet, *words):
    """An order of class G, voted through while founding lasts; the ceremony's id."""
    opened = run("ceremony", "open", fleet.hub.url, *words, "--by", "MEMBER-A", "--keys", fleet["A"].home)
    proposal = last_id(opened.stdout.split("\n")[0])
    for letter in "ABC":
        run("vote", fleet.hub.url, proposal, "yes", "--by", f"MEMBER-{letter}", "--keys", fleet[letter].home)
    return proposal


def announce(fleet, letters="ABCD"):
    for letter in letters:
        member = fleet[letter]
        run("ceremony", "announce", fleet.hub.url, "--by", member.handle, "--keys", member.home, "--home", member.dir)


def find(fleet, proposal):
    return next((one for one in status(fleet)["ceremonies"] if one["id"] == proposal), None)


def wait_phase(fleet, proposal, phase, seconds=60):
    wait_until(f"{proposal} to be {phase}", lambda: find(fleet, proposal)["phase"] == phase, seconds)


def key_of(fleet, use):
    return next((one for one in status(fleet)["keys"] if one["use"] == use), None)


def generate_with_silent(fleet, clock):
    """MEMBER-D announced and is heard no more: when its time is over, the others go on without it."""
    proposal = order(fleet, "generate", "log")
    announce(fleet, "ABC")
    fleet["D"].stop()
    announce(fleet, "D")  # its governance keys are elsewhere anyway
    wait_until("all others to have dealt", lambda: find(fleet, proposal)["silent"] == ["MEMBER-D"])
    shown = run("ceremony", "status", fleet.hub.url).stdout
    demand("the silent one is not named", "waits for MEMBER-D" in shown)
    clock.move(days=2)
    wait_phase(fleet, proposal, "done")
    demand("others were left out", find(fleet, proposal)["excluded"] == ["MEMBER-D"])
    fleet["D"].start().wait_ready()
    fleet.wait_equal()
    key = key_of(fleet, "log")
    demand("the one without a share is not named", key["without_share"] == ["MEMBER-D"] and key["reshare_due"])
    return key["verifier_key"]


def generate_with_liar(fleet, spoil):
    """MEMBER-C's dealing has a wrong share for MEMBER-A, who shows it; the next attempt goes without the liar."""
    proposal = order(fleet, "generate", "zsk")
    announce(fleet, "ABD")
    liar = fleet["C"]
    liar.stop()
    announce(fleet, "C")
    wait_until("the others to have dealt", lambda: find(fleet, proposal)["silent"] == ["MEMBER-C"])
    subprocess.run([spoil, fleet.hub.dir, liar.dir, "MEMBER-C", "MEMBER-A"], check=True, timeout=60)
    liar.start().wait_ready()
    wait_phase(fleet, proposal, "done", 120)
    demand("the liar was not left out", find(fleet, proposal)["excluded"] == ["MEMBER-C"])


def finish_while_killed(fleet, proposal, chance):
    end = time.monotonic() + 120
    while find(fleet, proposal)["phase"] != "done":
        demand(f"not done: {find(fleet, proposal)}", time.monotonic() <= end)
        victim = fleet[chance.choice("BCD")]
        victim.kill()
        time.sleep(chance.random())
        victim.start()
        time.sleep(chance.random() * 3)
    for member in fleet:
        member.wait_ready()


def generate_while_killed(fleet, seed):
    """Processes die at any moment and come back; nobody is left out, and nobody deals twice."""
    proposal = order(fleet, "generate", "ksk")
    announce(fleet)
    finish_while_killed(fleet, proposal, random.Random(seed))
    demand("somebody was left out", find(fleet, proposal)["attempt"] == 1)
    return proposal


def check_secrets(fleet):
    """Shares and encryption keys are the owner's alone."""
    count = 0
    for member in fleet:
        for path in glob.glob(f"{member.dir}/members/*/ceremony/*"):
            demand(f"{path} may be read by others", os.stat(path).st_mode & 0o077 == 0)
            count += path.endswith(".share")
    # The liar had certified before it was found out: it has a share of an attempt that came to nothing.
    demand(f"{count} shares lie here", count >= 3 + 3 + 4)


def read_with(reader, fleet, vkey, work):
    """A client that has nothing but the group's verifier key."""
    def bears_line():
        folder = f"{work}/read-{time.monotonic()}"
        fetch(fleet["B"].url, folder)
        done = subprocess.run([reader, folder, vkey], capture_output=True, text=True, timeout=60)
        return done.returncode == 0 and done.stdout
    print(wait_until("a checkpoint that the group key signed", bears_line).strip())
    other = vkey[:-4] + ("AAA=" if vkey[-4:] != "AAA=" else "BAA=")
    folder = f"{work}/read-other"
    fetch(fleet.hub.url, folder)
    demand("any key will do", subprocess.run([reader, folder, other], capture_output=True, timeout=60).returncode != 0)


def recover(fleet, proposal):
    """MEMBER-B's machine burns down; its governance and encryption keys lay elsewhere."""
    lost = fleet["B"]
    lost.stop()
    folder = f"{lost.dir}/members/MEMBER-B/ceremony"
    kept = f"{fleet.work}/kept"
    shutil.copytree(folder, kept)
    shutil.rmtree(folder)
    lost.start().wait_ready()
    for path in glob.glob(f"{kept}/*.key"):
        run("ceremony", "recover", lost.url, "--home", lost.dir, "--key", path)
    shares = {os.path.basename(path) for path in glob.glob(f"{kept}/*.share")}

    def same():
        return all(open(f"{folder}/{name}", "rb").read() == open(f"{kept}/{name}", "rb").read() for name in shares)
    wait_until("the shares to be there again", same)
    demand("there was nothing to recover", len(shares) == 3)
    for name in shares:
        demand(f"{name} may be read by others", os.stat(f"{folder}/{name}").st_mode & 0o077 == 0)


def main():
    spoil = os.environ.get("COMITY_SPOIL")
    if not spoil:
        raise SystemExit(77)
    with tempfile.TemporaryDirectory(prefix="comity-ceremony-") as work, Fleet(work, config=CONFIG) as fleet:
        clock = Clock(f"{work}/clock")
        os.environ.update(clock.environment)
        os.environ["XDG_CACHE_HOME"] = f"{work}/cache"
        fleet.start_all()
        fleet.wait_equal()
        vkey = generate_with_silent(fleet, clock)
        generate_with_liar(fleet, spoil)
        proposal = generate_while_killed(fleet, int(os.environ.get("COMITY_SEED", "1")))
        check_secrets(fleet)
        recover(fleet, proposal)
        if shutil.which("go") and os.path.isdir("/usr/share/gocode/src/golang.org/x/mod/sumdb"):
            reader = f"{work}/logreader"
            subprocess.run([f"{HERE}/build_logreader.sh", reader], check=True, timeout=200)
            read_with(reader, fleet, vkey, work)
        fleet.wait_equal()
        fleet.stop_and_check()
        print("three keys, a line, a recovery")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

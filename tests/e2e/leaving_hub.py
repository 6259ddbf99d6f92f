#!/usr/bin/env python3
"""Aim: docs/operations/leaving.md where the member that leaves runs the hub: the others go on in a successor that another one
orders, whether the leaver helps, stops too early, or has left by vote and orders on as if nothing were.
Method: real processes. Four members become three; then five, one of which leaves by vote (the clock is moved over the locks),
become four. What must be refused on the way is tried, and readers keep what they held before.
use: leaving_hub.py   (COMITY: the program; COMITY_CLOCK: the library that moves clocks)"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from fleet import COMITY, Broken, Clock, Fleet, Member, demand, get, last_id, run, wait_until
from joining import lines_on, members_of, propose_newcomer, vote

NEW = "new.example/fleet"
TICKING = '[hub]\nblock-every = "1s"\n'


def refused(reason, *arguments):
    """The command answers no, and says why."""
    done = run(*arguments, codes=None)
    said = done.stdout + done.stderr
    demand(f"comity {' '.join(arguments)} should be refused with '{reason}', it gave {done.returncode}:\n{said}",
           done.returncode != 0 and reason in said)


def counted(member):
    """How many leaves the checkpoint covers that counts in this folder."""
    with open(f"{member.dir}/log/checkpoint", encoding="utf-8") as file:
        return int(file.read().splitlines()[1])


def cosigned(member):
    """How many this member has put its name to."""
    with open(f"{member.dir}/members/{member.handle}/cosigned", encoding="ascii") as file:
        return int(file.read().splitlines()[1].split()[1])


def organisation(fleet, name, by, place):
    """The command that proposes one."""
    key = f"{fleet.work}/{name}.key"
    run("key", "new", name, "--role", "admin", "--file", key)
    value = json.loads(run("key", "show", key, "--json").stdout)["key"]
    return ["propose", place.url, "organisation", name, "--create", "--by", by.handle, "--add", f"org-name={name}", "--add",
            f"auth=admin {value}", "--keys", by.home]


class InVain:
    """A command that waits for what does not come; it is left alone meanwhile, and has not succeeded when that is over."""

    def __init__(self, arguments):
        self.process = subprocess.Popen([COMITY, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        ended = self.process.poll()
        self.process.kill()
        self.process.wait()
        demand("what cannot count was accepted", kind is not None or ended != 0)


class Move:
    """The others draft, sign and open the log that goes on under another hub; B's, here."""

    def __init__(self, fleet, drafter, epoch):
        self.fleet, self.work, self.drafter = fleet, fleet.work, drafter
        self.step = f"{fleet.work}/{epoch}.step"
        self.members = {}

    def draft(self, *more):
        run("succeed", "draft", self.drafter.dir, "--origin", NEW, "--keys", f"{self.work}/new", *more, "-o",
            f"{self.work}/successor.draft")

    def signing(self, member, *more):
        return ["succeed", "sign", f"{self.work}/successor.draft", member.dir, "--keys", member.home,
                *(["--keys", f"{self.work}/new"] if member.handle == "MEMBER-B" else []), *more, "-o",
                f"{self.work}/{member.handle}.signed"]

    def take_log_of(self, other, member):
        """successor.md: who has less gets the log of one that has more."""
        shutil.rmtree(f"{member.dir}/log")
        shutil.copytree(f"{other.dir}/log", f"{member.dir}/log")
        run("fsck", member.dir)

    def seal(self, signers):
        run("succeed", "seal", self.drafter.dir, *[f"{self.work}/{one.handle}.signed" for one in signers], "-o",
            f"{self.work}/successor.genesis", "--step", self.step)

    def opening(self, old, member):
        hub = ["--keys", f"{self.work}/new"] if member.handle == "MEMBER-B" else [
            "--hub", self.members["MEMBER-B"].url, "--sequencer", "MEMBER-B"]
        return ["succeed", "open", member.dir, "--from", old.dir, "--genesis", f"{self.work}/successor.genesis", "--step",
                self.step, "--keys", member.home, *hub]

    def open(self, stay):
        for old in stay:
            member = Member(self.fleet, old.handle)
            member.dir = f"{self.work}/new-{old.handle[-1].lower()}"
            self.members[old.handle] = member
            run(*self.opening(old, member))
        for member in self.members.values():
            member.start()
        for member in self.members.values():
            member.wait_ready()

    def check_goes_on(self, policy, old_receipt, steps):
        """Everybody cosigns, a record is published, and what readers held before leads here."""
        work, hub = self.work, self.members["MEMBER-B"]
        run(*organisation(self.fleet, "ORG-NEW", self.members["MEMBER-C"], self.members["MEMBER-D"]))
        wait_until("all that stay to cosign", lambda: lines_on(hub) == 1 + len(self.members))
        demand("another set of members", members_of(hub.url) == sorted(self.members))
        self.members["MEMBER-C"].store_receipt("organisation", "ORG-B", f"{work}/new.receipt")
        done = run("verify", old_receipt, f"{work}/new.receipt", "--policy", policy,
                   *[word for step in steps for word in ("--step", step)], "--json")
        verdicts = json.loads(done.stdout)
        demand("the old receipt stands, and says where the log goes on", verdicts[0]["valid"] and verdicts[0]["goes_on_as"] == NEW)
        demand("the new one is valid by the old policy", verdicts[1]["valid"])
        for member in self.members.values():
            status = json.loads(run("status", member.url, "--policy", policy, "--json").stdout)
            demand("a reader with the old policy walks over", status["origin"] == NEW)

    def stop_and_check(self, *folders):
        for member in self.members.values():
            member.stop()
        for folder in [*folders, *[member.dir for member in self.members.values()]]:
            run("fsck", folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for member in self.members.values():
            if member.process and member.process.poll() is None:
                member.kill()


def stops_too_early(fleet, hub):
    """D is away and C has gone home when the hub's operator stops it, over a block that does not count."""
    fleet["D"].stop()
    fleet.propose_organisation("ORG-X")
    fleet["C"].stop()
    with InVain(organisation(fleet, "ORG-Y", hub, hub)):
        wait_until("B to cosign what cannot count", lambda: cosigned(fleet["B"]) > cosigned(fleet["C"]))
        hub.stop()
        demand("what counted is served on", get(f"{fleet['B'].url}/readyz")[0] == 200)
        demand("nothing more has counted", counted(fleet["B"]) == counted(hub) < cosigned(fleet["B"]))
        # What is handed in at a member's door waits there until the hub is back.
        with InVain(organisation(fleet, "ORG-Z", hub, fleet["B"])):
            pledges = f"{fleet['B'].dir}/members/MEMBER-B/pledges"
            wait_until("B to keep the record", lambda: os.path.isdir(pledges) and os.listdir(pledges))
    fleet["B"].stop()
    status = run("status", fleet["B"].dir).stdout
    demand(f"a member's status does not say what it cosigned in vain:\n{status}", "which do not count yet" in status)


def leaves_and_helps(work):
    """Four members: no vote lets one go, for four are the least. The three others go on without it, and it signs that."""
    with Fleet(work) as fleet, Move(fleet, fleet["B"], 2) as move:
        fleet.start_all()
        fleet.propose_organisation("ORG-OLD")
        fleet.wait_equal()
        hub, policy = fleet.hub, f"{work}/old.policy"
        shutil.copy(f"{fleet['D'].dir}/policy", policy)
        fleet["C"].store_receipt("organisation", "ORG-A", f"{work}/old.receipt")
        refused("at least 4 members must remain", "member", "leave", hub.url, hub.handle, "--keys", hub.home)

        stops_too_early(fleet, hub)
        move.draft("--without", hub.handle)
        refused("cosigned-more", *move.signing(fleet["B"]))
        hub.start()
        fleet["B"].start()
        fleet["C"].start()
        wait_until("what waited to count", lambda: "ORG-Y" in run("pending", fleet["C"].url).stdout)
        wait_until("the three to stand at what counts", lambda: len(
            {place(fleet[letter]) for place in (counted, cosigned) for letter in "ABC"}) == 1)
        for letter in "ABC":
            fleet[letter].stop()

        move.draft("--without", hub.handle)
        refused("newer-predecessor", *move.signing(fleet["D"]))
        move.take_log_of(fleet["C"], fleet["D"])
        for member in fleet:
            run(*move.signing(member))
        move.seal(fleet)
        refused("succeeded: ", "serve", hub.dir)  # it has signed, and orders no more
        demand("its status does not say so", json.loads(run("status", hub.dir, "--json").stdout)["goes_on_as"] == NEW)
        move.open([fleet[letter] for letter in "BCD"])
        move.check_goes_on(policy, f"{work}/old.receipt", [move.step])
        run("propose", move.members["MEMBER-D"].url, "organisation", "ORG-A", "--by", "ORG-A", "--add", "country=NL", "--keys",
            hub.home)  # what the leaver's organisation holds is its own still
        new = move.members["MEMBER-B"]
        seat = Member(fleet, "MEMBER-A")
        seat.dir = f"{work}/new-a"
        refused("is retired in", *move.opening(hub, seat))
        refused("MEMBER-A is not registered", *organisation(fleet, "ORG-LATE", hub, new))
        serve_readers_on(fleet, hub, new, policy)
        move.stop_and_check(*[member.dir for member in fleet], f"{work}/readers")


def serve_readers_on(fleet, hub, new, policy):
    """At the address that readers know a mirror of the new log answers, run by who has left."""
    mirror = Member(fleet, "MEMBER-A")
    mirror.dir, mirror.port, mirror.url = f"{fleet.work}/readers", hub.port, hub.url
    mirror.process = subprocess.Popen([COMITY, "follow", new.url, "--policy", policy, "--dir", mirror.dir, "--listen",
                                       f"127.0.0.1:{hub.port}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
    try:
        wait_until("the mirror to have it all", lambda: mirror.checkpoint() == new.checkpoint())
        for more in ([], ["--policy", policy]):
            status = json.loads(run("status", hub.url, *more, "--json").stdout)
            demand("who asks at the old address is led on", status["origin"] == NEW)
        mirror.stop()
    finally:
        if mirror.process.poll() is None:
            mirror.kill()


def become_five(fleet, clock):
    newcomer = Member(fleet, "MEMBER-E")
    fleet.members[newcomer.handle] = newcomer
    propose_newcomer(fleet, newcomer)
    clock.move(days=15)
    wait_until("all five to cosign", lambda: lines_on(fleet.hub) == 1 + 5)


def leave_by_vote(fleet, clock):
    """The rules do not ask who runs the hub."""
    hub = fleet.hub
    vote(fleet, last_id(run("member", "leave", hub.url, hub.handle, "--keys", hub.home).stdout), "ABCD")
    clock.move(days=15)
    wait_until("the step without it", lambda: os.path.exists(f"{hub.dir}/policies/3.step"))
    wait_until("it to be no member", lambda: members_of(fleet["C"].url) == [f"MEMBER-{letter}" for letter in "BCDE"])
    hub.stop()
    hub.start().wait_ready()
    # What was cosigned with its help is judged by the policy of then; readers who walk on take a receipt of now.
    run("verify", f"{fleet.work}/old.receipt", "--policy", f"{fleet.work}/policy.1")
    fleet["C"].store_receipt("organisation", "ORG-A", f"{fleet.work}/old.receipt")
    wait_until("its operator to be told", lambda: any("is no member any more" in line for line in hub.said))
    run(*organisation(fleet, "ORG-L", fleet["B"], fleet["C"]))  # it orders on, and that counts
    names = [line.split()[1] for line in get(f"{hub.url}/checkpoint")[2].decode().splitlines() if line.startswith("— ")]
    demand(f"who has left cosigns: {names}", not any(name.endswith(hub.handle) for name in names))


def stop_under_a_running_hub(fleet):
    """E first, then B; C and D see one block more that cannot count, for they are two."""
    hub = fleet.hub
    fleet["E"].stop()
    wait_until("the others to go on", lambda: counted(fleet["B"]) > counted(fleet["E"]))
    for _ in range(10):
        fleet["B"].stop()
        try:
            wait_until("two to cosign what cannot count", lambda: all(cosigned(fleet[letter]) > cosigned(fleet["B"]) for letter in "CD"), 20)
            break
        except Broken:
            # B stopped between its signature and the hub's taking it: three have cosigned what cannot count.
            demand("C and D do not go on", counted(hub) < cosigned(fleet["B"]))
        fleet["B"].start().wait_ready()
        wait_until("what B has cosigned to count", lambda: counted(hub) >= cosigned(fleet["B"]))
    demand("B never stops between two blocks", cosigned(fleet["C"]) > cosigned(fleet["B"]))
    fleet["C"].stop()
    fleet["D"].stop()
    demand("two are enough", counted(hub) == counted(fleet["C"]) == counted(fleet["D"]))


def leaves_and_orders_on(work):
    """Five members, and the one that leaves runs the hub as before; the four others take the log away from it."""
    os.mkdir(work)
    with Fleet(work, config=TICKING) as fleet, Move(fleet, fleet["C"], 4) as move:
        clock = Clock(f"{work}/clock")
        os.environ.update(clock.environment)
        fleet.start_all()
        hub, policy = fleet.hub, f"{work}/policy.1"
        shutil.copy(f"{hub.dir}/policy", policy)
        fleet["C"].store_receipt("organisation", "ORG-A", f"{work}/old.receipt")
        become_five(fleet, clock)
        leave_by_vote(fleet, clock)
        stop_under_a_running_hub(fleet)

        end = counted(hub)
        move.draft()
        for letter in "CD":
            refused("cosigned-more", *move.signing(fleet[letter]))
        for letter in "BE":
            if counted(fleet[letter]) < end:
                refused("newer-predecessor", *move.signing(fleet[letter]))
                move.take_log_of(fleet["C"], fleet[letter])
            run(*move.signing(fleet[letter]))
        # Two of four did not cosign what is beyond: nobody can have a receipt of it.
        for letter in "CD":
            run(*move.signing(fleet[letter], "--abandon"))
        stay = [fleet[letter] for letter in "BCDE"]
        move.seal(stay)
        move.open(stay)
        move.check_goes_on(policy, f"{work}/old.receipt",
                           [f"{hub.dir}/policies/2.step", f"{hub.dir}/policies/3.step", move.step])

        # It still runs, and gets no cosignature; then its operator gives up.
        with InVain(organisation(fleet, "ORG-LATE", fleet["B"], hub)):
            refused("is not registered", *organisation(fleet, "ORG-NO", hub, move.members["MEMBER-B"]))
            status = json.loads(run("status", hub.url, "--policy", policy, "--json").stdout)
            demand("the old log has moved", status["size"] == end and hub.checkpoint()[0] == end)
        hub.stop()
        shutil.copytree(hub.dir, f"{work}/own")
        refused("none of the keys may sign", "succeed", "sign", f"{work}/successor.draft", f"{work}/own", "--keys", hub.home,
                "--abandon")
        run("succeed", "learn", hub.dir, "--step", move.members["MEMBER-B"].url)
        refused("succeeded: ", "serve", hub.dir)
        move.stop_and_check(*[member.dir for member in fleet])


def main():
    with tempfile.TemporaryDirectory(prefix="comity-leaving-") as folder:
        leaves_and_helps(folder)
        leaves_and_orders_on(f"{folder}/five")
    print("the hub's member has left twice")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

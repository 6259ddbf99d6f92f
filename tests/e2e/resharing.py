#!/usr/bin/env python3
"""Aim: the keys of a zone live on while their holders change, among machines: who missed the ceremony gets its share, with
processes killed all the while; a resharing that is cut in its middle leaves the old shares in force, and they sign; a member
joins, another leaves, and the next zone is signed by the new set, under the same keys and the same trust anchor. Method:
the real program with a clock that the test moves; that a share works is shown by a zone which cannot be signed without it.
use: resharing.py   (COMITY: the program; COMITY_CLOCK: the library that moves clocks)"""
import glob
import json
import os
import random
import sys
import tempfile

from ceremony import CONFIG, announce, find, finish_while_killed, key_of, order, wait_phase
from fleet import Broken, Clock, Fleet, Member, demand, last_id, run, wait_until
from joining import propose_newcomer, vote

ZONE = """. 86400 IN SOA ns.private-root. hostmaster.example. 2026010100 1800 900 604800 86400
. 172800 IN NS ns.private-root.
ns.private-root. 172800 IN A 192.0.2.53
example. 172800 IN NS ns1.example.
ns1.example. 172800 IN A 192.0.2.1
"""
USES = ("zsk", "ksk")


def published(member, name="root.zone"):
    path = f"{member.dir}/publish/{name}"
    if not os.path.exists(path):
        return ""
    with open(path, encoding="ascii") as file:
        return file.read()


def publish_anew(fleet, clock, letters, days=8):
    """Eight days on every signature of the zone ages: the members that run make them anew, or nobody does."""
    before = published(fleet.hub)
    clock.move(days=days)
    def anew():
        zones = {published(fleet[letter]) for letter in letters}
        return len(zones) == 1 and before not in zones
    wait_until(f"a zone signed by {letters}", anew, 120)
    run("zone", "verify", f"{fleet[letters[-1]].dir}/publish/root.zone", fleet.hub.url)


def without(fleet, clock, letter, letters):
    """All the others have to sign: the threshold is their number."""
    fleet[letter].stop()
    publish_anew(fleet, clock, letters)
    fleet[letter].start().wait_ready()
    fleet.wait_equal()


def generate(fleet, clock):
    """MEMBER-D announces nothing, and has no share."""
    proposals = [order(fleet, "generate", use) for use in USES]
    announce(fleet, "ABC")
    clock.move(days=2)
    for proposal in proposals:
        wait_phase(fleet, proposal, "done")
    for use in USES:
        demand("who missed the ceremony is not named", key_of(fleet, use)["without_share"] == ["MEMBER-D"])
    wait_until("the first zone", lambda: len({published(member) for member in fleet}) == 1 and published(fleet.hub))
    return {use: key_of(fleet, use)["key"] for use in USES}


def enrol(fleet, keys, seed):
    """New shares for all, of the same keys, while processes die at any moment."""
    chance = random.Random(seed)
    for use in USES:
        before = key_of(fleet, use)["ceremony"]
        proposal = order(fleet, "reshare", use)
        announce(fleet, "ABCD")
        finish_while_killed(fleet, proposal, chance)
        key = key_of(fleet, use)
        demand("the key changed", key["key"] == keys[use] and key["ceremony"] not in (before, None))
        demand("somebody is without a share", key["without_share"] == [] and not key["reshare_due"])
        demand("the replaced ceremony stands", find(fleet, before) is None)


def secrets_of(member, ceremony_key):
    return {path: open(path, "rb").read() for path in glob.glob(f"{member.dir}/members/{member.handle}/ceremony/{ceremony_key}")}


def cut(fleet, clock):
    """Dealt and half certified, then two have lost the keys of the new shares: it ends, and nothing has changed."""
    before = key_of(fleet, "zsk")
    shares = {member.handle: secrets_of(member, "*.share") for member in fleet}
    proposal = order(fleet, "reshare", "zsk")
    fleet["B"].stop()
    announce(fleet, "ABC")
    known = set(glob.glob(f"{fleet['C'].dir}/members/MEMBER-C/ceremony/*.key"))
    # Where this lands MEMBER-D's process does not look.
    run("ceremony", "announce", fleet.hub.url, "--by", "MEMBER-D", "--keys", fleet["D"].home, "--home", fleet["B"].dir)
    wait_until("MEMBER-C to have dealt", lambda: find(fleet, proposal)["silent"] == ["MEMBER-B", "MEMBER-D"])
    fleet["B"].start()
    fleet["C"].kill()
    newest = max(known, key=os.path.getmtime)
    os.remove(newest)
    fleet["C"].start()
    for member in fleet:
        member.wait_ready()
    wait_until("two to have certified", lambda: find(fleet, proposal)["phase"] == "certifying"
               and find(fleet, proposal)["silent"] == ["MEMBER-C", "MEMBER-D"])
    clock.move(days=2)
    wait_until("the ceremony to end", lambda: find(fleet, proposal) is None)
    demand("half a resharing changed the key", key_of(fleet, "zsk") == before)
    fleet.wait_equal()
    for member in fleet:
        demand(f"{member.handle} lost a share", shares[member.handle].items() <= secrets_of(member, "*.share").items())


def change_members(fleet, clock):
    """MEMBER-E joins, MEMBER-D leaves; each has its lock, and so have orders once founding is over."""
    newcomer = Member(fleet, "MEMBER-E")
    fleet.members[newcomer.handle] = newcomer
    propose_newcomer(fleet, newcomer)
    clock.move(days=15)
    wait_until("the policy step", lambda: os.path.exists(f"{newcomer.dir}/policies/2.step"))
    leaver = fleet["D"]
    proposal = last_id(run("member", "leave", fleet.hub.url, "MEMBER-D", "--keys", leaver.home).stdout)
    vote(fleet, proposal, "ABCE")
    clock.move(days=15)
    wait_until("the next step", lambda: os.path.exists(f"{newcomer.dir}/policies/3.step"))
    leaver.stop()
    del fleet.members[leaver.handle]
    return leaver


def reshare_to_new(fleet, clock, keys):
    for use in USES:
        key = key_of(fleet, use)
        demand(f"new shares are not due: {key}", key["left"] == ["MEMBER-D"] and key["without_share"] == ["MEMBER-E"] and key["reshare_due"])
        opened = run("ceremony", "open", fleet.hub.url, "reshare", use, "--by", "MEMBER-A", "--keys", fleet["A"].home)
        vote(fleet, last_id(opened.stdout.split("\n")[0]), "ABC")
    clock.move(days=15)
    def waiting():
        ceremonies = json.loads(run("ceremony", "status", fleet.hub.url, "--json").stdout)["ceremonies"]
        return [one["id"] for one in ceremonies if one["phase"] == "announcing"]
    proposals = wait_until("both to be announced for", lambda: len(waiting()) == 2 and waiting())
    announce(fleet, "ABCE")
    for proposal in proposals:
        wait_phase(fleet, proposal, "done")
    for use in USES:
        key = key_of(fleet, use)
        demand(f"not the same key with new holders: {key}", key["key"] == keys[use] and
               sorted(key["holders"]) == ["MEMBER-A", "MEMBER-B", "MEMBER-C", "MEMBER-E"] and key["left"] == [])
        demand(f"the old shares of one who left are forgotten: {key}", key["may_leave"] == 0 and not key["roll_due"])


def main():
    with tempfile.TemporaryDirectory(prefix="comity-resharing-") as work, Fleet(work, config=CONFIG) as fleet:
        clock = Clock(f"{work}/clock")
        os.environ.update(clock.environment)
        fleet.start_all()
        fleet.wait_equal()
        with open(f"{work}/zone", "w", encoding="ascii") as file:
            file.write(ZONE)
        os.mkdir(f"{work}/registrars")
        for member in fleet:
            os.link(f"{member.home}/{member.handle}.registrar.key", f"{work}/registrars/{member.handle}.registrar.key")
        run("import", "root-zone", fleet.hub.url, f"{work}/zone", "--keys", f"{work}/registrars")
        keys = generate(fleet, clock)
        anchor = published(fleet.hub, "trust-anchor.key")
        enrol(fleet, keys, int(os.environ.get("COMITY_SEED", "1")))
        without(fleet, clock, "C", "ABD")
        print("enrolled: a zone signed with the share of who had missed the ceremony")
        cut(fleet, clock)
        without(fleet, clock, "B", "ACD")
        print("cut in the middle: a zone signed with the old shares")
        change_members(fleet, clock)
        reshare_to_new(fleet, clock, keys)
        without(fleet, clock, "B", "ACE")
        print("another set: a zone signed by it")
        for member in fleet:
            demand(f"{member.handle} has another trust anchor", published(member, "trust-anchor.key") == anchor)
        fleet.stop_and_check()


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

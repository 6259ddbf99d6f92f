#!/usr/bin/env python3
"""Aim: the keys of the zone are rolled as docs/operations/group-keys.md says, and a resolver that nobody touches validates
through it all: the next KSK stands by, is trusted after RFC 5011's 30 days, signs after 40; the old one is revoked for
30 days and goes; the ZSK is rolled in the same weeks. Method: a registry in one folder lives through three months, its
group keys made by ceremonies and each change voted on; Knot serves what it publishes; one Unbound, with default timers
and a clock that goes with the registry's, is asked day by day; at each stage other people's tools judge the zone.
use: roll.py   (COMITY: the program; COMITY_CLOCK: the library that moves clocks)"""
import os
import re
import sys
import tempfile

from name_servers import Servers, free_port, kdig, serial_at
from roll_stage import DAY, MEMBERS, Broken, Stage, key_tag
from signed_root import expect, finish, need


def stand_by(stage):
    """Both next keys are made, and published by one ballot; nobody trusts them yet, and nothing is signed with them."""
    registry, resolver = stage.registry, stage.resolver
    old = registry.dnskeys()
    for use in ("ksk", "zsk"):
        registry.generate(use)
    expect(registry.dnskeys() == old, "a change of the DNSKEY set is published without a ballot")
    refused = registry.run("ceremony", "open", registry.dir, "roll", "zsk", "--by", MEMBERS[0], code=1)
    expect("does not show the standby zsk" in refused, f"a key that nobody has seen: {refused}")
    registry.publish_held()
    stage.look()
    stage.say("the next keys stand by")
    stage.judge("standby")
    keys = registry.dnskeys()
    expect([len(keys[flags]) for flags in (256, 257)] == [2, 2], f"standby: {keys}")
    expect(registry.tags_of("DNSKEY") == [key_tag(257, old[257][0])], "a standby key signs")
    next_ksk, next_zsk = [next(key for key in keys[flags] if key not in old[flags]) for flags in (257, 256)]
    stage.live(1)
    stage.wait_probe()
    expect(resolver.states().get(next_ksk) == "ADDPEND", f"Unbound has not seen the next key: {resolver.states()}")
    return old[257][0], next_ksk, old[256][0], next_zsk


def roll_zsk(stage, old, new):
    """After four days, while founding lasts. The signatures of the old key stay until they age, each served with the keys."""
    registry = stage.registry
    refused = registry.run("ceremony", "open", registry.dir, "roll", "zsk", "--by", MEMBERS[0], code=1)
    expect("has to be known longer" in refused, f"a key of a day: {refused}")
    stage.live(3)
    registry.order("roll", "zsk")
    both = set()
    for _ in range(12):  # the caches of the resolver hold the old answers for a day at most
        stage.live(0.25, 0.25)
        text = open(registry.zone, encoding="ascii").read()
        both.add(tuple(tag for tag in (key_tag(256, old), key_tag(256, new)) if f" {tag} . " in text))
    stage.say("the new ZSK signs")
    stage.judge("both ZSK sign")
    expect((key_tag(256, old), key_tag(256, new)) in both, f"no zone had signatures of both keys: {both}")


def trust(stage, new, published):
    """Unbound waits its 30 days, the registry ten more."""
    states = {}
    while stage.registry.now < published + 40 * DAY:
        is_near = published + 26 * DAY <= stage.registry.now < published + 34 * DAY
        stage.live(1 if is_near else 2, 1 if is_near else 2)
        state = stage.resolver.states().get(new)
        states.setdefault(state, (stage.registry.now - published) // DAY)
        if stage.registry.now < published + 38 * DAY and "refused" not in states:
            states["refused"] = stage.registry.run("ceremony", "open", stage.registry.dir, "roll", "ksk", "--by", MEMBERS[0], code=1)
    expect("has to be known longer" in states.pop("refused"), "a KSK is rolled to too early")
    expect(set(states) == {"ADDPEND", "VALID"} and states["VALID"] >= 30, f"Unbound's states of the next KSK, by day: {states}")
    print(f"         Unbound trusts the next KSK from day {states['VALID']} of its standing by")


def roll_ksk(stage, old, new):
    """Class G has its lock; then the old key is revoked, and signs its revocation."""
    registry, resolver = stage.registry, stage.resolver
    registry.order("roll", "ksk")
    stage.live(12, 2)
    stage.live(3)
    stage.wait_probe()
    stage.say("the old KSK is revoked")
    stage.judge("revoked")
    keys = registry.dnskeys()
    expect(keys.get(385) == [old] and keys.get(257) == [new], f"after the roll: {keys}")
    expect(key_tag(385, old) == (key_tag(257, old) + 128) % 65_536, "the tag of a revoked key is another")
    expect(registry.tags_of("DNSKEY") == sorted([key_tag(385, old), key_tag(257, new)]), "the DNSKEY set is not signed by both")
    stage.live(2)
    stage.wait_probe()
    expect(resolver.states() == {old: "REVOKED", new: "VALID"}, f"Unbound after the roll: {resolver.states()}")


def leave(stage, old, new):
    registry, resolver = stage.registry, stage.resolver
    revoked = registry.now
    stage.live(26, 2)
    expect(385 in registry.dnskeys(), "the revoked key left before its 30 days")
    while 385 in registry.dnskeys():
        stage.live(2, 2)
        expect(registry.now < revoked + 40 * DAY, "the revoked key stays for ever")
    stage.say("the old KSK has left")
    stage.judge("alone")
    expect(registry.tags_of("DNSKEY") == [key_tag(257, new)], "another key signs the keys")
    stage.live(3)
    stage.wait_probe()
    states = resolver.states()
    expect(states.get(new) == "VALID" and states.get(old) in (None, "REVOKED", "REMOVED"), f"Unbound at the end: {states}")


def others(stage, first_anchor):
    """What the roll is about: a resolver that has the first anchor and follows nothing is left behind; a new one is not."""
    servers, port = stage.servers, free_port()
    folder = servers.home("left-behind-anchor")
    with open(f"{folder}/trust-anchor.key", "w", encoding="ascii") as file:
        file.write(first_anchor)
    stub = {"hints": f"{servers.work}/hints"} if stage.knot[1] == 53 else {"stub_port": stage.knot[1]}
    servers.unbound("left-behind", port, folder, environment=stage.clock.environment, **stub)
    servers.until("it answers", lambda: "status" in kdig(port, ".", "SOA"), "left-behind")
    expect("SERVFAIL" in kdig(port, "+dnssec", ".", "SOA"), "the first anchor is good for ever")
    port = free_port()
    servers.unbound("new", port, f"{stage.registry.dir}/publish", environment=stage.clock.environment, **stub)
    servers.until("it answers", lambda: serial_at(port), "new")
    expect(re.search(r"Flags: [a-z ]*\bad\b", kdig(port, "+dnssec", ".", "SOA")), "a resolver with the present anchor does not validate")


def main():
    need("knotd", "knotc", "kdig", "unbound", "ldns-verify-zone", "dnssec-verify", "kzonecheck", "timeout")
    if not os.environ.get("COMITY_CLOCK"):
        print("SKIPPED: COMITY_CLOCK names no library")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="comity-roll-") as work:
        os.chmod(work, 0o755)
        os.environ["XDG_CACHE_HOME"] = f"{work}/cache"
        with Servers(work) as servers:
            stage = Stage(servers, work)
            stage.say("published")
            stage.judge("first")
            with open(f"{stage.registry.dir}/publish/trust-anchor.key", encoding="ascii") as file:
                first_anchor = file.read()
            stage.live(1)
            published = stage.registry.now
            old_ksk, new_ksk, old_zsk, new_zsk = stand_by(stage)
            roll_zsk(stage, old_zsk, new_zsk)
            trust(stage, new_ksk, published)
            expect(stage.registry.dnskeys()[256] == [new_zsk], "the old ZSK is still there")
            roll_ksk(stage, old_ksk, new_ksk)
            leave(stage, old_ksk, new_ksk)
            others(stage, first_anchor)
            stage.registry.run("fsck", stage.registry.dir)
            print(f"{stage.resolver.questions} answers, all authenticated")
    finish()


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

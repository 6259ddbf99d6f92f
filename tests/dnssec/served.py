#!/usr/bin/env python3
"""Aim: the signed zone reaches ordinary resolvers through ordinary servers, unmodified, and validates there; what was
tampered with does not. Method: the real root zone with one private root server, signed with ordinary keys; knotd (with
zonemd-verify), NSD and named serve it with the configuration in packaging/dns; a new release travels by NOTIFY and IXFR to
secondaries and must arrive record for record; Unbound, named and delv with the trust anchor answer for a delegation with
DS, one without, and a name that does not exist. Without the right to use port 53 the resolvers get a stub or are left out.
use: served.py SIGN_ZONE"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from name_servers import TSIG, Servers, free_port, kdig, may_use_port_53, serial_at
from signed_root import PRIVATE_ROOT, ROOT, altered, expect, finish, flip_once, need, private, records, root_zone, run, sign, tool

ABSENT = "no-such-name-comity."


class Zone:
    """The published file, as Comity leaves it: replaced as a whole."""

    def __init__(self, folder):
        self.folder, self.path = folder, os.path.join(folder, "published.zone")

    def publish(self, name):
        with open(os.path.join(self.folder, name), "rb") as source, open(self.path + ".new", "wb") as target:
            shutil.copyfileobj(source, target)
        os.rename(self.path + ".new", self.path)

    def records_of(self, name):
        return sorted(one_form(record) for record in records(os.path.join(self.folder, name)))

    def serial(self, name):
        return next(data.split()[2] for _, _, kind, data in records(os.path.join(self.folder, name)) if kind == "SOA")

    def delegation(self, with_ds):
        """The last one of its kind: next.zone leaves the first with DS and the last without it to others."""
        kinds = {}
        for owner, _, kind, _ in records(os.path.join(self.folder, "next.zone")):
            kinds.setdefault(owner, set()).add(kind)
        return [owner for owner, types in kinds.items()
                if owner != "." and "NS" in types and ("DS" in types) == with_ds][-1]


def one_form(record):
    """Types that programs write with or without spaces, in one form."""
    owner, ttl, kind, data = record
    words = data.split()
    count = {"DS": 3, "ZONEMD": 3, "DNSKEY": 3, "RRSIG": 8}.get(kind)
    if count:
        data = " ".join(words[:count] + ["".join(words[count:])])
    if kind in ("DS", "ZONEMD"):
        data = data.upper()
    return owner, ttl, kind, data


def transferred(port, *kind):
    """The records of a transfer, the SOA once."""
    text = kdig(port, "+nocomments", "+nostats", "+noquestion", "-y", TSIG, ".", *kind, timeout=60)
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) > 4 and not line.startswith(";") and words[2] == "IN" and words[3] != "TSIG":
            found.append(one_form((words[0].lower(), words[1], words[3], " ".join(words[4:]))))
    return found


def expect_whole(zone, port, name, who):
    found = transferred(port, "AXFR")
    expect(sorted(set(found)) == zone.records_of(name), f"{who}: AXFR is not {name} ({len(found)} records)")


def knot_passes_it_on(servers, zone):
    """knotd checks ZONEMD and serves; a second knotd and NSD take it by AXFR, then the next release by IXFR."""
    knot, nsd, second = free_port(), free_port(), free_port()
    zone.publish("root.zone")
    first, then = zone.serial("root.zone"), zone.serial("next.zone")
    conf = servers.knot("knot", zone.path, "127.0.0.1", knot, nsd)
    expect(servers.until("knotd serves", lambda: serial_at(knot) == first, "knot"), "knotd does not serve the zone")
    expect("ZONEMD" in servers.log("knot") or serial_at(knot) == first, "knotd says nothing of ZONEMD")
    expect_whole(zone, knot, "root.zone", "knotd")
    servers.nsd("nsd", nsd, primary_port=knot)
    servers.knot_secondary("second", second, knot)
    for name, port in (("nsd", nsd), ("second", second)):
        expect(servers.until(f"{name} has the zone", lambda: serial_at(port) == first, name), f"{name}: no AXFR from knotd")
    zone.publish("next.zone")
    done = reload_zone("knot", conf)
    expect(done.returncode == 0, f"reload-zone knot: {done.stderr}")
    expect(servers.until("knotd has the next", lambda: serial_at(knot) == then, "knot"), "knotd did not reload")
    expect(servers.until("NSD is notified", lambda: serial_at(nsd) == then, "nsd"), "NOTIFY did not move NSD")
    run("knotc", "-c", os.path.join(servers.home("second"), "conf"), "zone-refresh", ".")
    expect(servers.until("knotd 2 follows", lambda: serial_at(second) == then, "second"), "the second knotd did not follow")
    incremental = transferred(knot, f"IXFR={first}")
    expect(4 <= len(incremental) < 60, f"IXFR has {len(incremental)} records instead of a few")
    expect("IXFR, incoming" in servers.log("second"), "the second knotd did not use IXFR")
    expect_whole(zone, nsd, "next.zone", "NSD behind knotd")
    expect("IXFR" in servers.log("knot"), "knotd sent no IXFR")
    print(f"knotd: AXFR whole, IXFR of {len(incremental)} records; NSD and a second knotd follow by NOTIFY or refresh")
    return nsd


def knot_refuses_altered_glue(servers, zone):
    path = os.path.join(zone.folder, "altered.zone")
    expect(altered(os.path.join(zone.folder, "root.zone"), path,
                   flip_once(r" IN A \d", lambda line: re.sub(r"\d+\n", "7\n" if not line.endswith(".7\n") else "8\n", line))),
           "no glue to alter")
    port = free_port()
    servers.knot("knot-altered", path, "127.0.0.1", port, free_port())
    expect(servers.until("knotd speaks of ZONEMD", lambda: "ZONEMD" in servers.log("knot-altered"), "knot-altered"),
           "knotd: no word about the altered glue")
    expect(serial_at(port) is None, "knotd serves altered glue")
    unbound = free_port()
    auth = (f'auth-zone:\n    name: "."\n    zonefile: "{path}"\n    zonemd-check: yes\n    zonemd-reject-absence: yes\n'
            "    for-downstream: yes\n    for-upstream: yes\n    fallback-enabled: no\n")
    servers.unbound("unbound-altered", unbound, zone.folder, more=auth)
    expect(servers.until("Unbound speaks of ZONEMD", lambda: "ZONEMD" in servers.log("unbound-altered"), "unbound-altered"),
           "Unbound: no word about the altered glue")
    expect("SERVFAIL" in kdig(unbound, ".", "SOA"), "Unbound serves altered glue as an auth-zone")
    for name in ("knot-altered", "unbound-altered"):
        servers.stop(name)
    print("altered glue: refused by knotd (zonemd-verify) and Unbound (zonemd-check)")


def bind_serves_it(servers, zone):
    """named makes IXFR of the two files; NSD serves a file by itself."""
    port, control = free_port(), free_port()
    zone.publish("root.zone")
    first, then = zone.serial("root.zone"), zone.serial("next.zone")
    conf = os.path.join(servers.home("named"), "rndc.conf")
    servers.named("named", zone.path, port, free_port(), control)
    expect(servers.until("named serves", lambda: serial_at(port) == first, "named"), "named does not serve the zone")
    expect_whole(zone, port, "root.zone", "named")
    zone.publish("next.zone")
    done = reload_zone("bind", conf)
    expect(done.returncode == 0, f"reload-zone bind: {done.stderr}")
    expect(servers.until("named has the next", lambda: serial_at(port) == then, "named"), "named did not reload")
    incremental = transferred(port, f"IXFR={first}")
    expect(4 <= len(incremental) < 60, f"named: IXFR has {len(incremental)} records instead of a few")
    servers.stop("named")
    alone = free_port()
    zone.publish("root.zone")
    nsd_conf = servers.nsd("nsd-alone", alone, zone=zone.path)
    expect(servers.until("NSD serves", lambda: serial_at(alone) == first, "nsd-alone"), "NSD does not serve the file")
    zone.publish("next.zone")
    done = reload_zone("nsd", nsd_conf)
    expect(done.returncode == 0, f"reload-zone nsd: {done.stderr}")
    expect(servers.until("NSD has the next", lambda: serial_at(alone) == then, "nsd-alone"), "NSD did not reload")
    servers.stop("nsd-alone")
    print(f"named: AXFR whole, IXFR of {len(incremental)} records; NSD: file and reload")


def reload_zone(kind, conf):
    environment = dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    return subprocess.run([os.path.join(ROOT, "packaging", "dns", "reload-zone"), kind, conf], capture_output=True,
                          text=True, timeout=30, env=environment, check=False)


def ask(port, name, kind):
    """(status, authenticated?) of a resolver's answer."""
    text = kdig(port, "+dnssec", name, kind)
    status = re.search(r"status: (\w+)", text)
    flags = re.search(r"Flags: ([a-z ]*);", text)
    return (status.group(1) if status else "no answer", bool(flags and "ad" in flags.group(1).split()))


def expect_answers(zone, port, who):
    """A DS set, the proof that there is none, and the proof that there is no such name."""
    questions = ((zone.delegation(True), "DS", "NOERROR"), (zone.delegation(False), "DS", "NOERROR"),
                 (ABSENT, "A", "NXDOMAIN"), (".", "NS", "NOERROR"))
    for name, kind, status in questions:
        answer = ask(port, name, kind)
        expect(answer == (status, True), f"{who}: {name} {kind} gives {answer} instead of {status}, authenticated")
    print(f"{who}: authenticated answers for {', '.join(question[0] for question in questions)}")


def delv(port, zone, name, kind):
    """What delv says of an answer of the server at `port`, with nothing but the trust anchor."""
    anchors = os.path.join(zone.folder, "delv.anchors")
    with open(os.path.join(zone.folder, "trust-anchor.key"), encoding="ascii") as file:
        keys = [line.split()[4:] for line in file]
    with open(anchors, "w", encoding="ascii") as file:
        for flags, protocol, algorithm, key in keys:
            file.write(f'trust-anchors {{ . static-key {flags} {protocol} {algorithm} "{key}"; }};\n')
    done = run("delv", "@127.0.0.1", "-p", str(port), "-a", anchors, "+root=.", name, kind)
    return done.stdout + done.stderr


def expect_delv(zone, port):
    for name, kind, words in ((zone.delegation(True), "DS", "; fully validated"),
                              (zone.delegation(False), "DS", "; negative response, fully validated"),
                              (ABSENT, "A", "; negative response, fully validated")):
        said = delv(port, zone, name, kind)
        expect(words in said, f"delv: {name} {kind}: {said[:300]}")
    print("delv: three answers fully validated")


def resolvers_validate(servers, zone, nsd_port):
    """On port 53 resolvers find the private root by their hints alone."""
    expect_delv(zone, nsd_port)
    unbound = free_port()
    if not may_use_port_53():
        print(f"NOTE: {PRIVATE_ROOT}:53 is not free to use: Unbound gets a stub, named as a resolver is left out")
        servers.unbound("unbound", unbound, zone.folder, stub_port=nsd_port)
        expect(servers.until("Unbound answers", lambda: serial_at(unbound), "unbound"), "Unbound does not answer")
        expect_answers(zone, unbound, "Unbound with a stub")
        return
    hints = os.path.join(zone.folder, "hints")
    with open(hints, "w", encoding="ascii") as file:
        file.write(f". 518400 IN NS ns.private-root.\nns.private-root. 518400 IN A {PRIVATE_ROOT}\n")
    servers.knot("private-root", os.path.join(zone.folder, "next.zone"), PRIVATE_ROOT, 53, free_port())
    expect(servers.until("the private root serves", lambda: serial_at(53, PRIVATE_ROOT), "private-root"), "no private root")
    servers.unbound("unbound", unbound, zone.folder, hints=hints)
    expect(servers.until("Unbound answers", lambda: serial_at(unbound), "unbound"), "Unbound does not answer")
    expect_answers(zone, unbound, "Unbound")
    named = free_port()
    servers.named_resolver("resolver", named, zone.folder, hints)
    expect(servers.until("named answers", lambda: serial_at(named), "resolver"), "named does not resolve")
    expect_answers(zone, named, "named as a resolver")


def resolvers_refuse(servers, zone):
    """A DS that was altered on its way, and a denial whose NSEC was taken away, are bogus to every validator."""
    target = zone.delegation(True)
    path = os.path.join(zone.folder, "bogus.zone")
    absent_owner = next(owner for owner, _, kind, data in records(os.path.join(zone.folder, "next.zone"))
                        if kind == "NSEC" and owner[:-1] < ABSENT[:-1] < data.split()[0][:-1])

    def change(line):
        if line.startswith(f"{absent_owner} ") and " IN NSEC " in line:
            return None
        if line.startswith(f"{target} ") and " IN DS " in line:
            return re.sub(r"[0-9A-F]{40,}", lambda m: m.group(0)[::-1], line)
        return line
    expect(altered(os.path.join(zone.folder, "next.zone"), path, change), "nothing altered")
    port, unbound = free_port(), free_port()
    servers.nsd("nsd-bogus", port, zone=path)
    expect(servers.until("NSD serves", lambda: serial_at(port), "nsd-bogus"), "NSD does not serve the altered file")
    servers.unbound("unbound-bogus", unbound, zone.folder, stub_port=port)
    expect(servers.until("Unbound answers", lambda: serial_at(unbound), "unbound-bogus"), "Unbound does not answer")
    expect(ask(unbound, target, "DS")[0] == "SERVFAIL", "Unbound believes an altered DS")
    expect(ask(unbound, ABSENT, "A")[0] == "SERVFAIL", "Unbound believes a denial without its NSEC")
    expect("fully validated" not in delv(port, zone, target, "DS"), "delv believes an altered DS")
    expect("fully validated" not in delv(port, zone, ABSENT, "A"), "delv believes a denial without its NSEC")
    print("altered DS and removed NSEC: refused by Unbound and delv")


def main():
    need("knotd", "knotc", "kdig", "nsd", "nsd-control", "unbound", "named", "rndc", "delv", "zstd", "timeout")
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        folder = os.path.join(work, "zone")
        sign(sys.argv[1], private(root_zone()), folder)
        zone = Zone(folder)
        with Servers(work) as servers:
            nsd_port = knot_passes_it_on(servers, zone)
            resolvers_validate(servers, zone, nsd_port)
            resolvers_refuse(servers, zone)
            knot_refuses_altered_glue(servers, zone)
            bind_serves_it(servers, zone)
    finish()


main()

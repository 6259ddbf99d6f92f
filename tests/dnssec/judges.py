#!/usr/bin/env python3
"""Aim: other people's programs take our signed root zone for right, and every zone with one thing wrong for wrong;
and an ordinary signer with the same keys and times makes the same records. Method: sign the whole real root zone with
ordinary keys; ask ldns-verify-zone, kzonecheck, dnssec-verify, named-checkzone; alter a DS, an NSEC, a signature and
glue; run dnssec-signzone over the unsigned zone once for each pair of times and compare every record, signature octets
too, since Ed25519 has one signature for one message; compare NS, DS and glue with the file that was imported. With
--shared the signatures are of members together, whose octets are others each time: everything else is compared.
use: judges.py SIGN_ZONE | judges.py RELEASE_ZONE --shared"""
import collections
import os
import re
import sys
import tempfile

from signed_root import altered, expect, finish, flip_once, need, records, root_zone, run, sign

JUDGES = {
    "ldns-verify-zone": ["ldns-verify-zone", "-ZZ", "-V", "1"],
    "kzonecheck": ["kzonecheck", "-o", ".", "-d", "on"],
    "dnssec-verify": ["dnssec-verify", "-q", "-o", "."],
    "named-checkzone": ["named-checkzone", "-q", "-i", "local", "."],
}


def judge(path):
    """The names of the programs that accept the zone."""
    return {name for name, words in JUDGES.items() if run(*words, path).returncode == 0}


def other_digit(match):
    digits = match.group(0)
    return digits[:-1] + ("1" if digits[-1] == "0" else "0")


def refuse_altered(folder):
    """Each alteration and the programs that can see it (FIELD-NOTES: only those that know ZONEMD see altered glue)."""
    def other_signature(line):
        at = line.rindex(" ") + 1
        return line[:at] + ("A" if line[at] != "A" else "B") + line[at + 1:]

    cases = {
        "altered DS": (r" IN DS ", lambda line: re.sub(r"[0-9A-F]{40,}", other_digit, line),
                       {"ldns-verify-zone", "kzonecheck", "dnssec-verify"}),
        "removed NSEC": (r"^[a-z]\S* \d+ IN NSEC ", lambda line: None,
                         {"ldns-verify-zone", "kzonecheck", "dnssec-verify"}),
        "altered signature": (r" IN RRSIG DS ", other_signature, {"ldns-verify-zone", "kzonecheck", "dnssec-verify"}),
        "altered glue": (r" IN A ", lambda line: re.sub(r"\d+\n", "7\n" if not line.endswith(".7\n") else "8\n", line),
                         {"ldns-verify-zone"}),
        "altered NS of a delegation": (r"^aaa\.? \d+ IN NS |^[a-z]+\. \d+ IN NS ",
                                       lambda line: re.sub(r" IN NS .", " IN NS q", line), {"ldns-verify-zone"}),
        "altered ZONEMD": (r" IN ZONEMD ", lambda line: re.sub(r"[0-9A-F]{90,}", other_digit, line),
                           {"ldns-verify-zone", "kzonecheck", "dnssec-verify"}),
    }
    for name, (pattern, edit, seers) in cases.items():
        path = os.path.join(folder, "altered.zone")
        expect(altered(os.path.join(folder, "root.zone"), path, flip_once(pattern, edit)), f"{name}: found nothing to alter")
        accepting = judge(path)
        expect(not accepting & seers, f"{name}: accepted by {sorted(accepting & seers)}")
        print(f"{name}: refused by {', '.join(sorted(set(JUDGES) - accepting))}")


def normal(path, types=None):
    """Records as words in one form, whatever program wrote them."""
    out = collections.Counter()
    for owner, ttl, kind, data in records(path):
        if types and kind not in types:
            continue
        words = data.split()
        if kind in ("DS", "ZONEMD"):
            count = 3
            words = words[:count] + ["".join(words[count:]).upper()]
        if kind in ("DNSKEY", "RRSIG"):
            count = 3 if kind == "DNSKEY" else 8
            words = words[:count] + ["".join(words[count:])]
        if kind == "RRSIG" and "--shared" in sys.argv:
            words[-1] = "..."
        data = " ".join(words)
        out[(owner, ttl, kind, data if kind in ("DNSKEY", "RRSIG") else data.lower())] += 1
    return out


def same_as_ordinary_signer(folder):
    ours = normal(os.path.join(folder, "root.zone"))
    bare = os.path.join(folder, "bare.zone")
    altered(os.path.join(folder, "root.zone"), bare, lambda line: None if re.search(r" IN (RRSIG|NSEC) ", line) else line)
    times = {(rr[3].split()[5], rr[3].split()[4]) for rr in ours if rr[2] == "RRSIG"}
    keys = [name[:-4] for name in os.listdir(folder) if name.startswith("K") and name.endswith(".key")]
    theirs, plain = collections.Counter(), None
    for inception, expiration in sorted(times):
        out = os.path.join(folder, "theirs.zone")
        done = run("dnssec-signzone", "-P", "-x", "-q", "-O", "full", "-N", "keep", "-s", inception, "-e", expiration,
                   "-X", expiration, "-K", folder, "-o", ".", "-f", out, bare,
                   *(os.path.join(folder, key) for key in keys))
        expect(done.returncode == 0, f"dnssec-signzone: {done.stderr[-300:]}")
        all_of_them = normal(out)
        here = {rr for rr in all_of_them if rr[2] == "RRSIG"}
        # Of this run's signatures those are compared that ours give these times.
        wanted = {rr[:3] + (rr[3].split()[0],) for rr in ours if rr[2] == "RRSIG"
                  and rr[3].split()[4:6] == [expiration, inception]}
        theirs.update(rr for rr in here if rr[:3] + (rr[3].split()[0],) in wanted)
        plain = {rr for rr in all_of_them if rr[2] != "RRSIG"}
    theirs.update(plain)
    differing = (ours - theirs) + (theirs - ours)
    expect(not differing, f"{len(differing)} records differ from dnssec-signzone's, so {sorted(differing)[:4]}")
    print(f"dnssec-signzone: {len(ours)} records the same, {sum(rr[2] == 'RRSIG' for rr in ours)} signatures of "
          f"{len(times)} pairs of times among them")


def holds_exactly_what_was_imported(folder):
    types = ("NS", "DS", "A", "AAAA")
    imported = {rr for rr in normal(os.path.join(folder, "in.zone"), types)}
    ours = {rr for rr in normal(os.path.join(folder, "root.zone"), types)}
    expect(len(ours) > 20, "nothing to compare")
    without_ttl = [{(rr[0], rr[2], rr[3]) for rr in side} for side in (imported, ours)]
    expect(without_ttl[0] == without_ttl[1],
           f"NS, DS and glue differ, so {sorted(without_ttl[0] ^ without_ttl[1])[:4]}")
    print(f"NS, DS and glue: {len(ours)} records, those of the imported zone")


def main():
    need("ldns-verify-zone", "kzonecheck", "dnssec-verify", "named-checkzone", "dnssec-signzone", "zstd")
    with tempfile.TemporaryDirectory() as folder:
        sign(sys.argv[1], root_zone(), folder)
        for name in ("root.zone", "next.zone"):
            accepting = judge(os.path.join(folder, name))
            expect(accepting == set(JUDGES), f"{name}: refused by {sorted(set(JUDGES) - accepting)}")
        refuse_altered(folder)
        same_as_ordinary_signer(folder)
        holds_exactly_what_was_imported(folder)
    finish()


main()

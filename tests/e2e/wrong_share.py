#!/usr/bin/env python3
"""Aim: of four members on four machines one signs wrongly. The zone is released all the same, the log has the record that
shows who it was, and the liar is asked for nothing any more; back at work it is a member like the others.
Method: the real program; in the liar's place comity_spoil answers, the same code with one number changed. What the hub
says is taken from `comity log` and `comity ceremony status`.
use: wrong_share.py   (COMITY: the program; COMITY_SPOIL: comity_spoil)"""
import json
import os
import subprocess
import sys
import tempfile
import time

from fleet import Broken, Fleet, demand, run, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLE = f"{HERE}/../../data/sample-root.zone"
SOA = "2026112300 1800 900 604800 86400"
CONFIG = '[hub]\nblock-every = "1s"\n[rounds]\npoll-every = "1s"\nrepeat = "3s"\n'


def status(fleet):
    return json.loads(run("ceremony", "status", fleet.hub.url, "--json").stdout)


def make_keys(fleet):
    for use in ("zsk", "ksk"):
        opened = run("ceremony", "open", fleet.hub.url, "generate", use, "--by", "MEMBER-A", "--keys", fleet["A"].home)
        proposal = [word for word in opened.stdout.split("\n")[0].split() if len(word) == 44 and word.endswith("=")][-1]
        for letter in "ABC":
            run("vote", fleet.hub.url, proposal, "yes", "--by", f"MEMBER-{letter}", "--keys", fleet[letter].home)
    for member in fleet:
        run("ceremony", "announce", fleet.hub.url, "--by", member.handle, "--keys", member.home, "--home", member.dir)
    wait_until("two keys", lambda: len(status(fleet)["keys"]) == 2, 90)


class Liar:
    """Answers in MEMBER-D's name until it is told to stop."""

    def __init__(self, spoil, fleet):
        member = fleet["D"]
        self.path = f"{fleet.work}/liar.out"
        self.out = open(self.path, "w", encoding="ascii")
        self.process = subprocess.Popen([spoil, "sign", fleet.hub.dir, member.dir, member.handle, fleet.hub.url],
                                        stdin=subprocess.DEVNULL, stdout=self.out, stderr=subprocess.STDOUT)

    def count(self, word):
        with open(self.path, encoding="utf-8") as file:
            return file.read().split("\n").count(word)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.out.close()


def import_zone(fleet, refresh):
    """The sample with another number in its SOA: a release without a ballot."""
    registrars = f"{fleet.work}/registrars"
    os.makedirs(registrars, exist_ok=True)
    for member in fleet:
        name = f"{member.handle}.registrar.key"
        with open(f"{member.home}/{name}", encoding="ascii") as file, open(f"{registrars}/{name}", "w", encoding="ascii",
                                                                           opener=lambda p, f: os.open(p, f, 0o600)) as copy:
            copy.write(file.read())
    with open(SAMPLE, encoding="ascii") as file:
        text = file.read()
    demand("the sample has another SOA", SOA in text)
    zone = f"{fleet.work}/zone-{refresh}"
    with open(zone, "w", encoding="ascii") as file:
        file.write(text.replace(SOA, f"{2026112300 + refresh - 1800} {refresh} 900 604800 86400", 1))
    run("import", "root-zone", fleet.hub.url, zone, "--keys", registrars)


def published(fleet, refresh):
    """At every honest member that still writes: the zone with this number in its SOA."""
    for letter in "ABC":
        with open(f"{fleet[letter].dir}/publish/root.zone", encoding="ascii") as file:
            if f" {refresh} 900 " not in file.readline():
                return False
    return True


def main():
    spoil = os.environ.get("COMITY_SPOIL")
    if not spoil:
        raise SystemExit(77)
    with tempfile.TemporaryDirectory(prefix="comity-wrong-share-") as work, Fleet(work, config=CONFIG) as fleet:
        fleet.start_all()
        make_keys(fleet)
        fleet["D"].stop()
        liar = Liar(spoil, fleet)
        try:
            # Whether it is chosen, who answers first decides: it asks its mailbox ten times as often as the others.
            for refresh in range(1801, 1811):
                import_zone(fleet, refresh)
                wait_until("a release in spite of a liar", lambda r=refresh: published(fleet, r), 90)
                if liar.count("lied"):
                    break
            demand("the liar was never asked to sign", liar.count("lied"))
            left = wait_until("the evidence on the log", lambda: status(fleet)["left_out"])
            demand(f"somebody else is left out: {left}", [one["member"] for one in left] == ["MEMBER-D"])
            shown = run("ceremony", "status", fleet.hub.url).stdout
            demand("status does not name it", "MEMBER-D signs nothing until" in shown and left[0]["evidence"] in shown)
            log = run("log", fleet.hub.url).stdout
            demand("log does not name it", log.count("against MEMBER-D, wrong-share") == 1)
            print([line.strip() for line in log.split("\n") if "wrong-share" in line][0])
            # Openings that were under way when the record came are over after a moment.
            time.sleep(3)
            asked = liar.count("asked")
            import_zone(fleet, 1900)
            wait_until("a release without it", lambda: published(fleet, 1900), 90)
            demand("the liar was asked again", liar.count("asked") == asked)
        finally:
            liar.stop()
        fleet["D"].start().wait_ready()
        fleet.wait_equal()
        fleet.stop_and_check()
        print("released, shown, left out")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

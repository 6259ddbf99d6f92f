#!/usr/bin/env python3
"""Aim: a hub and its members can go on for long: memory stays flat, nothing slows to a halt, everybody stays in step.
Method: four processes; two members bring records all the time, readers ask the hub and a member for fresh receipts; the
resident memory of each process is taken when everything has been touched, at half time and at the end: caches and the
allocator's arenas fill first, after which nothing may grow any more.
use: soak.py   (COMITY: the program; COMITY_SOAK_SECONDS, 60 by default, an hour at night)"""
import os
import sys
import tempfile
import threading
import time

from fleet import Broken, Fleet, get
from hub import Load

SECONDS = int(os.environ.get("COMITY_SOAK_SECONDS", "60"))
WARM_UP = min(20, SECONDS // 3)
# The log's index, the objects and the answered records grow with the log; what may grow beside them is the allocator's,
# and the cache of served files, which stops at 64 MiB after some ten minutes.
GROWTH_MIB_MAX = 24 + min(64, SECONDS // 8)
# An hour's growth must come to an end; in a minute nothing has filled yet.
SECOND_HALF_MIB_MAX = 8 if SECONDS >= 3600 else GROWTH_MIB_MAX


class Reader(threading.Thread):
    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.answers, self.failures, self.stopping = url, 0, [], False

    def run(self):
        paths = ["api/v1/receipts/member/MEMBER-B", "checkpoint", "api/v1/status", "api/v1/receipts/domain/none.", "metrics"]
        while not self.stopping:
            try:
                code = get(f"{self.url}/{paths[self.answers % len(paths)]}")[0]
                if code not in (200, 404):
                    self.failures.append(code)
            except OSError as error:
                self.failures.append(error)
            self.answers += 1


def resident_mib(member):
    with open(f"/proc/{member.process.pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    raise Broken(f"{member.handle} has no memory: it ended")


def main():
    with tempfile.TemporaryDirectory(prefix="comity-soak-") as work, Fleet(work) as fleet:
        fleet.start_all()
        workers = [Load(fleet, "MEMBER-A"), Load(fleet, "MEMBER-C"), Reader(fleet.hub.url), Reader(fleet["D"].url)]
        for worker in workers:
            worker.start()
        time.sleep(WARM_UP)
        before = {member.handle: resident_mib(member) for member in fleet}
        acknowledged = sum(len(worker.acknowledged) for worker in workers[:2])
        time.sleep((SECONDS - WARM_UP) / 2)
        half = {member.handle: resident_mib(member) for member in fleet}
        time.sleep((SECONDS - WARM_UP) / 2)
        for worker in workers:
            worker.stopping = True
        for worker in workers:
            worker.join(100)
        after = {member.handle: resident_mib(member) for member in fleet}
        for handle, mib in after.items():
            if mib - before[handle] > GROWTH_MIB_MAX:
                raise Broken(f"{handle} grew from {before[handle]:.0f} to {mib:.0f} MiB")
            if mib - half[handle] > SECOND_HALF_MIB_MAX:
                raise Broken(f"{handle} still grew in the second half, from {half[handle]:.0f} to {mib:.0f} MiB")
        for reader in workers[2:]:
            if reader.failures:
                raise Broken(f"{len(reader.failures)} of {reader.answers} questions failed: {reader.failures[:5]}")
        more = sum(len(worker.acknowledged) for worker in workers[:2]) - acknowledged
        if more < (SECONDS - WARM_UP) // 10:
            raise Broken(f"only {more} records were acknowledged after the warm-up")
        size, _ = fleet.wait_equal()
        fleet.stop_and_check()
        print(f"{SECONDS} s, {size} leaves, {sum(reader.answers for reader in workers[2:])} answers; MiB before, at half time and after: " +
              ", ".join(f"{handle} {before[handle]:.0f} {half[handle]:.0f} {after[handle]:.0f}" for handle in after))


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

#!/usr/bin/env python3
"""Aim: somebody else's transparency-log code follows a hub while it runs. Method: four processes; while two members bring
records, the log is fetched from the hub and from a member over plain HTTP, by the paths of tlog-tiles and nothing else,
and read by the client built from Go's x/mod (logreader): every hash, the log's signature, the quorum. Each look must go
beyond where the last one ended, and a folder with one altered byte must be refused.
use: live_reader.py   (COMITY: the program)"""
import os
import shutil
import subprocess
import sys
import tempfile

from fleet import Broken, Fleet, get, wait_until
from hub import Load

HERE = os.path.dirname(os.path.abspath(__file__))


def tile_number(number):
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03d}")
    return "/".join(parts)


def tile_paths(size):
    """Of the entry bundles, and of the hash tiles of every level that a tree of `size` leaves has."""
    for level in ["entries", *range(7)]:
        count = size if level == "entries" else size >> (8 * level)
        for tile in range(-(-count // 256)):
            width = min(256, count - 256 * tile)
            yield f"tile/{level}/{tile_number(tile)}" + (f".p/{width}" if width < 256 else "")


def fetch(url, folder):
    """The log as it stands at its checkpoint; its size."""
    def take(path):
        code, _, body = get(f"{url}/{path}")
        if code != 200:
            raise Broken(f"{url}/{path}: {code}")
        os.makedirs(os.path.dirname(f"{folder}/{path}"), exist_ok=True)
        with open(f"{folder}/{path}", "wb") as file:
            file.write(body)
        return body
    size = int(take("checkpoint").decode().splitlines()[1])
    for path in tile_paths(size):
        take(path)
    return size


def alter(path):
    with open(path, "r+b") as file:
        file.seek(40)
        byte = file.read(1)[0]
        file.seek(40)
        file.write(bytes([byte ^ 1]))


def main():
    if not shutil.which("go") or not os.path.isdir("/usr/share/gocode/src/golang.org/x/mod/sumdb"):
        print("SKIPPED: golang-go or golang-golang-x-mod-dev is not installed")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="comity-live-") as work, Fleet(work) as fleet:
        reader, policy = f"{work}/logreader", f"{fleet.hub.dir}/policy"
        subprocess.run([f"{HERE}/build_logreader.sh", reader], check=True, timeout=200)
        fleet.start_all()
        with open(policy, encoding="ascii") as file:
            vkey = next(line[4:].strip() for line in file if line.startswith("log "))

        def read(folder):
            return subprocess.run([reader, folder, vkey, policy], capture_output=True, text=True, timeout=60)
        loads = [Load(fleet, "MEMBER-B"), Load(fleet, "MEMBER-D")]
        for load in loads:
            load.start()
        sizes = [0]
        for look in range(6):
            source = fleet.hub if look % 2 == 0 else fleet["C"]
            wait_until("the log to grow", lambda at=source: at.checkpoint()[0] > sizes[-1])
            folder = f"{work}/look-{look}"
            sizes.append(fetch(source.url, folder))
            done = read(folder)
            if done.returncode != 0 or f"size={sizes[-1]}" not in done.stdout:
                raise Broken(f"look {look} at {sizes[-1]} leaves was not read:\n{done.stdout}{done.stderr}")
        for load in loads:
            load.stopping = True
        alter(f"{folder}/{next(tile_paths(sizes[-1]))}")
        if read(folder).returncode == 0:
            raise Broken("an altered byte was read as if it were the log's")
        for load in loads:
            load.join(100)
        print(f"read {len(sizes) - 1} times while it grew: {sizes[1:]} leaves")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

"""What the tests of this folder share: the real root zone (or the sample), signed by the program sign_zone, as sets of
records; and a list of failures. Nothing here knows how the zone was made."""
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
DATA = os.environ.get("COMITY_DATA", os.path.join(ROOT, "..", "shared", "data"))
PRIVATE_ROOT = "127.0.53.1"
failures = []


def expect(condition, what):
    if not condition:
        failures.append(what)
        print(f"FAILED: {what}", file=sys.stderr)


def finish():
    if failures:
        sys.exit(f"{len(failures)} failures")
    print("all as expected")


def need(*programs):
    """Ends the test as skipped, loudly, if a program is missing."""
    missing = [name for name in programs if not tool(name)]
    if missing:
        print(f"SKIPPED: not installed: {' '.join(missing)} (tools/install-packages test)")
        sys.exit(77)


def tool(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def run(*words, timeout=60, text=None):
    """The finished process; a program that does not end in time counts as failed."""
    words = [tool(words[0]) or words[0], *words[1:]]
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=timeout, input=text, check=False)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, 124, "", "did not end in time")


def root_zone():
    """The text of a whole root zone, one record a line."""
    real = os.path.join(DATA, "root-zone", "root-20260822.zone.zst")
    if not os.path.exists(real):
        print(f"NOTE: no real root zone in {DATA}; only the sample is judged")
        with open(os.path.join(ROOT, "data", "sample-root.zone"), encoding="ascii") as file:
            return file.read()
    return run("zstd", "-q", "-dc", "--long=27", real).stdout


def private(zone):
    """The same zone with one root server, on this machine: a resolver that primes itself stays here."""
    lines = [line for line in zone.splitlines() if not re.match(r"\.\s+\d+\s+IN\s+(NS|RRSIG|NSEC|DNSKEY|ZONEMD)\s", line)]
    lines += [".\t518400\tIN\tNS\tns.private-root.", f"ns.private-root.\t518400\tIN\tA\t{PRIVATE_ROOT}"]
    return "\n".join(lines) + "\n"


def sign(sign_zone, zone, folder, seconds=None):
    """Fills `folder` with what sign_zone writes; returns the release's time."""
    os.makedirs(folder, exist_ok=True)
    seconds = seconds or int(time.time())
    path = os.path.join(folder, "in.zone")
    with open(path, "w", encoding="ascii") as file:
        file.write(zone)
    done = run(sign_zone, path, ".", str(seconds), folder)
    if done.returncode != 0:
        sys.exit(f"sign_zone: {done.stdout}{done.stderr}")
    return seconds


def records(path):
    """(owner, ttl, type, data) of each line of a file with one record a line."""
    with open(path, encoding="ascii") as file:
        for line in file:
            words = line.split()
            if len(words) > 4 and not line.startswith(";"):
                yield words[0].lower(), words[1], words[3], " ".join(words[4:])


def altered(path, to, change):
    """Writes the file with change(line) in place of each line; None leaves it out. Says whether anything differs."""
    with open(path, encoding="ascii") as file:
        before = file.readlines()
    after = [line for line in map(change, before) if line is not None]
    with open(to, "w", encoding="ascii") as file:
        file.writelines(after)
    return before != after


def flip_once(pattern, edit):
    """A change for altered(): edits the first line that matches."""
    done = []

    def change(line):
        if done or not re.search(pattern, line):
            return line
        done.append(line)
        return edit(line)
    return change

"""Four members as four processes on loopback, founded as the runbook says: each with its own keys, its own folder and
its own address. Shared by the end-to-end tests of the hub; not a test itself."""
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))
from ports import free_port  # noqa: E402

COMITY = os.path.abspath(os.environ.get("COMITY", "build/comity"))
# Of a program that is slower by this much, as with a sanitizer, less is expected.
SLOWER = float(os.environ.get("COMITY_SLOWER", "1"))
HANDLES = ["MEMBER-A", "MEMBER-B", "MEMBER-C", "MEMBER-D"]


class Broken(Exception):
    pass


def demand(what, condition):
    if not condition:
        raise Broken(what)


def last_id(text):
    """The last record id in what a verb said."""
    return [word for word in text.split() if len(word) == 44 and word.endswith("=")][-1]


def run(*arguments, codes=(0,), timeout=120):
    done = subprocess.run([COMITY, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=timeout * SLOWER)
    if codes is not None and done.returncode not in codes:
        raise Broken(f"comity {' '.join(arguments)} gave {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def get(url, timeout=10 * SLOWER):
    """(status, headers, body): an answer of any status is an answer."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def wait_until(what, condition, seconds=60):
    """Asks until the condition gives something true; what it gives is returned."""
    end = time.monotonic() + seconds * SLOWER
    while True:
        try:
            if answer := condition():
                return answer
        except (OSError, Broken, ValueError):
            pass
        if time.monotonic() > end:
            raise Broken(f"{seconds} s were not enough for: {what}")
        time.sleep(0.05)


class Clock:
    """The wall clock of the processes that are started with its environment, moved at will while they run."""

    def __init__(self, path):
        self.path, self.shifted = path, 0
        self.move(0)
        library = os.environ.get("COMITY_CLOCK")
        if not library:
            raise SystemExit(77)
        self.environment = {"LD_PRELOAD": os.path.abspath(library), "COMITY_CLOCK_SHIFT": path}

    def now(self):
        return int(time.time()) + self.shifted

    def move(self, days=0, seconds=0):
        self.shifted += days * 86_400 + seconds
        with open(self.path, "r+b" if os.path.exists(self.path) else "wb") as file:
            file.write(struct.pack("=q", self.shifted * 10**9))


class Member:
    def __init__(self, fleet, handle):
        self.fleet, self.handle = fleet, handle
        letter = handle[-1].lower()
        self.home = f"{fleet.work}/home-{letter}"
        self.dir = f"{fleet.work}/{letter}"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.said = []
        self.environment = {}  # beside the test's own

    def start(self, config=""):
        with open(f"{self.dir}/comity.toml", "w", encoding="ascii") as file:
            file.write(f'listen = ["127.0.0.1:{self.port}"]\n' + (config or self.fleet.config))
        self.process = subprocess.Popen([COMITY, "serve", self.dir], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **self.environment})
        threading.Thread(target=self.listen, args=(self.process,), daemon=True).start()
        return self

    def listen(self, process):
        for line in process.stderr:
            self.said.append(line.rstrip())
            del self.said[:-200]

    def wait_ready(self, seconds=60):
        def ready():
            if self.process.poll() is not None:
                raise SystemExit(f"{self.handle} ended with {self.process.returncode}:\n" + "\n".join(self.said[-20:]))
            return get(f"{self.url}/readyz")[0] == 200
        wait_until(f"{self.handle} to be ready", ready, seconds)
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=30):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds * SLOWER)
        if code != 0:
            raise Broken(f"{self.handle} ended with {code} when told to stop:\n" + "\n".join(self.said[-20:]))

    def status(self):
        code, _, body = get(f"{self.url}/api/v1/status")
        if code != 200:
            raise Broken(f"{self.handle}: status {code}: {body[:200]!r}")
        return json.loads(body)

    def open(self, genesis, hub=None):
        """Makes the folder, of the hub or of one who follows it."""
        follows = ["--hub", hub.url, "--sequencer", hub.handle] if hub else []
        run("found", "open", self.dir, "--genesis", genesis, "--keys", self.home, *follows)
        return self

    def store_receipt(self, object_class, key, path):
        """A fresh receipt of what this member serves, in a file; its bytes."""
        code, _, receipt = get(f"{self.url}/api/v1/receipts/{object_class}/{key}")
        if code != 200:
            raise Broken(f"no receipt from {self.handle}: {code} {receipt[:200]!r}")
        with open(path, "wb") as file:
            file.write(receipt)
        return receipt

    def first_leaf(self):
        """The text of the genesis."""
        return get(f"{self.url}/genesis")[2].decode()

    def checkpoint(self):
        """(size, root) of what it serves."""
        code, _, body = get(f"{self.url}/checkpoint")
        if code != 200:
            raise Broken(f"{self.handle}: checkpoint {code}")
        lines = body.decode().splitlines()
        return int(lines[1]), lines[2]


class Fleet:
    """Founds the registry; start_all() runs it. MEMBER-A is the hub."""

    def __init__(self, work, origin="registry.example/fleet", config=""):
        self.work, self.origin = work, origin
        self.config = config
        # What a verb keeps of a server is named by its address, and the next test may be given the same port.
        os.environ["XDG_CACHE_HOME"] = f"{work}/cache"
        self.members = {handle: Member(self, handle) for handle in HANDLES}
        self.hub = self.members["MEMBER-A"]
        self.found()

    def __iter__(self):
        return iter(self.members.values())

    def __getitem__(self, letter):
        return self.members[f"MEMBER-{letter}"]

    def found(self):
        sheets, signed = [], []
        for member in self:
            letter = member.handle[-1]
            run("found", "member", member.handle, "--origin", self.origin, "--organisation", f"ORG-{letter}", "--org-name",
                f"Organisation {letter}", "--keys", member.home, *(["--log"] if member is self.hub else []))
            sheets.append(f"{member.home}/{member.handle}.sheet")
        run("found", "draft", *sheets, "-o", f"{self.work}/genesis.draft")
        for member in self:
            signed.append(f"{self.work}/{member.handle}.signed")
            run("found", "sign", f"{self.work}/genesis.draft", "--keys", member.home, "-o", signed[-1])
        run("found", "seal", *signed, "-o", f"{self.work}/genesis")
        for member in self:
            member.open(f"{self.work}/genesis", None if member is self.hub else self.hub)

    def propose_organisation(self, name, at=None, by="A", codes=(0,), more=()):
        """A record of one member, brought to `at` (the hub); counted when this returns."""
        key, proposer = f"{self.work}/{name}.key", self[by]
        run("key", "new", name, "--role", "admin", "--file", key)
        value = json.loads(run("key", "show", key, "--json").stdout)["key"]
        return run("propose", (at or self.hub).url, "organisation", name, "--create", "--by", proposer.handle, "--add",
                   f"org-name={name}", "--add", f"auth=admin {value}", "--keys", proposer.home, *more, codes=codes)

    def start_all(self):
        for member in self:
            member.start()
        for member in self:
            member.wait_ready()
        return self

    def stop_all(self):
        for member in self:
            if member.process and member.process.poll() is None:
                member.process.kill()
                member.process.wait()

    def stop_and_check(self):
        """All stop when told, and every folder is sound afterwards."""
        for member in self:
            member.stop()
        for member in self:
            run("fsck", member.dir)

    def wait_equal(self, seconds=60):
        """All serve the same checkpoint, and have the same state under it; returns (size, root)."""
        def equal():
            points = {member.checkpoint() for member in self}
            states = {member.status()["state"] for member in self}
            return points.pop() if len(points) == 1 and len(states) == 1 else None
        return wait_until("all members at one checkpoint", equal, seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop_all()

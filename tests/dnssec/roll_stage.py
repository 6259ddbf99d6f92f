"""Where a key's roll is played: a registry of four members in one folder, whose months pass as told; the name server that
serves what it publishes; one Unbound whose clock and timers go with the registry's, and which must answer, authenticated,
whenever it is asked. Shared by the tests of rolls; not a test itself."""
import base64
import calendar
import json
import os
import re
import socket
import struct
import subprocess
import time

from name_servers import free_port, kdig, serial_at
from signed_root import expect, tool

COMITY = os.path.abspath(os.environ.get("COMITY", "build/comity"))
DAY = 86_400
PRIVATE_ROOT = "127.0.53.5"
MEMBERS = [f"MEMBER-{letter}" for letter in "ABCD"]
ZONE = f""". 86400 IN SOA ns.private-root. hostmaster.example. 2026010100 1800 900 604800 86400
. 172800 IN NS ns.private-root.
ns.private-root. 172800 IN A {PRIVATE_ROOT}
example. 172800 IN NS ns1.example.
example. 86400 IN DS 12345 15 2 {"0123456789ABCDEF" * 4}
ns1.example. 172800 IN A 192.0.2.1
plain. 172800 IN NS ns1.plain.
ns1.plain. 172800 IN A 192.0.2.2
"""
# A delegation with DS, one without, a name that does not exist, and what every resolver asks itself.
QUESTIONS = [("example.", "DS", "NOERROR"), ("plain.", "DS", "NOERROR"), ("absent.", "A", "NXDOMAIN"),
             (".", "DNSKEY", "NOERROR"), (".", "SOA", "NOERROR")]


class Broken(Exception):
    pass


def seconds_of(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def duration(seconds):
    """As the program wants it: by the largest unit that divides it."""
    return next(f"{seconds // unit}{word}" for word, unit in (("d", DAY), ("h", 3600), ("m", 60), ("s", 1)) if seconds % unit == 0)


class Registry:
    """Four members in one folder; time passes when advance() says so."""

    def __init__(self, work, clock):
        self.dir, self.clock, self.work = f"{work}/reg", clock, work
        self.zone = f"{self.dir}/publish/root.zone"
        self.run("init", self.dir, "--members", "4", "--origin", "registry.example/roll", "--time",
                 time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        with open(f"{work}/in.zone", "w", encoding="ascii") as file:
            file.write(ZONE)
        self.run("import", "root-zone", self.dir, f"{work}/in.zone")
        self.advance(1)

    def run(self, *words, code=0):
        done = subprocess.run([COMITY, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        if done.returncode != code:
            raise Broken(f"comity {' '.join(words)} gave {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def advance(self, seconds):
        self.now = seconds_of(json.loads(self.run("advance", self.dir, duration(seconds), "--json"))["time"])
        self.clock.move_to(self.now)

    def keys(self):
        """{(use, standing): what is said of it}"""
        return {(key["use"], key["standing"]): key
                for key in json.loads(self.run("ceremony", "status", self.dir, "--json"))["keys"]}

    def vote(self, said):
        proposal = re.findall(r"[A-Za-z0-9+/]{43}=", said)[0]
        self.run("vote", self.dir, proposal, "yes", "--by", ",".join(MEMBERS[:3]))
        return proposal

    def order(self, *words):
        return self.vote(self.run("ceremony", "open", self.dir, *words, "--by", MEMBERS[0]))

    def generate(self, use):
        self.order("generate", use)
        for member in MEMBERS:
            self.run("ceremony", "announce", self.dir, "--by", member)

    def is_held(self):
        return "is held" in self.run("status", self.dir)

    def publish_held(self):
        """A change of the DNSKEY set waits for a ballot."""
        expect(self.is_held(), "the change of the DNSKEY set is not held")
        self.vote(self.run("propose", self.dir, "--by", MEMBERS[0], "--publish", "."))

    def dnskeys(self):
        """{flags: the keys} of the zone as published."""
        found = {}
        for line in open(self.zone, encoding="ascii"):
            if words := re.match(r"\. \d+ IN DNSKEY (\d+) 3 15 (\S+)", line):
                found.setdefault(int(words[1]), []).append(words[2])
        return found

    def tags_of(self, kind):
        """The tags of the keys that signed the apex's set of this type."""
        text = open(self.zone, encoding="ascii").read()
        return sorted(int(tag) for tag in re.findall(rf"^\. \d+ IN RRSIG {kind} 15 0 \d+ \d+ \d+ (\d+) ", text, re.M))


class Clock:
    """That of the resolver and the judges, timers too."""

    def __init__(self, path):
        self.path = path
        self.environment = {"LD_PRELOAD": os.path.abspath(os.environ["COMITY_CLOCK"]), "COMITY_CLOCK_SHIFT": path,
                            "COMITY_CLOCK_TIMERS": "1"}
        self.shifted = 0
        with open(path, "wb") as file:
            file.write(bytes(8))

    def now(self):
        return int(time.time()) + self.shifted

    def move_to(self, moment):
        """Never back, and a little behind the registry's at most."""
        self.shifted = max(self.shifted, moment - int(time.time()))
        with open(self.path, "r+b") as file:
            file.write(struct.pack("=q", self.shifted * 10**9))


def key_tag(flags, key):
    """RFC 4034 appendix B."""
    data = struct.pack("!HBB", flags, 3, 15) + base64.b64decode(key)
    total = sum(octet << 8 if i % 2 == 0 else octet for i, octet in enumerate(data))
    return (total + (total >> 16)) & 0xFFFF


class Resolver:
    """One Unbound that nobody touches from the beginning to the end. It got one anchor, once."""

    def __init__(self, servers, registry, clock, port, hints, stub_port):
        self.registry, self.clock, self.port, self.servers, self.questions = registry, clock, port, servers, 0
        self.file = os.path.join(servers.home("unbound"), "root.key")
        with open(f"{registry.dir}/publish/trust-anchor.key", encoding="ascii") as anchor, open(self.file, "w", encoding="ascii") as own:
            own.write(anchor.read())
        # What stands in the anchor file of Unbound is judged by the clock that goes with the registry's.
        servers.unbound("unbound", port, f"{registry.dir}/publish", hints=hints, stub_port=stub_port, follows=self.file,
                        environment=clock.environment)

    def states(self):
        """{key: state}, as Unbound remembers them."""
        with open(self.file, encoding="ascii") as file:
            return {words[1]: words[2] for line in file
                    if (words := re.match(r"\.\s+\d+\s+IN\s+DNSKEY\s+\d+ 3 15 (\S+) .*\[\s*(\w+)\s*\]", line))}

    def probed(self):
        with open(self.file, encoding="ascii") as file:
            found = re.search(r"last_success: (\d+)", file.read())
            return int(found[1]) if found else 0

    def ask_all(self):
        """Asked, it wakes, and looks after its anchors; then everything must be authenticated."""
        for name, kind, status in QUESTIONS:
            text = kdig(self.port, "+dnssec", name, kind)
            got = re.search(r"status: (\w+)", text)
            flags = re.search(r"Flags: ([a-z ]*);", text)
            right = got and got[1] == status and flags and "ad" in flags[1].split()
            if not right:
                raise Broken(f"{time.strftime('%F %T', time.gmtime(self.clock.now()))}: {name} {kind} is not authenticated:\n{text}\n"
                             f"{self.servers.log('unbound')[-1500:]}\n{open(self.registry.zone).read()}")
            self.questions += 1


class Stage:
    """The registry, its server, its resolver, and the days they live through together."""

    def __init__(self, servers, work):
        self.servers, self.clock = servers, Clock(f"{work}/clock")
        self.registry = Registry(work, self.clock)
        self.served, self.began = None, self.registry.now
        for use in ("zsk", "ksk"):
            self.registry.generate(use)
        expect(sorted(self.registry.dnskeys()) == [256, 257], "the first zone has other keys")
        address, port = self.place()
        self.knot_conf = servers.knot("knot", self.registry.zone, address, port, free_port())
        self.knot = (address, port)
        self.follow()
        hints = None
        if port == 53:
            hints = f"{work}/hints"
            with open(hints, "w", encoding="ascii") as file:
                file.write(f". 518400 IN NS ns.private-root.\nns.private-root. 518400 IN A {address}\n")
        self.resolver = Resolver(servers, self.registry, self.clock, free_port(), hints, None if hints else port)
        if not servers.until("Unbound answers", lambda: serial_at(self.resolver.port), "unbound"):
            raise Broken("Unbound does not answer")
        self.look()

    @staticmethod
    def place():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            try:
                udp.bind((PRIVATE_ROOT, 53))
                tcp.bind((PRIVATE_ROOT, 53))
                return PRIVATE_ROOT, 53
            except OSError:
                print(f"NOTE: {PRIVATE_ROOT}:53 is not free to use: Unbound gets a stub")
                return "127.0.0.1", free_port()

    def follow(self):
        """The server takes the zone that lies there, as its path unit would have it."""
        with open(self.registry.zone, encoding="ascii") as file:
            serial = file.readline().split()[6]
        if serial == self.served:
            return
        if self.served:
            subprocess.run([os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../packaging/dns/reload-zone"), "knot",
                            self.knot_conf], check=True, capture_output=True, timeout=30,
                           env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
        address, port = self.knot
        if not self.servers.until(f"Knot has {serial}", lambda: serial_at(port, address) == serial, "knot"):
            raise Broken("Knot does not follow")
        self.served = serial

    def look(self):
        self.follow()
        self.resolver.ask_all()

    def live(self, days, step=1):
        """Days pass; on each the resolver is asked."""
        end = self.registry.now + days * DAY
        while self.registry.now < end:
            self.registry.advance(min(int(step * DAY), end - self.registry.now))
            self.look()
            if self.registry.is_held():
                self.registry.publish_held()
                self.say("a ballot on the changed DNSKEY set")
                self.look()

    def say(self, what):
        day = (self.registry.now - self.began) // DAY
        keys = " ".join(f"{flags}x{len(keys)}" for flags, keys in sorted(self.registry.dnskeys().items()))
        print(f"day {day:3}  {what}: {keys}, zone by {self.registry.tags_of('NS')}, keys by {self.registry.tags_of('DNSKEY')}",
              flush=True)

    def wait_probe(self):
        """Unbound looks at the keys at least once a day; a question wakes it."""
        after = self.clock.now() - DAY
        def probed():
            self.resolver.ask_all()
            return self.resolver.probed() >= after
        if not self.servers.until("Unbound to have looked at the keys", probed, "unbound", 20):
            raise Broken("Unbound does not look after its anchors")

    def judge(self, what):
        """Programs that are not ours, with the registry's clock."""
        environment = {**os.environ, **self.clock.environment}
        for words in (["ldns-verify-zone", "-ZZ", "-V", "1"], ["dnssec-verify", "-q", "-o", "."], ["kzonecheck", "-o", ".", "-d", "on"]):
            done = subprocess.run([tool(words[0]), *words[1:], self.registry.zone], capture_output=True, text=True, timeout=30,
                                  env=environment, check=False)
            expect(done.returncode == 0, f"{what}: {words[0]}: {done.stdout[-400:]}{done.stderr[-400:]}")

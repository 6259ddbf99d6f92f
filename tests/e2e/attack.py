#!/usr/bin/env python3
"""Aim: a hub under attack by strangers keeps answering its own people, and gives nothing away. Method: four real
processes; against the hub raw sockets with malformed and smuggled requests, paths out of its folder, slow senders, floods,
readers who do not read, random bytes and records (seed: COMITY_SEED); then from an address of their own hundreds who poll,
listen, ask for the past, and hand in what costs most to refuse, all at once. Meanwhile and afterwards: every process lives,
health is answered in time, members cosign and their records are counted, memory stays bounded, and a checkpoint is the same
everywhere.
use: attack.py   (COMITY: the program)"""
import json
import os
import random
import socket
import sys
import tempfile
import threading
import time

from fleet import SLOWER, Broken, Fleet, demand, get

SEED = int(os.environ.get("COMITY_SEED", "1"))
MEMORY_KIB_MAX = 600_000
HOST = b"Host: h\r\n"
SMUGGLED = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
REFUSED = [
    b"GET / HTTP/1.1\nHost: h\n\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n c\r\n\r\n",
    b"GET http://h/ HTTP/1.1\r\n" + HOST + b"\r\n",
    b"CONNECT h:80 HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET / HTTP/3.0\r\n" + HOST + b"\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 20_000 + b"\r\n",
    b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" + SMUGGLED,
    b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\na" + SMUGGLED,
    b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999999\r\n\r\n",
    b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n",
    b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
]
WAYS_OUT = ["/../keys/log.log.key", "/tile/../../keys/log.log.key", "/tile/%2e%2e/%2e%2e/keys/log.log.key",
            "/tile/..%2f..%2fkeys/log.log.key", "/snapshots/../keys/log.log.key", "/snapshots/..%2fcomity.toml", "//etc/passwd",
            "/policies/..%2fcomity.toml", "/policies/%2fetc%2fpasswd", "/annex/..%2f..%2fkeys", "/tile/entries/../../../comity.toml",
            "/keys/log.log.key", "/comity.toml", "/members/MEMBER-A/cosigned", "/tile/0/x000/%00", "/.well-known/../comity.toml"]


STRANGER = "127.66.6.6"  # not the members' address: what one peer may take is its own
ODD_QUESTIONS = ["limit=99999999999999999999", "limit=-1", "limit=1e3", "limit=1&limit=2",
                 "limit", "from=x", "from=18446744073709551616", "%00=1", "a" * 5_000 + "=1", "&&&", "=", "at=0", "at=999999999"]
ODD_TARGETS = ["/api/v1/objects/domain/" + "%2e" * 2_000, "/api/v1/objects/domain/%ff%fe", "/api/v1/objects/" + "a" * 3_000 + "/b",
               "/api/v1/receipts/domain/%00", "/api/v1/blocks/18446744073709551616", "/api/v1/blocks/-1", "/tile/0/x001/x002/003",
               "/tile/63/000", "/tile/64/000", "/tile/entries/000.p/256", "/tile/0/000.p/0", "/annex/" + "A" * 43, "/policies/0.step",
               "/policies/99999999999999999999.step", "/snapshots/99999999999999999999", "/api/v1/diffs?from=9&to=1"]


class Attacker:
    def __init__(self, hub, address="127.0.0.1"):
        self.hub, self.address = hub, address

    def connect(self):
        peer = socket.create_connection(("127.0.0.1", self.hub.port), timeout=15, source_address=(self.address, 0))
        return peer

    def ask(self, data):
        """What comes back until the end; a reset is an end too."""
        received = b""
        with self.connect() as peer:
            try:
                peer.sendall(data)
                peer.shutdown(socket.SHUT_WR)
                while piece := peer.recv(65_536):
                    received += piece
            except ConnectionError:
                pass
        return received

    def check_alive(self, what):
        demand(f"the hub ended after: {what}\n" + "\n".join(self.hub.said[-20:]), self.hub.process.poll() is None)
        begin = time.monotonic()
        demand(f"no health after: {what}", get(f"{self.hub.url}/healthz")[0] == 200)
        demand(f"health took too long after: {what}", time.monotonic() - begin < 8 * SLOWER)


def malformed(attacker):
    for data in REFUSED:
        answer = attacker.ask(data)
        demand(f"{data[:60]!r} is answered with {answer[:40]!r}", answer == b"" or answer[9:10] in (b"4", b"5"))
        demand(f"{data[:60]!r} has a second answer", answer.count(b"HTTP/1.1 ") <= 1)


def ways_out(attacker):
    for path in WAYS_OUT:
        answer = attacker.ask(f"GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
        demand(f"{path} is answered with {answer[:40]!r}", answer[9:10] == b"4")


def slow_senders(attacker):
    peers = [attacker.connect() for _ in range(80)]
    for peer in peers:
        peer.sendall(b"GET / HTTP/1.1\r\nA: ")
    for _ in range(5):
        for peer in peers:
            peer.sendall(b"x")
        attacker.check_alive("slow senders")
    for peer in peers:
        peer.close()


def floods(attacker):
    answers = attacker.ask((b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n") * 3_000)
    demand("a pipelined flood is answered short", answers == b"" or answers.count(b"HTTP/1.1 ") <= 3_000)
    with attacker.connect() as peer:  # asks, and never reads
        peer.setblocking(False)
        try:
            for _ in range(10_000):
                peer.send(b"GET /metrics HTTP/1.1\r\n" + HOST + b"\r\n")
        except (BlockingIOError, ConnectionError):
            pass
        attacker.check_alive("a reader who does not read")
    crowd = []
    try:
        for _ in range(400):  # more than one peer may have
            crowd.append(attacker.connect())
    except OSError:
        pass
    for peer in crowd:
        peer.close()


def random_bytes(attacker, chance):
    for _ in range(150):
        attacker.ask(chance.randbytes(chance.randrange(1, 3_000)))
    for _ in range(60):
        body = chance.randbytes(chance.randrange(0, 3_000))
        kind = chance.choice([b"text/plain", b"application/json", b"x"])
        path = chance.choice([b"/api/v1/records", b"/api/v1/cosignatures"])
        answer = attacker.ask(b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"Content-Type: " + kind + b"\r\nContent-Length: " +
                              str(len(body)).encode() + b"\r\n\r\n" + body)
        demand(f"random bytes to {path!r} are answered with {answer[:40]!r}", answer[9:10] == b"4")


def post(path, body, kind="application/json"):
    return (f"POST {path} HTTP/1.1\r\nHost: h\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n").encode() + body


def odd_questions(attacker):
    """Nothing that is asked oddly is answered well, or by an error of the server's own."""
    targets = [f"/api/v1/{path}?{question}" for question in ODD_QUESTIONS for path in ("blocks", "objects/domain/x/history")]
    for target in targets + ODD_TARGETS:
        answer = attacker.ask(f"GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
        demand(f"{target[:80]} is answered with {answer[:40]!r}", answer[9:10] == b"4")
    for method in (b"TRACE", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"get", b"PRI"):
        answer = attacker.ask(method + b" /checkpoint HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        demand(f"{method!r} is answered with {answer[:40]!r}", answer[9:10] in (b"4", b"5"))
    answer = attacker.ask(b"GET /checkpoint HTTP/1.1\r\n" + HOST + b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
                          b"Connection: close, Upgrade, HTTP2-Settings\r\n\r\n")
    demand(f"an upgrade is answered with {answer[:40]!r}", answer.startswith(b"HTTP/1.1 200"))


def costly_texts(leaf):
    """What is dear to read or to judge, and refused in the end."""
    nested = b'{"record":' + b"[" * 500_000
    body, _, lines = leaf.partition("\n\n")
    line = lines.splitlines()[0]
    # Each line under a name of its own, so that none can be passed over as a repetition.
    many = "".join(line.replace("MEMBER-A", f"MEMBER-{number}") + "\n" for number in range(256))
    same = "".join(f"{line}\n" for _ in range(256))
    texts = [post("/api/v1/records", text) for text in (
        nested, nested + b"]" * 500_000, b'{"record":"' + b"\\u0000" * 170_000 + b'"}', b'{"record":' + b"9" * 1_000_000 + b"}",
        b'{"record":"","record":""}' + b" " * 1_000_000, b'{"record":"' + b"\\ud800" * 170_000 + b'"}')]
    for signatures in (many, same):
        texts.append(post("/api/v1/records", (body.replace("expires", "expires", 1) + "\n\n" + signatures).encode(), "text/plain"))
    texts.append(post("/api/v1/cosignatures", (body[:200] + "\n\n" + many).encode(), "text/plain"))
    return texts


def forgeries(attacker, fleet):
    """Anybody may hand in what is refused: the log grows by time alone then, which moves once a minute at most."""
    fleet.propose_organisation("ORG-FORGED", by="B")
    ask = lambda path: json.loads(get(f"{fleet.hub.url}/api/v1/{path}")[2])
    records = [record for block in ask("blocks")["blocks"] for record in ask(f"blocks/{block['height']}")["records"]]
    name = records[-1]["id"].translate(str.maketrans("+/", "-_")).rstrip("=")
    good = ask(f"records/{name}")["text"]
    demand("the last record is another one", "ORG-FORGED" in good)
    begin, height = time.monotonic(), ask("status")["height"]
    for number in range(10):
        answer = attacker.ask(post("/api/v1/records", good.replace("ORG-FORGED", f"ORG-FORGE{number}").encode(), "text/plain"))
        demand(f"a forgery is answered with {answer[:300]!r}", answer.startswith(b"HTTP/1.1 403") and b"bad-signature" in answer)
    grown = ask("status")["height"] - height
    demand(f"ten forgeries made {grown} blocks", grown <= 1 + (time.monotonic() - begin) // 60)


def keep_asking(attacker, request, until, failures):
    while not until.is_set():
        try:
            attacker.ask(request)
        except OSError:
            time.sleep(0.05)  # refused: there is a limit, and this is it
        except Exception as error:  # pylint: disable=broad-except
            failures.append(error)
            return


def siege(attacker, fleet):
    """All at once, while members go on as if nothing were."""
    leaf = fleet["A"].first_leaf()
    requests = costly_texts(leaf)
    for request in requests:
        answer = attacker.ask(request)
        demand(f"{request[:150]!r} is answered with {answer[:60]!r}", answer[9:10] == b"4")
    path = lambda target: f"GET {target} HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n".encode()
    requests += [path("/api/v1/objects/member/MEMBER-B?at=2"), path("/api/v1/diffs?from=1&to=3"), path("/metrics"),
                 path("/api/v1/receipts/member/MEMBER-B"), path("/tile/entries/000.p/3"), path("/api/v1/openapi.json")]
    held = []
    for number in range(120):  # half of what one peer may hold
        peer = attacker.connect()
        wait = "/api/v1/events" if number % 2 else "/api/v1/proposed?wait=60"
        peer.sendall(f"GET {wait} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        held.append(peer)
    until, failures = threading.Event(), []
    crowd = [threading.Thread(target=keep_asking, args=(attacker, request, until, failures)) for request in requests * 2]
    for thread in crowd:
        thread.start()
    try:
        for number in range(3):
            begin = time.monotonic()
            fleet.propose_organisation(f"ORG-SIEGE-{number}", by="BCD"[number])
            demand("a record under siege took too long", time.monotonic() - begin < 90 * SLOWER)
            attacker.check_alive("a siege")
    finally:
        until.set()
        for thread in crowd:
            thread.join()
        for peer in held:
            peer.close()
    demand(f"attackers broke: {failures[:1]}", not failures)


def memory_kib(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


def main():
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="comity-attack-") as work, Fleet(work) as fleet:
        fleet.start_all()
        fleet.wait_equal()
        attacker = Attacker(fleet.hub)
        attacks = {"malformed requests": malformed, "ways out of the folder": ways_out, "slow senders": slow_senders,
                   "floods": floods, "random bytes": lambda attacker: random_bytes(attacker, chance)}
        stranger = Attacker(fleet.hub, STRANGER)
        attacks["odd questions"] = odd_questions
        attacks["forgeries"] = lambda attacker: forgeries(attacker, fleet)
        attacks["a siege"] = lambda _: siege(stranger, fleet)
        for name, attack in attacks.items():
            attack(attacker)
            time.sleep(0.5)
            attacker.check_alive(name)
        peak = memory_kib(fleet.hub.process)
        demand(f"the hub took {peak} KiB", peak < MEMORY_KIB_MAX)
        size, _ = fleet.wait_equal()
        for member in fleet:
            member.stop()
        print(f"{len(attacks)} kinds of attack with seed {SEED}; {size} leaves everywhere, {peak // 1024} MiB at the peak")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED with seed {SEED}: {broken}")

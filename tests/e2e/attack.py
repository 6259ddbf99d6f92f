#!/usr/bin/env python3
"""Aim: a hub under attack by strangers keeps answering its own people, and gives nothing away. Method: four real
processes; against the hub raw sockets with malformed and smuggled requests, paths out of its folder, slow senders, floods,
readers who do not read, random bytes and records (seed: COMITY_SEED). Meanwhile and afterwards: every process lives, health
is answered in time, memory stays bounded, and a checkpoint is the same everywhere.
use: attack.py   (COMITY: the program)"""
import os
import random
import socket
import sys
import tempfile
import time

from fleet import Broken, Fleet, get

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


def demand(what, condition):
    if not condition:
        raise Broken(what)


class Attacker:
    def __init__(self, hub):
        self.hub = hub

    def connect(self):
        peer = socket.create_connection(("127.0.0.1", self.hub.port), timeout=15)
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
        demand(f"health took too long after: {what}", time.monotonic() - begin < 8)


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

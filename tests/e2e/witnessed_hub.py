#!/usr/bin/env python3
"""Aim: a hub has its checkpoints cosigned by a witness outside the registry, and no witness ever holds it up. Method:
four members and a witness as processes; beside it in the hub's policy one that is down, one that takes requests and never
answers, one that does not know the log, and one that answers nonsense. The witness is killed, forgets, and finds a hub that
was restored from an old copy.
use: witnessed_hub.py   (COMITY: the program)"""
import http.server
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from fleet import COMITY, Broken, Fleet, demand, free_port, get, run, wait_until

NAME = "witness.example/w1"


class Witness:
    def __init__(self, work, name, number):
        self.dir, self.name, self.port = f"{work}/w{number}", name, free_port()
        self.process = None
        said = run("witness", "init", self.dir, "--name", name).stdout
        self.vkey = next(line.split()[1] for line in said.splitlines() if line.startswith("vkey:"))
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen([COMITY, "witness", "serve", self.dir, "--listen", f"127.0.0.1:{self.port}"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_until("the witness to answer", lambda: get(self.url + "/")[2].decode().strip() == self.vkey)
        return self

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Deaf:
    """Takes connections and what comes over them; never says a word."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.asked = []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            self.asked.append(self.socket.accept()[0])


class Nonsense(http.server.BaseHTTPRequestHandler):
    """Cosigns, it says; what it answers is a line under another key's id."""
    asked = 0

    def log_message(self, *_):
        pass

    def do_POST(self):
        Nonsense.asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        body = "— witness.example/nonsense AAAAAAAA\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def bring_record(fleet, name):
    """A new record is counted, and quickly: a minute is what a deaf witness would take."""
    begin = time.monotonic()
    fleet.propose_organisation(name)
    took = time.monotonic() - begin
    demand(f"a record took {took:.1f} s", took < 8)


def lines_of(fleet):
    """Size of the hub's checkpoint, and who signed it."""
    lines = get(f"{fleet.hub.url}/checkpoint")[2].decode().splitlines()
    return int(lines[1]), [line.split()[1] for line in lines if line.startswith("— ")]


def wait_witnessed(fleet, at_least, seconds=60):
    def witnessed():
        size, names = lines_of(fleet)
        return size if size >= at_least and NAME in names else None
    return wait_until(f"a witnessed checkpoint of {at_least} leaves or more; the hub said:\n"
                      + "\n".join(fleet.hub.said[-8:]), witnessed, seconds)


def write_policies(fleet, work, witness, stranger, deaf, nonsense_url):
    with open(f"{fleet.hub.dir}/policy", encoding="ascii") as file:
        log = next(line for line in file if line.startswith("log "))
    spare = [Witness(work, f"witness.example/{name}", name) for name in ("down", "deaf", "nonsense")]
    urls = [f"http://127.0.0.1:{free_port()}", deaf.url, nonsense_url]
    with open(f"{work}/ask", "w", encoding="ascii") as file:
        file.write(log + f"witness W1 {witness.vkey} {witness.url}\nwitness W2 {stranger.vkey} {stranger.url}\n")
        for number, (one, url) in enumerate(zip(spare, urls), 3):
            file.write(f"witness W{number} {one.vkey} {url}\n")
        file.write("group outside any W1 W2 W3 W4 W5\nquorum outside\n")
    with open(f"{work}/reader", "w", encoding="ascii") as file:
        file.write(log + f"witness W1 {witness.vkey}\nquorum W1\n")


def check_receipt(fleet, work):
    fleet.hub.store_receipt("member", "MEMBER-B", f"{work}/receipt")
    run("verify", "--policy", f"{work}/reader", f"{work}/receipt")
    fleet["C"].store_receipt("member", "MEMBER-B", f"{work}/receipt")
    run("verify", "--policy", f"{fleet.hub.dir}/policy", f"{work}/receipt")


def witness_lost_and_found(fleet, witness):
    """Killed it is missed by nobody, and catches up afterwards; so it does with a memory of yesterday."""
    shutil.copytree(f"{witness.dir}/logs", f"{fleet.work}/logs.old")
    witness.kill()
    bring_record(fleet, "ORG-X")
    size, names = lines_of(fleet)
    demand("a dead witness has cosigned", NAME not in names)
    witness.start()
    demand("the witness did not catch up", wait_witnessed(fleet, size) >= size)
    wait_until("the hub to say that nobody answered", lambda: any("cannot-connect" in line for line in fleet.hub.said))
    witness.kill()
    shutil.rmtree(f"{witness.dir}/logs")
    shutil.copytree(f"{fleet.work}/logs.old", f"{witness.dir}/logs")
    witness.start()
    bring_record(fleet, "ORG-Y")
    wait_witnessed(fleet, size + 1)


def hub_started_again(fleet):
    """It asks anew from nothing: the 409 tells it where the witness stands."""
    fleet.hub.stop(10)  # a call to the deaf witness is under way and holds nothing up
    fleet.hub.start().wait_ready()
    bring_record(fleet, "ORG-Z")
    return wait_witnessed(fleet, fleet.hub.checkpoint()[0])


def hub_from_old_copy(fleet, size):
    """Its own members would refuse it; the witness does too, and the operator reads why."""
    for member in fleet:
        member.stop()
    shutil.rmtree(fleet.hub.dir)
    shutil.copytree(f"{fleet.work}/a.old", fleet.hub.dir)
    fleet.hub.said.clear()
    fleet.hub.start().wait_ready()
    wait_until("the hub to say that the witness is ahead", lambda: any(
        "witness-ahead" in line and f"size {size} " in line for line in fleet.hub.said), 30)


def main():
    with tempfile.TemporaryDirectory(prefix="comity-witnessed-") as work, Fleet(work) as fleet:
        witness, stranger, deaf = Witness(work, NAME, 1), Witness(work, "witness.example/stranger", 2), Deaf()
        nonsense = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nonsense)
        threading.Thread(target=nonsense.serve_forever, daemon=True).start()
        try:
            write_policies(fleet, work, witness, stranger, deaf, f"http://127.0.0.1:{nonsense.server_port}")
            run("witness", "add", witness.dir, "--policy", f"{fleet.hub.dir}/policy")
            witness.start()
            stranger.start()
            fleet.config = f'[hub]\nwitness-policy = "{work}/ask"\n'
            fleet.start_all()
            fleet.wait_equal()
            bring_record(fleet, "ORG-W")
            wait_witnessed(fleet, fleet.hub.checkpoint()[0])
            demand("nobody else was asked", deaf.asked and Nonsense.asked)
            for said in ("witness-refused 404", "200 without a cosignature"):
                wait_until(f"the hub to say: {said}", lambda text=said: any(
                    all(word in line for word in text.split(" ", 1)) for line in fleet.hub.said))
            check_receipt(fleet, work)
            witness_lost_and_found(fleet, witness)
            fleet.hub.stop(10)
            shutil.copytree(fleet.hub.dir, f"{work}/a.old")
            fleet.hub.start().wait_ready()
            size = hub_started_again(fleet)
            hub_from_old_copy(fleet, size)
            print(f"witnessed at {size} leaves; four others never held it up")
        finally:
            witness.kill()
            stranger.kill()
            nonsense.shutdown()


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

#!/usr/bin/env python3
"""Aim: docs/operations/service.md holds for whoever starts a hub: the configuration is judged before it runs, the socket may be
somebody else's, who started it hears that it is ready, alive and stopping, connections wait while it starts again, by itself it
listens on loopback alone, and it keeps no record of who asked what. Method: this test plays systemd; then it asks in ways that
would be recognised, and looks for them in all that the process said and wrote.
use: service.py   (COMITY: the program)"""
import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from fleet import COMITY, Broken, demand, get, run, wait_until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASKER = "127.66.77.88"  # an address that nobody else has here
MARK = "MARKOFTHEASKER"


class Manager:
    """As systemd does it: holds the socket, hears what the process says, counts its signs of life."""

    def __init__(self, folder):
        self.folder, self.heard, self.process = folder, [], None
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ear.bind("\0comity-service-test-" + str(os.getpid()))
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            self.heard += self.ear.recv(4096).decode().splitlines()

    def start(self, said):
        self.heard.clear()
        variables = {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "comity.socket", "NOTIFY_SOCKET": self.ear.getsockname().replace(b"\0", b"@").decode(),
                     "WATCHDOG_USEC": "4000000"}
        place = self.listening.fileno()
        # The socket is handed over as number 3, and to this process alone: the shell becomes the program.
        line = f'exec 3<&{place}; LISTEN_PID=$$ exec "$0" serve "$1"'
        self.process = subprocess.Popen(["bash", "-c", line, COMITY, self.folder], stdin=subprocess.DEVNULL, stdout=said,
                                        stderr=said, pass_fds=[place], env={**os.environ, **variables})
        wait_until("the process to say that it is ready", lambda: "READY=1" in self.heard)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        demand("not stopped in order", self.process.wait(30) == 0)
        wait_until("the process to say that it stops", lambda: "STOPPING=1" in self.heard, 5)


def check_configuration(folder):
    """What the unit runs first."""
    for text, wanted in (("listen = 8480\n", "listen"), ("[tls]\nkey = \"k\"\n", "tls"), ("[limits]\nconections = 3\n", "conections"),
                         ("[hub]\nblock-every = \"11m\"\n", "block-every"), ("nonsense", "comity.toml"),
                         ("listen = [\"127.0.0.1:8480x\"]\n", "listen"), ("contact = \"me\"\n", "contact"),
                         ("[tls]\ncertificate = \"no.pem\"\nkey = \"no.key\"\n", "no.pem"),
                         ("[hub]\nwitness-policy = \"no.policy\"\n", "no.policy")):
        with open(f"{folder}/comity.toml", "w", encoding="ascii") as file:
            file.write(text)
        done = run("config", "check", folder, codes=(2,))
        demand(f"{text!r}: {done.stderr}", wanted in done.stderr)
        demand(f"{text!r} was served", run("serve", folder, codes=(2,), timeout=20).stderr == done.stderr)
    with open(f"{folder}/comity.toml", "w", encoding="ascii") as file:
        file.write('contact = "mailto:security@member-a.example"\n')
    known = re.findall(r"(?m)^([a-z-]+) = |^\[([a-z-]+)\]$", run("config", "check", folder).stdout)
    with open(f"{ROOT}/docs/operations/configuration.md", encoding="utf-8") as page:
        told = page.read()
    table = ""
    for key, begun in known:
        table = begun + "." if begun else table
        if key:
            demand(f"configuration.md does not tell of {table}{key}", f"`{table}{key}`" in told)


def check_units():
    """What they start are words that the program knows; systemd's own judgement, where it is at hand."""
    os.mkdir("units")
    paths = []
    for source in sorted(glob.glob(f"{ROOT}/packaging/systemd/comity*")):
        with open(source, encoding="ascii") as file:
            unit = file.read()
        started = re.findall(r"(?m)^ExecStart\w*=/usr/bin/comity ([a-z ]+) /var/lib/comity/%i", unit)
        demand(f"{source} starts {started}", bool(started) == source.endswith(".service"))
        for words in started:
            run(*words.split(), "--help")
        # What systemd lets it write: StateDirectory counts as much as ReadWritePaths. Nothing of another registry's.
        for place in re.findall(r"(?m)^(?:StateDirectory|ReadWritePaths)=(.*)$", unit):
            demand(f"{source} may write {place}", place in ("comity/%i", "/var/lib/comity/%i"))
        paths.append(f"units/{os.path.basename(source)}")
        with open(paths[-1], "w", encoding="ascii") as file:
            file.write(unit.replace("/usr/bin/comity", COMITY).replace("User=comity\nGroup=comity\n", ""))
    demand("units are missing", len(paths) == 3)
    if shutil.which("systemd-analyze"):
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *paths], capture_output=True, text=True, check=False)
        ours = [line for line in done.stderr.splitlines() if "comity" in line]
        demand(f"systemd says: {ours}", not ours)


def listening_addresses(process):
    """Of the kernel, not of the program: local addresses of its listening sockets."""
    inodes = set()
    for name in glob.glob(f"/proc/{process.pid}/fd/*"):
        try:
            inodes.update(re.findall(r"socket:\[(\d+)\]", os.readlink(name)))
        except OSError:
            pass
    found = []
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{process.pid}/net/{table}", encoding="ascii") as file:
            for line in list(file)[1:]:
                fields = line.split()
                if fields[3] == "0A" and fields[9] in inodes:
                    found.append(fields[1])
    return found


def ask_in_person(port, path, body=None):
    """From an address, with words, that would be known again."""
    with socket.create_connection(("127.0.0.1", port), 10, source_address=(ASKER, 0)) as wire:
        head = f"{'POST' if body is not None else 'GET'} {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: {MARK}\r\nReferer: https://{MARK}/\r\n"
        if body is not None:
            head += f"Content-Length: {len(body)}\r\n"
        wire.sendall((head + "Cookie: " + MARK + "=1\r\nConnection: close\r\n\r\n").encode() + (body or b""))
        answer = b""
        while part := wire.recv(65536):
            answer += part
    return answer


def check_silence(folder, manager, said):
    """Of what was asked, and by whom, nothing is left: neither on disk nor in what it says, its metrics included."""
    for path in ("/checkpoint", "/api/v1/status", f"/api/v1/objects/organisation/ORG-{MARK}", f"/api/v1/search?q={MARK}", f"/{MARK}", "/metrics",
                 f"/api/v1/receipts/domain/{MARK.lower()}."):
        demand(f"{path}: no answer", ask_in_person(manager.port, path).startswith(b"HTTP/1.1 "))
    answer = ask_in_person(manager.port, "/api/v1/records", (MARK + "\n").encode())
    demand(f"nonsense is taken: {answer[:200]}", answer.startswith(b"HTTP/1.1 4"))
    answer = ask_in_person(manager.port, f"/{MARK} x")
    demand(f"nonsense is answered: {answer[:200]}", answer.startswith(b"HTTP/1.1 505"))
    _, _, metrics = get(manager.url + "/metrics")
    _, _, status = get(manager.url + "/api/v1/status")
    manager.stop()
    said.flush()
    texts = {"metrics": metrics, "status": status, "what it told its manager": "\n".join(manager.heard).encode()}
    for path in [said.name, *glob.glob(f"{folder}/**", recursive=True)]:
        if os.path.isfile(path):
            with open(path, "rb") as file:
                texts[path] = file.read()
    for name, text in texts.items():
        for sign in (ASKER, MARK, MARK.lower()):
            demand(f"{name} holds {sign}", sign.encode() not in text)


def main():
    with tempfile.TemporaryDirectory(prefix="comity-service-") as work:
        os.chdir(work)
        os.environ["XDG_CACHE_HOME"] = f"{work}/cache"
        run("init", "reg", "--origin", "registry.example/test", "--clock", "real")
        check_configuration("reg")
        check_units()
        manager = Manager("reg")
        with open("said", "w+", encoding="utf-8") as said:
            try:
                manager.start(said)
                demand("it does not say what it is", any(line.startswith("STATUS=registry.example/test") for line in manager.heard))
                demand("it is not answered", get(manager.url + "/readyz")[0] == 200)
                demand("it listens elsewhere too", len(listening_addresses(manager.process)) == 1)
                wait_until("two signs of life", lambda: manager.heard.count("WATCHDOG=1") >= 2, 10)
                manager.stop()
                waiting = socket.create_connection(("127.0.0.1", manager.port), 10)  # nobody is there; systemd listens
                waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                manager.start(said)
                waiting.settimeout(30)
                demand("who waited was not answered", waiting.recv(100).startswith(b"HTTP/1.1 200"))
                waiting.close()
                check_silence("reg", manager, said)
            finally:
                if manager.process and manager.process.poll() is None:
                    manager.process.kill()
                    manager.process.wait()
        # By itself: loopback, unless told otherwise.
        default = run("config", "check", "reg").stdout
        demand(f"the default is not loopback:\n{default}", re.search(r'(?m)^listen = \["127\.0\.0\.1:\d+"\]$', default))
    print("served as a service: judged, ready, alive, stopped, and silent about who asked")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

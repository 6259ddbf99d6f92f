#!/usr/bin/env python3
"""A server for one registry's folder, as small as can be: plain files, and records handed to `comity submit`.

Usage: plain_hub.py COMITY DIR PORT_FILE
Prints nothing; writes its port to PORT_FILE. `DIR.lies/PATH`, if there, is served instead of PATH.
Independent of the program's own server, so that a mistake in both would have to be made twice.
"""
import base64
import hashlib
import hmac
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

comity, folder, port_file = sys.argv[1:4]
writing = threading.Lock()


def file_of(path):
    """The file that a path names, or None."""
    in_log = path == "/checkpoint" or path.startswith(("/tile/", "/annex/"))
    public = in_log or path in ("/policy", "/genesis") or path.startswith(("/policies/", "/snapshots/"))
    if not public or ".." in path:
        return None
    lie = folder + ".lies" + path
    return lie if os.path.exists(lie) else folder + ("/log" if in_log else "") + path


def snapshots():
    """Heights and sizes, newest first."""
    found = []
    if not os.path.isdir(folder + "/snapshots"):
        return {"snapshots": []}
    for name in os.listdir(folder + "/snapshots"):
        with open(folder + "/snapshots/" + name, "rb") as file:
            head = file.read(4096).decode("utf-8", "replace")
        size = next(line for line in head.splitlines() if line.startswith("size: "))
        found.append({"height": int(name), "size": int(size[6:]), "bytes": 0})
    return {"snapshots": sorted(found, key=lambda one: -one["height"])}


def submit(request):
    """Status and answer for one record; its annex is kept first, as a hub would."""
    if "annex" in request:
        salt, text = request["annex"].split("\n\n", 1)
        commitment = hmac.new(base64.b64decode(salt), text.encode(), hashlib.sha256).digest()
        os.makedirs(folder + "/log/annex", exist_ok=True)
        name = base64.urlsafe_b64encode(commitment).decode().rstrip("=")
        with open(f"{folder}/log/annex/{name}", "w", encoding="utf-8") as file:
            file.write(request["annex"])
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".record") as file:
        file.write(request["record"])
        file.flush()
        done = subprocess.run([comity, "submit", folder, file.name, "--json"], capture_output=True, check=False)
    if done.returncode not in (0, 1):
        return 503, {"rule": "trouble", "reason": done.stderr.decode()}
    answer = json.loads(done.stdout)[0]
    return (200, answer | {"receipt": ""}) if answer["accepted"] else (409, answer | {"spec": ""})


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/api/v1/events":
            return self.events()
        if self.path == "/api/v1/snapshots":
            return self.answer(200, json.dumps(snapshots()).encode())
        path = file_of(self.path)
        try:
            with open(path or "", "rb") as file:
                return self.answer(200, file.read())
        except OSError:
            return self.answer(404, b"no such file\n")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with writing:
            status, answer = submit(json.loads(body))
        self.answer(status, json.dumps(answer).encode())

    def events(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        seen = None
        while True:
            with open(folder + "/log/checkpoint", "rb") as file:
                now = file.read()
            self.wfile.write(b"event: block\ndata: {}\n\n" if now != seen else b": alive\n\n")
            self.wfile.flush()
            seen = now
            time.sleep(0.2)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
server.daemon_threads = True
with open(port_file + ".new", "w", encoding="utf-8") as out:
    out.write(str(server.server_port))
os.rename(port_file + ".new", port_file)
server.serve_forever()

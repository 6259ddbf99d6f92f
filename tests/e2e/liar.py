"""A hub that shows what a test tells it to, over HTTP: any leaves, signed with the hub's own keys. It shares no code with
Comity; the logs it shows are shorter than one tile. Not a test itself."""
import base64
import hashlib
import http.server
import os
import select
import socket
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "second_verifier"))
import ed25519  # noqa: E402


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def to_base64(data):
    return base64.b64encode(data).decode("ascii")


class Key:
    """From a secret key file; `name` and `type` of the key as which it signs (docs/formats/notes.md)."""

    def __init__(self, path, name=None, key_type=1):
        with open(path, encoding="utf-8") as file:
            text = file.read().strip()
        parts = text.split("+", 4)  # PRIVATE, KEY, name, id, base64 (which may hold a plus)
        self.seed = base64.b64decode(parts[4])[1:]
        self.name = name or parts[2]
        self.id = sha256(self.name.encode(), b"\n", bytes([key_type]), ed25519.public_key(self.seed))[:4]

    def line(self, signed):
        return f"— {self.name} {to_base64(self.id + signed)}\n"

    def sign(self, text):
        return self.line(ed25519.sign(self.seed, text.encode()))

    def cosign(self, text, now):
        message = f"cosignature/v1\ntime {now}\n{text}".encode()
        return self.line(now.to_bytes(8, "big") + ed25519.sign(self.seed, message))


def leaf_hash(leaf):
    return sha256(b"\0", leaf)


def tree_root(hashes):
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\1", tree_root(hashes[:split]), tree_root(hashes[split:]))


def read_leaves(log_folder):
    """All of a log that is shorter than one bundle."""
    with open(f"{log_folder}/checkpoint", encoding="utf-8") as file:
        size = int(file.read().splitlines()[1])
    assert size < 256
    with open(f"{log_folder}/tile/entries/000.p/{size}", "rb") as file:
        data, leaves = file.read(), []
    while data:
        length = int.from_bytes(data[:2], "big")
        leaves.append(data[2:2 + length])
        data = data[2 + length:]
    return leaves


class Liar:
    """Lies as long as it stands: `offer` and `publish` say what; `cosigned` is what members made of it."""

    def __init__(self, origin, log_key, cosigner):
        self.origin, self.log_key, self.cosigner = origin, log_key, cosigner
        self.leaves, self.offered, self.published, self.counted = [], None, b"", 0
        self.round, self.cosigned, self.asked = time.time_ns() % 10**12, [], 0
        # How long it keeps whoever hands in a record, how many have, and whether one sent more before the answer came.
        self.stall, self.forwarded, self.is_pushed = 0, 0, False
        liar = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body=b""):
                self.send_response(status)
                if status != 204:
                    self.send_header("Content-Length", str(len(body)))
                try:
                    self.end_headers()
                    self.wfile.write(body)
                except ConnectionError:
                    pass  # whoever asked has been stopped meanwhile

            def do_GET(self):
                self.answer(*liar.get(urllib.parse.urlsplit(self.path)))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/api/v1/cosignatures":
                    liar.cosigned.append(body)
                    return self.answer(204)
                if urllib.parse.urlsplit(self.path).path == "/api/v1/records":
                    liar.keep_waiting(self.connection)
                self.answer(503, b"not now\n")

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def keep_waiting(self, connection):
        self.forwarded += 1
        time.sleep(self.stall)
        if select.select([connection], [], [], 0)[0]:
            self.is_pushed = self.is_pushed or bool(connection.recv(1, socket.MSG_PEEK))

    def sign(self, leaves, now):
        body = f"{self.origin}\n{len(leaves)}\n{to_base64(tree_root([leaf_hash(leaf) for leaf in leaves]))}\n"
        return body + "\n" + self.log_key.sign(body) + self.cosigner.cosign(body, now)

    def publish(self, checkpoint):
        self.published, self.counted = checkpoint, int(checkpoint.split(b"\n")[1])

    def offer(self, leaves, now):
        self.leaves = leaves
        self.offered = self.sign(leaves, now)
        self.round += 1

    def get(self, url):
        if url.path == "/checkpoint":
            return (200, self.published) if self.published else (404, b"")
        if url.path == "/api/v1/proposed":
            return self.proposed(dict(urllib.parse.parse_qsl(url.query)))
        return self.tile(url.path)

    def proposed(self, query):
        self.asked += 1
        if self.offered is None:
            return 404, b""
        if query.get("after") == str(self.round):
            time.sleep(0.3)
            return 204, b""
        return 200, (f"comity/1 proposed {self.origin}\nround: {self.round}\noffer: {self.round}\ncounted: {self.counted}\n\n"
                     + self.offered).encode()

    def tile(self, path):
        kind, _, width = path.rpartition("/")
        if not width.isdigit() or int(width) > len(self.leaves):
            return 404, b""
        leaves = self.leaves[:int(width)]
        if kind == "/tile/0/000.p":
            return 200, b"".join(leaf_hash(leaf) for leaf in leaves)
        if kind == "/tile/entries/000.p":
            return 200, b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)
        return 404, b""

"""Name servers and resolvers as processes of a test: each on loopback, with files of its own, in the foreground, with a
time bound, and ended by its own process id. The configuration of servers is the one in packaging/dns, with paths, addresses
and ports put in place."""
import base64
import os
import secrets
import signal
import socket
import subprocess
import sys
import time

from signed_root import PRIVATE_ROOT, ROOT, run, tool

sys.path.insert(0, os.path.join(ROOT, "tools"))
from ports import free_port  # noqa: E402

SECONDS_MAX = 600
SHIPPED_SECRET = "A" * 43 + "="
SECRET = base64.b64encode(secrets.token_bytes(32)).decode()
TSIG = f"hmac-sha256:comity-transfer:{SECRET}"


def may_use_port_53():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        try:
            udp.bind((PRIVATE_ROOT, 53))
            tcp.bind((PRIVATE_ROOT, 53))
        except OSError:
            return False
    return True


def shipped(name, **changes):
    """A file of packaging/dns with each text of `changes` put in place of another; all must be there."""
    with open(os.path.join(ROOT, "packaging", "dns", name), encoding="ascii") as file:
        text = file.read()
    for before, after in changes.pop("put", []):
        assert before in text, f"{name}: no {before!r}"
        text = text.replace(before, after)
    return text.replace(SHIPPED_SECRET, SECRET)


class Servers:
    """Started processes; all end with the `with` block."""

    def __init__(self, work):
        self.work, self.running = work, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in [name for name, _ in self.running]:
            self.stop(name)

    def home(self, name):
        path = os.path.join(self.work, name)
        os.makedirs(path, exist_ok=True)
        return path

    def start(self, name, text, words, environment=None):
        """Writes the configuration and starts the program; words may say {conf}. The environment is added to the test's."""
        conf = os.path.join(self.home(name), "conf")
        with open(conf, "w", encoding="ascii") as file:
            file.write(text)
        with open(os.path.join(self.home(name), "log"), "ab") as log:
            words = [word.replace("{conf}", conf) for word in words]
            # `timeout` passes the signal on, and ends the server even if this test is killed.
            process = subprocess.Popen(["timeout", str(SECONDS_MAX), tool(words[0]), *words[1:]], stdout=log,
                                       stderr=log, stdin=subprocess.DEVNULL, cwd=self.home(name),
                                       env={**os.environ, **(environment or {})})
        self.running.append((name, process))
        return conf

    def stop(self, name):
        for entry in [entry for entry in self.running if entry[0] == name]:
            self.running.remove(entry)
            entry[1].send_signal(signal.SIGTERM)
            try:
                entry[1].wait(timeout=10)
            except subprocess.TimeoutExpired:
                entry[1].kill()
                entry[1].wait()

    def log(self, name):
        with open(os.path.join(self.home(name), "log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def until(self, what, condition, name, seconds=100):
        """Waits; prints the server's last words if it is in vain."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.1)
        print(f"in vain: {what}\n{self.log(name)[-1500:]}", file=sys.stderr)
        return False

    # -- the programs --------------------------------------------------------------------------------------------------

    def knot(self, name, zone, address, port, secondary_port):
        home = self.home(name)
        text = shipped("knot.conf", put=[("127.0.0.1@53", f"{address}@{port}"), ("192.0.2.53@53", f"127.0.0.1@{secondary_port}"),
                                         ("/run/knot", home), ("/var/lib/knot", home),
                                         ("/var/lib/comity/registry/publish/root.zone", zone)])
        return self.start(name, text, ["knotd", "-c", "{conf}"])

    def knot_secondary(self, name, port, primary_port):
        home = self.home(name)
        text = (f'server:\n    listen: [ 127.0.0.1@{port} ]\n    rundir: "{home}"\ndatabase:\n    storage: "{home}"\n'
                "log:\n  - target: stderr\n    any: info\n"
                f'key:\n  - id: comity-transfer\n    algorithm: hmac-sha256\n    secret: "{SECRET}"\n'
                f"remote:\n  - id: primary\n    address: 127.0.0.1@{primary_port}\n    key: comity-transfer\n"
                "acl:\n  - id: notify\n    address: 127.0.0.1\n    key: comity-transfer\n    action: notify\n"
                f'zone:\n  - domain: "."\n    storage: "{home}"\n    file: secondary.zone\n    master: primary\n'
                "    acl: notify\n    zonemd-verify: on\n")
        return self.start(name, text, ["knotd", "-c", "{conf}"])

    def nsd(self, name, port, zone=None, primary_port=None):
        """A secondary as shipped, or with `zone` the server of a file."""
        home = self.home(name)
        put = [("127.0.0.1@53\n", f"127.0.0.1@{port}\n"), ("/var/lib/nsd", home), ("/run/nsd", home)]
        if zone:
            text = shipped("nsd.conf", put=put)
            text = text[:text.index("# A secondary")] + f'zone:\n    name: "."\n    zonefile: "{zone}"\n'
        else:
            text = shipped("nsd.conf", put=put + [("192.0.2.52@53", f"127.0.0.1@{primary_port}"), ("192.0.2.52", "127.0.0.1")])
        user = "" if os.getuid() else "root"
        return self.start(name, text, ["nsd", "-d", "-c", "{conf}", "-u", user or str(os.getuid())])

    def named(self, name, zone, port, secondary_port, control_port):
        home = self.home(name)
        text = shipped("named.conf", put=[("listen-on port 53", f"listen-on port {port}"), ("/var/cache/bind", home),
                                          ("/run/named", home), ("192.0.2.53 port 53", f"127.0.0.1 port {secondary_port}"),
                                          ("port 953", f"port {control_port}"),
                                          ("/var/lib/comity/registry/publish/root.zone", zone)])
        with open(os.path.join(home, "rndc.conf"), "w", encoding="ascii") as file:
            file.write(f'key "rndc-key" {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n'
                       f'options {{ default-key "rndc-key"; default-server 127.0.0.1; default-port {control_port}; }};\n')
        return self.start(name, text, ["named", "-g", "-c", "{conf}", "-n", "1"])

    def unbound(self, name, port, folder, hints=None, stub_port=None, more="", follows=None, environment=None):
        """A validating resolver: the shipped lines, and what keeps it on this machine. Where it `follows` the key's rolls
        (RFC 5011), it keeps the file of that name."""
        home = self.home(name)
        lines = shipped("unbound.conf", put=[("/etc/unbound/trust-anchor.key", f"{folder}/trust-anchor.key"),
                                             ("/etc/unbound/root.hints", hints or "/dev/null")])
        if follows:
            anchor = f'trust-anchor-file: "{folder}/trust-anchor.key"'
            assert anchor in lines, "unbound.conf: no anchor"
            lines = lines.replace(anchor, f'auto-trust-anchor-file: "{follows}"')
        if not hints:  # FIELD-NOTES: never stub and hints together
            lines = "\n".join(line for line in lines.splitlines() if "root-hints" not in line) + "\n"
        lines += (f'    interface: 127.0.0.1\n    port: {port}\n    directory: "{home}"\n    chroot: ""\n    username: ""\n'
                  f'    pidfile: "{home}/pid"\n    use-syslog: no\n    do-not-query-localhost: no\n    do-ip6: no\n'
                  '    module-config: "validator iterator"\n    num-threads: 1\n    verbosity: 1\n')
        if stub_port:
            lines += f'stub-zone:\n    name: "."\n    stub-addr: 127.0.0.1@{stub_port}\n    stub-prime: no\n'
        return self.start(name, lines + more, ["unbound", "-d", "-c", "{conf}"], environment)

    def named_resolver(self, name, port, folder, hints):
        home = self.home(name)
        with open(f"{folder}/trust-anchor.key", encoding="ascii") as file:
            keys = [line.split()[4:] for line in file]
        anchors = "".join(f' . static-key {flags} {protocol} {algorithm} "{key}";' for flags, protocol, algorithm, key in keys)
        text = (f'options {{ directory "{home}"; pid-file "{home}/pid"; session-keyfile "{home}/session.key";\n'
                f"  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion yes;\n"
                "  allow-query { any; }; dnssec-validation yes; empty-zones-enable no; trust-anchor-telemetry no; };\n"
                f"trust-anchors {{{anchors} }};\ncontrols {{ }};\n"
                f'zone "." {{ type hint; file "{hints}"; }};\n')
        return self.start(name, text, ["named", "-4", "-g", "-c", "{conf}", "-n", "1"])


def kdig(port, *words, address="127.0.0.1", timeout=20):
    return run("kdig", f"@{address}", "-p", str(port), "+timeout=3", "+retry=1", "+noidn", *words, timeout=timeout).stdout


def serial_at(port, address="127.0.0.1"):
    words = kdig(port, "+short", ".", "SOA", address=address).split()
    return words[2] if len(words) > 2 and words[2].isdigit() else None

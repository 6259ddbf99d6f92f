"""Ports on loopback for servers that a test or a bench starts, and stops, and starts again. tools/fleet.sh has the same for
shell scripts: both lock files of one folder."""
import fcntl
import os
import random
import socket
import tempfile

_CLAIMS = []  # open files; the system lets go of their locks when this process ends


def _first_of_clients():
    """Where the ports begin that the system gives to whoever connects: one of those may be taken while a server is down."""
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
            return int(file.read().split()[0])
    except (OSError, ValueError):
        return 32768


def _can_listen(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        try:
            udp.bind(("127.0.0.1", port))
            tcp.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port():
    """Free for TCP and UDP; as long as this process lives nobody else gets it here, and no client of any program."""
    folder = os.path.join(tempfile.gettempdir(), f"comity-ports-{os.getuid()}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for _ in range(1000):
        port = random.randrange(10000, max(_first_of_clients(), 11000))
        claim = open(os.path.join(folder, str(port)), "wb")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            claim.close()
            continue
        if _can_listen(port):
            _CLAIMS.append(claim)
            return port
        claim.close()
    raise OSError("no free port on loopback after 1000 tries")

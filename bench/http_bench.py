#!/usr/bin/env python3
"""Requests a second for one file of a tile's size: net::Server beside nginx, in turns, both asked by wrk on loopback.

bench/http_bench.py PATH/TO/http_file_server [--seconds 3] [--turns 2] [--connections 64] [--bytes 8192]
bench/http_bench.py PATH/TO/comity --hub PATH/TO/hub_bench [...]    the log of a served hub: checkpoint, tile, packed bundle

Says "not measured" if nginx or wrk is not installed. All three share the processors, so only the proportion means much.
"""
import argparse
import gzip
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
from ports import free_port  # noqa: E402

NGINX = """
daemon off; worker_processes auto; pid {folder}/pid; error_log {folder}/error;
events {{ worker_connections 1024; }}
http {{
  access_log off; server_tokens off; keepalive_requests 1000000000; sendfile on; tcp_nopush on;
  open_file_cache max=10; open_file_cache_valid 60s;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d;
  scgi_temp_path {folder}/e;
  gzip_static on;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; add_header cache-control "public, max-age=31536000, immutable"; }}
}}
"""


def start_nginx(program, folder):
    port = free_port()
    configuration = os.path.join(folder, "nginx.conf")
    with open(configuration, "w", encoding="ascii") as file:
        file.write(("user root;" if os.geteuid() == 0 else "") + NGINX.format(folder=folder, port=port))
    process = subprocess.Popen([program, "-p", folder, "-c", configuration, "-e", os.path.join(folder, "error")],
                               stdin=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, f"127.0.0.1:{port}"
        time.sleep(0.05)
    process.terminate()
    sys.exit("nginx does not start: " + open(os.path.join(folder, "error"), encoding="utf-8").read())


def processor_seconds(pid):
    """Of a process and its children, so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        children = file.read().split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(child)) for child in children)


def measure(address, pid, options, path):
    """Requests a second by the clock, and microseconds of the server's processor time a request."""
    before = processor_seconds(pid)
    words = ["wrk", "-t", "1", "-c", str(options.connections), "-d", f"{options.seconds}s", "-H", "accept-encoding: gzip",
             f"http://{address}{path}"]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text:
        sys.exit(text)
    used = processor_seconds(pid) - before
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), used * 1e6 / int(re.search(r"(\d+) requests in", text)[1])


def start_bare(options, folder):
    """One file over the bare server."""
    path = os.path.join(folder, "files", "file")
    with open(path, "wb") as file:
        file.write(os.urandom(options.bytes))
    ours = subprocess.Popen([options.server, path, str(os.cpu_count())], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            text=True)
    return ours, ours.stdout.readline().strip(), ["/file"]


def start_hub(options, folder):
    """The log of a hub's folder through `comity serve`; nginx gets the same files, the bundle packed beforehand."""
    made = subprocess.run([options.hub, "--folder", "200000"], capture_output=True, text=True, check=True)
    hub = made.stdout.split()[-1]
    paths = ["/checkpoint", "/tile/0/000", "/tile/entries/000"]
    for path in paths:
        copy = os.path.join(folder, "files") + path
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copy(hub + "/log" + path, copy)
    with open(copy, "rb") as file, gzip.open(copy + ".gz", "wb") as packed:
        packed.write(file.read())
    ours = subprocess.Popen([options.server, "serve", hub, "--listen", "127.0.0.1:0"], stdin=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
    for line in ours.stderr:
        if "serving on http://" in line:
            return ours, line.split("http://")[1].strip(), paths
    return sys.exit("comity serve does not start")


def compare(ours, our_address, theirs, their_address, path, options):
    rates = {"nginx": [], "comity": []}
    for _ in range(options.turns):
        rates["nginx"].append(measure(their_address, theirs.pid, options, path))
        rates["comity"].append(measure(our_address, ours.pid, options, path))
    print(path)
    for name, found in rates.items():
        clock, processor = (statistics.median(values) for values in zip(*found))
        print(f"  {name:7} {clock:10.0f} requests/s ({', '.join(f'{rate:.0f}' for rate, _ in found)}), "
              f"{processor:.1f} us of processor time each")
    share = [statistics.median(v[i] for v in rates["comity"]) / statistics.median(v[i] for v in rates["nginx"])
             for i in (0, 1)]
    print(f"  comity / nginx: {share[0]:.2f} by requests, {share[1]:.2f} by processor time; {options.connections} "
          f"connections, {os.cpu_count()} processors shared with wrk")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("server", help="http_file_server; with --hub the program comity")
    parser.add_argument("--hub", help="the program hub_bench: compare the log's paths through `comity serve`")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--bytes", type=int, default=8192)
    options = parser.parse_args()
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if not nginx or not shutil.which("wrk"):
        print("not measured: nginx and wrk are needed")
        return
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "files"))
        ours, our_address, paths = start_hub(options, folder) if options.hub else start_bare(options, folder)
        theirs, their_address = start_nginx(nginx, folder)
        try:
            for path in paths:
                compare(ours, our_address, theirs, their_address, path, options)
        finally:
            theirs.terminate()
            theirs.wait()
            ours.stdin.close()
            if options.hub:
                ours.terminate()
            ours.wait()


main()

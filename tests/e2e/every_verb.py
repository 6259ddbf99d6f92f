#!/usr/bin/env python3
"""Aim: every verb that works on a registry says of a URL what it says of the folder, with the same exit code, and every
other one refuses a URL for a folder's name; no verb is forgotten, the next one neither. Method: the manual names the
verbs; a table here says what each does; two copies of one registry, of which one is served, live through the same story.
use: every_verb.py   (COMITY: the program)"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from fleet import COMITY, Broken, demand, free_port, get, run, wait_until

ORIGIN = "registry.example/test"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Verbs that take no registry for DIR, and why.
NO_PLACE = {
    "found member": "makes a founder's keys at home", "found draft": "reads sheets", "found sign": "reads a draft",
    "found seal": "reads signed copies", "key show": "reads a key", "config check": "reads a configuration",
    "completion": "writes for a shell",
}
# On a registry's folder that lies here: what to say so that DIR is the only thing wrong.
HERE = {
    "init": ["{}"], "advance": ["{}", "1h"], "found open": ["{}", "--genesis", "genesis"], "serve": ["{}"], "resume": ["{}"],
    "follow": ["http://127.0.0.1:1", "--policy", "policy", "--dir", "{}"],
    "succeed draft": ["{}", "--origin", "new.example/test", "--keys", "home"], "succeed sign": ["draft", "{}", "--keys", "home"],
    "succeed seal": ["{}", "copy", "-o", "genesis"], "succeed open": ["{}", "--genesis", "genesis", "--from", "folder"],
    "succeed learn": ["{}", "--step", "step"],
    "witness init": ["{}", "--name", "witness.example/w"], "witness add": ["{}", "--policy", "policy"],
    "witness show": ["{}"], "witness serve": ["{}"], "sign": ["draft", "--dir", "{}", "--as", "ORG-X"],
    "key new": ["ORG-N", "--role", "admin", "--dir", "{}"],
}
URL_ONLY = {"watch"}  # `log` reads folders
# A folder or a URL; what the two say is compared below.
BOTH = {"import root-zone", "status", "member join", "member leave", "member rotate", "member recover", "draft", "propose",
        "submit", "vote", "accept", "object", "withdraw", "cancel", "check", "redact", "show", "log", "diff", "pending", "zone",
        "zone verify", "zone watch", "prove", "verify", "fsck", "ceremony open", "ceremony announce", "ceremony status",
        "ceremony recover"}


def is_url(place):
    return place.startswith("http")


def verbs_of_the_manual():
    """Each verb with its line of use."""
    verbs = {}
    for line in run("man").stdout.splitlines():
        if line.startswith(".SS "):
            words = line[4:].strip('"').replace("\\-", "-").split()[1:]
            name = " ".join(word for word in words if re.fullmatch(r"[a-z-]+", word))
            verbs[name] = " ".join(words)
    return verbs


def check_table(verbs):
    tables = [set(NO_PLACE), set(HERE), URL_ONLY, BOTH]
    known = set().union(*tables)
    demand("a verb stands in two tables", len(known) == sum(len(table) for table in tables))
    for name in sorted(set(verbs) - known):
        demand(f"`comity {name}` is new here. Say in {os.path.basename(__file__)} what it does with a URL: add it to BOTH, and a line that "
               "tries it to writing(), members() or reading(); to HERE, if only a folder will do, with its other arguments; or "
               "to NO_PLACE, with the reason", False)
    demand(f"verbs that are gone: {known - set(verbs)}; take them out of the tables", known <= set(verbs))
    for name in BOTH - {"verify"}:
        demand(f"the help of {name} does not speak of a URL", "URL of a server" in run(*name.split(), "--help").stdout)


class Two:
    """The folder, and the server of its twin; every command is given to both."""

    def __init__(self, folder, url):
        self.folder, self.url = folder, url
        self.used = set()

    @staticmethod
    def masked(text, place):
        """Without what may differ: the name of the place, who refused, how many blocks carried the records, when it was cosigned."""
        text = text.replace(place, "PLACE")
        if is_url(place):
            text = text.replace("refused-by-hub: ", "")
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
        text = re.sub(r"(leaf|leaves|size|checkpoint|height|block|log has|index)(\"?:? ?)\d+", r"\1\2N", text)
        return re.sub(r"[A-Za-z0-9+/]{43}=", "HASH", text)

    def both(self, *arguments, codes=(0,)):
        """The same words for both; `{}` is the place, a pair what differs. Gives what each said."""
        said = []
        for which, place in enumerate((self.folder, self.url)):
            words = [place if word == "{}" else word[which] if isinstance(word, tuple) else word for word in arguments]
            done = run(*words, codes=None)
            demand(f"{' '.join(words)} gave {done.returncode}: {done.stdout}{done.stderr}", done.returncode in codes)
            said.append((done.returncode, done.stdout))
        (code, here), (other, there) = said
        arguments = words[:1] + ["{}" if word == self.url else word for word in words[1:]]
        demand(f"{' '.join(arguments)}: {code} for the folder, {other} for the URL", code == other)
        demand(f"{' '.join(arguments)} says of the folder:\n{here}and of the URL:\n{there}",
               self.masked(here, self.folder) == self.masked(there, self.url))
        if os.environ.get("COMITY_TALK"):
            print(" ".join(map(str, arguments)), code, here, there, sep="\n")
        self.used.add(next(name for name in (" ".join(arguments[:2]), arguments[0]) if name in BOTH))
        return here, there

    def ids(self, *arguments, codes=(0,)):
        """Of the records that it made; a reason has a salt of its own, without one they are the same."""
        first, second = (re.findall(r"[A-Za-z0-9+/]{43}=", text)[-1] for text in self.both(*arguments, codes=codes))
        demand(f"{arguments} made two records: {first} and {second}", first == second or "--reason" in arguments)
        return first, second


def public_key(path):
    return next(line.split()[1] for line in run("key", "show", path).stdout.splitlines() if line.startswith("key:"))


def new_key(name, role, path):
    run("key", "new", name, "--role", role, "--file", path)
    return public_key(path)


def writing(two):
    keys = ["--keys", "home"]
    zone = f"{ROOT}/data/sample-root.zone"
    two.both("import", "root-zone", "{}", zone, "--dry-run")
    nobody = two.both("import", "root-zone", "{}", zone, "--keys", "empty", codes=(2,))
    demand("something was brought in without keys", "Brought in" not in nobody[0] + nobody[1])
    two.both("import", "root-zone", "{}", zone, *keys)
    two.both("import", "root-zone", "{}", zone, *keys)  # nothing is left to change
    admin = new_key("ORG-X", "admin", "home/ORG-X.admin.key")
    create = ["{}", "organisation", "ORG-X", "--create", "--by", "MEMBER-A", "--add", "org-name=X", "--add", f"auth=admin {admin}"]
    two.both("propose", *create, "--keys", "empty", codes=(2,))
    proposal = two.ids("propose", *create, *keys)
    two.both("pending", "{}")
    two.ids("accept", "{}", proposal, "--by", "ORG-X", "--key", "home/ORG-X.admin.key", "--keys", "empty")
    two.both("vote", "{}", proposal, "yes", "--by", "MEMBER-A,MEMBER-B,MEMBER-C", *keys)
    two.both("vote", "{}", proposal, "yes", "--by", "MEMBER-D", *keys, codes=(1, 2))
    claim = two.ids("propose", "{}", "domain", "alfa.", "--by", "ORG-X", "--remove", "holder=UNCLAIMED", "--add", "holder=ORG-X",
                    "--reason", "evidence", *keys)
    two.both("vote", "{}", claim, "yes", "--by", "MEMBER-A,MEMBER-B,MEMBER-C", *keys)
    admin = new_key("ORG-Y", "admin", "home/ORG-Y.admin.key")
    taken_back = two.ids("propose", "{}", "organisation", "ORG-Y", "--create", "--by", "MEMBER-A", "--add", "org-name=Y", "--add",
                        f"auth=admin {admin}", *keys)
    two.both("withdraw", "{}", taken_back, "--by", "MEMBER-A", *keys)
    closing = two.ids("propose", "{}", "--by", "MEMBER-A", "--close-founding", "names", *keys)
    two.both("vote", "{}", closing, "yes", "--by", "MEMBER-A,MEMBER-B,MEMBER-C", *keys)
    forced = two.ids("propose", "{}", "domain", "alfa.", "--by", "MEMBER-B", "--class", "V", "--subject", "ORG-X", "--set",
                     "nserver=ns1.operator.bravo.", "--set", "nserver=ns2.operator.bravo.", "--reason", "order 17", *keys)
    two.both("vote", "{}", forced, "yes", "--by", "MEMBER-A,MEMBER-B,MEMBER-C", *keys, codes=(0, 1, 2))
    two.both("object", "{}", forced, "--by", "ORG-X", *keys, codes=(0, 1, 2))
    two.both("cancel", "{}", forced, "--by", "MEMBER-B", *keys, codes=(0, 1, 2))
    change = ["{}", "domain", "alfa.", "--by", "ORG-X", "--add", "nserver=a.servers.alfa."]
    drafts = two.both("draft", *change, *keys)
    demand("two drafts of one change", drafts[0] == drafts[1])
    with open("change", "w", encoding="ascii") as file:
        file.write(drafts[0])
    two.both("check", "{}", "change", "--by", "MEMBER-A,MEMBER-B", *keys)
    run("sign", "change", "--key", "home/ORG-X.admin.key", "-o", "record")
    two.both("submit", "{}", "record")
    two.both("submit", "{}", "record", codes=(1,))
    two.both("submit", "{}", "record", "--json", codes=(1,))
    two.both("ceremony", "open", "{}", "generate", "zsk", "--by", "MEMBER-A", *keys, codes=(0, 1))
    two.both("ceremony", "status", "{}")
    two.both("ceremony", "announce", "{}", "--by", "MEMBER-A", "--home", "folder", *keys, codes=(1, 2))  # none waits yet
    two.both("ceremony", "recover", "{}", "--key", "nowhere", "--home", "folder", codes=(2,))
    two.both("redact", "{}", "A" * 43 + "=", "--by", "MEMBER-A", *keys, codes=(1,))


def members(two):
    keys = ["--keys", "home"]
    run("found", "member", "MEMBER-E", "--origin", ORIGIN, "--organisation", "ORG-E", "--org-name", "E", "--keys", "home-e")
    two.both("member", "join", "{}", "--sheet", "nowhere", "--by", "MEMBER-A", *keys, codes=(2,))
    two.ids("member", "join", "{}", "--sheet", "home-e/MEMBER-E.sheet", "--by", "MEMBER-A", *keys)
    new_key("MEMBER-B", "registrar", "registrar.key")
    two.both("member", "rotate", "{}", "MEMBER-B", "--role", "registrar", "--new", "registrar.key", *keys)
    key = new_key("MEMBER-C", "governance", "governance.key")
    two.both("member", "recover", "{}", "MEMBER-C", "--by", "MEMBER-A", "--governance", key, *keys)
    two.both("member", "leave", "{}", "MEMBER-D", *keys, codes=(0, 1))


def reading(twin, url):
    """Of one registry: the folder beside its own server; byte for byte but for the place."""
    two = Two(twin, url)
    two.masked = lambda text, place: text.replace(place, "PLACE")
    size = int(get(f"{url}/checkpoint")[2].decode().splitlines()[1])
    for arguments in (["status", "{}"], ["status", "{}", "--json"], ["show", "{}", "domain", "alfa."], ["log", "{}"],
                      ["show", "{}", "organisation", "ORG-X", "--json"], ["log", "{}", "domain", "alfa.", "--full"],
                      ["log", "{}", "--json"], ["diff", "{}", "2", str(size)], ["diff", "{}", "2", str(size), "--json"],
                      ["pending", "{}"], ["pending", "{}", "--json"], ["zone", "{}"], ["zone", "{}", "--at", str(size)],
                      ["prove", "{}", "domain", "alfa."], ["prove", "{}", "record", "0"], ["fsck", "{}", "--trust-checkpoint"]):
        two.both(*arguments)
    two.both("show", "{}", "domain", "nowhere.", codes=(1,))
    two.both("show", "{}", "organisation", "ORG-X", "--at", "999999", codes=(1, 2))
    run("prove", url, "domain", "alfa.", "-o", "receipt")
    two.both("verify", "--policy", f"{twin}/policy", "--log", "{}", "receipt")
    run("zone", url, "-o", "unsigned.zone")
    two.both("zone", "verify", "unsigned.zone", "{}", codes=(1, 2))
    two.both("zone", "watch", "{}", "--apex", "alfa..", codes=(2,))
    for place in (twin, url):  # nothing is published: it waits
        with subprocess.Popen([COMITY, "zone", "watch", place, "--every", "1s"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as watch:
            try:
                watch.wait(3)
                raise Broken(f"zone watch {place} did not wait")
            except subprocess.TimeoutExpired:
                watch.send_signal(signal.SIGINT)
            demand(f"zone watch {place} said something", watch.stdout.read() == b"")
            demand(f"zone watch {place} ended with {watch.wait(30)}", watch.returncode == 0)
    return two.used


def refusing(url):
    for name, arguments in HERE.items():
        done = run(*name.split(), *[word.format(url) for word in arguments], codes=(2,), timeout=20)
        demand(f"{name} does not say that it needs a folder: {done.stderr}", "needs-folder" in done.stderr)
    demand("a folder was made out of a URL", not os.path.exists("http:"))
    done = run("watch", "folder", codes=(2,))
    demand(f"watch takes a folder: {done.stderr}", "needs-url" in done.stderr)


def main():
    verbs = verbs_of_the_manual()
    check_table(verbs)
    with tempfile.TemporaryDirectory(prefix="comity-verbs-") as work:
        os.chdir(work)
        os.environ["XDG_CACHE_HOME"] = f"{work}/cache"
        run("init", "folder", "--members", "4", "--origin", ORIGIN, "--time", "2026-01-01T00:00:00Z")
        shutil.copytree("folder", "twin")
        shutil.copytree("folder/keys", "home")
        os.mkdir("empty")
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        with open("said", "w+", encoding="utf-8") as said, \
                subprocess.Popen([COMITY, "serve", "twin", "--listen", f"127.0.0.1:{port}"], stdin=subprocess.DEVNULL,
                                 stdout=said, stderr=said) as server:
            try:
                wait_until("the twin to be served", lambda: get(f"{url}/healthz")[0] == 200)
                refusing(url)
                two = Two("folder", url)
                writing(two)
                members(two)
                used = two.used | reading("twin", url)
            finally:
                server.terminate()
                server.wait(30)
        demand(f"verbs that nothing here tried: {BOTH - used}", BOTH <= used)
    print(f"{len(verbs)} verbs: {len(BOTH)} say the same of a folder and a URL, {len(HERE)} refuse a URL")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"FAILED: {broken}")

"""Runs every gate that a change must pass and that is not a test; prints one line each.

tools/check                clang-tidy looks at the files changed since the base (below), all other gates at everything
tools/check --all          clang-tidy looks at everything
tools/check --base REV     changed since REV; default: where this branch left origin/main, else 20 commits ago. Of more than
                           TIDY_FILES_MAX files the newest are taken; what was looked at is said
tools/check --fix          mends the format, and shrinks what tools/sizes.txt allows, before checking
tools/check --analyze      clang-tidy with its path-walking analyzer too (slow)
tools/check --only GATE    one gate: rooms, format, sizes, markdown, glossary, shell, headers, tidy
"""
import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
JOBS = os.cpu_count() or 1
FILE_LINES_MAX = 700
FUNCTION_LINES_MAX = 70
README_LINES_MAX = 150
SIZES = "tools/sizes.txt"
TIDY_COMMITS = 20
TIDY_FILES_MAX = 30  # about three minutes on two cores


def run(*words, **options):
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options)


def tracked(*suffixes):
    names = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").stdout.split("\0")
    return sorted(n for n in set(names) if n.endswith(suffixes) and os.path.isfile(n))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def each(function, items):
    """Runs function on all items, on all cores; returns the problems of all, in order."""
    with ThreadPoolExecutor(JOBS) as pool:
        return [problem for problems in pool.map(function, items) for problem in problems]


# --- rooms, format ---------------------------------------------------------------------------------------------------


def gate_rooms(_):
    return run(sys.executable, "tools/check-rooms").stdout.splitlines()


def gate_format(options):
    files = tracked(".h", ".cpp")
    if options.fix:
        run("clang-format-19", "-i", *files)
    found = run("clang-format-19", "--dry-run", "-Werror", *files).stderr.splitlines()
    return sorted({line.split(":")[0] + ": not in format; tools/check --fix mends it"
                   for line in found if ": error:" in line})


# --- sizes -----------------------------------------------------------------------------------------------------------

INDENT = re.compile(r"^( *)(\S.*)?$")
TYPE_OR_SCOPE = re.compile(r"^(namespace|class|struct|union|enum|extern|template|using|typedef|static const|constexpr "
                           r"\w+ k|const |inline constexpr)")


def functions(path):
    """(name, lines) of each function, read off the layout that clang-format gives: a body's closing brace stands
    alone at the indentation of the line where its function begins."""
    lines = read(path).splitlines()
    found, begins = [], {}
    for number, line in enumerate(lines):
        spaces, text = INDENT.match(line).groups()
        indent = len(spaces)
        if not text or text.startswith(("#", "//")) or indent > 4:
            continue
        if text == "}":
            begin = begins.get(indent)
            if begin is not None:
                head = " ".join(part.strip() for part in lines[begin:begin + 3])
                name = re.search(r"([\w:~]+(?:<[^<>]*>)?)\s*\(([^,)]*,?[^,)]*)", head)
                if name and not TYPE_OR_SCOPE.match(head.split("{")[0]) or head.startswith("TEST") and name:
                    title = name[1] + ("(" + name[2].strip() + ")" if name[1].startswith(("TEST", "RC_")) else "")
                    found.append((title.replace(" ", ""), number - begin + 1))
            begins.pop(indent, None)
        elif not text.startswith(("}", "public:", "private:", "protected:", ":", ")")):
            begins[indent] = number
            for deeper in [i for i in begins if i > indent]:
                del begins[deeper]
    return found


def excesses():
    """What is larger than the house allows: "file PATH" or "function PATH NAME" -> lines."""
    found = {}
    for path in tracked(".h", ".cpp"):
        lines = read(path).count("\n")
        if lines > FILE_LINES_MAX:
            found[f"file {path}"] = lines
        for name, size in functions(path):
            if size > FUNCTION_LINES_MAX:
                key = f"function {path} {name}"
                found[key] = max(size, found.get(key, 0))
    return found


def gate_sizes(options):
    text = read(SIZES)
    allowed = {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1])
               for line in text.splitlines() if line and not line.startswith("#")}
    found = excesses()
    if options.fix:
        kept = {key: min(lines, found[key]) for key, lines in allowed.items() if key in found}
        head = [line for line in text.splitlines() if line.startswith("#")]
        with open(SIZES, "w", encoding="utf-8") as file:
            file.write("\n".join(head + [f"{key} {lines}" for key, lines in sorted(kept.items())]) + "\n")
        allowed = kept
    problems = [f"{key.split(' ', 1)[1]}: {lines} lines; at most "
                f"{allowed.get(key, FILE_LINES_MAX if key.startswith('file') else FUNCTION_LINES_MAX)}"
                for key, lines in sorted(found.items()) if lines > allowed.get(key, 0)]
    problems += [f"{SIZES}: '{key}' may shrink now: tools/check --fix"
                 for key, lines in sorted(allowed.items()) if found.get(key, 0) < lines]
    return problems


# --- documents -------------------------------------------------------------------------------------------------------


def anchors(text):
    heads = re.findall(r"^#+ +(.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", head).lower()).replace(" ", "-") for head in heads}


def gate_markdown(_):
    problems = []
    for path in tracked(".md"):
        text = read(path)
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            there = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
            if not os.path.exists(there):
                problems.append(f"{path}: the link to {target} leads nowhere")
            elif anchor and there.endswith(".md") and anchor not in anchors(read(there)):
                problems.append(f"{path}: {there} has no heading for #{anchor}")
    for path in tracked(".h", ".cpp"):
        for number, line in enumerate(read(path).splitlines(), 1):
            for name in re.findall(r"\bdocs/[\w/-]+\.md\b", line):
                if not os.path.exists(name):
                    problems.append(f"{path}:{number}: {name} does not exist")
    lines = read("README.md").count("\n")
    if lines > README_LINES_MAX:
        problems.append(f"README.md: {lines} lines; at most {README_LINES_MAX}")
    return problems


def gate_glossary(_):
    """docs/GLOSSARY.md: | word | meaning | source | not |; sorted, every word in use, no word of the last column."""
    problems, previous = [], ""
    sources = {path: read(path) for path in tracked(".h", ".cpp", ".md")
               if path.startswith(("src/", "docs/formats/", "README", "docs/ARCH"))}
    everything = "\n".join(sources.values()).lower().replace("_", " ")
    for line in read("docs/GLOSSARY.md").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("| ") or len(cells) != 4 or cells[0] in ("word", "---"):
            continue
        word, meaning, source, wrong = cells
        if word.lower() < previous:
            problems.append(f"docs/GLOSSARY.md: '{word}' is out of order")
        previous = word.lower()
        if not meaning or not source:
            problems.append(f"docs/GLOSSARY.md: '{word}' needs a meaning and a source")
        if word.lower() not in everything:
            problems.append(f"docs/GLOSSARY.md: nothing says '{word}'")
        for other in filter(None, (w.strip() for w in wrong.split(","))):
            pattern = re.compile(rf"\b{re.escape(other)}s?\b", re.I)
            problems += [f"{path}: says '{other}'; the word is '{word}'"
                         for path, text in sources.items() if pattern.search(text.replace("_", " "))]
    return problems


def gate_shell(_):
    if not shutil.which("shellcheck"):
        return None
    scripts = [path for path in tracked("") if "." not in os.path.basename(path) or path.endswith((".sh", ".ci/run"))]
    scripts = [path for path in scripts if open(path, "rb").readline().startswith((b"#!/usr/bin/env bash", b"#!/bin/sh"))]
    return [line for line in run("shellcheck", "-x", "-P", "SCRIPTDIR", "-f", "gcc", *scripts).stdout.splitlines() if ": note:" not in line]


# --- compilers -------------------------------------------------------------------------------------------------------


def gate_headers(_):
    """Every header compiles alone, so none leans on what was included before it."""
    flags = ["-std=c++23", "-fsyntax-only", "-Isrc", "-Itests", "-Wall", "-Wextra", "-Wno-unused-const-variable",
             "-Wno-unused-function", "-x", "c++", "-"]

    def compile_alone(path):
        seen = Seen("header", path, flags)
        if seen:
            return []
        result = subprocess.run(["clang++-19", *flags], input=f'#include "{os.path.abspath(path)}"\n', text=True,
                                capture_output=True, check=False)
        if result.returncode == 0:
            seen.remember()
            return []
        return [f"{path} does not compile alone: " +
                next((line for line in result.stderr.splitlines() if "error:" in line), result.stderr[:200])]

    return each(compile_alone, tracked(".h"))


class Seen:
    """True if this check passed before on the same file, the same headers of ours, and the same settings."""

    includes = {}

    def __init__(self, check, path, settings):
        digest = hashlib.sha256(f"{check} {settings} {path}".encode())
        for name in sorted(self.reach(path)):
            digest.update(name.encode() + b"\0" + read(name).encode() + b"\0")
        self.mark = f"build/check-cache/{check}-{digest.hexdigest()[:32]}"

    def __bool__(self):
        return os.path.exists(self.mark)

    def remember(self):
        os.makedirs("build/check-cache", exist_ok=True)
        with open(self.mark, "w", encoding="ascii"):
            pass

    @classmethod
    def reach(cls, path):
        found, queue = {path}, [path]
        for name in queue:
            if name not in cls.includes:
                cls.includes[name] = re.findall(r'^#include "([^"]+)"', read(name), re.M)
            for include in cls.includes[name]:
                for there in (f"src/{include}", f"tests/{include}", os.path.join(os.path.dirname(name), include)):
                    if there not in found and os.path.isfile(there):
                        found.add(there)
                        queue.append(there)
        return found


def changed_since(base):
    """Names of the files that changed, newest first, and a word for since when."""
    if base is None:
        merge_base = run("git", "merge-base", "HEAD", "origin/main").stdout.strip()
        head = run("git", "rev-parse", "HEAD").stdout.strip()
        known = len(run("git", "rev-list", "--first-parent", f"--max-count={TIDY_COMMITS + 1}", "HEAD").stdout.split())
        base = merge_base if merge_base and merge_base != head else f"HEAD~{max(0, known - 1)}"
    names = run("git", "ls-files", "--others", "--exclude-standard").stdout.split()
    names += run("git", "diff", "--name-only", "HEAD").stdout.split()
    names += run("git", "log", "--name-only", "--format=", f"{base}..HEAD").stdout.split()
    return list(dict.fromkeys(names)), base


def tidy_selection(files, options):
    """Bodies that changed or whose own header did; the newest of them if they are many."""
    changed, base = changed_since(options.base)
    wanted = dict.fromkeys(os.path.splitext(name)[0] + ".cpp" for name in changed if name.endswith((".h", ".cpp")))
    chosen = [path for path in wanted if path in set(files)]
    if len(chosen) > TIDY_FILES_MAX:
        print(f"tidy: the newest {TIDY_FILES_MAX} of {len(chosen)} files that changed since {base}; --all takes every file")
        return chosen[:TIDY_FILES_MAX]
    print(f"tidy: {len(chosen)} files that changed since {base}")
    return chosen


def gate_tidy(options):
    database = "build/compile_commands.json"
    if not os.path.exists(database):
        made = run("cmake", "--preset", "release")
        if made.returncode != 0:
            return ["clang-tidy needs a configured build: cmake --preset release failed", *made.stderr.splitlines()[:5]]
    commands = read(database)
    files = [path for path in tracked(".cpp") if f'"{os.path.abspath(path)}"' in commands]
    if not options.all:
        files = tidy_selection(files, options)
    more = ["--checks=clang-analyzer-core.*,clang-analyzer-cplusplus.*,clang-analyzer-deadcode.*"] if options.analyze else []
    settings = read(".clang-tidy") + " ".join(more)

    def tidy(path):
        seen = Seen("tidy", path, settings)
        if seen:
            return []
        result = run("timeout", "300", "clang-tidy-19", "-p", "build", "--quiet", *more, path)
        if result.returncode == 0:
            seen.remember()
            return []
        found = [line for line in result.stdout.splitlines() if re.search(r": (error|warning):", line)]
        return found or [f"{path}: clang-tidy failed: {result.stderr.strip()[-300:]}"]

    return sorted(set(each(tidy, files)))


GATES = {"rooms": gate_rooms, "format": gate_format, "sizes": gate_sizes, "markdown": gate_markdown,
         "glossary": gate_glossary, "shell": gate_shell, "headers": gate_headers, "tidy": gate_tidy}


def main():
    parser = argparse.ArgumentParser(prog="tools/check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--analyze", action="store_true")
    parser.add_argument("--base")
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("--only", choices=GATES, action="append")
    options = parser.parse_args()
    failed = 0
    for name, gate in GATES.items():
        if options.only and name not in options.only:
            continue
        begin = time.monotonic()
        problems = gate(options)
        seconds = time.monotonic() - begin
        word = "left out" if problems is None else "FAILED" if problems else "ok"
        print(f"{name:10} {word:8} {seconds:5.1f} s", flush=True)
        for problem in (problems or [])[:60]:
            print(f"    {problem}", flush=True)
        failed += bool(problems)
    print("tools/check: all gates passed" if not failed else f"tools/check: {failed} gates FAILED")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

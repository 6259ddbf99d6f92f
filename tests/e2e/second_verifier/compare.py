#!/usr/bin/env python3
"""Gives the same receipts, whole and altered, to comity and to the second verifier; every answer must be the same.

usage: compare.py COMITY ALTERED SEED POLICY [--step STEP]... RECEIPT...
ALTERED: how many altered texts are made of the receipts (and, with steps, of the last step). The whole ones must be valid,
and at least nine in ten of the altered ones refused.
"""
import datetime
import json
import os
import random
import subprocess
import sys
import tempfile

import verifier


def altered(text, chance):
    """One small change: of a bit, a byte, or a line."""
    data = bytearray(text.encode())
    place, kind = chance.randrange(len(data)), chance.randrange(6)
    if kind == 0:
        data[place] ^= 1 << chance.randrange(8)
    elif kind == 1:
        del data[place]
    elif kind == 2:
        data.insert(place, chance.choice(b"\n +/=A0:-"))
    else:
        lines = data.split(b"\n")
        here, there = chance.randrange(len(lines)), chance.randrange(len(lines))
        if kind == 3:
            del lines[here]
        elif kind == 4:
            lines.insert(here, lines[there])
        else:
            lines[here], lines[there] = lines[there], lines[here]
        data = b"\n".join(lines)
    return bytes(data)


def ours(comity, policy, steps, paths):
    """One answer for each path: (found, as of) or None."""
    words = [comity, "verify", "--json", "--policy", policy, *(word for step in steps for word in ("--step", step)), *paths]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 2):
        sys.exit(f"comity verify gave {done.returncode}: {done.stderr}")
    answers = json.loads(done.stdout)
    if not isinstance(answers, list):  # the policy or a step was refused
        return [None] * len(paths)
    seconds = lambda text: int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())
    return [(one["found"], seconds(one["as_of"])) if one["valid"] else None for one in answers]


def theirs(policy, steps, paths):
    try:
        present = verifier.Policy(verifier.read(policy))
        for step in steps:
            present = verifier.walk(verifier.read(step), present)
    except (verifier.Refused, UnicodeDecodeError):
        return [None] * len(paths)
    answers = []
    for path in paths:
        try:
            answers.append(verifier.verify(verifier.read(path), present))
        except (verifier.Refused, UnicodeDecodeError):
            answers.append(None)
    return answers


def main(comity, count, seed, policy, *words):
    steps = [words[i + 1] for i in range(len(words)) if words[i] == "--step"]
    whole, chance = list(words[2 * len(steps):]), random.Random(int(seed))
    if None in ours(comity, policy, steps, whole):
        sys.exit("compare: comity refuses a receipt that should be valid")
    differences = refused = 0
    with tempfile.TemporaryDirectory() as folder:
        def compare(names, steps_given, paths):
            nonlocal differences, refused
            for name, mine, second in zip(names, ours(comity, policy, steps_given, paths), theirs(policy, steps_given, paths)):
                refused += mine is None
                if mine != second:
                    differences += 1
                    print(f"DIFFERENT on {name}, seed {seed}: comity says {mine}, the second verifier {second}")

        def write(text):
            path = os.path.join(folder, str(len(os.listdir(folder))))
            with open(path, "wb") as file:
                file.write(text)
            return path

        compare(whole, steps, whole)
        origins = [chance.choice(whole) for _ in range(int(count))]
        texts = [altered(verifier.read(path), chance) for path in origins]
        compare([f"{path}, altered" for path in origins], steps, [write(text) for text in texts])
        step_count = int(count) // 10 if steps else 0
        for _ in range(step_count):
            step = write(altered(verifier.read(steps[-1]), chance))
            compare([f"{steps[-1]}, altered"], [*steps[:-1], step], whole[:1])
    print(f"{int(count) + step_count} altered texts, {refused} refused, {differences} answers differ")
    return 0 if not differences and refused * 10 >= 9 * (int(count) + step_count) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

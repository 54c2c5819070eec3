#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""report.py DIR DOC: adds up what gcov counted in DIR (see run), writes the tables to DOC,
and fails if a function that "must" names was never visited, or is not there."""
import collections
import glob
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.realpath(f"{HERE}/../..")
OURS = ("core/", "compat/", "tools/tgtctl/")
# What the kernel's macros make of a tracepoint's declaration; of it we see nothing.
NOT_OURS = ("core/trace.h", "compat/trace.h")

HEAD = """# Coverage

Written by `make coverage`, at commit {commit}, after {suites}.

What the tests visit of the sources, counted by gcov: **user space** is the unit tests, the
fuzzers' corpus and the tool's tests; **VM** is the VM suites on the [debug
kernel](debug-kernels.md), with their small counts. A line counts as visited if either has
been there. A suite that has not run leaves what only it visits at zero.

What [selftests/coverage/must](../selftests/coverage/must) names, the hot path and whatever tears
down, has no function that is not visited, or `make coverage` fails.
"""


class Counts:
    """Of one way of running: lines[file][number] and functions[file][name], how often."""

    def __init__(self):
        self.lines = collections.defaultdict(lambda: collections.defaultdict(int))
        self.functions = collections.defaultdict(lambda: collections.defaultdict(int))

    def add(self, data):
        for part in data["files"]:
            path = os.path.realpath(os.path.join(data["current_working_directory"], part["file"]))
            path = os.path.relpath(path, ROOT)
            if not path.startswith(OURS) or path in NOT_OURS:
                continue
            for line in part["lines"]:
                self.lines[path][line["line_number"]] += line["count"]
            for fn in part["functions"]:
                self.functions[path][fn["name"]] += fn["execution_count"]

    def gcov(self, notes, counts):
        """Adds what the object with these notes has counted; nothing is zero."""
        with tempfile.TemporaryDirectory() as tmp:
            os.symlink(notes, f"{tmp}/x.gcno")
            if counts:
                os.symlink(counts, f"{tmp}/x.gcda")
            res = subprocess.run(["gcov", "--json-format", "--stdout", "x.gcno"], cwd=tmp,
                                 capture_output=True, text=True, check=False)
        if "stamp mismatch" in res.stderr or res.returncode:
            print(f"coverage: {counts}: not of this build, left out", file=sys.stderr)
            return
        for line in res.stdout.splitlines():
            self.add(json.loads(line))


def user_space(out):
    counts = Counts()
    for notes in sorted(glob.glob(f"{out}/unit/**/*.gcno", recursive=True) +
                        glob.glob(f"{out}/fuzz/replay/**/*.gcno", recursive=True) +
                        glob.glob(f"{out}/tools/tests/**/*.gcno", recursive=True)):
        data = notes[:-4] + "gcda"
        counts.gcov(notes, data if os.path.exists(data) else None)
    return counts


def in_vm(out):
    """Each object's notes once by themselves, for what no boot has loaded, and with each boot."""
    counts = Counts()
    for notes in sorted(glob.glob(f"{out}/src/core/**/*.gcno", recursive=True) +
                        glob.glob(f"{out}/src/compat/**/*.gcno", recursive=True) +
                        glob.glob(f"{out}/tools/tests/obj/*.gcno")):
        counts.gcov(notes, None)
        for data in glob.glob(f"{out}/vm/*/boot*/gcov{notes[:-4]}gcda"):
            counts.gcov(notes, data)
    return counts


def suites(out):
    """Says how many have run, and which have not."""
    have = {os.path.splitext(line.split()[0])[0]
            for path in glob.glob(f"{out}/vm/*/boot*/summary") for line in open(path)}
    every = {os.path.splitext(os.path.basename(path))[0]
             for path in glob.glob(f"{ROOT}/selftests/tests/test_*")}
    missing = ", ".join(sorted(name.removeprefix("test_") for name in every - have))
    return f"{len(every & have)} of {len(every)} suites" + (missing and f" (without {missing})")


def must_have():
    """File to the names wanted, None for all of its functions."""
    wanted = {}
    for line in open(f"{HERE}/must"):
        words = line.split("#")[0].split()
        if words:
            wanted[words[0]] = words[1:] or None
    return wanted


def percent(part, whole):
    return f"{100 * part / whole:.0f}" if whole else "-"


def visited(numbers, table):
    return sum(1 for n in numbers if table.get(n))


class Report:
    def __init__(self, user, kern):
        self.user, self.kern = user, kern
        self.files = sorted(set(user.lines) | set(kern.lines))

    def lines(self, path):
        """All, and how many of them each way, and either, has visited."""
        user, kern = self.user.lines[path], self.kern.lines[path]
        every = set(user) | set(kern)
        either = {n for n in every if user.get(n) or kern.get(n)}
        return len(every), visited(every, user), visited(every, kern), len(either)

    def functions(self, path):
        """Name to how often."""
        found = collections.Counter(dict(self.user.functions[path]))
        found.update(dict(self.kern.functions[path]))
        return found

    def missed(self, path):
        return sorted(name for name, n in self.functions(path).items() if not n)

    def table(self, paths):
        yield "| file | lines | visited | % | user space % | VM % | functions | visited |"
        yield "|---|---|---|---|---|---|---|---|"
        total = [0] * 6
        for path in paths:
            row = list(self.lines(path))
            fns = self.functions(path)
            row += [len(fns), len(fns) - len(self.missed(path))]
            total = [a + b for a, b in zip(total, row)]
            yield self.row(path, row)
        yield self.row("**all**", total)

    @staticmethod
    def row(name, row):
        lines, user, kern, either, fns, seen = row
        return (f"| {name} | {lines} | {either} | {percent(either, lines)} | "
                f"{percent(user, lines)} | {percent(kern, lines)} | {fns} | {seen} |")

    def text(self, **about):
        yield HEAD.format(**about)
        for prefix, title in zip(OURS, ("The engine", "The old interface", "The tool")):
            yield f"## {title}\n"
            yield from self.table([p for p in self.files if p.startswith(prefix)])
            yield ""
        yield "## Functions never visited\n"
        for path in self.files:
            missed = self.missed(path)
            if missed:
                yield f"* {path}: " + ", ".join(f"`{n}()`" for n in missed)

    def unvisited(self, wanted):
        """What is wrong with what must have been visited."""
        for path, names in wanted.items():
            have = self.functions(path)
            if not have:
                yield f"{path}: no function was counted"
            for name in names or have:
                if name not in have:
                    yield f"{path}: no function {name}()"
                elif not have[name]:
                    yield f"{path}: {name}() was not visited"


def main():
    out, doc = os.path.realpath(sys.argv[1]), sys.argv[2]
    report = Report(user_space(out), in_vm(out))
    try:
        commit = open(f"{out}/complete").read().strip()
    except FileNotFoundError:
        commit = subprocess.run(["git", "-C", ROOT, "log", "-1", "--format=%h"],
                                capture_output=True, text=True, check=True).stdout.strip()
    with open(doc, "w") as f:
        for line in report.text(commit=commit, suites=suites(out)):
            print(line, file=f)
    print(f"coverage: the tables are in {os.path.relpath(doc, ROOT)}")
    wrong = list(report.unvisited(must_have()))
    for line in wrong:
        print(f"coverage: {line}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Checks docs/locks.md against the sources: each lock, completion and count declared in core/ or
compat/ stands in its tables with its kind, each row is declared, what a lock is taken inside of is
a lock, the order has no circle, and what a count is drained by is a function or file of ours.
Prints what is wrong; exits 1 if anything is."""
import glob
import re
import sys

DOC = "docs/locks.md"
KINDS = {"struct mutex": "mutex", "spinlock_t": "spinlock", "raw_spinlock_t": "spinlock",
         "rwlock_t": "rwlock", "struct rw_semaphore": "rwsem", "struct semaphore": "semaphore",
         "struct completion": "completion", "struct percpu_ref": "percpu_ref",
         "struct kref": "kref", "refcount_t": "refcount", "struct srcu_struct": "srcu"}
MACROS = {"DEFINE_MUTEX": "mutex", "DEFINE_SPINLOCK": "spinlock",
          "DEFINE_RAW_SPINLOCK": "spinlock", "DEFINE_RWLOCK": "rwlock",
          "DECLARE_RWSEM": "rwsem", "DECLARE_COMPLETION": "completion",
          "DEFINE_SRCU": "srcu", "DEFINE_STATIC_SRCU": "srcu"}
TYPES = "|".join(re.escape(t).replace(r"\ ", r"\s+") for t in KINDS)
STRUCT = re.compile(r"^(?:static )?struct (\w+) \{")
MEMBER = re.compile(rf"^\t+({TYPES})\s+(\w+)(?:\[[^]]*\])?;")
GLOBAL = re.compile(rf"^(?:static )?({TYPES})\s+(\w+)\s*(?:=|;)")
MACRO = re.compile(rf"^(?:static )?({'|'.join(MACROS)})\((\w+)\)")


def declared():
    """Name to (kind, file) of all that is declared; members as STRUCT.MEMBER."""
    found = {}
    for path in sorted(glob.glob("core/**/*.[ch]", recursive=True) +
                       glob.glob("compat/**/*.[ch]", recursive=True)):
        struct = None
        for line in open(path):
            if m := STRUCT.match(line):
                struct = m[1]
            elif line.startswith("}"):
                struct = None
            elif struct and (m := MEMBER.match(line)):
                found[f"{struct}.{m[2]}"] = KINDS[re.sub(r"\s+", " ", m[1])], path
            elif m := GLOBAL.match(line):
                found[m[2]] = KINDS[re.sub(r"\s+", " ", m[1])], path
            elif m := MACRO.match(line):
                found[m[2]] = MACROS[m[1]], path
    return found


def documented():
    """Rows of the tables: name, kind, last column; and whether it is one of locks."""
    rows, order = [], False
    for line in open(DOC):
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 4:
            continue
        if cells[1] == "kind":
            order = cells[3] == "taken inside"
        elif m := re.fullmatch(r"`([\w.]+)`", cells[0]):
            rows.append((m[1], cells[1].split(",")[0], cells[3], order))
    return rows


def circle(inside, name, path=()):
    """The names of a circle that @name is in or leads to, or None."""
    if name in path:
        return path[path.index(name):] + (name,)
    for outer in inside.get(name, ()):
        if found := circle(inside, outer, path + (name,)):
            return found
    return None


def main():
    code, wrong, inside, seen = declared(), [], {}, set()
    text = "".join(open(p).read() for p in glob.glob("core/**/*.c", recursive=True) +
                   glob.glob("compat/**/*.c", recursive=True))

    for name, kind, last, order in documented():
        if name in seen:
            wrong.append(f"{DOC}: {name} is there twice")
        seen.add(name)
        if name not in code:
            wrong.append(f"{DOC}: {name} is not declared anywhere")
        elif code[name][0] != kind:
            wrong.append(f"{DOC}: {name} is a {code[name][0]}, not a {kind}")
        if order:
            inside[name] = re.findall(r"`([\w.]+)`", last)
            continue
        if not last:
            wrong.append(f"{DOC}: {name} is drained by nothing")
        wrong += [f"{DOC}: {name}: no function {f}()" for f in re.findall(r"`(\w+)\(\)`", last)
                  if not re.search(rf"\b{f}\(", text)]
    wrong += [f"{path}: {kind} {name} is not in {DOC}" for name, (kind, path) in code.items()
              if name not in seen]
    for name, outers in inside.items():
        wrong += [f"{DOC}: {name} is taken inside {o}, which is no lock there"
                  for o in outers if o not in inside]
    found = next((c for n in inside if (c := circle(inside, n))), None)
    if found:
        wrong.append(f"{DOC}: the order is a circle: " + " in ".join(found))
    if not seen:
        wrong.append(f"{DOC}: no table was found")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())

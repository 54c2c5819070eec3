#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Checks docs/netlink/tgtcore.yaml against uapi/linux/tgtcore.h: the same names with the
same numbers. With the path of the kernel's genetlink-legacy.yaml it is also checked
against that schema. Prints what is wrong; exits 1 if anything is."""
import re
import sys

import yaml


def header_enums(text):
    """Name to number of every enumerator in the header."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    numbers = {}
    for body in re.findall(r"enum \{(.*?)\}", text, flags=re.S):
        value = 0
        for item in (i.strip() for i in body.split(",")):
            if not item or "=" in item:
                continue
            numbers[item] = value
            value += 1
    return numbers


def c_name(*words):
    return "_".join(("TGTCORE",) + words).upper().replace("-", "_")


def spec_numbers(spec):
    """The same from the spec."""
    numbers = {}
    for aset in spec["attribute-sets"]:
        for value, attr in enumerate(aset["attributes"], 1):
            numbers[c_name("A", aset["name"], attr["name"])] = value
    value = 0
    for op in spec["operations"]["list"]:
        value = op.get("value", value + 1)
        numbers[c_name("CMD", op["name"])] = value
    for d in spec["definitions"]:
        for value, entry in enumerate(d.get("entries", [])):
            numbers[c_name(d["name"], entry)] = value
    return numbers


def main():
    spec = yaml.safe_load(open("docs/netlink/tgtcore.yaml"))
    header = header_enums(open("uapi/linux/tgtcore.h").read())
    wrong = []

    if len(sys.argv) > 1:
        import jsonschema
        schema = yaml.safe_load(open(sys.argv[1]))
        wrong += [f"{list(e.path)}: {e.message}"
                  for e in jsonschema.Draft7Validator(schema).iter_errors(spec)]
    expected = spec_numbers(spec)
    for name, value in header.items():
        if name.startswith("__") or name.endswith(("_UNSPEC", "_MAX")):
            continue
        if expected.pop(name, None) != value:
            wrong.append(f"{name} is {value} in the header, not so in the spec")
    wrong += [f"{name} is in the spec alone" for name in expected]
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())

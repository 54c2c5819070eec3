# SPDX-License-Identifier: GPL-2.0
#
# nlspec.awk docs/netlink/tgtcore.yaml: what lib/nlspec.c knows of the netlink spec, as
# tables in C. Names become the header's constants, so that a name the header does not have
# does not compile; that the numbers fit is lint's. It reads the spec's own way of writing
# YAML: one attribute a line, lists in brackets. What it does not know is an error.

function fail(why)
{
	print FILENAME ":" FNR ": " why ": " $0 > "/dev/stderr"
	failed = 1
	exit 1
}

function c_name(s)
{
	gsub("-", "_", s)
	return toupper(s)
}

# The value of KEY in a {map} on one line; it may hold a list or a map.
function get(map, key,		at, rest, open, i, c)
{
	if (!match(map, "[{ ]" key ": *"))
		return ""
	rest = substr(map, RSTART + RLENGTH)
	for (i = 1; i <= length(rest); i++) {
		c = substr(rest, i, 1)
		if (c == "{" || c == "[")
			open++
		if (!open && (c == "," || c == "}"))
			break
		if (c == "}" || c == "]")
			open--
	}
	return substr(rest, 1, i - 1)
}

# A known type, its checks and all else that matters of an attribute.
function attribute(map,		name, type, checks, key, n, pair, i, part, number)
{
	name = get(map, "name")
	type = get(map, "type")
	if (name == "" || index(" string u8 u32 u64 nest binary pad ", " " type " ") == 0)
		fail("no name, or a type that is not known")
	out = out "\t{ .name = \"" name "\", .type = NLSPEC_" c_name(type) \
		", .nr = TGTCORE_A_" c_name(set) "_" c_name(name)
	checks = get(map, "checks")
	gsub(/[{} ]/, "", checks)
	n = split(checks, part, ",")
	for (i = 1; i <= n; i++) {
		if (split(part[i], pair, ":") != 2 || pair[2] !~ /^[0-9]+$/ ||
		    index(" min max min-len max-len ", " " pair[1] " ") == 0)
			fail("a check that is not known")
		key = pair[1]
		sub("-len", "", key)
		out = out ", ." key " = " pair[2]
		number = number " " key
	}
	if (number !~ /max/)
		out = out ", .max = ~0ULL"
	if (get(map, "multi-attr") == "true")
		out = out ", .multi = true"
	if (get(map, "nested-attributes") != "")
		out = out ", .nest = nlspec_" get(map, "nested-attributes")
	if (get(map, "enum") != "") {
		if (!(get(map, "enum") in entries))
			fail("no such enum")
		out = out ", .values = " entries[get(map, "enum")]
	}
	out = out " },\n"
}

# request or reply: a {map}, perhaps with &name, or *name; makes the list of one.
function attributes(value,	anchor, n, i, part, list)
{
	if (match(value, /^&[a-z-]+ /)) {
		anchor = substr(value, 2, RLENGTH - 2)
		value = substr(value, RLENGTH + 1)
	}
	if (value ~ /^\*/) {
		if (!(substr(value, 2) in anchors))
			fail("no such anchor")
		return anchors[substr(value, 2)]
	}
	if (value !~ /^\{attributes: \[.*\]\}$/)
		fail("no list of attributes")
	sub(/^\{attributes: \[/, "", value)
	sub(/\]\}$/, "", value)
	n = split(value, part, ", *")
	for (i = 1; i <= n; i++)
		list = list "TGTCORE_A_" c_name(set) "_" c_name(part[i]) ", "
	if (anchor != "")
		anchors[anchor] = list
	return list
}

function end_set()
{
	if (set != "" && section == "attribute-sets")
		print "static const struct nlspec_attr nlspec_" set "[] = {\n" out "\t{ }\n};\n"
	set = out = ""
}

function mode(name, what, list)
{
	modes[name] = 1
	lists[name, what] = list
}

function end_op(		i, m, w)
{
	if (op == "")
		return
	ops = ops "\t{ .name = \"" op "\", .cmd = TGTCORE_CMD_" c_name(op) \
		", .set = nlspec_" set ",\n"
	for (i = 1; i <= 3; i++) {
		m = i == 1 ? "do" : i == 2 ? "dump" : "event"
		if (!(m in modes))
			continue
		ops = ops "\t  .mode[NLSPEC_" c_name(m) "] = { .exists = true,\n"
		for (w = 1; w <= 2; w++)
			ops = ops "\t\t." (w == 1 ? "request" : "reply") " = (const __u16[]){ " \
				lists[m, w == 1 ? "request" : "reply"] "0 },\n"
		ops = ops "\t  },\n"
	}
	ops = ops "\t},\n"
	op = ""
	split("", modes)
	split("", lists)
}

BEGIN { print "/* Made by lib/nlspec.awk. */\n" }

/^ *#/ || /^ *$/ { next }

/^[a-z-]+:/ {
	end_op()
	end_set()
	section = $1
	sub(":", "", section)
	next
}

section == "definitions" && $1 == "name:" { define = $2; next }
section == "definitions" && $1 == "entries:" {
	entries[define] = gsub(",", ",") + 1
	next
}
section == "definitions" && ($1 == "-" || $1 == "type:" || $1 == "value:") { next }

section == "attribute-sets" && /^  -$/ { end_set(); next }
section == "attribute-sets" && /^    name: / { set = $2; next }
section == "attribute-sets" && /^    attributes:$/ { next }
section == "attribute-sets" && /^      - \{.*\}$/ { attribute($0); next }

section == "operations" && /^  list:$/ { next }
section == "operations" && /^    -$/ { end_op(); next }
section == "operations" && /^      name: / { op = $2; next }
section == "operations" && /^      attribute-set: / { set = $2; next }
section == "operations" && /^      (doc|flags|value|mcgrp): / { next }
section == "operations" && /^      event: / {
	sub(/^ *event: /, "")
	mode("event", "reply", attributes($0))
	next
}
section == "operations" && /^      (do|dump):$/ {
	current = $1
	sub(":", "", current)
	mode(current, "request", "")
	next
}
section == "operations" && /^      (do|dump): \{reply: / {
	current = $1
	sub(":", "", current)
	mode(current, "reply", attributes(get($0, "reply")))
	next
}
section == "operations" && /^        (request|reply): / {
	what = $1
	sub(":", "", what)
	sub(/^ *[a-z]+: /, "")
	mode(current, what, attributes($0))
	next
}

section == "attribute-sets" || section == "operations" || section == "definitions" {
	fail("not understood")
}

END {
	if (failed)
		exit 1
	end_op()
	end_set()
	if (ops == "") {
		print FILENAME ": no operations" > "/dev/stderr"
		exit 1
	}
	print "const struct nlspec_op nlspec_ops[] = {\n" ops "\t{ }\n};"
}

#!/usr/bin/awk -f
# SPDX-License-Identifier: GPL-2.0
#
# asserts.awk -v of=uapi|mini_tgtd [-v spoil=1] ring.table: a C file that compiles if the
# declarations of the kernel's header, or of mini_tgtd's, have these numbers. spoil makes
# every offset wrong by one, to see that each is noticed.
function assert(expr, what)
{
	printf "_Static_assert(%s, \"%s\");\n", expr, what
}

# The struct that a generation's events are.
function event(gen)
{
	if (of == "uapi")
		return gen == 3 ? "struct tgt_event" : "struct tgt_event_g2"
	return gen == 3 ? "struct event3" : "struct event2"
}

# The member that the table calls NAME.
function member(gen, name)
{
	if (gen == 1)
		sub(/^cmd_rsp\./, of == "uapi" ? "cmd_rsp_g1." : "cmd_rsp1.", name)
	return of == "uapi" && name !~ /^hdr\./ ? "p." name : name
}

function constant(gen, name)
{
	if (of == "mini_tgtd")
		return name (gen < 3 && name ~ /^TSK/ ? "_OLD" : "")
	return "TGT_" (gen < 3 && name ~ /^TSK/ ? "G2_" : "") \
		(name ~ /_RSP$/ ? "UEVENT_" : "KEVENT_") name
}

BEGIN {
	print of == "uapi" ? "#include <scsi/scsi_tgt_if.h>" : "#include \"ring.h\""
	print "#include <stddef.h>"
	if (of == "uapi")
		assert("TGT_RING_SIZE == 65536", "ring")
	else
		assert("RING_BYTES == 65536", "ring")
}

$1 == "type" {
	for (gen = 1; gen <= 3; gen++)
		if ($(gen + 2) != "-")
			assert(constant(gen, $2) " == " $(gen + 2), gen " " $2)
}

$1 == "event" {
	assert("sizeof(" event($2) ") == " $3, $2 " size")
	assert("_Alignof(" event($2) ") == " $4, $2 " align")
	size[$2] = $3
}

$1 == "field" {
	for (gen = 1; gen <= 3; gen++) {
		if ($(gen + 3) == "-")
			continue
		fields++
		m = member(gen, $2)
		offset = $(gen + 3) + spoil
		assert("offsetof(" event(gen) ", " m ") == " offset, gen " " $2)
		assert("sizeof(((" event(gen) " *)0)->" m ") == " $3, gen " " $2 " bytes")
	}
}

$1 == "slots" {
	assert($3 " / sizeof(" event($2) ") == " $5, $2 " per page of " $3)
	assert("(65536 > " $3 " ? 65536 : " $3 ") == " $4, $2 " ring of " $3)
	assert($4 " / " $3 " * (" $3 " / sizeof(" event($2) ")) == " $7, $2 " slots of " $3)
}

END {
	print "#define FIELDS " fields
}

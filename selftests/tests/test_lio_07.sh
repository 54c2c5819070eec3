#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the bridge to LIO under vhost-scsi: a guest of QEMU's, in emulation, whose kernel is
# booted directly and whose root is our device; this test will see it find its files whole, verify what
# it writes while the unit is reset from either side and a command hangs, fight with another initiator
# over a reservation, lose power under load and come again, and all of it go in two orders.
# timeout: 900
# vm: --timeout 900
# debug: skip, a guest in a guest takes its time as it is
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/lio.sh"
. "$(dirname "$0")/../lib/fabric.sh"
. "$(dirname "$0")/../lib/vhost.sh"
plan 38
need_program qemu-system-x86_64 cpio mkfs.ext4 e2fsck jq sg_persist sg_reset sg_turs vhostguest

fabric_device
need_modules vhost_scsi
VHOST_DIR=$(mktemp -d)
defer rm -rf "$VHOST_DIR"
vhost_root d
vhost_initrd
run_ok "a storage object" lio_store d d
vhost_target
begun=$SECONDS
vhost_boot
diag "there after $((SECONDS - begun)) s: $(sed -n 's/\r$//; s/^- //p' "$VHOST_DIR/console" | paste -s -d ,)"
is "$(guest serial)" LIO-FABRIC "its disk is our device"
is "$(lio_sessions '.initiator + " " + .target')" "$VHOST_NEXUS vhost.$VHOST_WWN.1" \
	"the nexus has the names LIO has"
is "$(guest sums)" ok "its root's files are whole"

# --- resets ------------------------------------------------------------------------------------
trace=/sys/kernel/tracing
echo > $trace/trace
echo 1 > $trace/events/tgtcore/tgt_tmf_begin/enable
defer eval "echo 0 > $trace/events/tgtcore/tgt_tmf_begin/enable"
lio_loop "$LOOP_WWN" "$LOOP_NEXUS"
lio_lun "$LOOP_WWN" 0 d
is "$(guest load 1)" ok "it writes, four at a time"
wait_for 60 guest_passed 1
ok_if $? "and reads what it wrote"
is "$(guest reset)" ok "a LOGICAL UNIT RESET of its own, under that load"
is "$(fabric_tmfs 5)" 1 "which the engine is told of"
run_ok "and one of another initiator's" timeout 60 sg_reset -d -N "$SG"
in_flight()
{
	tgtctl device show d | grep -q "^held  *1"
}
tgtctl device set d rule=hang,op=read,count=1 > /dev/null
wait_for 60 in_flight
ok_if $? "a read hangs"
is "$(guest reset)" ok "until there is a reset"
is "$(guest unload)" ok "all the same, what is read is what was written"
tgtctl device set d rules=clear > /dev/null

# --- two initiators, one reservation ------------------------------------------------------------
vhost_two_ok

# --- power is lost -------------------------------------------------------------------------------
is "$(guest load 1000)" ok "it writes again"
wait_for 60 guest_passed 1000
ok_if $? "and has come some way"
quietly vhost_kill
passes=$(guest_passes)
diag "passes: ${passes//$'\n'/, }"
# shellcheck disable=SC2086	# one argument each
vhost_left_ok $passes
begun=$SECONDS
vhost_boot_sector
ok "it comes again, and boots from its disk"
diag "after $((SECONDS - begun)) s"
quietly vhost_kill

run_ok "the other initiator goes" lio_unloop "$LOOP_WWN"
run_ok "LIO lets go of the guest's nexus" vhost_drop
wait_for 10 no_session
ok_if $? "and so do we"
fabric_end_ok vhost vhost_scsi

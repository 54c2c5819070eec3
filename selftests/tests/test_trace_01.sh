#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: all tracepoints of tgtcore are on while each state changes once; this test will
# check that each change is told, as often as it happens, and that there is no tracepoint that
# nothing here makes fire.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/stgt.sh"
need_program tgtprobe mini_tgtd lldctl sg_reset

TRACE=/sys/kernel/tracing
load_modules tgtcore_probe tgtcore_loop scsi_tgt lld_probe
mountpoint -q "$TRACE" || mount -t tracefs tracefs "$TRACE" || skip "no tracefs"
defer quietly modprobe -r lld_probe
log=$(mktemp) seen=$(mktemp)
defer rm -f "$log" "$seen"

tracing_off()
{
	echo 0 > "$TRACE/events/tgtcore/enable"
	echo > "$TRACE/trace"
}

echo > "$TRACE/trace"
echo 1 > "$TRACE/events/tgtcore/enable" || bail "no events/tgtcore"
defer tracing_off

# What happened since the last time is in $log then.
look()
{
	sed -n 's/^.*: \(\(tgt\|stgt\)_[a-z_]*: .*\)/\1/p' "$TRACE/trace" > "$log"
	echo > "$TRACE/trace"
	cut -d: -f1 "$log" >> "$seen"
}

fired() # TIMES REGEX DESCRIPTION
{
	local n

	n=$(grep -cE -- "$2" "$log")
	is "$n" "$1" "$3" || diag < "$log"
}

told() # REGEX: it is in the trace by now
{
	grep -qE -- "$1" "$TRACE/trace"
}

# ---- objects -------------------------------------------------------------------------------
device d backend=ram size=16M
tgtctl target create probe:p > /dev/null || bail
defer quietly tgtctl target delete probe:p --force
run_ok "a LUN" tgtctl lun create probe:p 0 device=d
look
fired 1 '^tgt_device_state: device=d creating$' "a device is being made"
fired 1 '^tgt_device_state: device=d active$' "a device is there"
fired 1 '^tgt_target_state: target=probe:p creating$' "a target is being made"
fired 1 '^tgt_target_state: target=probe:p active$' "a target is there"
fired 1 '^tgt_lun_state: target=probe:p group= lun=0 device=d active$' "a LUN is there"

run_ok "it grows" tgtctl device set d size=32M
look
fired 1 '^tgt_device_resize: device=d size=33554432 begin$' "a resize begins"
fired 1 '^tgt_device_resize: device=d size=33554432 done$' "a resize is done"

# ---- a nexus and its commands --------------------------------------------------------------
run_ok "a read" tgtprobe cmd p --in 512 28 0 0 0 0 9 0 0 1 0
look
fired 1 '^tgt_session: session=[0-9]+ target=probe:p group= initiator=tgtprobe begin$' "a session begins"
fired 1 '^tgt_session: .* end$' "a session ends"
fired 1 '^tgt_session: .* gone$' "a session is gone"
fired 1 '^tgt_nexus: session=[0-9]+ lun=0 initiator=tgtprobe device=d begin$' "a nexus begins"
fired 1 '^tgt_nexus: .* kill$' "a nexus takes no more commands"
fired 1 '^tgt_nexus: .* drained$' "a nexus has none"
fired 1 '^tgt_nexus: .* end$' "a nexus ends"
fired 1 '^tgt_cmd_receive: .* cdb=28 00 00 00 00 09' "a command is received"
fired 1 '^tgt_cmd_submit: .* cdb=28 00 00 00 00 09' "a command is submitted"
fired 1 '^tgt_cmd_complete: .* status=0x00 .* cdb=28 00 00 00 00 09' "a command is complete"
fired 1 '^tgt_gate: .* gate=ua ua=0x1$' "a unit attention is set"
fired 1 '^tgt_gate: .* gate= ua=0x0$' "a unit attention is taken"

run_ok "STOP" tgtprobe cmd p 1b 0 0 0 0 0
look
fired 1 '^tgt_gate: .* gate=stopped ua=0x0$' "the unit is stopped"
run_ok "START" tgtprobe cmd p 1b 0 0 0 1 0
look
fired 1 '^tgt_gate: .* gate= ua=0x0$' "the unit is started, by a nexus without unit attention"

run_ok "LUN RESET" tgtprobe tmf p lun-reset
look
fired 1 '^tgt_tmf_begin: session=[0-9]+ lun=0 .* function=5 ' "a function begins"
fired 1 '^tgt_tmf_end: session=[0-9]+ lun=0 .* function=5 response=0$' "a function ends"

head -c 512 /dev/zero > "$TAP_OUT.data"
defer rm -f "$TAP_OUT.data"
is "$(tgtprobe abort p --tag 7 --defer --out "$TAP_OUT.data" 2a 0 0 0 0 1 0 0 1 0 < /dev/null |
	tail -n 1)" "complete aborted" "ABORT TASK"
look
fired 1 '^tgt_cmd_abort: .* tag=0x7 ' "a command is aborted"

# ---- a backend that does not let go ----------------------------------------------------------
device low backend=ram size=1M
device bad backend=fault lower=low
run_ok "its LUN" tgtctl lun create probe:p 1 device=bad
run_ok "what it is to do" tgtctl device set bad rule=hang,op=write,count=1
is "$(tgtprobe abort p --lun 1 --tag 8 --out "$TAP_OUT.data" 2a 0 0 0 0 1 0 0 1 0 < /dev/null |
	tail -n 1)" "complete aborted" "ABORT TASK, at the deadline"
run_ok "it lets go" tgtctl device set bad rules=clear release=yes
look
fired 1 '^tgt_cmd_detach: .* tag=0x8 ' "a command is detached"
fired 1 '^tgt_device_fence: device=bad remainders=1$' "its device is fenced"
fired 1 '^tgt_device_fence: device=bad remainders=0$' "and not any more"
run_ok "the LUN goes" tgtctl lun delete probe:p 1 --force

# ---- groups --------------------------------------------------------------------------------
mkfifo "$TAP_OUT.hold"
defer rm -f "$TAP_OUT.hold"
tgtprobe hold p --initiator i < "$TAP_OUT.hold" > /dev/null &
exec 9> "$TAP_OUT.hold"
wait_for 20 told '^.*tgt_session: .* initiator=i begin$' || bail "no session"
look
run_ok "a group" tgtctl group create probe:p g
run_ok "an initiator in it" tgtctl group add probe:p g initiator=i
wait_for 20 told 'tgt_session: .* group=g initiator=i group$'
run_ok "and out of it" tgtctl group remove probe:p g initiator=i
wait_for 20 told 'tgt_session: .* group= initiator=i group$'
run_ok "delete the group" tgtctl group delete probe:p g
exec 9>&-
wait
look
fired 1 '^tgt_group: target=probe:p group=g initiator= create$' "a group is there"
fired 1 '^tgt_group: target=probe:p group=g initiator=i add$' "an initiator is in it"
fired 1 '^tgt_group: target=probe:p group=g initiator=i remove$' "an initiator is not in it any more"
fired 1 '^tgt_group: target=probe:p group=g initiator= delete$' "a group is on its way out"
fired 1 '^tgt_group: target=probe:p group=g initiator= gone$' "a group is gone"
fired 1 '^tgt_session: .* group=g initiator=i group$' "its session sees the group's map"
fired 1 '^tgt_session: .* group= initiator=i group$' "its session sees the open map again"

# ---- a daemon ------------------------------------------------------------------------------
stgt_target t
# shellcheck disable=SC2154 # THOST is stgt_target's
stgt_daemon --host "$THOST" --lun 0=ram:16M
stgt_disk "$HOST" 0
run_ok "reset" sg_reset -d -N "$SG"
look
fired 1 "^stgt_host: host=$THOST add\$" "a host is there"
fired 1 '^stgt_daemon: openers=1 open$' "a daemon opens"
fired 1 "^stgt_nexus_state: host=$THOST itn=0x[0-9a-f]+ initiator=[^ ]+ waiting\$" \
	"a nexus waits for a daemon"
fired 1 '^stgt_nexus_state: .* bound$' "a nexus is bound"
fired 1 '^stgt_tmf: .* function=5 response=[0-9]+ sent$' "a function goes to the daemon"
fired 1 '^stgt_tmf: .* function=5 response=[0-9]+ answered$' "the daemon answers it"
fired 1 '^stgt_tmf: .* function=5 response=0 end$' "it ends"

# a command that its daemon took along, and that is tried again
kill -STOP "$DAEMON"
dd if="$NODE" of=/dev/null bs=4k count=1 iflag=direct 2> /dev/null &
reader=$!
wait_for 20 told 'tgt_cmd_receive: .* cdb=28 '
stgt_kill
wait_for 20 told 'stgt_daemon: .* close$'
look
fired 1 '^stgt_daemon: openers=0 close$' "a daemon closes"
fired 1 "^stgt_cmd_lost: host=$THOST .* no daemon\$" "a command ends without its daemon"
fired 1 '^stgt_nexus_state: .* waiting$' "a nexus waits for the next"
stgt_daemon --host "$THOST" --lun 0=ram:16M
run_ok "which has it" wait "$reader"
stgt_stop_ok "the daemon ends"
run_ok "the target goes" tgtctl target delete loop:t --force
look
fired 1 "^stgt_host: host=$THOST del\$" "a host is gone"
fired 1 '^stgt_nexus_state: .* gone$' "a nexus of a daemon's is gone"

# ---- the ring ------------------------------------------------------------------------------
read -r _ host _ < <(lldctl hosts)
stgt_daemon --host "$host" --lun 0=ram:1M
lldctl nexus A 77 || bail "no nexus"
quietly lldctl stress A 77 threads=1 depth=1 count=1 blocks=0
look
kill -STOP "$DAEMON"
lldctl stress A 77 threads=1 depth=1200 count=1200 blocks=0 > "$TAP_OUT" 2>&1 &
wait_for 20 told 'stgt_ring: .* full$'
kill -CONT "$DAEMON"
run_ok "more commands than slots" wait $!
stgt_kill
look
fired 1 '^stgt_ring: type=4097 waiting=1 full$' "the ring is full"
fired 1 '^stgt_ring: .* waiting=0 drained$' "the ring is full no more"

quietly modprobe -r lld_probe

# ---- the end -------------------------------------------------------------------------------
run_ok "delete all" tgtctl target delete probe:p --force
run_ok "and the device" tgtctl device delete d
look
fired 1 '^tgt_lun_state: .* gone$' "a LUN is gone"
fired 1 '^tgt_target_state: target=probe:p deleting$' "a target is on its way out"
fired 1 '^tgt_target_state: target=probe:p gone$' "a target is gone"
fired 1 '^tgt_device_state: device=d deleting$' "a device is on its way out"
fired 1 '^tgt_device_state: device=d gone$' "a device is gone"

for event in "$TRACE"/events/tgtcore/*/; do
	event=${event%/}
	run_ok "${event##*/} fired" grep -qx "${event##*/}" "$seen"
done

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: processes that make and delete devices, targets, LUNs and groups at random, by
# force or not, grow them, set faults, save, restore, clear and unload, with I/O on all of it,
# and a load on a disk that comes and goes; this test will check that each request ends as it
# may, that every dump not marked is one picture, that no acknowledged write is lost, and that
# all of it can be cleared and unloaded after that.
#
# TGT_SECONDS is for how long (default 10), TGT_SEED which.
# timeout: 2300
. "$(dirname "$0")/../../lib/tap.sh"
. "$(dirname "$0")/../../lib/loop.sh"
need_program flock pkill

plan 5
load_modules tgtcore_loop tgtcore_probe
dir=/scratch/storm
rm -rf $dir
mkdir -p $dir
truncate -s 16M $dir/kept $dir/kept1
state=$dir/state
turns=0 taken=0 pauses=0 wrong='' why=''
export TGT_SEED=${TGT_SEED:-$((RANDOM << 15 | RANDOM))}
RANDOM=$TGT_SEED
defer quietly tgtctl clear

# How a request may fail here: somebody else was there before.
refused='no (device|target|LUN)|has no LUN|(is being|was) (created|deleted)|is in use|already'
refused+='|nor a module|still being loaded'

# Something that must not be.
wrong() # TEXT...
{
	wrong=$*
	return 1
}

may_fail() # COMMAND...
{
	"$@" > "$TAP_OUT" 2>&1 || grep -qE "$refused" "$TAP_OUT" ||
		wrong "$* failed: $(< "$TAP_OUT")"
}

storms()
{
	kill -0 "$storm" 2> /dev/null
}

# LUN 0 of loop:kept, whatever the storm has left of it; after a minute in which the storm was
# faster each time, it stands still until the disk is there. Its node is in $NODE; while it is
# open here, no other disk gets its name.
give_back()
{
	local rc=0

	give_back_by $((SECONDS + 60 * ${TGT_SLOW:-1})) && return
	[ -z "$wrong" ] || return
	pauses=$((pauses + 1))
	pkill -STOP -x tgtstorm
	give_back_by $((SECONDS + 180 * ${TGT_SLOW:-1})) || rc=$?
	pkill -CONT -x tgtstorm
	[ $rc = 0 ] || wrong "${wrong:-loop:kept LUN 0 does not come back: $why}"
}

give_back_by() # TIME
{
	local none=0 closed=0 other=0

	while [ $SECONDS -lt "$1" ] && [ -z "$wrong" ]; do
		exec 8>&-
		may_fail tgtctl device create kept backend=file path=$dir/kept size=16M
		may_fail tgtctl target create loop:kept
		tgtctl lun create loop:kept 0 device=kept > $dir/lun 2>&1
		NODE=$(field node lun loop:kept 0 2> /dev/null)
		[ -b "$NODE" ] || { none=$((none + 1)); continue; }
		{ exec 8< "$NODE"; } 2> /dev/null || { closed=$((closed + 1)); continue; }
		grep -qs "^kept *$" "/sys/block/${NODE##*/}/device/model" && return 0
		other=$((other + 1))
	done
	why="no disk $none times, not to be opened $closed, another $other; $(< $dir/lun)"
	return 1
}

# What was acknowledged is there, or the disk is lost meanwhile: 3.
check()
{
	local rc=0

	tgtload check "$NODE" $state > $dir/check 2>&1 || rc=$?
	[ $rc = 0 ] || [ $rc = 3 ] || wrong "after $turns turns: $(< $dir/check)"
	return $rc
}

take_away()
{
	case $((RANDOM % 6)) in
	0) may_fail tgtctl target delete loop:kept --force ;;
	1) may_fail tgtctl device delete kept --force ;;
	2) may_fail flock $dir/lock tgtctl clear ;;
	3) sleep $((RANDOM % 3)) ;;	# perhaps the storm does
	esac
	# whether that took it or the storm has made it anew: the disk of the load goes
	may_fail tgtctl lun delete loop:kept 0 --force
}

# A load on the disk until it is taken away; and that it was on the one before.
turn()
{
	local rc=0

	give_back || return
	if [ -s $state ]; then
		check || return 0
	fi
	turns=$((turns + 1))
	nice -n 19 tgtload run "$NODE" $state > $dir/load 2>&1 8>&- &
	LOAD_PID=$!
	sleep $((RANDOM % 2)).$((RANDOM % 10))
	take_away
	wait_for 180 load_gone || { kill -KILL $LOAD_PID; wrong "the load still runs"; return; }
	wait $LOAD_PID || rc=$?
	case $rc in
	3) taken=$((taken + 1)) ;;
	*) wrong "the load ended with $rc in turn $turns: $(< $dir/load)" ;;
	esac
}

tgtstorm "${TGT_SECONDS:-10}" $dir > $dir/log 2>&1 &
storm=$!
# until one has written: one whose disk went before it was opened leaves no state
while [ -z "$wrong" ] && { storms || [ ! -s $state ]; }; do
	turn
done
diag "loop:kept was taken away from the load $taken times; the storm paused for it $pauses times"
rc=0
wait "$storm" || rc=$?
diag < $dir/log
is $rc 0 "every request ended as it may, every dump fits, kept1 has all that was acknowledged"
while [ -z "$wrong" ]; do
	give_back || break
	rc=0
	check || rc=$?
	[ $rc = 3 ] || break
done
exec 8>&-
is "$wrong" "" "the load lost its disk $taken times and no write"
# what the storm has told to hang would stay
for d in $(tgtctl device show --json | sed -n 's/^    "name": "\(.*\)",$/\1/p'); do
	quietly tgtctl device set "$d" release=yes
	quietly tgtctl device abandon "$d"
done
run_ok "all goes" tgtctl clear
is "$(tgtctl device show --json; tgtctl target show --json)" $'[]\n[]' "nothing is left"
run_ok "rmmod" unload_all
modprobe tgtcore

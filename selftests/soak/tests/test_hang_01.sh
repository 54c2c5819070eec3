#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the hang matrix: each way to take something away, while the backend hangs, loses
# completions, fails or is slow, with 1 and with 64 commands in flight; this test will check that
# each cell ends within 10 s beyond the backend's own delay, or is named by show --blocked where
# docs/teardown.md says that it stays pending; and that meanwhile another device of another
# target does I/O, and can be made and deleted.
#
# TGT_CELLS=all runs the 72 cells, a number as many of them, spread over all (default 8), and
# anything else those that match it as a regular expression: 'abort hang|lose 64'.
# TGT_JOBS is how many run at a time where they do not need the modules to themselves. Prints the
# table; TGT_SLACK seconds are for a machine that is slow itself.
# timeout: 1800
. "$(dirname "$0")/../../lib/tap.sh"
. "$(dirname "$0")/../../lib/loop.sh"
need_program fio sg_reset
modinfo tgtcore_fault > /dev/null 2>&1 || skip "there is no backend fault"

BOUND=10 SLACK=${TGT_SLACK:-5} JOBS=${TGT_JOBS:-4} SLOW=5
ACTIONS=(lun-delete target-delete device-delete rmmod-fabric kill-initiator lun-reset abort
	 session-end unload-reversed)
FAILURES=(hang lose error slow)
DEPTHS=(1 64)
MODULES=(tgtcore_loop tgtcore_probe tgtcore_fault tgtcore_ram tgtcore)

tgtprobe=$(dirname "$0")/../../lib/tgtprobe
[ -x "$tgtprobe" ] || tgtprobe=${TGT_ROOT:-.}/build/tests/tgtprobe
[ -x "$tgtprobe" ] || bail "tgtprobe is not built"
out=$(mktemp -d)
defer rm -rf "$out"

# ---- which cells ---------------------------------------------------------------------------
# In an order in which the first few differ in all three. Row r of 8 gives each action another
# pair of the other two, so all 72 come.
cells=()
for ((i = 0; i < 72; i++)); do
	a=$((i % 9)) r=$((i / 9))
	f=$(((a + r) % 4)) d=$(((a / 2 + r / 4) % 2))
	cells+=("${ACTIONS[a]} ${FAILURES[f]} ${DEPTHS[d]}")
done
[ "$(printf '%s\n' "${cells[@]}" | sort -u | wc -l)" = 72 ] || bail "a cell is missing"
case ${TGT_CELLS:=8} in
all) ;;
*[!0-9]*) mapfile -t cells < <(printf '%s\n' "${cells[@]}" | grep -E -- "$TGT_CELLS") ;;
*) cells=("${cells[@]:0:TGT_CELLS}") ;;
esac
[ ${#cells[@]} != 0 ] || bail "TGT_CELLS=$TGT_CELLS: no such cell"
plan $((2 * ${#cells[@]} + 1))

now() # ms
{
	echo $(($(date +%s%N) / 1000000))
}

# ---- one cell, in a subshell of its own -------------------------------------------------------
# Its names end in $id. What it finds goes to $out/$id: a row of the table, and what failed.

fault_rule() # FAILURE
{
	case $1 in
	hang) tgtctl device set "f$id" rule=hang ;;
	lose) tgtctl device set "f$id" rule=lose ;;
	error) tgtctl device set "f$id" rule=error ;;
	slow) tgtctl device set "f$id" "rule=delay,ms=$((SLOW * 1000))" ;;
	esac
}

cell_setup() # ACTION
{
	fabric=loop
	case $1 in
	kill-initiator|abort|session-end) fabric=probe ;;
	esac
	tgtctl device create "r$id" backend=ram size=16M &&
	tgtctl device create "f$id" backend=fault "lower=r$id" &&
	tgtctl target create "$fabric:t$id" &&
	tgtctl lun create "$fabric:t$id" 0 "device=f$id" > "$out/$id.lun" || return 1
	node=$(sed -n 's/.*\(\/dev\/sd.*\)/\1/p' "$out/$id.lun")
	# and what must stay free
	tgtctl device create "n$id" backend=ram size=16M &&
	tgtctl target create "loop:n$id" &&
	tgtctl lun create "loop:n$id" 0 "device=n$id" > "$out/$id.lun" || return 1
	neighbour=$(sed -n 's/.*\(\/dev\/sd.*\)/\1/p' "$out/$id.lun")
}

held() # N: so many commands are with the backend, or it has begun to refuse them
{
	if [ "$failure" = error ]; then
		tgtctl device show "f$id" | grep -qE '[1-9][0-9]* hits'
	else
		[ "$(field held device "f$id")" -ge "$1" ]
	fi
}

# N writes in flight: by fio, or by tgtprobe, which hears what to do from descriptor 8.
cell_load() # N
{
	if [ "$fabric" = loop ]; then
		# With holes between them, so that none are merged. One process: a job of its own
		# would outlive its killed parent.
		fio --thread --name=x "--filename=$node" --rw=write:4k --bs=4k --direct=1 --ioengine=libaio \
			"--iodepth=$1" "--iodepth_batch=$1" --size=8m > "$out/$id.fio" 2>&1 &
	else
		mkfifo "$out/$id.in"
		"$tgtprobe" flood "t$id" "$1" < "$out/$id.in" > "$out/$id.probe" 2>&1 &
	fi
	load=$!
	[ "$fabric" = loop ] || exec 8> "$out/$id.in"
	wait_for 30 held "$1"
}

within() # COMMAND...: it succeeds within the bound
{
	local begin rc=0
	begin=$(now)

	timeout $((BOUND + SLACK)) "$@" || rc=$?
	echo "$1 $2 $3: $rc after $(($(now) - begin)) ms"
	return $rc
}

# What must go on whatever happens to the rest.
cell_neighbour()
{
	within dd if=/dev/zero "of=$neighbour" bs=4k count=8 oflag=direct &&
	within dd "if=$neighbour" of=/dev/null bs=4k count=8 iflag=direct &&
	within tgtctl device create "x$id" backend=ram size=1M &&
	within tgtctl lun create "loop:n$id" 1 "device=x$id" &&
	within tgtctl lun delete "loop:n$id" 1 &&
	within tgtctl device delete "x$id"
}

probe_word() # WORD
{
	echo "$1" >&8
	wait_for $((BOUND + SLACK + SLOW)) grep -q "^$1 " "$out/$id.probe" &&
	grep -q "^$1 0" "$out/$id.probe"
}

no_session()
{
	! tgtctl session show "probe:t$id" 2> /dev/null | grep -q tgtprobe
}

refused() # MODULE...: none can go, and each says so at once
{
	local m

	for m; do
		if timeout 10 rmmod "$m" 2> "$out/$id.rmmod"; then return 1; fi
		grep -q 'in use' "$out/$id.rmmod" || return 1
	done
}

unload() # in the order that works
{
	local m

	for m in "${MODULES[@]}"; do
		timeout 20 rmmod "$m" || return 1
	done
}

# The action; 0 if it did what it has to within the time it is given.
cell_act() # ACTION
{
	local limit=$((BOUND + own + SLACK))

	case $1 in
	lun-delete) tgtctl lun delete "loop:t$id" 0 --force --timeout "$limit" ;;
	target-delete) tgtctl target delete "loop:t$id" --force --timeout "$limit" ;;
	device-delete) tgtctl device delete "f$id" --force --timeout "$limit" ;;
	rmmod-fabric)
		refused tgtcore_loop && tgtctl target delete "loop:t$id" --force --timeout "$limit" &&
		tgtctl target delete "loop:n$id" --force && timeout 20 rmmod tgtcore_loop ;;
	kill-initiator)
		kill -KILL "$load" && wait_for 5 no_process "$load" && wait_for "$limit" no_session ;;
	lun-reset) timeout "$limit" sg_reset -d "$node" ;;
	abort) probe_word abort ;;
	session-end) probe_word close && no_session ;;
	unload-reversed)
		refused tgtcore tgtcore_ram tgtcore_fault tgtcore_loop &&
		tgtctl clear --timeout "$limit" && unload ;;
	esac
}

no_process()
{
	! kill -0 "$1" 2> /dev/null || grep -q '^State:	Z' "/proc/$1/status"
}

# All that is blocked, in a line for each object.
blocked()
{
	local o

	for o in device target lun session; do
		tgtctl $o show --blocked | sed "1d;s/^/$o /"
	done
}

# What docs/teardown.md lets stay: a device that is deleted, as long as remainders are out.
may_wait() # ACTION
{
	case $1 in
	device-delete|unload-reversed) blocked | grep -qE "^device f$id +deleting .*remainder" ;;
	*) return 1 ;;
	esac
}

cell_end()
{
	exec 8>&-
	tgtctl device set "f$id" rules=clear release=yes > /dev/null 2>&1
	tgtctl target delete "$fabric:t$id" --force > /dev/null 2>&1
	tgtctl target delete "loop:n$id" --force > /dev/null 2>&1
	for d in "f$id" "r$id" "n$id" "x$id"; do
		tgtctl device delete "$d" --force > /dev/null 2>&1
	done
	if [ -n "$load" ]; then
		kill -KILL "$load" 2> /dev/null
		wait_for 20 no_process "$load" || { echo "the load is left"; return 1; }
		wait "$load" 2> /dev/null
	fi
	! tgtctl device show | grep -qE "^[frnx]$id "
}

cell() # ID ACTION FAILURE DEPTH
{
	local id=$1 action=$2 failure=$3 depth=$4 own=0 begin ms rest='' verdict free=yes rc=0
	local fabric='' node='' neighbour='' load='' watcher

	exec > "$out/$id.log" 2>&1
	[ "$failure" != slow ] || own=$SLOW
	if ! cell_setup "$action" || ! fault_rule "$failure" || ! cell_load "$depth"; then
		echo "setup failed"
		blocked
		cell_end
		return
	fi
	(sleep 1; cell_neighbour) > "$out/$id.neighbour" 2>&1 &
	watcher=$!
	# modules that have to go cannot be used meanwhile
	case $action in
	rmmod-fabric|unload-reversed) wait $watcher || free=no; watcher='' ;;
	esac
	begin=$(now)
	cell_act "$action" || rc=$?
	ms=$(($(now) - begin))
	verdict=ended
	if [ $rc != 0 ] && may_wait "$action"; then
		verdict="pending, named, ended by abandon"
		begin=$(now)
		tgtctl device abandon "f$id" &&
		if [ "$action" = unload-reversed ]; then
			tgtctl clear --timeout $((BOUND + SLACK)) && unload
		else
			wait_for $((BOUND + SLACK)) no_such_object device "f$id"
		fi || verdict=OVER
		rest=" + $(($(now) - begin))"
	elif [ $rc != 0 ]; then
		verdict=OVER
		blocked
	fi
	# what is named has waited for as long as it was told to
	[ "$verdict" != ended ] || [ $ms -le $(((BOUND + own + SLACK) * 1000 + 2000)) ] ||
		verdict=OVER
	[ -z "$watcher" ] || wait $watcher || free=no
	[ $free = yes ] || cat "$out/$id.neighbour"
	! lsmod | grep -q '^tgtcore_loop' || modprobe -a tgtcore_loop
	modprobe tgtcore
	cell_end || { verdict=LEFT; blocked; }
	printf '| %s | %s | %s | %s | %s | %s |\n' "$action" "$failure" "$depth" \
		"$(awk "BEGIN { printf \"%.1f\", $ms / 1000 }")${rest:+$(awk "BEGIN {
			printf \" + %.1f\", ${rest# + } / 1000 }")}" "$verdict" "$free" > "$out/$id"
}

# ---- all ------------------------------------------------------------------------------------
load_modules tgtcore_loop tgtcore_probe
defer quietly tgtctl clear
alone=() jobs=0
for ((i = 0; i < ${#cells[@]}; i++)); do
	case ${cells[i]} in
	rmmod*|unload*) alone+=("$i"); continue ;;
	esac
	# shellcheck disable=SC2086 # three words
	cell "$i" ${cells[i]} &
	jobs=$((jobs + 1))
	[ $((jobs % JOBS)) != 0 ] || wait
done
wait
for i in "${alone[@]}"; do
	modprobe -a tgtcore_loop tgtcore_probe
	# shellcheck disable=SC2086
	(cell "$i" ${cells[i]})
done
modprobe -a tgtcore_loop tgtcore_probe

over=0
for ((i = 0; i < ${#cells[@]}; i++)); do
	row=$(cat "$out/$i" 2> /dev/null)
	if [ -z "$row" ] || grep -qE 'OVER|LEFT' <<< "$row"; then
		over=$((over + 1))
		not_ok "${cells[i]}: ends, or is named" "$row" || :
		diag < "$out/$i.log"
	else
		ok "${cells[i]}: ends, or is named"
	fi
	like "$row" '\| yes \|$' "${cells[i]}: others are free" || diag < "$out/$i.log"
done
diag "| what | backend | commands | seconds | how | others free |"
diag "|---|---|---|---|---|---|"
cat "$out"/[0-9] "$out"/[0-9][0-9] 2> /dev/null | sort | diag
is $over 0 "no cell is over its bound"

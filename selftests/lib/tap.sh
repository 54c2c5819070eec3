# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# TAP 13 for shell tests. A test sources this file, plans, and calls the checks
# below; the exit code (0 passed, 1 failed, 4 skipped) is made at its end.
#
#	#!/bin/bash
#	# SPDX-License-Identifier: GPL-2.0
#	# DESCRIPTION: create a null device; this test will ...
#	# timeout: 60           (seconds, default 120; optional)
#	# vm: --cpus 4          (options of vm/run it needs; optional)
#	. "$(dirname "$0")/../lib/tap.sh"
#	plan 2
#	load_modules
#	run_ok "create" tgtctl device create d0 backend=null size=1G
#	defer tgtctl device delete d0
#	run_err "is a device d0 already" "twice" tgtctl device create d0 backend=null size=1G
#
# Checks never end the test; bail and skip do. A check returns 0 if it passed,
# so "run_ok ... || bail" is fine.

TAP_COUNT=0 TAP_FAILED=0 TAP_SKIPPED=0 TAP_PLAN='' TAP_SKIP='' TAP_DEFERRED=()
TAP_OUT=$(mktemp "${TMPDIR:-/tmp}/tap.XXXXXX") || exit 1

# Lines of standard input, or the arguments, as TAP comments.
diag()
{
	if [ $# -gt 0 ]; then
		printf '# %s\n' "$*"
	else
		sed 's/^/# /'
	fi
}

plan() # N
{
	TAP_PLAN=$1
	echo "1..$1"
}

ok() # DESCRIPTION
{
	TAP_COUNT=$((TAP_COUNT + 1))
	echo "ok $TAP_COUNT $*"
}

not_ok() # DESCRIPTION [WHY...]
{
	TAP_COUNT=$((TAP_COUNT + 1))
	TAP_FAILED=$((TAP_FAILED + 1))
	echo "not ok $TAP_COUNT $1"
	shift
	[ $# = 0 ] || diag "$*"
	return 1
}

# One check that cannot be made here; the rest of the test goes on.
skip_one() # DESCRIPTION REASON
{
	TAP_COUNT=$((TAP_COUNT + 1))
	TAP_SKIPPED=$((TAP_SKIPPED + 1))
	echo "ok $TAP_COUNT $1 # SKIP $2"
}

# So many of them.
skip_some() # COUNT DESCRIPTION REASON
{
	local i

	for ((i = 0; i < $1; i++)); do
		skip_one "$2" "$3"
	done
}

# The whole test cannot run here.
skip() # REASON
{
	TAP_SKIP=y
	[ -n "$TAP_PLAN" ] || echo "1..0 # SKIP $*"
	if [ -n "$TAP_PLAN" ]; then
		while [ "$TAP_COUNT" -lt "$TAP_PLAN" ]; do
			skip_one "not run" "$*"
		done
	fi
	exit 4
}

# Nothing further makes sense. The missing checks count as failed.
bail() # WHY
{
	diag "Bail out: ${*:-the step before this failed}"
	TAP_FAILED=$((TAP_FAILED + 1))
	exit 1
}

ok_if() # STATUS DESCRIPTION
{
	if [ "$1" = 0 ]; then
		shift
		ok "$@"
	else
		shift
		not_ok "$@"
	fi
}

is() # GOT WANTED DESCRIPTION
{
	if [ "$1" = "$2" ]; then
		ok "$3"
	else
		not_ok "$3" "got \"$1\", wanted \"$2\""
	fi
}

is_not() # GOT UNWANTED DESCRIPTION
{
	if [ "$1" != "$2" ]; then
		ok "$3"
	else
		not_ok "$3" "got \"$1\""
	fi
}

like() # TEXT EXTENDED-REGEX DESCRIPTION
{
	if grep -qE -- "$2" <<< "$1"; then
		ok "$3"
	else
		not_ok "$3" "\"$1\" does not match /$2/"
	fi
}

# The command succeeds. Its output is kept in $TAP_OUT, and shown on failure.
run_ok() # DESCRIPTION COMMAND...
{
	local desc=$1 rc=0

	shift
	"$@" > "$TAP_OUT" 2>&1 || rc=$?
	if [ $rc = 0 ]; then
		ok "$desc"
		return 0
	fi
	not_ok "$desc" "\"$*\" ended with $rc:" || :
	diag < "$TAP_OUT"
	return 1
}

# The command fails (and is not killed), and its output has TEXT in it. An
# empty TEXT proves next to nothing: say what the message must be.
run_err() # TEXT DESCRIPTION COMMAND...
{
	local text=$1 desc=$2 rc=0

	shift 2
	"$@" > "$TAP_OUT" 2>&1 || rc=$?
	if [ $rc != 0 ] && [ $rc -lt 126 ] && grep -qF -- "$text" "$TAP_OUT"; then
		ok "$desc"
		return 0
	fi
	not_ok "$desc" "\"$*\" ended with $rc, wanted an error with \"$text\":" || :
	diag < "$TAP_OUT"
	return 1
}

# Run a command when the test ends, last one first, whatever the outcome.
defer() # COMMAND...
{
	TAP_DEFERRED+=("$(printf '%q ' "$@")")
}

tap_finish()
{
	local rc=$? i

	for ((i = ${#TAP_DEFERRED[@]} - 1; i >= 0; i--)); do
		if ! eval "${TAP_DEFERRED[i]}" > "$TAP_OUT" 2>&1; then
			diag "cleaning up: ${TAP_DEFERRED[i]}"
			diag < "$TAP_OUT"
		fi
	done
	rm -f "$TAP_OUT"
	[ -z "$TAP_SKIP" ] || exit $((TAP_FAILED ? 1 : 4))
	[ -n "$TAP_PLAN" ] || echo "1..$TAP_COUNT"
	if [ -n "$TAP_PLAN" ] && [ "$TAP_COUNT" != "$TAP_PLAN" ]; then
		diag "planned $TAP_PLAN checks, made $TAP_COUNT"
		exit 1
	fi
	[ "$TAP_FAILED" = 0 ] || exit 1
	# The script itself went wrong: set -e, a syntax error, a signal.
	[ $rc = 0 ] || { diag "the test ended with $rc"; exit 1; }
	[ "$TAP_COUNT" = 0 ] || [ "$TAP_COUNT" != "$TAP_SKIPPED" ] || exit 4
	exit 0
}
trap tap_finish EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
echo "TAP version 13"

need_root()
{
	[ "$(id -u)" = 0 ] || skip "needs root"
}

need_program() # NAME...
{
	local p

	for p in "$@"; do
		command -v "$p" > /dev/null || skip "$p is not installed"
	done
}

# All of these modules, loaded, or the test cannot run here. modprobe -qa is content with
# names that it does not know.
need_modules() # MODULE...
{
	local m

	for m; do
		modprobe -q "$m" || skip "this kernel has no module $m"
	done
}

# The engine and the SCSI disk and generic drivers (no udev runs in the VM, so
# nothing else loads those). Backends and fabrics load themselves on demand.
load_modules() # [MODULE...]
{
	need_root
	modprobe -a sd_mod sg tgtcore "$@" || bail "modprobe sd_mod sg tgtcore $*"
}

# Every module of ours goes, whatever tests before this one have loaded.
unload_all()
{
	local old mods

	old=$(ls /sys/module/scsi_tgt/holders 2> /dev/null)
	mods=$(ls /sys/module/tgtcore/holders 2> /dev/null)
	# shellcheck disable=SC2086
	modprobe -r lld_probe $old scsi_tgt $mods tgtcore
}

# Poll until the command succeeds; fails after SECONDS, or longer on a slow kernel.
wait_for() # SECONDS COMMAND...
{
	local end=$((SECONDS + $1 * ${TGT_SLOW:-1}))

	shift
	until "$@" > /dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# Print the /dev node of a LUN of a loop target, waiting for the scan to end.
find_disk() # FABRIC:NAME LUN [SECONDS]
{
	local end=$((SECONDS + ${3:-20} * ${TGT_SLOW:-1})) line words

	while [ $SECONDS -lt $end ]; do
		while read -r line; do
			read -r -a words <<< "$line"
			if [ "${words[0]} ${words[2]}" = "$1 $2" ] && [ -b "${words[-1]}" ]; then
				echo "${words[-1]}"
				return 0
			fi
		done < <(tgtctl lun show)
		sleep 0.1
	done
	diag "no disk appeared for $1 LUN $2" >&2
	return 1
}

# Pages that were pinned for a daemon, and are still.
pinned_pages()
{
	cat /proc/sys/vm/stat_refresh	# each CPU has counts of its own
	awk '/^nr_foll_pin_acquired/ { n += $2 } /^nr_foll_pin_released/ { n -= $2 }
		END { print n + 0 }' /proc/vmstat
}

# To be called when the disks of iSCSI sessions are there. A target that falls asleep just when its
# session ends makes Linux 6.1 warn of its own work queues (__iscsi_unbind_session()).
iscsi_awake()
{
	local control

	for control in /sys/class/iscsi_session/session*/device/target*/power/control; do
		[ ! -w "$control" ] || echo on > "$control"
	done
}

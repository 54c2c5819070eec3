#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: netlink daemons from before the ring, of revisions N-C and N-D, as 64-bit and as
# 32-bit programs; this test will check that each serves a disk whose data verifies, with sense and
# LUN reset, that it and /dev/tgt keep each other out, that floods, broken messages and senders
# without rights do nothing, that after a killed daemon the next one serves, and that a number
# which is taken leaves /dev/tgt alone.
#
# timeout: 300
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/stgt.sh"
need_program fio sg_raw sg_reset setpriv mini_nltgtd

plan 53
pinned=$(pinned_pages)
stgt_reload netlink=17
stgt_target t
truncate -s 16M /scratch/lun
defer rm -f /scratch/lun
luns=(--host "$THOST" --lun "0=file:/scratch/lun" --lun "3=ram:1M")

said() # WHAT [ARG...]
{
	mini_nltgtd --host "$THOST" --send "$@" 2>&1
}

serve_as() # PROGRAM REVISION
{
	local what="$1 $2:"

	if ! command -v "$1" > /dev/null; then
		skip_some "$([ "$2" = d ] && echo 8 || echo 7)" "$what" \
			"gcc -m32 does not work here (gcc-multilib)"
		return
	fi
	MINI=$1
	stgt_daemon --rev "$2" "${luns[@]}"
	stgt_disk "$HOST" 0
	stgt_serves_ok "$what" --size=2m --io_size=2m
	# the last CMD_DONE is on its way
	sleep 0.2
	stgt_stop_ok "$what the daemon has seen nothing wrong"
	is "$(stgt_said outstanding)" 0 "$what each command was answered, and ended"
	[ "$2" = c ] || is "$(($(stgt_said tmfs) > 0))" 1 "$what it was asked for the reset"
}

for program in mini_nltgtd mini_nltgtd32; do
	serve_as $program d
	serve_as $program c
done

# --- manners, with nobody there
is "$(said unknown)" "err -22" "an unknown type is answered EINVAL"
is "$(said short)" silence "a truncated message is dropped"
is "$(said tiny)" silence "so is one shorter than its header"
is "$(said size)" silence "and one of no revision"
is "$(said two)" "err -22, silence" "what is good before it counts"
is "$(said answer)" silence "an answer has no answer"
is "$(said port)" "err 0" "a daemon is answered at its socket, whoever it says it is"
is "$(setpriv --reuid 65534 --clear-groups "$(command -v mini_nltgtd)" --send bind)" "err 1" \
	"who is not root is not answered"
exec 3<> /dev/tgt
is "$(said bind)" "err -16" "while /dev/tgt is open there is no netlink daemon"
exec 3>&-

# --- one daemon at a time, and what others send
MINI=mini_nltgtd
stgt_daemon "${luns[@]}"
is "$(said bind)" "err -16" "a second one is refused"
run_err "busy" "so is /dev/tgt" bash -c 'exec 3<> /dev/tgt'
run_ok "rmmod is refused" bash -c '! rmmod scsi_tgt'
stgt_disk "$HOST" 0
fio_start "$NODE"
is "$(said 3000)" sent "a flood of others' messages"
is "$(setpriv --reuid 65534 --clear-groups "$(command -v mini_nltgtd)" --send 3000)" sent \
	"and one without rights"
kill -STOP "$DAEMON"
sleep 0.5
stgt_kill
# with room for three messages: its socket is full most of the time
stgt_daemon --room 1 "${luns[@]}"
fio_stop_ok "a daemon is killed under I/O, the next one serves" "$NODE" || :
run_ok "the target goes" timeout 60 tgtctl target delete loop:t --force
stgt_stop_ok "the daemon has seen nothing wrong"
is "$(($(pinned_pages) - pinned))" 0 "no page is left pinned"

# --- a number that is taken
stgt_reload netlink=16
run_ok "it is said" bash -c 'dmesg | grep -q "netlink protocol 16 is taken"'
run_ok "/dev/tgt is there" test -c /dev/tgt
exec 3<> /dev/tgt
is $? 0 "and can be opened"
exec 3>&-
run_ok "rmmod" rmmod scsi_tgt
run_err "nvalid" "not with strict=1" modprobe scsi_tgt netlink=17 strict=1

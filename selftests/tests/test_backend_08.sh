#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a user with CAP_NET_ADMIN and nothing else makes devices of block devices and
# files; this test will check that one may serve only what one may open.
. "$(dirname "$0")/../lib/tap.sh"
plan 9
need_program setpriv
load_modules brd
[ -b /dev/ram6 ] || bail "no /dev/ram6"
disk=/dev/ram6
mode=$(stat -c %a $disk)
defer chmod "$mode" $disk
defer tgtctl clear

# where that user can reach it
dir=$(mktemp -d /scratch/perm.XXXXXX)
defer rm -rf "$dir"
cp "$(command -v tgtctl)" "$dir/tgtctl" || bail
chmod 755 "$dir" "$dir/tgtctl"
truncate -s 1M "$dir/file"

as_user() # TGTCTL-ARGUMENT...
{
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps +net_admin \
		--ambient-caps +net_admin "$dir/tgtctl" "$@"
}

run_ok "changes are this user's to make" as_user device create n backend=null size=1M
chmod 600 $disk
run_err "may not open" "a disk that is root's" as_user device create d backend=blk \
	path=$disk size=1M
run_err "may not open" "nor to read it only" as_user device create d backend=blk path=$disk \
	size=1M readonly=yes
chmod 604 $disk
run_err "may not open" "a disk to read is not one to write" as_user device create d \
	backend=blk path=$disk size=1M
run_ok "but one to serve read-only" as_user device create d backend=blk path=$disk size=1M \
	readonly=yes
run_ok "it goes again" as_user device delete d
chmod 606 $disk
run_ok "a disk that is everybody's" as_user device create d backend=blk path=$disk size=1M
chmod 600 "$dir/file"
run_err "cannot be written" "a file that is root's" as_user device create f backend=file \
	path="$dir/file"
chmod 606 "$dir/file"
run_ok "a file that is everybody's" as_user device create f backend=file path="$dir/file"

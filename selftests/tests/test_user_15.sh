#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: tgtcore-rbd with a cluster of one node; this test will verify data, unmap, kill the
# daemon under a load, and see that who had the image's lock before is shut out. Where there is no
# Ceph it is skipped; TGT_CEPH= tells where it is unpacked.
# timeout: 300
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
. "$(dirname "$0")/../lib/ceph.sh"
plan 12
need_program fio sg_raw tgtcore-rbd
ceph_find
be_target
ip link set lo up
defer ceph_stop
ceph_start > "$TAP_OUT" 2>&1 || bail "no cluster: $(< "$TAP_OUT")"

tgtctl device create r backend=user size=64M unmap=yes > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
run_err "POOL/IMAGE expected" "an image without a pool" tgtcore-rbd r disk
run_err "rbd/none: no such image: No such file or directory" "an image there is not" \
	tgtcore-rbd r "rbd/none,conf=$CEPH_CONF"
run_err "id= and conf= are options, 'x=1' is none" "an option there is not" \
	tgtcore-rbd r rbd/disk,x=1
be_delete r > /dev/null 2>&1

user_disk r tgtcore-rbd '' size=64M unmap=yes "config=rbd/disk,conf=$CEPH_CONF"
verify "an image" "$NODE" --size=16m --io_size=2m
dd if=/dev/urandom of="$NODE" bs=64k count=4 oflag=direct status=none
blkdiscard -o 65536 -l 98304 "$NODE"
blockdev --flushbufs "$NODE"
is "$(dd if="$NODE" bs=32k skip=2 count=3 status=none | tr -d '\0' | wc -c)" 0 \
	"what was unmapped reads as zeroes"
is_not "$(dd if="$NODE" bs=32k skip=5 count=1 status=none | tr -d '\0' | wc -c)" 0 "no more"
like "$(rbd lock list rbd/disk 2>&1)" "client" "it has the image's lock"

# the next one takes the lock from a daemon that was killed, and shuts it out
fio_start "$NODE" --size=16m
wait_for 10 in_flight "$NODE"
daemon_gone "$DAEMON"
daemon tgtcore-rbd r
like "$(< /tmp/r.daemon)" "rbd/disk: taking the lock from .*, which is shut out" "it is taken over"
like "$(timeout 30 ceph osd blocklist ls 2>&1)" "127\.0\.0\.1:" "the one before is on the blocklist"
fio_stop_ok "no acknowledged write is lost, no wrong block" "$NODE"
is "$(user_count r bad)" 0 "nothing was wrong"
kill -TERM "$DAEMON"
is "$(daemon_rc r)" 0 "SIGTERM ends it well"

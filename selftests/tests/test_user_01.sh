#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: disks of daemons; this test will verify data, keep a file system, unmap, and see
# what the kernel refuses a daemon, that pages are unpinned, and the options' errors.
# timeout: 180
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 29
need_program fio mkfs.ext4
be_target

pins=$(pinned_pages)
run_err "hold, fail or reissue" "a policy there is not" \
	tgtctl device create m backend=user size=32M policy=none
run_err "timeout" "a timeout of 0" tgtctl device create m backend=user size=32M timeout=0
run_err "needs a size" "without a size" tgtctl device create m backend=user
run_ok "a device" tgtctl device create m backend=user size=32M unmap=yes timeout=60
defer be_delete m
is "$(stat -c '%F %a' /dev/tgtcore/m)" "character special file 600" "its node is root's"
like "$(device_field m info)" "^no daemon, policy hold; held 0," "and nobody serves it"

daemon tgtcore-mem m
is $((16#$(awk '/VmPin/ { printf "%x", $2 }' "/proc/$DAEMON/status"))) 32768 \
	"the daemon's memory is pinned, and counted"
run_err "busy" "a second daemon" tgtcore-mem m
tgtctl lun create loop:be 0 device=m > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
NODE=$(sed -n 's/.* \(\/dev\/sd.*\)/\1/p' "$TAP_OUT")
BE_LUN=1
verify "a region" "$NODE" --io_size=6m
verify "short and odd" "$NODE" --bssplit=512/30:1536/20:4k/20:2m/30 --ioengine=psync --iodepth=1 --io_size=4m
verify_fs "on it" "$NODE"
head -c 1M /dev/urandom > /tmp/user.data
dd if=/tmp/user.data of="$NODE" bs=64k oflag=direct conv=fsync status=none
is "$(head -c 1M "$NODE" | cmp - /tmp/user.data && echo same)" same "data is there"
run_ok "blkdiscard" blkdiscard -o 65536 -l 131072 "$NODE"
{
	head -c 64k /tmp/user.data
	head -c 128k /dev/zero
	tail -c +196609 /tmp/user.data
} > /tmp/user.want
blockdev --flushbufs "$NODE"
is "$(head -c 1M "$NODE" | cmp - /tmp/user.want && echo same)" same \
	"what was unmapped reads as zeroes, its neighbours as before"
rm -f /tmp/user.data /tmp/user.want
is "$(user_count m bad) $(user_count m late) $(user_count m lost)" "0 0 0" "nothing was wrong"

# the library's own buffers
user_disk f userfile /tmp/user.file size=32M queue-limit=16
defer rm -f /tmp/user.file
verify "buffers of 64 KiB, so in pieces" "$NODE" --io_size=6m
sense=$(sense_of "$NODE" -r 512 -- 28 00 00 01 00 00 00 00 01 00)
is "$sense" 5/21/00 "beyond its end"
is "$(cmp -n 24M "$NODE" /tmp/user.file && echo same)" same "the file is the disk"

# nothing is moved
run_ok "another device" tgtctl device create x backend=user size=1M
run_err "moves data" "tgtcore-null wants data=no" tgtcore-null x
unserve x
user_disk n tgtcore-null '' size=1G data=no
run_ok "null at QD32" fio --name=n "--filename=$NODE" --rw=randrw --bs=4k --direct=1 \
	--ioengine=libaio --iodepth=32 --iodepth_batch_submit=16 --number_ios=20000
run_err "there is a device n already" "its name is taken" tgtctl device create n backend=null size=1G

# options at run time
run_ok "policy=fail timeout=5" tgtctl device set n policy=fail timeout=5
like "$(device_field n info)" "policy fail" "says so"
run_err "hold, fail or reissue" "a policy there is not" tgtctl device set n policy=x

unserve m
unserve f
unserve n
wait_for 10 eval '! pgrep -f "^tgtcore-(mem|null)"' || :
is "$(pgrep -fc "^tgtcore-(mem|null)")" 0 "daemons end with their devices"
is "$(daemon_rc m) $(daemon_rc f) $(daemon_rc n)" "0 0 0" "and think nothing of it"
is "$(pinned_pages)" "$pins" "no page is pinned any more"
run_ok "the module can go" modprobe -r tgtcore_user

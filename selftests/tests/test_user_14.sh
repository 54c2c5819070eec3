#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: a backstore in Python; this test will serve a device by the example, verify data,
# unmap, end it by SIGTERM, and see what errors of a backstore become, what it is to make stable, and
# that one that takes long to unmap much has time for each piece of it.
# timeout: 300
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 15
need_program python3 fio sg_raw
be_target

tools=$(readlink -f "$(dirname "$0")/../../tools")
PYTHONPATH=$tools/python
LIBTGTCORE=$(dirname "$(command -v tgtctl)")/libtgtcore.so
export PYTHONPATH LIBTGTCORE PYTHONDONTWRITEBYTECODE=1
[ -f "$LIBTGTCORE" ] || LIBTGTCORE=libtgtcore.so.0

run_err "No such file or directory: '/dev/tgtcore/none'" "no device" \
	python3 "$tools/python/ramdisk.py" none
is $(($(grep -vcE '^(#|"""|$)' "$tools/python/ramdisk.py") <= 20)) 1 "a backstore in 20 lines"
user_disk p "$tools/python/ramdisk.py" '' size=32M unmap=yes
verify "a disk in Python" "$NODE" --size=8m --io_size=2m
blkdiscard -l 65536 "$NODE"
blockdev --flushbufs "$NODE"
is "$(head -c 65536 "$NODE" | tr -d '\0' | wc -c)" 0 "what was unmapped reads as zeroes"
is "$(user_count p bad)" 0 "nothing was wrong"
kill -TERM "$DAEMON"
is "$(daemon_rc p)" 0 "SIGTERM ends it well"
unserve p

# what goes wrong in it
cat > /tmp/fails.py <<-'END'
	#!/usr/bin/python3
	import errno
	import sys
	import tgtcore


	class Fails(tgtcore.Backstore):
	    def read(self, offset, length):
	        if offset == 0x20 * 512:
	            raise tgtcore.Error(tgtcore.sense(4, 0x44, 0))
	        if offset == 0x21 * 512:
	            return b"short"
	        return bytes(length)

	    def write(self, offset, data, fua):
	        raise OSError(errno.ENOSPC, "full")


	tgtcore.serve(sys.argv[1], Fails())
END
chmod +x /tmp/fails.py
defer rm -f /tmp/fails.py
user_disk q /tmp/fails.py '' size=32M
is "$(read_sense "$NODE")" 4/44/00 "sense of its own"
is "$(sense_of "$NODE" -r 512 -- 28 00 00 00 00 21 00 00 01 00)" 3/11/00 \
	"an exception is a medium error"
is "$(sense_of "$NODE" -s 512 -i /dev/zero -- 2a 00 00 00 00 20 00 00 01 00)" 7/27/07 \
	"no space is no space"
is "$(sense_of "$NODE" -r 512 -- 28 00 00 00 00 22 00 00 01 00)" good "and it goes on"
unserve q

# what is to be stable, and when
cat > /tmp/keeps.py <<-'END'
	#!/usr/bin/python3
	import sys
	import time
	import tgtcore


	class Keeps(tgtcore.Backstore):
	    def read(self, offset, length):
	        return bytes(length)

	    def write(self, offset, data, fua):
	        print("write", fua, flush=True)

	    def flush(self):
	        print("flush", flush=True)

	    def unmap(self, offset, length):
	        print("unmap", length, flush=True)
	        time.sleep(3 * length / (64 << 20))


	tgtcore.serve(sys.argv[1], Keeps())
END
chmod +x /tmp/keeps.py
defer rm -f /tmp/keeps.py

# What a command has the backstore do.
asks() # DEVICE SG_RAW-OPTION... -- BYTE...
{
	local before

	before=$(stat -c %s "/tmp/$1.daemon")
	sense_of "$NODE" "${@:2}"
	tail -c "+$((before + 1))" "/tmp/$1.daemon" | tr '\n' ' '
}

user_disk w /tmp/keeps.py '' size=32M cache=no unmap=yes
is "$(asks w -s 512 -i /dev/zero -- 2a 00 00 00 00 20 00 00 01 00)" $'good\nwrite True ' \
	"without a cache, each write is to be stable"
is "$(asks w -s 512 -i /dev/zero -- 93 08 00 00 00 00 00 00 00 20 00 00 00 08 00 00)" \
	$'good\nunmap 4096 flush ' "and what is unmapped"
unserve w
user_disk x /tmp/keeps.py '' size=512M unmap=yes timeout=8
is "$(asks x -s 512 -i /dev/zero -- 2a 00 00 00 00 20 00 00 01 00)" $'good\nwrite False ' \
	"with one, it is not"
# 256 MiB from the first MiB on
is "$(asks x -s 512 -i /dev/zero -- 93 08 00 00 00 00 00 00 08 00 00 08 00 00 00 00)" \
	$'good\nunmap 66060288 unmap 67108864 unmap 67108864 unmap 67108864 unmap 1048576 ' \
	"what takes longer than the deadline is unmapped by pieces"
is "$(user_count x timeouts) $(device_field x remainders)" "0 0" "each of which is in time"
unserve x

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: daemons that tgtctl starts; this test will create, save, restore and delete devices
# with service=, have daemons that cannot serve or hang, and see what systemd would be asked.
# timeout: 300
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/backend.sh"
. "$(dirname "$0")/../lib/user.sh"
plan 30
need_program tgtcore-file tgtcore-mem python3
be_target
dir=$(mktemp -d /scratch/user.XXXXXX)
defer rm -rf "$dir"
for d in f n m s l o p; do
	defer be_delete $d
done

pid_of() # DEVICE
{
	device_field "$1" info | sed -n 's/^daemon \([0-9]*\),.*/\1/p'
}

no_device() # DESCRIPTION
{
	is "$(tgtctl device show | grep -c ' user ')" 0 "$1"
}

# what cannot be
run_err "device f: service=none-such: there is no program tgtcore-none-such here" \
	"a service there is not" tgtctl device create f backend=user size=8M service=none-such
run_err "$dir/no/f: No such file or directory" "a path there is not" \
	tgtctl device create f backend=user size=8M service=file "config=$dir/no/f"
no_device "there is no device then"
run_err "its daemon ended: tgtcore-file: $dir: neither a file nor a block device" "a directory" \
	tgtctl device create f backend=user size=8M service=file "config=$dir"
no_device "nor then"
run_err "moves data; make it with data=no" "null with data" \
	tgtctl device create n backend=user size=8M service=null
no_device "nor then"

mkdir "$dir/bin"
cat > "$dir/bin/tgtcore-deaf" <<-'END'
	#!/bin/bash
	[ "$1" != --create ] || exit 0
	python3 -c '
	import os, socket
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.sendto(b"READY=1", "\0" + os.environ["NOTIFY_SOCKET"][1:])'
	echo "tgtcore-deaf: it is not me that says so" >&2
	exit 1
END
chmod +x "$dir/bin/tgtcore-deaf"
run_err "its daemon ended: tgtcore-deaf: it is not me that says so" \
	"the word of another process that it serves" env "PATH=$dir/bin:$PATH" \
	tgtctl device create e backend=user size=8M service=deaf
no_device "nor then"
be_delete e > /dev/null 2>&1

# what can
run_ok "a device and its daemon" \
	tgtctl device create f backend=user size=8M service=file "config=$dir/f" unmap=yes
is "$(stat -c %s "$dir/f")" 8388608 "the file was made"
first=$(pid_of f)
session=$(ps -o sid= -p "$first" | tr -d ' ')
is "$(cat "/proc/$first/comm") $(readlink "/proc/$first/fd/0") $session" \
	"tgtcore-file /dev/null $first" "it serves in the background, on its own"
run_ok "one without data" tgtctl device create n backend=user size=1G service=null data=no
run_ok "one in memory" tgtctl device create m backend=user size=8M service=mem
run_ok "a LUN" tgtctl lun create loop:be 0 device=f
NODE=$(find_disk loop:be 0)
head -c 1M /dev/urandom > "$dir/data"
dd if="$dir/data" of="$NODE" bs=64k oflag=direct conv=fsync status=none

# saved and restored
run_ok "save" tgtctl save "$dir/saved"
like "$(jq -c '.devices[] | select(.name == "f") | .options' "$dir/saved")" \
	"(\"service\":\"file\".*\"config\":|\"config\":.*\"service\":\"file\")" \
	"the service and what it serves from are there"
tgtctl clear > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
is "$(kill -0 "$first" 2>&1 | grep -c .) $(find /run/tgtcore -type f | wc -l)" "1 0" \
	"clear: daemons end, and nothing of them is left"
mv "$dir/f" "$dir/g"
run_err "$dir/f: No such file or directory" "restore makes no new disk in place of a lost one" \
	tgtctl restore "$dir/saved"
no_device "and leaves nothing"
mv "$dir/g" "$dir/f"
sed 's/"null"/"none-such"/' "$dir/saved" > "$dir/wrong"
run_err "there is no program tgtcore-none-such" "a service there is not" \
	tgtctl restore "$dir/wrong"
run_ok "restore" tgtctl restore "$dir/saved"
NODE=$(find_disk loop:be 0)
is "$(head -c 1M "$NODE" | cmp - "$dir/data" && echo same)" same "the disk has its data"

# one that hangs
hangs=$(pid_of n)
kill -STOP "$hangs"
run_ok "a device whose daemon hangs is deleted" tgtctl device delete n
wait_for 5 eval "! kill -0 $hangs"
is "$(kill -0 "$hangs" 2>&1 | grep -c .)" 1 "and so is the daemon"
unserve m

# what is longer than the disk is not cut
user_tmpfs
truncate -s 12M "$t/long"
run_ok "one in a file" tgtctl device create l backend=user size=8M service=mem "config=$t/long"
is "$(stat -c %s "$t/long")" $((12 << 20)) "which is longer, and stays so"
unserve l

# a number that was a daemon's, and is another process' by now
tgtctl device create o backend=user size=8M > "$TAP_OUT" 2>&1 || bail "$(< "$TAP_OUT")"
daemon tgtcore-mem o
tgtctl device create p backend=user size=8M service=mem > "$TAP_OUT" 2>&1 ||
	bail "$(< "$TAP_OUT")"
was=$(pid_of p)
echo "$DAEMON 1" > /run/tgtcore/p.pid
unserve p
wait_for 5 eval "! kill -0 $was"
is "$(daemon_serves o "$DAEMON" && echo serves)" serves "a number used again is no daemon of ours"
unserve o

# systemd, as far as it can be had here: what it is asked
mkdir -p /run/systemd/system
defer rmdir /run/systemd/system
cat > "$dir/bin/systemctl" <<-END
	#!/bin/bash
	echo "\$*" >> $dir/asked
	[[ \$* != *start* ]] || { NOTIFY_SOCKET='' setsid tgtcore-mem s > /dev/null 2>&1 & sleep 0.5; }
END
chmod +x "$dir/bin/systemctl"
PATH=$dir/bin:$PATH tgtctl device create s backend=user size=1M service=mem > /dev/null 2>&1
like "$(device_field s info)" "^daemon" "with systemd: its unit is started"
PATH=$dir/bin:$PATH tgtctl device delete s > /dev/null 2>&1
is "$(tr '\n' ' ' < "$dir/asked")" \
	"-q restart tgtcore-mem@s.service --no-block stop tgtcore-mem@s.service " "and stopped"

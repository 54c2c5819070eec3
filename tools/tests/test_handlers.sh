#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the daemons of backend user, without a kernel module; this test will look at their
# help and what they say of misuse, install them, and have systemd check their units.
. "$(dirname "$0")/../../selftests/lib/tap.sh"

tools=$(readlink -f "$(dirname "$0")/..")
dir=$(mktemp -d) || exit 1
defer rm -rf "$dir"
run_ok "install" make -C "$tools" O="$dir/build" PREFIX="$dir/usr" install

ends() # CODE DESCRIPTION COMMAND...
{
	local rc=0

	"${@:3}" > "$TAP_OUT" 2>&1 || rc=$?
	is $rc "$1" "$2"
}

for d in file mem null rbd; do
	p=$dir/usr/sbin/tgtcore-$d
	if [ ! -x "$p" ]; then
		skip_one "tgtcore-$d" "its library is not installed"
		continue
	fi
	ends 0 "tgtcore-$d --help" "$p" --help
	like "$(< "$TAP_OUT")" "^Usage: tgtcore-$d .*NAME" "says how it is used"
	ends 2 "tgtcore-$d: nothing is misuse" "$p"
	ends 2 "tgtcore-$d: queues are a number" "$p" -q none d
	ends "$([ "$d" = file ] && echo 3 || echo 2)" "tgtcore-$d: who can take over" \
		"$p" --takeover no-such-device
	ends 3 "tgtcore-$d: no device has a status of its own" "$p" no-such-device
	like "$(< "$TAP_OUT")" "no device no-such-device" "and is said so"
	unit=$dir/usr/lib/systemd/system/tgtcore-$d@.service
	is "$(grep -c '@[A-Z]*@' "$unit")" 0 "its unit is whole"
	is "$(sed -n 's/^Wants=//p' "$unit")" "$(sed -n 's/^After=local-fs.target *//p' "$unit")" \
		"what it comes after is also wanted"
	if command -v systemd-analyze > /dev/null; then
		ends 0 "systemd knows all in it" \
			systemd-analyze verify --man=no "${unit%.service}x.service"
		is "$(< "$TAP_OUT")" "" "and has nothing to say"
	else
		skip_one "systemd knows all in it" "systemd is not installed"
	fi
done
page=$(sed 's/\\-/-/g; s/\\f[BIR]//g' "$tools/handlers/tgtcore-handlers.8")
for option in --queues --create --takeover --help --version; do
	like "$page" "$option" "manual page: $option"
done
run_ok "uninstall" make -C "$tools" O="$dir/build" PREFIX="$dir/usr" uninstall
is "$(find "$dir/usr" -name '*tgtcore*')" "" "leaves nothing"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the power goes 200 times while reservations with APTPL=1 are changed. Each time QEMU is
# killed at a random moment; what has been answered must be there when the machine is back, and
# what was not, whole or not at all.
# host: yes
# timeout: 14400
set -u
here=$(dirname "$(readlink -f "$0")")
root=$(readlink -f "$here/../..")
rounds=${TGT_ROUNDS:-200}
kernel=${TGT_KERNEL:-6.1}
RANDOM=${TGT_SEED:-1}
mkdir -p "$root/build/vm"
dir=$(mktemp -d "$root/build/vm/aptpl.XXXXXX") || exit 1
vm=''
cleanup()
{
	[ -z "$vm" ] || kill "$vm" 2> /dev/null
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What runs in the machine; the results' directory is the host's, and outlives it.
cat > "$dir/guest" <<-END
	#!/bin/bash
	echo up >> /results/up
	modprobe tgtcore || exit 1
	exec tgtaptpl /results/log /scratch/pr \$1
END
chmod +x "$dir/guest"

boot=("$root/selftests/vm/run" --kernel "$kernel" --disk 512M --scratch "$dir/disk"
      --results "$dir/results" --timeout 300 "$dir/guest")

found() # how often the state was looked at, and was right
{
	grep -c '^found' "$dir/results/log" 2> /dev/null
}

give_up() # WHY
{
	echo "not ok 1 selftests: aptpl: $1"
	tail -n 5 "$dir/results/log" 2> /dev/null | sed 's/^/# /'
	tail -n 20 "$dir/out" | sed 's/^/# /'
	exit 1
}

# How often the machine came up. An emulated CPU can crash a kernel that boots; that says nothing.
up()
{
	wc -l < "$dir/results/up" 2> /dev/null || echo 0
}

# Boot, until the state was looked at; false if it was not found right.
look() # ROUND
{
	local wait

	"${boot[@]}" > "$dir/out" 2>&1 &
	vm=$!
	for ((wait = 0; wait < 3000; wait++)); do
		[ "$(found)" != "$1" ] || return 0
		kill -0 "$vm" 2> /dev/null || return 1
		! grep -q '^bad' "$dir/results/log" 2> /dev/null || return 1
		sleep 0.1
	done
	return 1
}

# Its child is timeout(1), and whoever kills that kills QEMU: by SIGKILL, as run has arranged.
cut_power() # PID-OF-RUN
{
	local child

	child=$(pgrep -P "$1" -x timeout) || return 1
	kill -9 "$child"
}

echo "TAP version 13"
echo "1..1"
middle=0
mkdir -p "$dir/results"
: > "$dir/results/up"
for ((round = 1; round <= rounds; round++)); do
	for try in 1 2 3; do
		ups=$(up)
		look "$round" && break
		if [ "$(up)" != "$ups" ] || [ $try = 3 ]; then
			give_up "round $round: the state was not found right"
		fi
		echo "# round $round: the machine did not come up, once more"
		cut_power "$vm" 2> /dev/null
		wait "$vm" 2> /dev/null
	done
	sleep "$((RANDOM % 3)).$((RANDOM % 10))$((RANDOM % 10))"
	cut_power "$vm" || give_up "round $round: there was no machine to take the power from"
	wait "$vm" 2> /dev/null
	vm=''
	! grep '^bad' "$dir/results/log" || give_up "round $round"
	[[ $(tail -n 1 "$dir/results/log") != begin* ]] || middle=$((middle + 1))
done
"${boot[@]}" 6 > "$dir/out" 2>&1 || give_up "at last"
[ "$(found)" = $((rounds + 1)) ] || give_up "at last"
steps=$(grep -c '^done' "$dir/results/log")
echo "ok 1 selftests: aptpl: the power went $rounds times # $steps steps, $middle times in the middle of one"

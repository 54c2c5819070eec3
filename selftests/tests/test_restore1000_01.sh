#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: one restore of 1,000 LUNs; this test will check that all disks come, that
# save gives back the same configuration, that a disk among so many works, and that all
# goes away again. (How long it may take is for "make bench" to say.)
#
# TGT_LUNS is how many.
# timeout: 300
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
plan 10
need_program fio

nr=${TGT_LUNS:-1000}
dir=$(mktemp -d)
defer rm -rf "$dir"
defer quietly tgtctl clear

# The form of a file of "tgtctl save", docs and tgtctl(8).
config()
{
	local i sep=''

	echo '{"tgtcore": 1, "devices": ['
	for ((i = 0; i < nr; i++)); do
		printf '%s{"name": "dev%d", "backend": "null", "size": 16777216}' "$sep" $i
		sep=$',\n'
	done
	echo '], "targets": [{"fabric": "loop", "name": "many", "luns": ['
	sep=''
	for ((i = 0; i < nr; i++)); do
		printf '%s{"number": %d, "device": "dev%d"}' "$sep" $((i * 16)) $i
		sep=$',\n'
	done
	echo ']}]}'
}

count() # PATTERN OBJECT
{
	tgtctl "$2" show --json | grep -c "$1"
}

disks()
{
	local d=(/sys/class/scsi_disk/*)

	[ -e "${d[0]}" ] && echo ${#d[@]} || echo 0
}

load_modules tgtcore_null
config > "$dir/many.json"
start=$SECONDS
run_ok "restore" tgtctl restore "$dir/many.json"
diag "took $((SECONDS - start)) s"
is "$(count '"node"' lun)" "$nr" "each LUN has a node"
is "$(disks)" "$nr" "sd has so many disks"
is "$(count '"backend"' device)" "$nr" "and so many devices are there"
run_ok "save" tgtctl save "$dir/again.json"
run_ok "restore what is there already" tgtctl restore "$dir/again.json"
tgtctl save "$dir/third.json"
run_ok "that changed nothing" cmp "$dir/again.json" "$dir/third.json"
last=$(field node lun loop:many $(((nr - 1) * 16)))
run_ok "the last disk works" fio --name=v "--filename=$last" --rw=randread --bs=4k --size=16m \
	--io_size=4m --direct=1 --ioengine=libaio --iodepth=32 --output-format=terse
start=$SECONDS
run_ok "clear" tgtctl clear --timeout $((60 * ${TGT_SLOW:-1}))
diag "took $((SECONDS - start)) s"
is "$(disks)" 0 "all disks are gone"

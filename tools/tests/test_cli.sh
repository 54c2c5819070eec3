#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: tgtctl without a kernel module: help, misuse and what restore says of files;
# this test will compare exit codes, texts and which stream they come on.
. "$(dirname "$0")/../../selftests/lib/tap.sh"

TGTCTL=${TGTCTL:-tgtctl}
dir=$(mktemp -d) || exit 1
defer rm -rf "$dir"

# What is written where, and the exit code.
says() # CODE STREAM EXTENDED-REGEX DESCRIPTION ARGS...
{
	local code=$1 stream=$2 text=$3 desc=$4 rc=0 other=stderr

	shift 4
	"$TGTCTL" "$@" > "$dir/stdout" 2> "$dir/stderr" < /dev/null || rc=$?
	[ "$stream" = stderr ] && other=stdout
	if [ $rc = "$code" ] && [ ! -s "$dir/$other" ] && grep -qE -- "$text" "$dir/$stream"; then
		ok "$desc"
	else
		not_ok "$desc" "\"$*\" ended with $rc, wanted $code and /$text/ on $stream:" || :
		cat "$dir/stdout" "$dir/stderr" | diag
	fi
}

usage() # EXTENDED-REGEX ARGS...
{
	local text=$1

	shift
	says 2 stderr "^tgtctl: $text" "misuse: $*" "$@"
}

commands=$("$TGTCTL" --help | sed -n 's/^  tgtctl //p')

says 0 stdout '^Usage: tgtctl OBJECT VERB' "--help" --help
says 0 stdout '^Usage: tgtctl OBJECT VERB' "-h" -h
says 0 stdout '^tgtctl [0-9]' "--version" --version
while read -r object verb _; do
	case $verb in
	[a-z]*) words=("$object" "$verb") ;;
	*) words=("$object") ;;
	esac
	says 0 stdout "^Usage: tgtctl ${words[*]}" "help of ${words[*]}" "${words[@]}" --help
	says 0 stdout "^Usage: tgtctl $object" "help of $object" "$object" -h
done <<< "$commands"

usage "what to do\?"
usage "unknown object or command 'devise', did you mean 'device'\?" devise show
usage "unknown object or command 'frobnicate'" frobnicate
usage "unknown verb 'creat_' of device, did you mean 'create'\?" device creat_ d0
usage "device needs a verb: create, set, abandon, delete, show" device
usage "unknown option '--jsno', did you mean '--json'\?" device show --jsno
usage "unknown option '-x'" device show -x
usage "device show does not take --force" device show --force
usage "--json=1 takes no value" device show --json=1
usage "--timeout needs a value" device delete d0 --timeout
usage "a number of seconds expected, not 'soon'" device delete d0 --timeout soon
usage "a number expected, not '-1'" device delete d0 --if-generation=-1
usage "a number from 1 expected, not '0'" stat --interval 1 --count 0
usage "--count needs --interval" stat --count 1
usage "too few arguments: there is no NAME" device create
usage "'list' of what\? As in 'tgtctl device show'" list
usage "'create' of what\? As in 'tgtctl device create'" create d0
usage "unknown verb 'rm' of device, did you mean 'delete'\?" device rm d0
usage "unknown object or command 'backstore', did you mean 'device'\?" backstore show
says 0 stdout '^Usage: tgtctl device create' "help as a word" help device create
usage "--daemons goes with neither a target nor --sessions" stat --daemons loop:d
usage "--daemons goes with neither a target nor --sessions" stat --daemons --sessions
usage "'b' is too much" device show a b
usage "KEY=VALUE expected, not 'backend'" device create d0 backend
usage "KEY=VALUE expected, not '=x'" device create d0 =x
usage "size= is given twice" device create d0 size=1G size=2G
usage "size=0: a size cannot be 0" device create d0 size=0
usage "size=12X: not a size" device create d0 size=12X
usage "size=99999P: larger than 2\^64 bytes" device create d0 size=99999P
usage "readonly=maybe: yes or no expected" device create d0 readonly=maybe
usage "queue-limit=x: not a number" device create d0 queue-limit=x
usage "unknown key 'sizee=', did you mean 'size='\?" device set d0 sizee=1G
usage "unknown key 'grp=', did you mean 'group='\?" lun create loop:d 0 grp=g
usage "readonly= cannot be changed, only size=, modes=, and some options of backends" \
	device set d0 readonly=yes
usage "readonly= cannot be changed, only group=, profile=" lun set loop:d 0 readonly=yes
usage "unknown key 'colour=': group=, profile=" lun set loop:d 0 colour=red
usage "name=NAME, to=FABRIC/WWN/TPG or lun=0..16383 expected, not 'lun=x'" lio attach d lun=x
usage "name=NAME, to=FABRIC/WWN/TPG or lun=0..16383 expected, not 'x'" lio attach d x
usage "FABRIC:NAME expected, such as loop:disk, not 'disk'" target create disk
usage "FABRIC:NAME expected, such as loop:disk, not 'loop:'" lun create loop: 0
usage "a LUN expected, such as 0, not 'x'" lun create loop:d x
usage "a LUN expected, such as 0, not '-1'" lun show loop:d -- -1
usage "initiator=ID expected, not 'iqn'" group add loop:d g iqn
usage "group=G expected, not 'device=d'" lun delete loop:d 0 device=d

long=$(head -c 70000 /dev/zero | tr '\0' x)
usage "path=x+: too long" device create d0 "path=$long"
usage "the name of the device is too long" device show "$long"

# --- files to restore -------------------------------------------------------
file()
{
	cat > "$dir/f.json"
}

file <<< '{"tgtcore": 1, "devices": [{"name": "d", "backend": "ram", "size": 512}]}'
if [ ! -d /sys/module/tgtcore ]; then
	says 0 stdout '^devices 1, targets 0, groups 0, LUNs 0 would be made; there already: 0$' \
		"a dry run needs no module" restore --dry-run "$dir/f.json"
	says 1 stderr '^tgtctl: the tgtcore module is not loaded: modprobe tgtcore$' \
		"anything else does, and says so" device show
	says 1 stderr '^tgtctl: the tgtcore module is not loaded: modprobe tgtcore$' \
		"save, before it touches the file" save "$dir/f.json"
	run_ok "which is as it was" grep -q '"size": 512' "$dir/f.json"
	run_ok "nothing has to be cleared" "$TGTCTL" clear
	# as where it is not installed, or nobody may load it
	"$TGTCTL" device delete d > /dev/null 2> "$dir/stderr"
	is "$(grep -c '^tgtctl: the tgtcore module' "$dir/stderr")" 1 "a change, once"
else
	for what in "a dry run" "no module" "save" "file unchanged" "clear" "a change"; do
		skip_one "$what" "tgtcore is loaded"
	done
fi
says 1 stderr "f.json: No such file" "no file" restore "$dir/no/f.json"
file <<< '{"tgtcore": 1,'
says 1 stderr "f.json:2:0: " "no JSON: line and column" restore "$dir/f.json"
file <<< '{"tgtcore": 1, "devices": [], "devices": []}'
says 1 stderr "f.json:1:39: duplicate object key" "a key twice" restore "$dir/f.json"
file <<< '{"tgtcore": 1, "devices": [{"name": "d", "backend": "ram", "colour": 512}]}'
says 1 stderr 'f.json: devices\[0\].colour: unknown key' "an unknown key" restore "$dir/f.json"
says 1 stderr 'nothing was changed' "nothing was changed" restore "$dir/f.json"
file <<< "{\"tgtcore\": 1, \"devices\": [{\"name\": \"d\", \"backend\": \"ram\",
	\"options\": {\"x\": \"${long:0:4096}\"}}]}"
says 1 stderr 'devices\[0\].options.x: at most 4095 bytes expected' "a long option" \
	restore --dry-run "$dir/f.json"
file <<< '{"tgtcore": 1, "devices": [{"name": "d", "backend": "file",
	"options": {"path": "/nowhere/x"}}]}'
says 1 stderr 'devices\[0\].options.path: /nowhere/x: No such file' "a path to nothing" \
	restore --dry-run "$dir/f.json"
file <<< '{"tgtcore": 1, "devices": [{"name": "d", "backend": "blk",
	"options": {"path": "/etc/passwd"}}]}'
says 1 stderr 'devices\[0\].options.path: /etc/passwd is not a block device' "no block device" \
	restore --dry-run "$dir/f.json"
file <<< '{"tgtcore": 1, "devices": [{"name": "d", "backend": "file",
	"options": {"path": "x"}}]}'
says 1 stderr 'devices\[0\].options.path: x is not an absolute path' "a relative path" \
	restore --dry-run "$dir/f.json"

if [ -c /dev/full ]; then
	rc=0
	"$TGTCTL" --help > /dev/full 2> "$dir/stderr" || rc=$?
	is "$rc" 1 "output that cannot be written is an error"
else
	skip_one "output that cannot be written" "no /dev/full"
fi

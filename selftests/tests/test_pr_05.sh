#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: persistent reservations as tgtctl shows, exports and imports them: what sg_persist(8)
# made is shown, moved to another device as it is, and refused where it cannot be; everybody who listens
# hears of each change, and who loses by an import is told. Save and restore bring back what is kept through
# loss of power, and nothing else. This test will fence one of two hosts of the loop fabric.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/loop.sh"
plan 38
need_program sg_persist jq

dir=$(mktemp -d)
defer rm -rf "$dir"
pr_file=$dir/pr
device d backend=ram size=64M serial=PR5 pr-file="$pr_file"
loop_target a
lun a 0 d
one=$SG disk=$NODE
loop_target b
lun b 0 d
two=$SG

pr() # DEVICE OPTION...
{
	sg_persist -n "${@:2}" "$1" > /dev/null 2>&1
}

of() # JQ-FILTER [DEVICE]
{
	tgtctl pr show "${2:-d}" --json | jq -c ".[0] | $1"
}

tgtctl monitor --json > "$dir/events" &
monitor=$!
defer kill $monitor
wait_for 10 grep -q '"start"' "$dir/events"
pr "$two" --in -k			# takes a unit attention
is "$(of .count)" 0 "nobody is registered"
run_ok "one registers" pr "$one" --out -G -S 0x111 -Z
run_ok "two registers" pr "$two" --out -G -S 0x222 -Z
run_ok "two reserves" pr "$two" --out -R -K 0x222 -T 5
is "$(of '[.count, .type, .aptpl, .lost, .prgeneration]')" '[2,5,true,false,2]' "show tells it"
is "$(of '.registrants | map([.key, .holder])')" \
	'[["0000000000000111",false],["0000000000000222",true]]' "and who it is"
is "$(of '.registrants | map(.rtpi) | unique | length')" 2 "at two ports"
like "$(tgtctl pr show)" 'd +2 +2 +yes +no +Write Exclusive - Registrants Only' "a table of all"
like "$(tgtctl pr show d)" '0000000000000222 +yes' "a table of one"
wait_for 10 grep -q '"type":5' "$dir/events"
is "$(grep -c '"pr-ntf"' "$dir/events")" 3 "an event for each change"
like "$(grep pr-ntf "$dir/events" | tail -n 1)" '"type":5.*"count":2' "which tells what there is"
is "$(grep pr-ntf "$dir/events" | tail -n 1 | jq -c .registrants)" "$(of .registrants)" \
	"and who, to the byte: it can be made elsewhere"

run_ok "export" tgtctl pr export d "$dir/d.json"
is "$(jq -c '[."tgtctl-pr", .type, .aptpl, (.registrants | length)]' "$dir/d.json")" \
	'[1,5,true,2]' "its format"

# another device gets the same
device e backend=ram size=64M
run_err "no pr-file" "aptpl needs one" tgtctl pr import e "$dir/d.json"
jq '.aptpl = false' "$dir/d.json" > "$dir/e.json"
run_ok "import" tgtctl pr import e "$dir/e.json"
tgtctl pr export e | jq 'del(.device, .prgeneration)' > "$dir/e1"
jq 'del(.device, .prgeneration)' "$dir/e.json" | cmp -s - "$dir/e1"
ok_if $? "what was imported is what is exported"
run_ok "from the standard input" eval "tgtctl pr export e | tgtctl pr import e"

refused() # TEXT DESCRIPTION JQ-FILTER
{
	jq "$3" "$dir/e.json" > "$dir/bad.json"
	run_err "$1" "$2" tgtctl pr import e "$dir/bad.json"
}
refused "no type 2" "a type there is not" '.type = 2'
refused "has no holder" "nobody holds it" '.registrants[].holder = false'
refused "2 registrants hold" "two hold it" '.registrants[].holder = true'
refused "registered twice" "one nexus twice" '.registrants[0] = .registrants[1] | .registrants[0].holder = false'
refused "has no key" "key 0" '.registrants[0].key = "0000000000000000"'
refused "registrants[1]: rtpi" "port 0" '.registrants[1].rtpi = 0'
refused "transport-id is none" "a TransportID that is none" '.registrants[0]."transport-id" = "0600"'
refused "unknown key colour" "a key there is not" '.colour = "red"'
tgtctl pr export e | jq 'del(.device, .prgeneration)' | cmp -s - "$dir/e1"
ok_if $? "what was refused has changed nothing"

# many: more than fit one message
jq '.registrants = ([range(600)] | map({key: "00000000000000aa",
	"transport-id": "06000000\(10000000 + . | tostring)" , rtpi: 1, holder: (. == 7)})
	| map(."transport-id" += "0" * (48 - (."transport-id" | length))))' "$dir/e.json" \
	> "$dir/many.json"
run_ok "import of 600" tgtctl pr import e "$dir/many.json"
wait_for 10 grep -q '"count":600' "$dir/events"
is "$(grep '"count":600' "$dir/events" | jq -c '.registrants')" null "an event does not hold so many"
is "$(of '[.count, (.registrants | length), (.registrants[7].holder), (.registrants | unique | length)]' e)" \
	'[600,600,true,600]' "all are shown"

# one is registered no more, and told
jq '.registrants |= map(select(.holder))' "$dir/d.json" > "$dir/two.json"
run_ok "import where one is missing" tgtctl pr import d "$dir/two.json"
like "$(sg_turs -v "$one" 2>&1)" '[Rr]egistrations preempted' "it is told"
run_err "error" "and cannot write" dd if=/dev/zero of="$disk" bs=4k count=1 oflag=direct

# a restore is a loss of power
run_ok "save" tgtctl save "$dir/saved"
is "$(jq -c '.devices | map(select(.name == "d"))[0]."pr-file"' "$dir/saved")" "\"$pr_file\"" \
	"has the pr-file"
tgtctl clear
tgtctl restore "$dir/saved" > /dev/null
is "$(of '[.count, .type, .prgeneration]')" '[1,5,0]' "what is kept is back"
is "$(of .count e)" 0 "the rest is not"
tgtctl clear
mv "$pr_file" "$pr_file.away"
run_err "an empty file begins anew" "without the file no restore" tgtctl restore "$dir/saved"
mv "$pr_file.away" "$pr_file"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: tgtctl on a live engine: show, save, restore, clear, monitor, stat and
# --if-generation; this test will compare what it prints and saves with what was made, and
# what is there after errors with what was there before.
# timeout: 240
. "$(dirname "$0")/../lib/tap.sh"
plan 97
need_program python3
# shellcheck disable=SC2119
load_modules

tmp=$(mktemp -d /tmp/tool.XXXXXX) || bail "no directory"
defer rm -rf "$tmp"
cd "$tmp" || bail "$tmp"
tgtctl clear || bail "cannot begin with nothing"
defer tgtctl clear

# Evaluate Python expressions on the JSON in FILE, which is "j" to them; a result a line.
json() # FILE EXPRESSION...
{
	python3 - "$@" <<-'END'
	import json, sys
	j = json.load(open(sys.argv[1]))
	for e in sys.argv[2:]:
	    print(eval(e))
	END
}

lines()
{
	printf '%s\n' "$@"
}

generation()
{
	tgtctl info | sed -n 's/^generation *//p'
}

# Exit code of a command; its words are in $TAP_OUT.
code() # COMMAND...
{
	local rc=0

	"$@" > "$TAP_OUT" 2>&1 || rc=$?
	echo $rc
}

fails_with() # CODE TEXT DESCRIPTION COMMAND...
{
	local want=$1 text=$2 desc=$3 got

	shift 3
	got=$(code "$@")
	if [ "$got" = "$want" ] && grep -qF -- "$text" "$TAP_OUT"; then
		ok "$desc"
	else
		not_ok "$desc" "\"$*\" ended with $got, wanted $want and \"$text\":" || :
		diag < "$TAP_OUT"
	fi
}

# --- making things, and what is said of it -----------------------------------------
truncate -s 3M /scratch/tool.img
defer rm -f /scratch/tool.img
run_ok "a ram device" tgtctl device create d2 backend=ram size=16M
is "$(< "$TAP_OUT")" "" "success says nothing"
run_ok "a null device" tgtctl device create d10 backend=null size=1T zero=yes queue-limit=64
run_ok "a file device" tgtctl device create f backend=file path=/scratch/tool.img \
	serial=TOOL01 block-size=4096 readonly=yes
run_ok "a file device smaller than its file" tgtctl device create part backend=file \
	path=/scratch/part.img size=4M
truncate -s 8M /scratch/part.img
defer rm -f /scratch/part.img
like "$(tgtctl target create loop:disk)" '^target loop:disk: SCSI host [0-9]+$' \
	"target create tells the host"
run_ok "a target elsewhere" tgtctl target create probe:p rtpi=77
is "$(< "$TAP_OUT")" "" "which has none to tell"
disk=$(tgtctl lun create loop:disk 0 device=d2)
like "$disk" '^lun loop:disk 0: /dev/sd[a-z]+$' "lun create waits for the disk and tells it"
disk=${disk##* }
[ -b "$disk" ]
ok_if $? "which is there"
run_ok "a LUN that can only be read" tgtctl lun create loop:disk 1 device=d10 readonly=yes
run_ok "a high LUN" tgtctl lun create loop:disk 10 device=f
run_ok "a group" tgtctl group create loop:disk g
run_ok "its first initiator" tgtctl group add loop:disk g initiator=iqn.2024-01.org:b
run_ok "its second" tgtctl group add loop:disk g initiator=iqn.2024-01.org:a
run_ok "a LUN in it" tgtctl lun create loop:disk 0 device=d10 group=g
is "$(< "$TAP_OUT")" "" "which no initiator looks at: nothing to wait for"
run_ok "an empty group" tgtctl group create probe:p empty
run_ok "a LUN of no local target" tgtctl lun create probe:p 3 device=part

is "$(tgtctl device show | awk '{ print $1 }' | xargs)" "NAME d2 d10 f part" \
	"devices in an order that counts"
is "$(tgtctl lun show loop:disk | awk 'NR > 1 { print $2, $3, $4 }' | xargs)" \
	"- 0 d2 - 1 d10 - 10 f g 0 d10" "LUNs by group and number"
like "$(tgtctl device show d10)" '^size +1T \(1099511627776 bytes\)$' "one device in full"
like "$(tgtctl device show)" '^d10 +null +1T +512 +no .* zero=yes' "and in the table"
like "$(tgtctl group show loop:disk g)" \
	'^initiators +iqn\.2024-01\.org:a, iqn\.2024-01\.org:b$' "initiators of a group"

tgtctl device show --json > dev.json
tgtctl device show f --json > f.json
tgtctl target show --json > target.json
tgtctl lun show --json > lun.json
tgtctl group show --json > group.json
tgtctl session show --json > session.json
tgtctl info --json > info.json
is "$(json dev.json 'len(j)' 'j[1]["size"]' 'j[1]["options"]' 'j[2]["readonly"]' \
	'j[0]["readonly"]' 'j[0]["options"]' 'j[1]["queue-limit"]' 'j[3]["size"]')" \
	"$(lines 4 1099511627776 "{'zero': 'yes'}" True False '{}' 64 4194304)" \
	"devices as JSON: numbers, booleans, options"
is "$(json f.json 'len(j)' 'j[0]["serial"]' 'j[0]["block-size"]' 'j[0]["state"]' \
	'int(j[0]["naa"], 16) >> 60')" "$(lines 1 TOOL01 4096 active 3)" "one device as JSON"
is "$(json lun.json 'len(j)' 'j[0]["node"]' 'j[3]["group"]' '"node" in j[3]' \
	'j[1]["readonly"]' 'j[4]["fabric"], j[4]["target"], j[4]["number"]')" \
	"$(lines 5 "$disk" g False True "('probe', 'p', 3)")" "LUNs as JSON, with their nodes"
is "$(json target.json 'len(j)' 'type(j[0]["host"]).__name__' '"host" in j[1]' 'j[1]["rtpi"]')" \
	"$(lines 2 int False 77)" "targets as JSON"
is "$(json group.json '[g["name"] for g in j]' 'j[0]["initiators"]')" \
	"$(lines "['g', 'empty']" "['iqn.2024-01.org:a', 'iqn.2024-01.org:b']")" "groups as JSON"
is "$(json session.json 'len(j)' 'j[0]["luns"]' 'len(j[0]["transport-id"]) % 8')" \
	"$(lines 1 3 0)" "sessions as JSON"
is "$(json info.json '"null" in j["backends"]' '"loop" in j["fabrics"]' \
	'"engine" in j["handlers"]' 'j["generation"]')" "$(lines True True True "$(generation)")" \
	"info as JSON"

# --- save, clear, restore ------------------------------------------------------------
run_ok "save" tgtctl save a.json
is "$(stat -c %a a.json)" 600 "for its owner only"
is "$(compgen -G 'a.json.*')" "" "nothing else is left beside it"
is "$(json a.json 'j["tgtcore"]' '[d["name"] for d in j["devices"]]' \
	'"size" in j["devices"][2]' 'j["devices"][3]["size"]' 'sorted(j["targets"][0])')" \
	"$(lines 1 "['d2', 'd10', 'f', 'part']" False 4194304 \
	   "['fabric', 'groups', 'handler', 'luns', 'name', 'options', 'rtpi']")" \
	"what create takes is in it; the size of a whole file is the file's own"
run_ok "save again" tgtctl save b.json
run_ok "gives the same" cmp a.json b.json
is "$(tgtctl save - | md5sum)" "$(md5sum < a.json)" "so does the standard output"
ln -s b.json link
echo old > b.json
run_ok "save through a link" tgtctl save link
[ -L link ] && cmp -s a.json b.json
ok_if $? "writes what it leads to"
fails_with 1 "tgtctl: save: /no/such/file: No such file or directory" "save to nowhere" \
	tgtctl save /no/such/file

before=$(generation)
run_ok "restore what is there already" tgtctl restore a.json
is "$(generation)" "$before" "changes nothing"
is "$(tgtctl restore --dry-run a.json)" \
	"devices 0, targets 0, groups 0, LUNs 0 would be made; there already: 13" "nor would a dry run"
sed 's/"queue-limit": 64/"queue-limit": 65/' a.json > other.json
fails_with 1 'device d10: is there with queue-limit 64, the file has 65' \
	"another setting is refused" tgtctl restore other.json
sed 's/"iqn.2024-01.org:b"/"iqn.2024-01.org:c"/' a.json > other.json
fails_with 1 'group loop:disk g: is there with initiators' \
	"so are other initiators" tgtctl restore other.json
is "$(generation)" "$before" "and nothing was changed"

run_ok "clear" tgtctl clear
is "$(tgtctl device show --json)$(tgtctl target show --json)" "[][]" "leaves nothing"
[ ! -b "$disk" ]
ok_if $? "and the disk is gone by then"
run_ok "clear nothing" tgtctl clear
before=$(generation)
is "$(tgtctl restore --dry-run a.json)" \
	"devices 4, targets 2, groups 2, LUNs 5 would be made; there already: 0" "a dry run counts"
is "$(generation)$(tgtctl device show --json)" "${before}[]" "and makes nothing"
fails_with 1 "has generation $before, not 1; look again" "restore only if nothing has changed" \
	tgtctl restore a.json --if-generation 1
is "$(tgtctl device show --json)" "[]" "makes nothing"
run_ok "restore" tgtctl restore a.json --if-generation "$(generation)"
is "$(tgtctl lun show --json | grep -c '"node": "/dev/sd')" 3 "waits for the disks"
run_ok "save what was restored" tgtctl save c.json
run_ok "it is the same file" cmp a.json c.json

# --- failing midway ------------------------------------------------------------------
python3 - <<'END'
import json
j = json.load(open("a.json"))
more = [{"name": "x%d" % i, "backend": "ram", "size": 1 << 20} for i in range(150)]
j["devices"] += more
j["targets"][0]["luns"] += [{"number": 100 + i, "device": d["name"]} for i, d in enumerate(more)]
j["targets"].append({"fabric": "loop", "name": "new", "luns": [{"number": 0, "device": "x0"}],
                     "groups": [{"name": "h", "initiators": ["i"],
                                 "luns": [{"number": 9, "device": "x1"}]}]})
j["targets"][0]["groups"].append({"name": "late", "luns": [{"number": 0, "device": "x2"}]})
more[140]["options"] = {"nonsense": "1"}
json.dump(j, open("bad.json", "w"))
more[140]["options"] = {}
more[3]["name"] = more[2]["name"]
json.dump(j, open("worse.json", "w"))
END
before=$(generation)
fails_with 1 "devices[7]: same name as devices[6]" "an error in a long file" \
	tgtctl restore worse.json
is "$(generation)" "$before" "is found before anything is changed"
fails_with 1 "tgtctl: device x140: ram has no option 'nonsense'" \
	"what only the kernel can refuse" tgtctl restore bad.json
like "$(< "$TAP_OUT")" 'nothing is left of it, [0-9]+ objects made before deleted again' \
	"undoes all that was made"
is_not "$(generation)" "$before" "it had been made"
tgtctl save after.json
run_ok "and what had been there is as it was" cmp a.json after.json
[ -b "$(tgtctl lun show loop:disk 0 --json | sed -n 's/.*"node": "\(.*\)",/\1/p')" ]
ok_if $? "with its disk"

# --- events --------------------------------------------------------------------------
tgtctl monitor > mon.txt &
text=$!
tgtctl monitor --json > mon.json &
json=$!
wait_for 10 test -s mon.txt || bail "no monitor"
wait_for 10 test -s mon.json || bail "no monitor --json"
tgtctl device create ev backend=ram size=1M
tgtctl lun create loop:disk 50 device=ev > ev.txt
tgtctl group create loop:disk ev
tgtctl group add loop:disk ev initiator=some
tgtctl group delete loop:disk ev --force
tgtctl device set ev size=2M
tgtctl device delete ev --force
wait_for 10 grep -q 'device ev gone' mon.txt
wait_for 10 grep -q 'device-gone-ntf' mon.json
kill -INT $text
kill -TERM $json
wait $text
is $? 0 "monitor ends well at SIGINT"
wait $json
is $? 0 "and at SIGTERM"
like "$(head -n 1 mon.txt)" '^[0-9:.]+ monitor listens generation=[0-9]+$' "its first line"
node=$(sed 's/.*: //' ev.txt)
for event in "device ev active backend=ram size=1M" "lun loop:disk 50 ready device=ev node=$node" \
	"group loop:disk ev changed initiator=some" "group loop:disk ev gone" \
	"device ev active backend=ram size=2M" "lun loop:disk 50 gone" "device ev gone"; do
	run_ok "event: $event" grep -q "^[0-9:.]* $event" mon.txt
done
python3 - > events <<'END'
import json
seen = [json.loads(l) for l in open("mon.json")]
print(seen[0]["event"], all("time" in e and "generation" in e for e in seen))
wanted = ["device-ntf", "lun-ntf", "lun-ready-ntf", "group-ntf", "group-gone-ntf", "lun-gone-ntf",
          "device-gone-ntf"]
print([w for w in wanted if w not in [e["event"] for e in seen]])
print([e["node"] for e in seen if e["event"] == "lun-ready-ntf"])
END
is "$(< events)" "$(lines "start True" "[]" "['$node']")" "the same as JSON lines"

# --- statistics ----------------------------------------------------------------------
disk=$(find_disk loop:disk 0) || bail "no disk"
tgtctl stat loop:disk --json > s1.json
tgtctl stat loop:disk --sessions --json > n1.json
dd if=/dev/zero of="$disk" bs=64k count=100 oflag=direct status=none
dd if="$disk" of=/dev/null bs=4k count=200 iflag=direct status=none
tgtctl stat loop:disk --json > s2.json
tgtctl stat loop:disk --sessions --json > n2.json
python3 - > stat <<'END'
import json
s1, s2, n1, n2 = [json.load(open(f + ".json")) for f in ("s1", "s2", "n1", "n2")]
d = lambda a, b, k: b[0][k] - a[0][k]
print(d(s1, s2, "reads"), d(s1, s2, "read-bytes"), d(s1, s2, "writes"), d(s1, s2, "write-bytes"))
print(d(n1, n2, "reads"), d(n1, n2, "write-bytes"))
s = s2[0]
print(sum(s["latency"]) == s["reads"] + s["writes"] + s["others"], len(s["latency"]))
print(0 < s["latency-p50-ns"] <= s["latency-p99-ns"] <= s["latency-p999-ns"])
print(d(s1, s2, "busy-ns") > 0, d(s1, s2, "time-ns") > 0)
END
is "$(< stat)" "$(lines "200 819200 100 6553600" "200 6553600" "True 64" True "True True")" \
	"counters count; a nexus and its LUN alike; a histogram sums to the commands"
tgtctl stat loop:disk --interval 0.5 --count 8 --json > rates.json &
rates=$!
for _ in 1 2 3; do
	sleep 0.3
	dd if="$disk" of=/dev/null bs=4k count=100 iflag=direct status=none
done
wait $rates
is $? 0 "rates for a number of intervals"
python3 - > rates <<'END'
import json
rows = [json.loads(l)[0] for l in open("rates.json")]
print(len(rows))
print(round(sum(r["reads-per-s"] * r["interval-s"] for r in rows)),
      round(sum(r["read-mb-per-s"] * r["interval-s"] for r in rows), 3))
busy = [r for r in rows if r["reads-per-s"]]
print(all(0 < r["queue-depth"] <= 1.01 and r["latency-p50-ns"] > 0 for r in busy), len(busy) > 0)
END
is "$(< rates)" "$(lines 8 "300 1.229" "True True")" "they add up to what was read"
like "$(tgtctl stat loop:disk | head -n 1)" '^TARGET .*READS .*P99.9$' "totals as a table"
like "$(tgtctl stat --interval 0.1 --count 1 --sessions)" 'READ/S .*DEPTH .*INITIATOR' \
	"rates as a table"

# --- errors --------------------------------------------------------------------------
fails_with 1 "tgtctl: device nope: no device nope" "a device that is not there" \
	tgtctl device show nope
fails_with 1 "no target loop:nope" "LUNs of a target that is not there" tgtctl lun show loop:nope
fails_with 1 "tgtctl: lun loop:disk 77: there is none" "a LUN that is not there" \
	tgtctl lun show loop:disk 77
fails_with 1 "device d2 is mapped" "a device that is in use" tgtctl device delete d2
fails_with 1 "no backend 'tape'" "a backend that is not there" \
	tgtctl device create t backend=tape
fails_with 1 "LUN 16384 is out of range: 0 to 16383" "a LUN too high" \
	tgtctl lun create loop:disk 16384 device=d2
fails_with 1 "not $(($(generation) + 5))" "a generation that has passed" \
	tgtctl device create t backend=null size=1M --if-generation $(($(generation) + 5))
fails_with 2 "size=0: a size cannot be 0" "misuse" tgtctl device create t backend=null size=0

# --- a module that is slow to load ---------------------------------------------------
tgtctl clear
run_ok "its module goes" modprobe -r tgtcore_null tgtcore_ram
printf '#!/bin/sh\nsleep 7\nexec /sbin/modprobe "$@"\n' > slow
chmod +x slow
defer sysctl -q "kernel.modprobe=$(sysctl -n kernel.modprobe)"
sysctl -q "kernel.modprobe=$tmp/slow"
fails_with 1 "module tgtcore-backend-ram is still being loaded; try again" \
	"is not waited for without end" tgtctl device create slow backend=ram size=1M --no-wait
run_ok "tgtctl tries again" tgtctl device create slow backend=null size=1M
like "$(< "$TAP_OUT")" "device slow: waiting for its module to be loaded" "and says so"
tgtctl save slow.json
tgtctl clear
run_ok "its module goes" modprobe -r tgtcore_null tgtcore_ram
run_ok "restore waits for it too" tgtctl restore slow.json
tgtctl device show slow --json > show.json
is "$(json show.json 'j[0]["backend"]')" null "and has made it"

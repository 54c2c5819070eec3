#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: the manual page and the completion follow the table of commands, and what else is
# shown to be typed is right; this test will look for each usage line, each option and each word of
# tgtctl --help in both, for each option of the engine's in the completion, and compile the example
# of libtgtcore(3).
. "$(dirname "$0")/../../selftests/lib/tap.sh"

here=$(dirname "$(readlink -f "$0")")
TGTCTL=${TGTCTL:-tgtctl}
page=$here/../tgtctl/tgtctl.8
completion=$here/../completion/tgtctl
dir=$(mktemp -d) || exit 1
defer rm -rf "$dir"

# The page's words, without what makes them bold, one paragraph a line.
text=$(sed -E 's/\\f[BIRP]//g; s/\\-/-/g; s/\\&//g; s/^\.(B|I|SH|SS|BR|RB|IR|RI|BI|IB|TP|EX) ?//' "$page")

# Usage lines, wrapped ones in one piece.
usage=$("$TGTCTL" --help | sed -n '/^  tgtctl /,/^$/p' |
	sed -e ':a' -e '/^$/d' -e 'N' -e 's/\n          */ /' -e 'ta' -e 'P' -e 'D' |
	sed -n 's/^  tgtctl/tgtctl/p')

n=0
while IFS= read -r line; do
	n=$((n + 1))
	if grep -qxF -- "$line" <<< "$text"; then
		ok "manual page: $line"
	else
		not_ok "manual page: $line"
	fi
done <<< "$usage"
[ $n -ge 20 ] || bail "only $n commands in --help"

# And the other way round: nothing there that the tool does not have.
while IFS= read -r line; do
	if grep -qxF -- "$line" <<< "$usage"; then
		ok "tool: $line"
	else
		not_ok "tool: $line" "only in the manual page"
	fi
done < <(sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' <<< "$text" | grep '^tgtctl [a-z]')

for option in $(grep -oE -- '--[a-z-]+' <<< "$usage" | sort -u) --help --version; do
	run_ok "manual page: $option" grep -qE -- "^$option" <<< "$text"
	run_ok "completion: $option" grep -q -- "$option" "$completion"
done

# What the completion offers, asked as bash would.
# shellcheck disable=SC1090
. "$completion"
offers() # WORDS... -> COMPREPLY
{
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMP_LINE="$*"
	COMP_POINT=${#COMP_LINE}
	COMPREPLY=()
	_tgtctl
}
while read -r _ object verb _; do
	offers tgtctl ""
	run_ok "completion: $object" grep -qw -- "$object" <<< "${COMPREPLY[*]}"
	[[ $verb =~ ^[a-z] ]] || continue
	offers tgtctl "$object" ""
	run_ok "completion: $object $verb" grep -qw -- "$verb" <<< "${COMPREPLY[*]}"
done <<< "$usage"
while IFS= read -r line; do
	read -r _ object verb _ <<< "$line"
	[[ $verb =~ ^[a-z] ]] || verb=
	offers tgtctl "$object" ${verb:+"$verb"} --
	is "$(printf '%s\n' "${COMPREPLY[@]}" | sort | xargs)" \
		"$({ grep -oE -- '--[a-z-]+' <<< "$line"; echo --help; } | sort | xargs)" \
		"completion: options of $object${verb:+ $verb}"
done <<< "$usage"

# What "device create backend=B" and "target create" take beyond that: the tables of the kernel.
core=$here/../../core
options() # FILE TABLE
{
	sed -n "/ $2\[\] = {/,/^};/s/.*\.name = \"\([^\"]*\)\".*/\1=/p" "$1"
}
offered() # DESCRIPTION WANTED WORDS...
{
	local desc=$1 wanted=$2

	shift 2
	offers "$@"
	is "$(comm -23 <(sort -u <<< "$wanted") <(printf '%s\n' "${COMPREPLY[@]}" | sort -u) | xargs)" \
		"" "completion: $desc"
}
for table in file:file_options blk:blk_options ram:ram_options null:null_options \
	user:user_options user:user_raw_options fault:fault_options; do
	wanted=$(options "$core/backend/${table%:*}.c" "${table#*:}")
	[ -n "$wanted" ] || bail "no options in $table"
	offered "device create, ${table#*:}" "$wanted" tgtctl device create d ""
done
offered "device create, stgt" "$(options "$core/../compat/backend.c" be_options)" \
	tgtctl device create d ""
offered "target create, loop" "$(options "$core/fabric/loop.c" loop_options)" \
	tgtctl target create loop:t ""
offered "device set" "size=
modes=
$(options "$core/backend/user.c" user_set_options)" tgtctl device set d ""
backends=$(sed -n '/^\.B device create/,/^\.B device set/s/^\.B \([a-z\\-]*\)$/\1/p' "$page" |
	sed 's,[\],,g')
[ "$(wc -w <<< "$backends")" -ge 8 ] || bail "only these backends in the manual page: $backends"
offered "backends" "$backends" tgtctl device create d backend=
offers tgtctl device create d ""
for word in "${COMPREPLY[@]}"; do
	run_ok "manual page: $word" grep -qE -- "(^|[^a-z-])$word" <<< "$text"
done
for backend in $backends; do
	run_ok "device create --help: $backend" \
		grep -q "^  $backend " <("$TGTCTL" device create --help)
done

# The example of the library.
sed -n '/^\.SH EXAMPLE/,/^\.EE/p' "$here/../libtgtcore/libtgtcore.3" |
	sed '1,/^\.EX/d; /^\.EE/d; s/\\-/-/g' > "$dir/example.c"
run_ok "libtgtcore(3): the example compiles" "${CC:-cc}" -Wall -Werror -fsyntax-only \
	-I "$here/../libtgtcore" -I "$here/../../uapi" "$dir/example.c"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# DESCRIPTION: what make install does besides copying; this test will look at the commands that
# make would run, with DESTDIR and without.
. "$(dirname "$0")/../../selftests/lib/tap.sh"

tools=$(readlink -f "$(dirname "$0")/..")

would() # TARGET [VARIABLE=VALUE...] -> the commands
{
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u DESTDIR make -n -C "$tools" "$@" 2>&1
}

for target in install uninstall; do
	run_ok "$target: programs find the library, or find it no more" \
		grep -qw ldconfig <(would "$target")
	is "$(would "$target" DESTDIR=/nowhere | grep -cw ldconfig)" 0 \
		"$target: a DESTDIR is not for the loader of this machine"
done

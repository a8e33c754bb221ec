#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is generated from the table of settings is what is committed, and no
# module but the runs knows the settings as a whole.
set -eu
settings=$top_builddir/src/settings/exflow-settings
run=${EXFLOW_EMULATED-} # what programs of another architecture need
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

strangers=$(cd "$top_srcdir" && grep -rl 'exflow/\(settings\|config\)/' src include/exflow |
    grep -v -e '^src/settings/' -e '^include/exflow/settings/' \
        -e '^src/config/' -e '^include/exflow/config/' \
        -e '^src/run/' -e '^include/exflow/run/' \
        -e '^src/exflow\.c$' -e '/local\.mk$' || true)
if [ -n "$strangers" ]; then
	echo "the header of settings is not for: $strangers" >&2
	exit 1
fi

compare() {
	diff -u "$1" "$work/made" && return
	echo "$1 is not up to date: run \"make settings\"" >&2
	exit 1
}

$run "$settings" conf >"$work/made"
if ! grep -q 'gzip or zstd' "$work/made"; then
	echo "a build without zstd has another table: skipped"
	exit 77
fi
compare "$top_srcdir/conf/exflow.conf"
$run "$settings" man "$top_srcdir/man/exflow.conf.5" >"$work/made"
compare "$top_srcdir/man/exflow.conf.5"

# A page without the marks is refused, not passed through.
if $run "$settings" man /dev/null >/dev/null 2>&1; then
	echo "a page without marks was accepted" >&2
	exit 1
fi

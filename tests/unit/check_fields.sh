#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is generated from the table of fields is what is committed.
set -eu
fields=$top_builddir/src/record/exflow-fields
run=${EXFLOW_EMULATED-} # what programs of another architecture need
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compare() {
	diff -u "$1" "$work/made" && return
	echo "$1 is not up to date: run \"make fields\"" >&2
	exit 1
}

$run "$fields" xml >"$work/made"
compare "$top_srcdir/conf/exflow-elements.xml"
$run "$fields" man "$top_srcdir/man/exflow-records.5" >"$work/made"
compare "$top_srcdir/man/exflow-records.5"

# A page without the marks is refused, not passed through.
if $run "$fields" man /dev/null >/dev/null 2>&1; then
	echo "a page without marks was accepted" >&2
	exit 1
fi

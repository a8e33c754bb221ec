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

$run "$fields" files >"$work/files"
[ "$(wc -l <"$work/files")" -ge 6 ] || {
	echo "exflow-fields files: too few formats" >&2
	exit 1
}
while read -r format file; do
	$run "$fields" elements "$format" >"$work/made" </dev/null
	compare "$top_srcdir/conf/$file"
	grep -q "conf/$file" "$top_srcdir/conf/local.mk" || {
		echo "conf/local.mk does not install conf/$file" >&2
		exit 1
	}
done <"$work/files"
$run "$fields" man "$top_srcdir/man/exflow-records.5" >"$work/made"
compare "$top_srcdir/man/exflow-records.5"

# So is a format that there is not.
if $run "$fields" elements nonsense >/dev/null 2>&1; then
	echo "a format that there is not was accepted" >&2
	exit 1
fi

# A page without the marks is refused, not passed through.
if $run "$fields" man /dev/null >/dev/null 2>&1; then
	echo "a page without marks was accepted" >&2
	exit 1
fi

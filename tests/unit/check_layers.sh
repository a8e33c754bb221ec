#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The folders use each other in one direction, and scripts/check-layers says
# so where they do not.
set -eu
check=$top_srcdir/scripts/check-layers
"$check" --top "$top_srcdir"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/doc" "$work/src/base" "$work/src/meter" \
    "$work/include/exflow/meter"
cp "$top_srcdir/doc/folders" "$work/doc/folders"
: >"$work/include/exflow/meter/meter.h"
: >"$work/src/base/own.h"
echo '#include "exflow/meter/meter.h"' >"$work/src/meter/meter.c"
echo '#include "own.h"' >"$work/src/base/log.c"
"$check" --top "$work"

# refused INCLUDE TEXT : base/log.c with this line is refused, with this text.
refused() {
	echo "$1" >"$work/src/base/log.c"
	if "$check" --top "$work" >"$work/said"; then
		echo "accepted in src/base/log.c: $1" >&2
		exit 1
	fi
	grep -q "src/base/log.c: base must not use meter: $2" "$work/said"
	echo >"$work/src/base/log.c"
}
refused '#include "exflow/meter/meter.h"' exflow/meter/meter.h
: >"$work/src/meter/table.h"
refused '#  include "../meter/table.h"' ../meter/table.h

mkdir "$work/src/attic"
: >"$work/src/attic/old.c"
if "$check" --top "$work" >"$work/said"; then
	echo "a folder that doc/folders lacks was accepted" >&2
	exit 1
fi
grep -q 'src/attic/old.c: its folder is not in doc/folders' "$work/said"

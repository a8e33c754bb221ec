#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every test that SECURITY.md names is there: `FILE`: `NAME`, `NAME`; ...
set -eu
page=$top_srcdir/SECURITY.md
named=$(tr '\n' ' ' <"$page" | grep -oE '`tests/[^`]+`: +`[^`]+`(, +`[^`]+`)*')
count=0
failed=0

check() {
	count=$((count + 1))
	grep -qE "(^|[^a-z0-9_])$2\(" "$top_srcdir/$1" 2>/dev/null && return
	echo "SECURITY.md: $1 has no $2" >&2
	failed=1
}

while read -r line; do
	file=$(echo "$line" | cut -d '`' -f 2)
	for name in $(echo "$line" | cut -d : -f 2- | tr -d '`,'); do
		check "$file" "$name"
	done
done <<END
$named
END
echo "$count tests named"
test "$count" -ge 40 || {
	echo "SECURITY.md names fewer tests than it did" >&2
	exit 1
}
exit "$failed"

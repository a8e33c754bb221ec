#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The documents are not out of date: the table of folders, the packages that
# scripts/install-deps installs, the links and the names of files, also those in
# comments of the sources.
set -eu
cd "$top_srcdir"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() {
	echo "$*" >&2
	failed=1
}
pages="README.md CONTRIBUTING.md SECURITY.md $(echo doc/*.md)"

lines=$(wc -l <README.md)
[ "$lines" -le 250 ] || fail "README.md: $lines lines, at most 250"

scripts/folder-table --check || failed=1

# The map of the sources has every folder.
for folder in $(grep -v '^#' doc/folders | cut -f 1); do
	grep -qE "^ \*	$folder	" src/exflow.c ||
	    fail "src/exflow.c: the map lacks $folder"
done

# It says what is wrong: another number of lines, a folder too few.
mkdir -p "$work/doc" "$work/src/base" "$work/include/exflow"
cp doc/folders "$work/doc"
sed '/^| `meter` /d' doc/design.md >"$work/doc/design.md"
scripts/folder-table --top "$work" --check >"$work/said" &&
    fail "a table that is wrong was accepted"
grep -q 'meter is missing' "$work/said" || fail "meter is not missed"
grep -q 'base has 0 lines, not ' "$work/said" || fail "lines are not compared"

# listed NAME : the packages of a table of doc/build.md.
listed() {
	sed -n "/^| \`$1\` |/,/^\$/p" doc/build.md | sed 1,2d | cut -d '|' -f 2 |
	    sed 's/([^)]*)//g' | tr ', ' '\n\n' | grep . | sort
}
# installed NAME : those of the list in scripts/install-deps.
installed() {
	tr '\n' ' ' <scripts/install-deps | grep -oE " $1=\"[^\"]*\"" |
	    sed 's/^[^"]*"//; s/"$//' | tr ' \t' '\n\n' | grep . | sort
}
for list in build test bench cross; do
	listed "$list" >"$work/listed"
	installed "$list" >"$work/installed"
	[ -s "$work/listed" ] || fail "doc/build.md: no packages for $list"
	diff "$work/installed" "$work/listed" ||
	    fail "$list: doc/build.md (>) and scripts/install-deps (<) differ"
done

# Links between the documents, and the names of files that they mention.
count=0
for page in $pages; do
	for link in $(grep -oE '\]\([^)#:]+' "$page" | cut -c 3-); do
		count=$((count + 1))
		[ -e "$(dirname "$page")/$link" ] ||
		    fail "$page: no $link to link to"
	done
	for name in $(grep -oE '`(src|include|tests|scripts|conf|man|doc)/[A-Za-z0-9_./-]+[A-Za-z0-9]`' \
	    "$page" | tr -d '`' | sort -u); do
		count=$((count + 1))
		[ -e "$name" ] || [ -e "$name.c" ] || [ -e "$top_builddir/$name" ] ||
		    fail "$page: there is no $name"
	done
done
[ "$count" -gt 40 ] || fail "only $count links and names were found"

# Files that comments name with their folder.
count=0
for name in $(grep -rhE '/\*|^[[:blank:]]*\*' --include='*.[ch]' src include |
    grep -oE '(^|[[:blank:](])[a-z]+(/[a-z_0-9]+)+\.[ch]\>' | tr -d ' \t(' |
    sort -u); do
	count=$((count + 1))
	[ -e "src/$name" ] || [ -e "include/$name" ] ||
	    [ -e "include/exflow/$name" ] || [ -e "$name" ] ||
	    fail "a comment in src or include names $name, which is not there"
done
[ "$count" -gt 20 ] || fail "comments name only $count files"
exit "$failed"

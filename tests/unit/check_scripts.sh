#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Scripts that no other test runs.
#
# No script lets a program write to the null device by name: a compiler that
# runs as root and fails removes it, and the next one leaves a regular file.
# Scripts write to a temporary folder, or redirect.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
null=/dev/null

# named DIRECTORY : lines of its scripts that name the null device behind -o.
named() (
	cd "$1"
	find . \( -name .git -o -name 'build*' -o -name 'exflow-*' -o \
	    -name corpus -o -name 'lt*.m4' -o -name libtool.m4 -o \
	    -name autom4te.cache -o -name configure \) -prune -o \
	    -type f \( -perm -u+x -o -name '*.sh' -o -name '*.py' -o \
	    -name '*.mk' -o -name '*.ac' -o -name '*.am' -o -name '*.m4' \) \
	    -exec grep -nE -e "-o[\"', ]*$null" {} +
)

if named "$top_srcdir"; then
	echo "the scripts above write to $null by name" >&2
	exit 1
fi

# It is found in a shell script, a Python one, and a makefile.
echo "gcc -c -o $null x.c" >"$work/shell.sh"
echo "run(\"curl\", \"-o\", \"$null\")" >"$work/python.py"
echo "	\$(CC) -o$null x.c" >"$work/rules.mk"
echo "exflow -o json:$null >$null" >"$work/good.sh"
named "$work" >"$work/said" || :
test "$(wc -l <"$work/said")" -eq 3
! grep good "$work/said"

# tests/fuzz/run also runs a target that begins with no seeds (filter, quality):
# libFuzzer ends where a folder is not there.
fuzz=$work/tree/tests/fuzz
mkdir -p "$fuzz/corpus/plain" "$work/fuzz/src" "$work/fuzz/tests/fuzz"
cp "$top_srcdir/tests/fuzz/run" "$fuzz/run"
touch "$fuzz/fuzz_plain.c" "$work/fuzz/src/exflow"
printf '#!/bin/sh\n' | tee "$fuzz/seeds" "$work/tree/configure" \
    >"$work/fuzz/tests/fuzz/fuzz_plain"
cat >>"$work/fuzz/tests/fuzz/fuzz_plain" <<'EOF'
for word; do
	case $word in
	-*) ;;
	*) test -d "$word" || exit 1 ;;
	esac
done
echo 'Done 1 runs in 1 second(s)'
EOF
chmod +x "$fuzz/seeds" "$work/tree/configure" \
    "$work/fuzz/tests/fuzz/fuzz_plain"
printf 'all:\n' >"$work/fuzz/Makefile"
FUZZ_BUILD=$work/fuzz "$fuzz/run" 1 plain >"$work/said"
grep -q '^plain.*clean$' "$work/said"

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Run every fuzz target over its corpus: tests/fuzz/corpus/NAME for fuzz_NAME.
set -eu
ran=0
for corpus in "$top_srcdir"/tests/fuzz/corpus/*; do
	target=$top_builddir/tests/fuzz/fuzz_${corpus##*/}
	echo "${corpus##*/}:"
	"$target" -runs=0 "$corpus"
	ran=$((ran + 1))
done
test "$ran" -gt 0

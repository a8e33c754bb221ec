#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A build that was configured without what its tests need says which package
# is missing, before it compiles anything.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES

# refused PACKAGE VARIABLE GOAL : make names the package, and fails.
refused() {
	if make -n -C "$top_builddir" "$2" "$3" >"$work/said" 2>&1; then
		echo "make $3 $2 was accepted" >&2
		exit 1
	fi
	grep -qF "\"make $3\" needs" "$work/said"
	grep -qF "apt-get install $1;" "$work/said"
}
refused libcmocka-dev have_cmocka=no check
refused libcmocka-dev have_cmocka=no check-unit
refused libcmocka-dev have_cmocka=no tests/unit/base/check_log
refused python3 PYTHON3=no check
refused python3 PYTHON3=no bench

# Whoever only builds needs neither.
make -n -C "$top_builddir" have_cmocka=no PYTHON3=no all >"$work/said" 2>&1 || {
	cat "$work/said" >&2
	exit 1
}

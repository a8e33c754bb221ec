#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The alerts are rules that Prometheus takes, and fire for what they are for.
set -eu
src=$(cd -- "${top_srcdir:-.}" && pwd)

command -v promtool >/dev/null || {
	echo "promtool is missing"
	exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$src/conf/prometheus-exflow.rules" "$src/tests/unit/prometheus-exflow.test" \
    "$work"
promtool check rules "$work/prometheus-exflow.rules"
cd "$work"
promtool test rules prometheus-exflow.test

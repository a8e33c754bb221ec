# SPDX-License-Identifier: BSD-2-Clause

# Encoding: ns a record.
EXTRA_PROGRAMS += tests/bench/encode
tests_bench_encode_SOURCES = tests/bench/encode.c
tests_bench_encode_LDADD = libexflow.la

# SPDX-License-Identifier: BSD-2-Clause
# Each target is built with a main that replays its corpus, or, configured
# with --enable-fuzzers, with libFuzzer's.
if FUZZERS
AM_CFLAGS += -fsanitize=fuzzer-no-link
AM_LDFLAGS += -fsanitize=fuzzer-no-link
fuzz_main =
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
fuzz_main = tests/fuzz/replay.c
fuzz_ldflags = $(AM_LDFLAGS)
endif

TESTS += tests/fuzz/replay_corpora.sh
EXTRA_DIST += tests/fuzz/replay_corpora.sh tests/fuzz/corpus

check_PROGRAMS += tests/fuzz/fuzz_decode
tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c $(fuzz_main)
tests_fuzz_fuzz_decode_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_decode_LDADD = libexflow.la

check_PROGRAMS += tests/fuzz/fuzz_meter
tests_fuzz_fuzz_meter_SOURCES = tests/fuzz/fuzz_meter.c \
	tests/fuzz/meter_model.c tests/fuzz/meter_model.h $(fuzz_main)
tests_fuzz_fuzz_meter_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_meter_LDADD = libexflow.la

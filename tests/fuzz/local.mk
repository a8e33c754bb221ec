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
EXTRA_DIST += tests/fuzz/replay_corpora.sh tests/fuzz/corpus \
	tests/fuzz/minimise tests/fuzz/run tests/fuzz/seeds

# Files for those that open paths.
fuzz_scratch = tests/fuzz/scratch.c tests/fuzz/scratch.h

check_PROGRAMS += tests/fuzz/fuzz_capture
tests_fuzz_fuzz_capture_SOURCES = tests/fuzz/fuzz_capture.c \
	$(fuzz_scratch) $(fuzz_main)
tests_fuzz_fuzz_capture_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_capture_LDADD = libexflow.la

check_PROGRAMS += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c \
	$(fuzz_scratch) $(fuzz_main)
tests_fuzz_fuzz_config_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_config_LDADD = libexflow.la

# The run that is asked is played.
check_PROGRAMS += tests/fuzz/fuzz_control
tests_fuzz_fuzz_control_SOURCES = tests/fuzz/fuzz_control.c \
	$(fuzz_scratch) $(fuzz_main)
tests_fuzz_fuzz_control_LDFLAGS = $(fuzz_ldflags) \
	-Wl,--wrap=live_status -Wl,--wrap=live_flush \
	-Wl,--wrap=exporter_rotate -Wl,--wrap=probe_live \
	-Wl,--wrap=pthread_kill
tests_fuzz_fuzz_control_LDADD = libexflow.la

check_PROGRAMS += tests/fuzz/fuzz_decode
tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c $(fuzz_main)
tests_fuzz_fuzz_decode_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_decode_LDADD = libexflow.la

check_PROGRAMS += tests/fuzz/fuzz_meter
tests_fuzz_fuzz_meter_SOURCES = tests/fuzz/fuzz_meter.c \
	tests/fuzz/meter_model.c tests/fuzz/meter_model.h $(fuzz_main)
tests_fuzz_fuzz_meter_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_meter_LDADD = libexflow.la

check_PROGRAMS += tests/fuzz/fuzz_reader
tests_fuzz_fuzz_reader_SOURCES = tests/fuzz/fuzz_reader.c \
	$(fuzz_scratch) $(fuzz_main)
tests_fuzz_fuzz_reader_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_reader_LDADD = libexflow.la

check_PROGRAMS += tests/fuzz/fuzz_spec
tests_fuzz_fuzz_spec_SOURCES = tests/fuzz/fuzz_spec.c \
	$(fuzz_scratch) $(fuzz_main)
tests_fuzz_fuzz_spec_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_spec_LDADD = libexflow.la

check_PROGRAMS += tests/fuzz/fuzz_spool
tests_fuzz_fuzz_spool_SOURCES = tests/fuzz/fuzz_spool.c \
	$(fuzz_scratch) $(fuzz_main)
tests_fuzz_fuzz_spool_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_spool_LDADD = libexflow.la

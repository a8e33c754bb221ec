# SPDX-License-Identifier: BSD-2-Clause
# Each target is its one file, a main, and what several share.  The main
# replays the corpus, or is libFuzzer's, where configured with --enable-fuzzers.
check_LTLIBRARIES += tests/fuzz/libfuzz.la
tests_fuzz_libfuzz_la_SOURCES = \
	tests/fuzz/meter_model.c tests/fuzz/meter_model.h \
	tests/fuzz/scratch.c tests/fuzz/scratch.h
if FUZZERS
AM_CPPFLAGS += -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
AM_CFLAGS += -fsanitize=fuzzer-no-link
AM_LDFLAGS += -fsanitize=fuzzer-no-link
else
tests_fuzz_libfuzz_la_SOURCES += tests/fuzz/replay.c
endif
fuzz_ldadd = tests/fuzz/libfuzz.la libexflow.la $(FUZZ_ENGINE)

TESTS += tests/fuzz/replay_corpora.sh
EXTRA_DIST += tests/fuzz/replay_corpora.sh tests/fuzz/corpus \
	tests/fuzz/minimise tests/fuzz/run tests/fuzz/seeds

check_PROGRAMS += tests/fuzz/fuzz_capture tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_control tests/fuzz/fuzz_decode \
	tests/fuzz/fuzz_encode tests/fuzz/fuzz_filter \
	tests/fuzz/fuzz_meter tests/fuzz/fuzz_names tests/fuzz/fuzz_quality \
	tests/fuzz/fuzz_reader \
	tests/fuzz/fuzz_spec tests/fuzz/fuzz_spool
tests_fuzz_fuzz_capture_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_config_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_control_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_decode_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_encode_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_filter_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_meter_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_names_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_quality_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_reader_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_spec_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_spool_LDADD = $(fuzz_ldadd)

# The run that is asked is played.
tests_fuzz_fuzz_control_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=report_snapshot -Wl,--wrap=probe_flush \
	-Wl,--wrap=exporter_rotate -Wl,--wrap=probe_visit \
	-Wl,--wrap=pthread_kill

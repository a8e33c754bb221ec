# SPDX-License-Identifier: BSD-2-Clause

# Encoding: ns a record.
EXTRA_PROGRAMS += tests/bench/encode
tests_bench_encode_SOURCES = tests/bench/encode.c
tests_bench_encode_LDADD = libexflow.la
# The traces; tests read small ones.
check_PROGRAMS += tests/bench/generate
tests_bench_generate_SOURCES = \
	tests/bench/generate.c \
	tests/bench/trace.c \
	tests/bench/trace.h

# Only "make bench" builds these.
bench_programs = tests/bench/measure tests/bench/pcaploop
EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs)
tests_bench_measure_SOURCES = tests/bench/measure.c
tests_bench_pcaploop_SOURCES = tests/bench/pcaploop.c
tests_bench_pcaploop_LDADD = $(PCAP_LIBS)
EXTRA_DIST += tests/bench/run

# BENCH holds options for tests/bench/run: make bench BENCH='--scale 0.1'
bench: tests/bench/generate $(bench_programs) src/exflow
	$(PYTHON3) $(srcdir)/tests/bench/run --build $(abs_top_builddir) $(BENCH)
.PHONY: bench

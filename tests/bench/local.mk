# SPDX-License-Identifier: BSD-2-Clause

# The traces; tests read small ones.
check_PROGRAMS += tests/bench/generate
tests_bench_generate_SOURCES = \
	tests/bench/generate.c \
	tests/bench/trace.c \
	tests/bench/trace.h

# Only "make bench" builds these.
bench_programs = tests/bench/measure tests/bench/pcaploop \
	tests/bench/readloop
EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs)
tests_bench_measure_SOURCES = tests/bench/measure.c
tests_bench_pcaploop_SOURCES = tests/bench/pcaploop.c
tests_bench_pcaploop_LDADD = $(PCAP_LIBS)
tests_bench_readloop_SOURCES = tests/bench/readloop.c
tests_bench_readloop_LDADD =
EXTRA_DIST += tests/bench/run tests/bench/growth tests/bench/live \
	tests/bench/query

# BENCH holds options for tests/bench/run: make bench BENCH='--scale 0.1'
bench: tests/bench/generate $(bench_programs) src/exflow
	$(PYTHON3) $(srcdir)/tests/bench/run --build $(abs_top_builddir) $(BENCH)
.PHONY: bench

# The highest rate without a drop, live; as root, on Linux.
EXTRA_PROGRAMS += tests/bench/send
CLEANFILES += tests/bench/send
tests_bench_send_SOURCES = tests/bench/send.c tests/bench/inject.c \
	tests/bench/inject.h
tests_bench_send_LDADD = $(PCAP_LIBS)

# LIVE_BENCH holds options: make bench-live LIVE_BENCH='--traces mix'
bench-live: tests/bench/generate tests/bench/send src/exflow
	$(PYTHON3) $(srcdir)/tests/bench/live --build $(abs_top_builddir) $(LIVE_BENCH)
.PHONY: bench-live

# exflowdump beside nfdump.  QUERY holds options: make bench-query QUERY='--day 50'
EXTRA_PROGRAMS += tests/bench/day
CLEANFILES += tests/bench/day
tests_bench_day_SOURCES = tests/bench/day.c
tests_bench_day_LDADD =
bench-query: tests/bench/generate tests/bench/measure tests/bench/day \
	src/exflow src/exflowdump
	$(PYTHON3) $(srcdir)/tests/bench/query --build $(abs_top_builddir) $(QUERY)
.PHONY: bench-query

# What a packet costs as live exchanges grow, the whole program.
growth: tests/bench/generate src/exflow
	$(PYTHON3) $(srcdir)/tests/bench/growth --build $(abs_top_builddir) $(GROWTH)
.PHONY: growth

# Parts of the path alone.  LIVE: how many exchanges the meter holds.
micro_programs = tests/bench/decode tests/bench/meter tests/bench/expiry \
	tests/bench/encode tests/bench/flood tests/bench/names
EXTRA_PROGRAMS += $(micro_programs)
CLEANFILES += $(micro_programs)
tests_bench_decode_SOURCES = tests/bench/decode.c tests/bench/micro.h
tests_bench_decode_LDADD = libexflow.la
tests_bench_meter_SOURCES = tests/bench/meter.c tests/bench/micro.h
tests_bench_meter_LDADD = libexflow.la
tests_bench_expiry_SOURCES = tests/bench/expiry.c tests/bench/micro.h
tests_bench_expiry_LDADD = libexflow.la
tests_bench_encode_SOURCES = tests/bench/encode.c tests/bench/micro.h
tests_bench_encode_LDADD = libexflow.la
tests_bench_flood_SOURCES = tests/bench/flood.c tests/bench/micro.h
tests_bench_flood_LDADD = libexflow.la
tests_bench_names_SOURCES = tests/bench/names.c tests/bench/micro.h
tests_bench_names_LDADD = libexflow.la

LIVE = 10000 100000 1000000 10000000
microbench: $(micro_programs)
	@tests/bench/decode && \
	for live in $(LIVE); do \
		tests/bench/meter $$live || exit 1; \
	done && \
	tests/bench/expiry && tests/bench/encode && tests/bench/flood && \
	tests/bench/names
.PHONY: microbench

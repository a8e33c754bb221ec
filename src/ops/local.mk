# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += src/ops/clock.c src/ops/thread.c
libexflow_la_SOURCES += src/ops/log.c src/ops/log_glib.c src/ops/journal.h src/ops/journal.c
libexflow_la_SOURCES += src/ops/status.c src/ops/status_json.c \
	src/ops/status_print.c src/ops/progress.c src/ops/units.h src/ops/units.c
libexflow_la_SOURCES += src/ops/human.c src/ops/text.c
# Files that may be compressed, for the captures and for the reader.
libexflow_la_SOURCES += src/ops/codec.h src/ops/gzip.c src/ops/stream.c \
	src/ops/zstd.c
libexflow_la_SOURCES += src/ops/terminal.c
# What others can ask.
libexflow_la_SOURCES += src/ops/control.c src/ops/metrics.c \
	src/ops/metrics_print.c
# The daemon.
libexflow_la_SOURCES += src/ops/daemonise.c src/ops/pidfile.c src/ops/notify.c \
	src/ops/resident.c
libexflow_la_SOURCES += src/ops/privileges.c src/ops/confine.h \
	src/ops/confine.c src/ops/confine_calls.c

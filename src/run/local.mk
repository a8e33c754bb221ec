# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/run/dispatcher.c \
	src/run/dispatcher.h \
	src/run/file_reader.c \
	src/run/file_reader.h \
	src/run/file_run.c \
	src/run/hints.c \
	src/run/inputs.c \
	src/run/inputs.h \
	src/run/live_answers.c \
	src/run/live_answers.h \
	src/run/interface_numbers.c \
	src/run/interface_numbers.h \
	src/run/monotonic.c \
	src/run/monotonic.h \
	src/run/outputs.c \
	src/run/probe.c \
	src/run/probe.h \
	src/run/probe_internal.h \
	src/run/probe_packets.c \
	src/run/probe_run.c \
	src/run/probe_run.h \
	src/run/probe_worker.c \
	src/run/process.c \
	src/run/process.h \
	src/run/reload.c \
	src/run/reload.h \
	src/run/report.c \
	src/run/requests.c \
	src/run/requests.h \
	src/run/run_internal.h \
	src/run/statistics_record.c \
	src/run/top.c \
	src/run/top.h

# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/run/check.c \
	src/run/file_run.c \
	src/run/hints.c \
	src/run/outputs.c \
	src/run/probe_run.c \
	src/run/probe_run.h \
	src/run/process.c \
	src/run/process.h \
	src/run/reload.c \
	src/run/reload.h \
	src/run/report.c \
	src/run/requests.c \
	src/run/requests.h \
	src/run/run_internal.h \
	src/run/signals.c \
	src/run/statistics_record.c

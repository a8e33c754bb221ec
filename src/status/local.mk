# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/status/metrics.c \
	src/status/metrics_lines.c \
	src/status/metrics_lines.h \
	src/status/metrics_print.c \
	src/status/page_print.c \
	src/status/progress.c \
	src/status/status.c \
	src/status/status_json.c \
	src/status/status_print.c

# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/report/aggregate.c \
	src/report/aggregate_internal.h \
	src/report/bins.c \
	src/report/columns.c \
	src/report/count.c \
	src/report/diff.c \
	src/report/groups.c \
	src/report/groups.h \
	src/report/key.c \
	src/report/matrix.c \
	src/report/print.c \
	src/report/print_cell.c \
	src/report/print_internal.h \
	src/report/report.c \
	src/report/series.c

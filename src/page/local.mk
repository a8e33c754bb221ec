# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/page/html.c \
	src/page/page.c \
	src/page/page_bins.c \
	src/page/page_file.c \
	src/page/page_internal.h \
	src/page/page_largest.c \
	src/page/page_matrix.c \
	src/page/page_parts.c \
	src/page/page_plot.c \
	src/page/page_series.c \
	src/page/page_table.c

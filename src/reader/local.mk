# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/reader/dump.c \
	src/reader/dump_internal.h \
	src/reader/dump_statistics.c \
	src/reader/dump_table.c \
	src/reader/value.c \
	src/reader/value.h \
	src/reader/value_nested.c

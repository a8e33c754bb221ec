# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/reader/copy.c \
	src/reader/copy.h \
	src/reader/copy_lists.c \
	src/reader/copy_lists.h \
	src/reader/copy_templates.c \
	src/reader/copy_templates.h \
	src/reader/database.c \
	src/reader/database.h \
	src/reader/dump.c \
	src/reader/dump_internal.h \
	src/reader/dump_statistics.c \
	src/reader/dump_table.c \
	src/reader/options.c \
	src/reader/options_check.c \
	src/reader/options_check.h \
	src/reader/query.c \
	src/reader/query_internal.h \
	src/reader/query_sinks.c \
	src/reader/sorted.c \
	src/reader/sorted.h \
	src/reader/value.c \
	src/reader/value.h \
	src/reader/value_nested.c

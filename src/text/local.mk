# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/text/columns.c \
	src/text/columns.h \
	src/text/csv.c \
	src/text/endpoints.c \
	src/text/json.c \
	src/text/json_row.c \
	src/text/table.c \
	src/text/table_row.c

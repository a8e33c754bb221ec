# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/text/columns.c \
	src/text/columns.h \
	src/text/csv.c \
	src/text/json.c \
	src/text/endpoints.c \
	src/text/json_row.c \
	src/text/table.c \
	src/text/table_row.c \
	src/text/text_file.c \
	src/text/text_file.h \
	src/text/text_folder.c \
	src/text/text_folder.h \
	src/text/text_lines.c \
	src/text/text_lines.h \
	src/text/text_name.c \
	src/text/text_name.h \
	src/text/text_open.c \
	src/text/text_open.h \
	src/text/tstat.c \
	src/text/tstat_columns.c \
	src/text/tstat_columns.h \
	src/text/tstat_names.c \
	src/text/tstat_values.c \
	src/text/tstat_values.h

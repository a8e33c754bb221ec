# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += src/export/kinds.h
# Text: csv, json, table.
libexflow_la_SOURCES += \
	src/export/csv.c \
	src/export/json.c \
	src/export/table.c \
	src/export/textfile.c \
	src/export/textfile.h

# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += src/config/options.h src/config/options.c \
	src/config/rows.c src/config/describe.c \
	src/config/values.c src/config/file.c src/config/settings.c
libexflow_la_SOURCES += src/config/collectors.c
libexflow_la_SOURCES += src/config/archive.h src/config/archive.c

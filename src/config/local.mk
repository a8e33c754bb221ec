# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/config/archive.c \
	src/config/archive.h \
	src/config/collectors.c \
	src/config/describe.c \
	src/config/file.c \
	src/config/options.c \
	src/config/options.h \
	src/config/rows.c \
	src/config/settings.c \
	src/config/values.c

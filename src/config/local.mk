# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += src/config/options.h src/config/options.c \
	src/config/archive.c src/config/archive.h src/config/values.c src/config/file.c src/config/settings.c
	src/config/values.c src/config/file.c src/config/settings.c
libexflow_la_SOURCES += src/config/collectors.c

# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/config/after.c \
	src/config/command_line.c \
	src/config/describe.c \
	src/config/file.c \
	src/config/folders.c \
	src/config/lists.c \
	src/config/records.c \
	src/config/sections.c \
	src/config/setting.c \
	src/config/setting.h \
	src/config/settings.c \
	src/config/table.c \
	src/config/types.c \
	src/config/units.c \
	src/config/units.h

# Prints what is generated from the table; "make settings" puts it in place.
check_PROGRAMS += src/config/exflow-settings
src_config_exflow_settings_SOURCES = src/config/generate.c
src_config_exflow_settings_LDADD = libexflow.la

.PHONY: settings
settings: src/config/exflow-settings
	src/config/exflow-settings conf >settings.tmp
	mv settings.tmp $(top_srcdir)/conf/exflow.conf
	src/config/exflow-settings man $(top_srcdir)/man/exflow.conf.5 \
		>settings.tmp
	mv settings.tmp $(top_srcdir)/man/exflow.conf.5

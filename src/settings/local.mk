# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/settings/describe.c \
	src/settings/records.c \
	src/settings/setting.c \
	src/settings/settings.c \
	src/settings/suggest.c \
	src/settings/table.c \
	src/settings/table.h \
	src/settings/table_archives.c \
	src/settings/table_bounds.c \
	src/settings/table_collectors.c \
	src/settings/table_interfaces.c \
	src/settings/table_ipfix.c \
	src/settings/table_kafka.c \
	src/settings/table_measuring.c \
	src/settings/table_outputs.c \
	src/settings/table_process.c \
	src/settings/table_timeouts.c \
	src/settings/types.c \
	src/settings/types.h \
	src/settings/types_checked.c \
	src/settings/types_list.c \
	src/settings/types_mask.c \
	src/settings/units.c \
	src/settings/units.h

# Prints what is generated from the table; "make settings" puts it in place.
check_PROGRAMS += src/settings/exflow-settings
src_settings_exflow_settings_SOURCES = src/settings/generate.c
src_settings_exflow_settings_LDADD = libexflow.la

.PHONY: settings
settings: src/settings/exflow-settings
	src/settings/exflow-settings conf >settings.tmp
	mv settings.tmp $(top_srcdir)/conf/exflow.conf
	src/settings/exflow-settings man $(top_srcdir)/man/exflow.conf.5 \
		>settings.tmp
	mv settings.tmp $(top_srcdir)/man/exflow.conf.5

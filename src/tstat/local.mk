# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/tstat/tstat.c \
	src/tstat/tstat_columns.c \
	src/tstat/tstat_columns.h \
	src/tstat/tstat_names.c \
	src/tstat/tstat_values.c \
	src/tstat/tstat_values.h

# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/filter/live_filter.c

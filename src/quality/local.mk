# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/quality/figures.c

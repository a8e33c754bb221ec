# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/netflow/encoder.c \
	src/netflow/format.h \
	src/netflow/v5.c \
	src/netflow/v9.c

# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/probe/batch.c \
	src/probe/monotonic.c \
	src/probe/monotonic.h \
	src/probe/packets.c \
	src/probe/probe.c \
	src/probe/worker.c \
	src/probe/worker.h

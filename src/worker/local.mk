# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/worker/dealer.c \
	src/worker/dealer.h \
	src/worker/probe.c \
	src/worker/probe.h \
	src/worker/probe_worker.c \
	src/worker/steady.c \
	src/worker/steady.h \
	src/worker/worker.c

# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += src/worker/dealer.c src/worker/dealer.h \
	src/worker/worker.c

# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/capture/capture.c \
	src/capture/fanout.c \
	src/capture/fanout.h \
	src/capture/handle.c \
	src/capture/handle.h \
	src/capture/interface.c

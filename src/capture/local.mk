# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/capture/capture.c \
	src/capture/codec.h \
	src/capture/gzip.c \
	src/capture/stream.c \
	src/capture/stream.h \
	src/capture/zstd.c

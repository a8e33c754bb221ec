# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/quality/acknowledgement.h \
	src/quality/basic.h \
	src/quality/datagrams.c \
	src/quality/figures.c \
	src/quality/holes.c \
	src/quality/loss.c \
	src/quality/marks.c \
	src/quality/marks.h \
	src/quality/opening.c \
	src/quality/part.c \
	src/quality/plain.h \
	src/quality/rtt.c \
	src/quality/samples.h \
	src/quality/sequence.h \
	src/quality/stream.c \
	src/quality/stream.h \
	src/quality/stream_time.h \
	src/quality/window.h

# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/base/clock.c \
	src/base/codec.h \
	src/base/escape.c \
	src/base/gzip.c \
	src/base/human.c \
	src/base/journal.c \
	src/base/journal.h \
	src/base/log.c \
	src/base/marked_page.c \
	src/base/own.c \
	src/base/path.c \
	src/base/pattern.c \
	src/base/publish.c \
	src/base/publish_number.c \
	src/base/read_ahead.c \
	src/base/source.c \
	src/base/source.h \
	src/base/stream.c \
	src/base/target.c \
	src/base/terminal.c \
	src/base/text.c \
	src/base/thread.c \
	src/base/write_all.c \
	src/base/write_behind.c \
	src/base/zstd.c

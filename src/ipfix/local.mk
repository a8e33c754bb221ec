# SPDX-License-Identifier: BSD-2-Clause
# The reader.
libexflow_la_SOURCES += \
	src/ipfix/domain.c \
	src/ipfix/elements.c \
	src/ipfix/elements.h \
	src/ipfix/frame.c \
	src/ipfix/frame.h \
	src/ipfix/layout.c \
	src/ipfix/layout.h \
	src/ipfix/reader.c \
	src/ipfix/reader_internal.h \
	src/ipfix/screen.c \
	src/ipfix/screen.h
libexflow_la_SOURCES += \
	src/ipfix/dump.c \
	src/ipfix/dump.h \
	src/ipfix/dump_statistics.c \
	src/ipfix/dump_table.c \
	src/ipfix/list.c \
	src/ipfix/value.c \
	src/ipfix/value.h
libexflow_la_SOURCES += \
	src/ipfix/announce.c \
	src/ipfix/body.c \
	src/ipfix/encoder.c \
	src/ipfix/internal.h \
	src/ipfix/message.c \
	src/ipfix/model.c \
	src/ipfix/octets.h \
	src/ipfix/plan.c \
	src/ipfix/session.c \
	src/ipfix/statistics.c

# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/ipfix/announcement.c \
	src/ipfix/body.c \
	src/ipfix/domain.c \
	src/ipfix/elements.c \
	src/ipfix/elements.h \
	src/ipfix/encoder.c \
	src/ipfix/fixbuf_session.c \
	src/ipfix/frame.c \
	src/ipfix/frame.h \
	src/ipfix/internal.h \
	src/ipfix/layout.c \
	src/ipfix/layout.h \
	src/ipfix/message.c \
	src/ipfix/message_file.c \
	src/ipfix/model.c \
	src/ipfix/plan.c \
	src/ipfix/preamble.c \
	src/ipfix/reader.c \
	src/ipfix/reader_internal.h \
	src/ipfix/statistics.c \
	src/ipfix/template_check.c \
	src/ipfix/template_check.h

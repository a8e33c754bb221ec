# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/ipfix/direct.c \
	src/ipfix/direct.h \
	src/ipfix/domain.c \
	src/ipfix/domain.h \
	src/ipfix/encoder.c \
	src/ipfix/exporter_session.c \
	src/ipfix/exporter_session.h \
	src/ipfix/frame.c \
	src/ipfix/frame.h \
	src/ipfix/information_model.c \
	src/ipfix/information_model.h \
	src/ipfix/layout.c \
	src/ipfix/layout.h \
	src/ipfix/message.c \
	src/ipfix/message_file.c \
	src/ipfix/part.c \
	src/ipfix/part.h \
	src/ipfix/preamble.c \
	src/ipfix/reader.c \
	src/ipfix/reader_internal.h \
	src/ipfix/reader_record.c \
	src/ipfix/record_brief.c \
	src/ipfix/record_brief.h \
	src/ipfix/record_template.c \
	src/ipfix/record_template.h \
	src/ipfix/record_texts.c \
	src/ipfix/record_texts.h \
	src/ipfix/shape.c \
	src/ipfix/shape.h \
	src/ipfix/statistics.c \
	src/ipfix/wire.h

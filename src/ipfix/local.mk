# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/ipfix/encoder.c \
	src/ipfix/exporter_session.c \
	src/ipfix/exporter_session.h \
	src/ipfix/information_model.c \
	src/ipfix/message.c \
	src/ipfix/message_file.c \
	src/ipfix/preamble.c \
	src/ipfix/record_brief.c \
	src/ipfix/record_brief.h \
	src/ipfix/record_template.c \
	src/ipfix/record_template.h \
	src/ipfix/record_texts.c \
	src/ipfix/record_texts.h \
	src/ipfix/shape.c \
	src/ipfix/shape.h \
	src/ipfix/statistics.c

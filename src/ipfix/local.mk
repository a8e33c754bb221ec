# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/ipfix/announce.c \
	src/ipfix/encoder.c \
	src/ipfix/internal.h \
	src/ipfix/message.c \
	src/ipfix/model.c \
	src/ipfix/plan.c \
	src/ipfix/session.c

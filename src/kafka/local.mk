# SPDX-License-Identifier: BSD-2-Clause
if KAFKA
libexflow_la_SOURCES += \
	src/kafka/address.c \
	src/kafka/address.h \
	src/kafka/delivery.c \
	src/kafka/delivery.h \
	src/kafka/fills.c \
	src/kafka/fills.h \
	src/kafka/kafka.c \
	src/kafka/key.c \
	src/kafka/key.h \
	src/kafka/key_layout.c \
	src/kafka/key_layout.h \
	src/kafka/line_message.c \
	src/kafka/line_message.h \
	src/kafka/lines.c \
	src/kafka/lines.h \
	src/kafka/outstanding.c \
	src/kafka/outstanding.h \
	src/kafka/payload.c \
	src/kafka/payload.h \
	src/kafka/producer.c \
	src/kafka/producer.h \
	src/kafka/properties.c \
	src/kafka/properties.h \
	src/kafka/reason.c \
	src/kafka/reason.h \
	src/kafka/records.c \
	src/kafka/records.h
else
libexflow_la_SOURCES += src/kafka/absent.c
endif

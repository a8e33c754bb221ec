# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/export/balance.c \
	src/export/balance.h \
	src/export/exporter.c \
	src/export/kinds.c \
	src/export/losses.c \
	src/export/message_class.c \
	src/export/message_class.h \
	src/export/outputs.c \
	src/export/outputs.h \
	src/export/port.c \
	src/export/port.h \
	src/export/queue.c \
	src/export/queue.h \
	src/export/replace.c \
	src/export/replace.h \
	src/export/share.c \
	src/export/share.h \
	src/export/snapshot.c \
	src/export/snapshot.h

# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/output/destination.c \
	src/output/message_queue.c \
	src/output/output_events.c \
	src/output/output_events.h \
	src/output/output_thread.c \
	src/output/queued_message.c

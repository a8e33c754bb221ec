# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/output/destination.c \
	src/output/lookup.c \
	src/output/message_list.c \
	src/output/message_queue.c \
	src/output/output_event.c \
	src/output/output_event.h \
	src/output/output_thread.c \
	src/output/output_worker.c \
	src/output/output_worker.h \
	src/output/peer.c \
	src/output/sender.c

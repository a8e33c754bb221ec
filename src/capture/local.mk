# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/capture/capture.c \
	src/capture/fanout.c \
	src/capture/fanout.h \
	src/capture/file_interfaces.c \
	src/capture/file_interfaces.h \
	src/capture/filters.c \
	src/capture/filters.h \
	src/capture/handle.c \
	src/capture/handle.h \
	src/capture/interface.c \
	src/capture/pcap_file.c \
	src/capture/pcapng_file.c \
	src/capture/pcapng_options.c \
	src/capture/pcapng_options.h \
	src/capture/reading.c \
	src/capture/reading.h \
	src/capture/reorder.c \
	src/capture/timeline.c \
	src/capture/window.c \
	src/capture/window.h

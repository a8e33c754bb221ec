# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/udp/ipfix_udp.c \
	src/udp/netflow.c \
	src/udp/udp.c \
	src/udp/udp.h \
	src/udp/udp_data.c \
	src/udp/udp_data.h \
	src/udp/udp_pieces.c \
	src/udp/udp_pieces.h \
	src/udp/udp_protocol.h \
	src/udp/udp_report.c \
	src/udp/udp_report.h \
	src/udp/udp_socket.c \
	src/udp/udp_socket.h

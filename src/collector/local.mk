# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/collector/connection.c \
	src/collector/connection.h \
	src/collector/ipfix_udp.c \
	src/collector/netflow.c \
	src/collector/retransmission.c \
	src/collector/retransmission.h \
	src/collector/session.c \
	src/collector/session.h \
	src/collector/tcp.c \
	src/collector/tcp_socket.c \
	src/collector/tcp_socket.h \
	src/collector/tls.c \
	src/collector/tls.h \
	src/collector/transport.c \
	src/collector/transport.h \
	src/collector/udp.c \
	src/collector/udp.h \
	src/collector/udp_data.c \
	src/collector/udp_data.h \
	src/collector/udp_pieces.c \
	src/collector/udp_pieces.h \
	src/collector/udp_protocol.h \
	src/collector/udp_report.c \
	src/collector/udp_report.h \
	src/collector/udp_socket.c \
	src/collector/udp_socket.h

# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/tcp/connection.c \
	src/tcp/connection.h \
	src/tcp/retransmission.c \
	src/tcp/retransmission.h \
	src/tcp/session.c \
	src/tcp/session.h \
	src/tcp/tcp.c \
	src/tcp/tcp_socket.c \
	src/tcp/tcp_socket.h \
	src/tcp/tls.c \
	src/tcp/tls.h \
	src/tcp/transport.c \
	src/tcp/transport.h

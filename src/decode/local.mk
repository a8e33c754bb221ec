# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/decode/decoder.c \
	src/decode/detail.c \
	src/decode/detail.h \
	src/decode/fragment.c \
	src/decode/fragment.h \
	src/decode/fragment_store.c \
	src/decode/fragment_store.h \
	src/decode/ip.c \
	src/decode/link.c \
	src/decode/mac.c \
	src/decode/other.c \
	src/decode/packet.h \
	src/decode/ppp.c \
	src/decode/pseudo.c \
	src/decode/segment.c \
	src/decode/shim.c \
	src/decode/transport.c \
	src/decode/transport.h \
	src/decode/tunnel.c \
	src/decode/wireless.c

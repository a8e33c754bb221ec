# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/quic/quic.c \
	src/quic/quic_keys.c \
	src/quic/quic_keys.h

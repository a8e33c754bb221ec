# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/names/certificate.c \
	src/names/certificate.h \
	src/names/datagrams.c \
	src/names/digest.c \
	src/names/digest.h \
	src/names/dns.c \
	src/names/dns_answers.c \
	src/names/dns.h \
	src/names/dns_found.c \
	src/names/found.c \
	src/names/hello.c \
	src/names/hello.h \
	src/names/http.c \
	src/names/http.h \
	src/names/ja4.c \
	src/names/ja4.h \
	src/names/name.c \
	src/names/name.h \
	src/names/names.c \
	src/names/parsed.h \
	src/names/payload.c \
	src/names/places.c \
	src/names/places.h \
	src/names/quic_found.c \
	src/names/read.c \
	src/names/segments.c \
	src/names/state.c \
	src/names/state.h \
	src/names/stream.c \
	src/names/stream.h \
	src/names/texts.c \
	src/names/texts.h \
	src/names/tls.c \
	src/names/tls.h

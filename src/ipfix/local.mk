# SPDX-License-Identifier: BSD-2-Clause
# The reader.
libexflow_la_SOURCES += \
	src/ipfix/elements.c \
	src/ipfix/elements.h \
	src/ipfix/frame.c \
	src/ipfix/frame.h \
	src/ipfix/layout.c \
	src/ipfix/layout.h \
	src/ipfix/reader.c

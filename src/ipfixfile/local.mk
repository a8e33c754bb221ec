# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/ipfixfile/direct.c \
	src/ipfixfile/direct.h \
	src/ipfixfile/domain.c \
	src/ipfixfile/domain.h \
	src/ipfixfile/frame.c \
	src/ipfixfile/frame.h \
	src/ipfixfile/layout.c \
	src/ipfixfile/layout.h \
	src/ipfixfile/model_learn.c \
	src/ipfixfile/model_learn.h \
	src/ipfixfile/part.c \
	src/ipfixfile/part.h \
	src/ipfixfile/reader.c \
	src/ipfixfile/reader_internal.h \
	src/ipfixfile/reader_record.c

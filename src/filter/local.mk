# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/filter/attribute.c \
	src/filter/filter.c \
	src/filter/number.c \
	src/filter/parse.c \
	src/filter/syntax.h \
	src/filter/value.c \
	src/filter/word.c

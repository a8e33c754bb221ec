# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/live/answers.c \
	src/live/name_answers.c \
	src/live/name_answers.h \
	src/live/page.c \
	src/live/top.c \
	src/live/top.h \
	src/live/top_names.c \
	src/live/top_names.h

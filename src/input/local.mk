# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/input/element.c \
	src/input/file_list.c \
	src/input/interval.c \
	src/input/interval.h \
	src/input/kept.c \
	src/input/kept.h \
	src/input/mapped_names.c \
	src/input/mapped_names.h \
	src/input/mapping.c \
	src/input/mapping_internal.h \
	src/input/mapping_moves.c \
	src/input/mapping_plan.c \
	src/input/pair.c \
	src/input/places.c \
	src/input/places.h

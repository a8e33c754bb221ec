# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/memory/index.c \
	src/memory/names_pool.c \
	src/memory/pages.c \
	src/memory/pages.h \
	src/memory/pool.c \
	src/memory/populate.c \
	src/memory/quality_pool.c \
	src/memory/resumable.c \
	src/memory/slab.c \
	src/memory/waiting.c \
	src/memory/wheel.c

# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/meter/count.c \
	src/meter/count.h \
	src/meter/count_read.c \
	src/meter/details.c \
	src/meter/details.h \
	src/meter/ending.c \
	src/meter/macs.c \
	src/meter/macs.h \
	src/meter/measure.c \
	src/meter/measure.h \
	src/meter/meter.c \
	src/meter/naming.c \
	src/meter/naming.h \
	src/meter/opening.c \
	src/meter/options.c \
	src/meter/rules.c \
	src/meter/rules.h \
	src/meter/run.h \
	src/meter/sequence.h \
	src/meter/sums.c \
	src/meter/sums.h \
	src/meter/table.c \
	src/meter/table.h \
	src/meter/visit.c

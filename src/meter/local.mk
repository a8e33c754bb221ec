# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/meter/count.c \
	src/meter/count.h \
	src/meter/ending.c \
	src/meter/exchange.c \
	src/meter/flow_hash.c \
	src/meter/index.c \
	src/meter/index.h \
	src/meter/ledger.c \
	src/meter/live.h \
	src/meter/meter.c \
	src/meter/network.c \
	src/meter/opening.c \
	src/meter/pages.c \
	src/meter/pages.h \
	src/meter/pool.c \
	src/meter/pool.h \
	src/meter/populate.c \
	src/meter/populate.h \
	src/meter/resumable.c \
	src/meter/resumable.h \
	src/meter/rules.c \
	src/meter/rules.h \
	src/meter/sequence.h \
	src/meter/slab.c \
	src/meter/slab.h \
	src/meter/sums.c \
	src/meter/sums.h \
	src/meter/table.h \
	src/meter/visit.c \
	src/meter/waiting.c \
	src/meter/waiting.h \
	src/meter/wheel.c \
	src/meter/wheel.h

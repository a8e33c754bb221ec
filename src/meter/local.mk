# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += src/meter/count.c
libexflow_la_SOURCES += src/meter/count.h
libexflow_la_SOURCES += src/meter/ending.c
libexflow_la_SOURCES += src/meter/exchange.c
libexflow_la_SOURCES += src/meter/flow_hash.c
libexflow_la_SOURCES += src/meter/index.c
libexflow_la_SOURCES += src/meter/index.h
libexflow_la_SOURCES += src/meter/ledger.c
libexflow_la_SOURCES += src/meter/live.h
libexflow_la_SOURCES += src/meter/meter.c
libexflow_la_SOURCES += src/meter/network.c
libexflow_la_SOURCES += src/meter/pages.c
libexflow_la_SOURCES += src/meter/pages.h
libexflow_la_SOURCES += src/meter/pool.c
libexflow_la_SOURCES += src/meter/pool.h
libexflow_la_SOURCES += src/meter/populate.c
libexflow_la_SOURCES += src/meter/populate.h
libexflow_la_SOURCES += src/meter/rules.c
libexflow_la_SOURCES += src/meter/rules.h \
	src/meter/sequence.h
libexflow_la_SOURCES += src/meter/table.h
libexflow_la_SOURCES += src/meter/visit.c
libexflow_la_SOURCES += src/meter/wheel.c
libexflow_la_SOURCES += src/meter/wheel.h

# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += src/meter/exchange.c src/meter/ledger.c
libexflow_la_SOURCES += src/meter/network.c

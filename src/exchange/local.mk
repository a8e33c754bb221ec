# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/exchange/exchange.c \
	src/exchange/flow_hash.c \
	src/exchange/ledger.c \
	src/exchange/totals.c

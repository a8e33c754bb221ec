# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/network/network.c \
	src/network/network_names.c \
	src/network/network_ranges.h

# SPDX-License-Identifier: BSD-2-Clause

check_PROGRAMS += tests/unit/check_meter
TESTS += tests/unit/check_meter
tests_unit_check_meter_SOURCES = tests/unit/check_meter.c
tests_unit_check_meter_CFLAGS = $(unit_cflags)
tests_unit_check_meter_LDADD = $(unit_ldadd)
check_PROGRAMS += tests/unit/check_network
TESTS += tests/unit/check_network
tests_unit_check_network_SOURCES = tests/unit/check_network.c
tests_unit_check_network_CFLAGS = $(unit_cflags)
tests_unit_check_network_LDADD = $(unit_ldadd)

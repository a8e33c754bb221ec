# SPDX-License-Identifier: BSD-2-Clause

check_PROGRAMS += tests/unit/check_meter
TESTS += tests/unit/check_meter
tests_unit_check_meter_SOURCES = tests/unit/check_meter.c
tests_unit_check_meter_CFLAGS = $(unit_cflags)
tests_unit_check_meter_LDADD = $(unit_ldadd)

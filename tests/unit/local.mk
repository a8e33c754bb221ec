# SPDX-License-Identifier: BSD-2-Clause

check_PROGRAMS += tests/unit/check_capture
TESTS += tests/unit/check_capture
tests_unit_check_capture_SOURCES = tests/unit/check_capture.c
tests_unit_check_capture_CFLAGS = $(unit_cflags)
tests_unit_check_capture_LDADD = $(unit_ldadd)

# SPDX-License-Identifier: BSD-2-Clause

# decode
check_PROGRAMS += tests/unit/check_decode
TESTS += tests/unit/check_decode
tests_unit_check_decode_SOURCES = tests/unit/check_decode.c tests/unit/frame.h
tests_unit_check_decode_CFLAGS = $(unit_cflags)
tests_unit_check_decode_LDADD = $(unit_ldadd)

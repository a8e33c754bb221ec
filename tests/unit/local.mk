# SPDX-License-Identifier: BSD-2-Clause

check_PROGRAMS += tests/unit/check_record
TESTS += tests/unit/check_record
tests_unit_check_record_SOURCES = tests/unit/check_record.c
tests_unit_check_record_CFLAGS = $(unit_cflags)
tests_unit_check_record_LDADD = $(unit_ldadd)

# The element file and the manual's list are those of the table.
TESTS += tests/unit/check_fields.sh
EXTRA_DIST += tests/unit/check_fields.sh

check_PROGRAMS += tests/unit/check_ipfix
TESTS += tests/unit/check_ipfix
tests_unit_check_ipfix_SOURCES = tests/unit/check_ipfix.c
tests_unit_check_ipfix_CFLAGS = $(unit_cflags)
tests_unit_check_ipfix_LDADD = $(unit_ldadd)

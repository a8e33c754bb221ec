# SPDX-License-Identifier: BSD-2-Clause

# src/export
noinst_HEADERS += tests/unit/export_fixture.h
check_PROGRAMS += tests/unit/check_destination tests/unit/check_file \
	tests/unit/check_udp tests/unit/check_tcp
TESTS += tests/unit/check_destination tests/unit/check_file \
	tests/unit/check_udp tests/unit/check_tcp
tests_unit_check_destination_SOURCES = tests/unit/check_destination.c
tests_unit_check_destination_CFLAGS = $(unit_cflags)
tests_unit_check_destination_LDADD = $(unit_ldadd)
tests_unit_check_file_SOURCES = tests/unit/check_file.c
tests_unit_check_file_CFLAGS = $(unit_cflags)
tests_unit_check_file_LDADD = $(unit_ldadd)
tests_unit_check_udp_SOURCES = tests/unit/check_udp.c
tests_unit_check_udp_CFLAGS = $(unit_cflags)
tests_unit_check_udp_LDADD = $(unit_ldadd)
tests_unit_check_udp_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=getaddrinfo
tests_unit_check_tcp_SOURCES = tests/unit/check_tcp.c
tests_unit_check_tcp_CFLAGS = $(unit_cflags)
tests_unit_check_tcp_LDADD = $(unit_ldadd)
check_PROGRAMS += tests/unit/check_exporter
TESTS += tests/unit/check_exporter
tests_unit_check_exporter_SOURCES = tests/unit/check_exporter.c
tests_unit_check_exporter_CFLAGS = $(unit_cflags)
tests_unit_check_exporter_LDADD = $(unit_ldadd)

# Text destinations and the reader.
noinst_HEADERS += tests/unit/text_fixture.h
check_PROGRAMS += tests/unit/check_csv tests/unit/check_json \
	tests/unit/check_table tests/unit/check_reader
TESTS += tests/unit/check_csv tests/unit/check_json \
	tests/unit/check_table tests/unit/check_reader
tests_unit_check_csv_SOURCES = tests/unit/check_csv.c
tests_unit_check_csv_CFLAGS = $(unit_cflags)
tests_unit_check_csv_LDADD = $(unit_ldadd)
tests_unit_check_json_SOURCES = tests/unit/check_json.c
tests_unit_check_json_CFLAGS = $(unit_cflags)
tests_unit_check_json_LDADD = $(unit_ldadd)
tests_unit_check_table_SOURCES = tests/unit/check_table.c
tests_unit_check_table_CFLAGS = $(unit_cflags)
tests_unit_check_table_LDADD = $(unit_ldadd)
tests_unit_check_reader_SOURCES = tests/unit/check_reader.c
tests_unit_check_reader_CFLAGS = $(unit_cflags)
tests_unit_check_reader_LDADD = $(unit_ldadd)
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

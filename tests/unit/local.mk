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
check_PROGRAMS += tests/unit/check_capture
TESTS += tests/unit/check_capture
tests_unit_check_capture_SOURCES = tests/unit/check_capture.c
tests_unit_check_capture_CFLAGS = $(unit_cflags)
tests_unit_check_capture_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_settings
TESTS += tests/unit/check_settings
tests_unit_check_settings_SOURCES = tests/unit/check_settings.c
tests_unit_check_settings_CFLAGS = $(unit_cflags)
tests_unit_check_settings_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_statistics
TESTS += tests/unit/check_statistics
tests_unit_check_statistics_SOURCES = tests/unit/check_statistics.c
tests_unit_check_statistics_CFLAGS = $(unit_cflags)
tests_unit_check_statistics_LDADD = $(unit_ldadd)
# decode
check_PROGRAMS += tests/unit/check_decode
TESTS += tests/unit/check_decode
tests_unit_check_decode_SOURCES = tests/unit/check_decode.c tests/unit/frame.h
tests_unit_check_decode_CFLAGS = $(unit_cflags)
tests_unit_check_decode_LDADD = $(unit_ldadd)
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

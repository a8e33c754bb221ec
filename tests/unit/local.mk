# SPDX-License-Identifier: BSD-2-Clause
# One program a module, in the order of the alphabet.

noinst_HEADERS += tests/unit/export_fixture.h \
	tests/unit/frame.h \
	tests/unit/meter_fixture.h \
	tests/unit/text_fixture.h

# The element file and the manual's list are those of the table.
TESTS += tests/unit/check_fields.sh
EXTRA_DIST += tests/unit/check_fields.sh

# Every test that SECURITY.md names is there.
TESTS += tests/unit/check_security.sh
EXTRA_DIST += tests/unit/check_security.sh

check_PROGRAMS += tests/unit/check_adopt
TESTS += tests/unit/check_adopt
tests_unit_check_adopt_SOURCES = tests/unit/check_adopt.c
tests_unit_check_adopt_CFLAGS = $(unit_cflags)
tests_unit_check_adopt_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_archive
TESTS += tests/unit/check_archive
tests_unit_check_archive_SOURCES = tests/unit/check_archive.c
tests_unit_check_archive_CFLAGS = $(unit_cflags)
tests_unit_check_archive_LDADD = $(unit_ldadd)
tests_unit_check_archive_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pwrite

check_PROGRAMS += tests/unit/check_capture
TESTS += tests/unit/check_capture
tests_unit_check_capture_SOURCES = tests/unit/check_capture.c
tests_unit_check_capture_CFLAGS = $(unit_cflags)
tests_unit_check_capture_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_confine
TESTS += tests/unit/check_confine
tests_unit_check_confine_SOURCES = tests/unit/check_confine.c
tests_unit_check_confine_CFLAGS = $(unit_cflags)
tests_unit_check_confine_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_csv
TESTS += tests/unit/check_csv
tests_unit_check_csv_SOURCES = tests/unit/check_csv.c
tests_unit_check_csv_CFLAGS = $(unit_cflags)
tests_unit_check_csv_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_daemonise
TESTS += tests/unit/check_daemonise
tests_unit_check_daemonise_SOURCES = tests/unit/check_daemonise.c
tests_unit_check_daemonise_CFLAGS = $(unit_cflags)
tests_unit_check_daemonise_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_decode
TESTS += tests/unit/check_decode
tests_unit_check_decode_SOURCES = tests/unit/check_decode.c
tests_unit_check_decode_CFLAGS = $(unit_cflags)
tests_unit_check_decode_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_decode_link
TESTS += tests/unit/check_decode_link
tests_unit_check_decode_link_SOURCES = tests/unit/check_decode_link.c
tests_unit_check_decode_link_CFLAGS = $(unit_cflags)
tests_unit_check_decode_link_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_decode_tunnel
TESTS += tests/unit/check_decode_tunnel
tests_unit_check_decode_tunnel_SOURCES = tests/unit/check_decode_tunnel.c
tests_unit_check_decode_tunnel_CFLAGS = $(unit_cflags)
tests_unit_check_decode_tunnel_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_destination
TESTS += tests/unit/check_destination
tests_unit_check_destination_SOURCES = tests/unit/check_destination.c
tests_unit_check_destination_CFLAGS = $(unit_cflags)
tests_unit_check_destination_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_exporter
TESTS += tests/unit/check_exporter
tests_unit_check_exporter_SOURCES = tests/unit/check_exporter.c
tests_unit_check_exporter_CFLAGS = $(unit_cflags)
tests_unit_check_exporter_LDADD = $(unit_ldadd)
tests_unit_check_exporter_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=ipfix_encoder_add

check_PROGRAMS += tests/unit/check_file
TESTS += tests/unit/check_file
tests_unit_check_file_SOURCES = tests/unit/check_file.c
tests_unit_check_file_CFLAGS = $(unit_cflags)
tests_unit_check_file_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_fragment
TESTS += tests/unit/check_fragment
tests_unit_check_fragment_SOURCES = tests/unit/check_fragment.c
tests_unit_check_fragment_CFLAGS = $(unit_cflags)
tests_unit_check_fragment_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_index
TESTS += tests/unit/check_index
tests_unit_check_index_SOURCES = tests/unit/check_index.c
tests_unit_check_index_CFLAGS = $(unit_cflags)
tests_unit_check_index_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_ipfix
TESTS += tests/unit/check_ipfix
tests_unit_check_ipfix_SOURCES = tests/unit/check_ipfix.c
tests_unit_check_ipfix_CFLAGS = $(unit_cflags)
tests_unit_check_ipfix_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_json
TESTS += tests/unit/check_json
tests_unit_check_json_SOURCES = tests/unit/check_json.c
tests_unit_check_json_CFLAGS = $(unit_cflags)
tests_unit_check_json_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_lane
TESTS += tests/unit/check_lane
tests_unit_check_lane_SOURCES = tests/unit/check_lane.c
tests_unit_check_lane_CFLAGS = $(unit_cflags)
tests_unit_check_lane_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_log
TESTS += tests/unit/check_log
tests_unit_check_log_SOURCES = tests/unit/check_log.c
tests_unit_check_log_CFLAGS = $(unit_cflags)
tests_unit_check_log_LDADD = $(unit_ldadd)
tests_unit_check_log_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=journal_open

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

check_PROGRAMS += tests/unit/check_notify
TESTS += tests/unit/check_notify
tests_unit_check_notify_SOURCES = tests/unit/check_notify.c
tests_unit_check_notify_CFLAGS = $(unit_cflags)
tests_unit_check_notify_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_pidfile
TESTS += tests/unit/check_pidfile
tests_unit_check_pidfile_SOURCES = tests/unit/check_pidfile.c
tests_unit_check_pidfile_CFLAGS = $(unit_cflags)
tests_unit_check_pidfile_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_privileges
TESTS += tests/unit/check_privileges
tests_unit_check_privileges_SOURCES = tests/unit/check_privileges.c
tests_unit_check_privileges_CFLAGS = $(unit_cflags)
tests_unit_check_privileges_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_reader
TESTS += tests/unit/check_reader
tests_unit_check_reader_SOURCES = tests/unit/check_reader.c
tests_unit_check_reader_CFLAGS = $(unit_cflags)
tests_unit_check_reader_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_reader_limits
TESTS += tests/unit/check_reader_limits
tests_unit_check_reader_limits_SOURCES = tests/unit/check_reader_limits.c
tests_unit_check_reader_limits_CFLAGS = $(unit_cflags)
tests_unit_check_reader_limits_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_record
TESTS += tests/unit/check_record
tests_unit_check_record_SOURCES = tests/unit/check_record.c
tests_unit_check_record_CFLAGS = $(unit_cflags)
tests_unit_check_record_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_settings
TESTS += tests/unit/check_settings
tests_unit_check_settings_SOURCES = tests/unit/check_settings.c
tests_unit_check_settings_CFLAGS = $(unit_cflags)
tests_unit_check_settings_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_spool
TESTS += tests/unit/check_spool
tests_unit_check_spool_SOURCES = tests/unit/check_spool.c
tests_unit_check_spool_CFLAGS = $(unit_cflags)
tests_unit_check_spool_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_status
TESTS += tests/unit/check_status
tests_unit_check_status_SOURCES = tests/unit/check_status.c
tests_unit_check_status_CFLAGS = $(unit_cflags)
tests_unit_check_status_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_table
TESTS += tests/unit/check_table
tests_unit_check_table_SOURCES = tests/unit/check_table.c
tests_unit_check_table_CFLAGS = $(unit_cflags)
tests_unit_check_table_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_tcp
TESTS += tests/unit/check_tcp
tests_unit_check_tcp_SOURCES = tests/unit/check_tcp.c
tests_unit_check_tcp_CFLAGS = $(unit_cflags)
tests_unit_check_tcp_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_udp
TESTS += tests/unit/check_udp
tests_unit_check_udp_SOURCES = tests/unit/check_udp.c
tests_unit_check_udp_CFLAGS = $(unit_cflags)
tests_unit_check_udp_LDADD = $(unit_ldadd)
tests_unit_check_udp_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=getaddrinfo

check_PROGRAMS += tests/unit/check_live
TESTS += tests/unit/check_live
tests_unit_check_live_SOURCES = tests/unit/check_live.c
tests_unit_check_live_CFLAGS = $(unit_cflags)
tests_unit_check_live_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_live_filter
TESTS += tests/unit/check_live_filter
tests_unit_check_live_filter_SOURCES = tests/unit/check_live_filter.c
tests_unit_check_live_filter_CFLAGS = $(unit_cflags)
tests_unit_check_live_filter_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_meter_flood
TESTS += tests/unit/check_meter_flood
tests_unit_check_meter_flood_SOURCES = tests/unit/check_meter_flood.c
tests_unit_check_meter_flood_CFLAGS = $(unit_cflags)
tests_unit_check_meter_flood_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_meter_memory
TESTS += tests/unit/check_meter_memory
tests_unit_check_meter_memory_SOURCES = tests/unit/check_meter_memory.c
tests_unit_check_meter_memory_CFLAGS = $(unit_cflags)
tests_unit_check_meter_memory_LDADD = $(unit_ldadd)
tests_unit_check_meter_memory_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=calloc,--wrap=mmap

check_PROGRAMS += tests/unit/check_meter_oddities
TESTS += tests/unit/check_meter_oddities
tests_unit_check_meter_oddities_SOURCES = tests/unit/check_meter_oddities.c
tests_unit_check_meter_oddities_CFLAGS = $(unit_cflags)
tests_unit_check_meter_oddities_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_metrics
TESTS += tests/unit/check_metrics
tests_unit_check_metrics_SOURCES = tests/unit/check_metrics.c
tests_unit_check_metrics_CFLAGS = $(unit_cflags)
tests_unit_check_metrics_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_steady
TESTS += tests/unit/check_steady
tests_unit_check_steady_SOURCES = tests/unit/check_steady.c
tests_unit_check_steady_CFLAGS = $(unit_cflags)
tests_unit_check_steady_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_resident
TESTS += tests/unit/check_resident
tests_unit_check_resident_SOURCES = tests/unit/check_resident.c
tests_unit_check_resident_CFLAGS = $(unit_cflags)
tests_unit_check_resident_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_writer
TESTS += tests/unit/check_writer
tests_unit_check_writer_SOURCES = tests/unit/check_writer.c \
	tests/unit/export_fixture.h
tests_unit_check_writer_CFLAGS = $(unit_cflags)
tests_unit_check_writer_LDADD = $(unit_ldadd)

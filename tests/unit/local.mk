# SPDX-License-Identifier: BSD-2-Clause
# One program a module, made of the source of the same name.

noinst_HEADERS += tests/unit/capture/image.h \
	tests/unit/capture/second_opinion.h \
	tests/unit/export_fixture.h \
	tests/unit/frame.h \
	tests/unit/meter_fixture.h \
	tests/unit/text_fixture.h

# The element file and the manual's list are those of the table.
TESTS += tests/unit/check_fields.sh
EXTRA_DIST += tests/unit/check_fields.sh

# The configuration file and the manual's lists are those of the table.
TESTS += tests/unit/check_settings_table.sh
EXTRA_DIST += tests/unit/check_settings_table.sh

# Every test that SECURITY.md names is there.
TESTS += tests/unit/check_security.sh
EXTRA_DIST += tests/unit/check_security.sh

# The documents name what is there.
TESTS += tests/unit/check_documents.sh
EXTRA_DIST += tests/unit/check_documents.sh

# Scripts keep their hands off /dev/null; a build says what its tests lack.
TESTS += tests/unit/check_build.sh tests/unit/check_scripts.sh
EXTRA_DIST += tests/unit/check_build.sh tests/unit/check_scripts.sh

# The folders use each other in one direction.
TESTS += tests/unit/check_layers.sh
EXTRA_DIST += tests/unit/check_layers.sh

cmocka_tests = \
	tests/unit/archive/check_archive \
	tests/unit/archive/check_file \
	tests/unit/archive/check_recovery \
	tests/unit/archive/check_writer \
	tests/unit/base/check_log \
	tests/unit/base/check_own \
	tests/unit/capture/check_capture \
	tests/unit/capture/check_interface \
	tests/unit/capture/check_pcapng \
	tests/unit/capture/check_readers \
	tests/unit/capture/check_reorder \
	tests/unit/capture/check_timeline \
	tests/unit/collector/check_netflow_udp \
	tests/unit/collector/check_tcp \
	tests/unit/collector/check_udp \
	tests/unit/config/check_settings \
	tests/unit/daemon/check_confine \
	tests/unit/daemon/check_control \
	tests/unit/daemon/check_daemonise \
	tests/unit/daemon/check_notify \
	tests/unit/daemon/check_pidfile \
	tests/unit/daemon/check_privileges \
	tests/unit/daemon/check_resident \
	tests/unit/decode/check_decode \
	tests/unit/decode/check_decode_link \
	tests/unit/decode/check_decode_tunnel \
	tests/unit/decode/check_fragment \
	tests/unit/export/check_exporter \
	tests/unit/filter/check_live_filter \
	tests/unit/ipfix/check_encoder \
	tests/unit/ipfix/check_reader \
	tests/unit/ipfix/check_reader_limits \
	tests/unit/meter/check_ending \
	tests/unit/meter/check_flow_hash \
	tests/unit/memory/check_index \
	tests/unit/meter/check_meter \
	tests/unit/meter/check_meter_flood \
	tests/unit/meter/check_meter_memory \
	tests/unit/meter/check_meter_oddities \
	tests/unit/meter/check_network \
	tests/unit/meter/check_opening \
	tests/unit/netflow/check_netflow \
	tests/unit/output/check_destination \
	tests/unit/output/check_output_thread \
	tests/unit/record/check_record \
	tests/unit/run/check_monotonic \
	tests/unit/spool/check_spool \
	tests/unit/spool/check_spool_damage \
	tests/unit/status/check_metrics \
	tests/unit/status/check_status \
	tests/unit/text/check_csv \
	tests/unit/text/check_json \
	tests/unit/text/check_table
check_PROGRAMS += $(cmocka_tests)
TESTS += $(cmocka_tests)

tests_unit_archive_check_archive_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=pwrite,--wrap=pattern_expand
tests_unit_archive_check_writer_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=realloc
tests_unit_base_check_log_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=journal_open
tests_unit_collector_check_udp_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=getaddrinfo
tests_unit_export_check_exporter_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=ipfix_encoder_add
tests_unit_meter_check_meter_memory_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=calloc,--wrap=mmap

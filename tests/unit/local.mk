# SPDX-License-Identifier: BSD-2-Clause
# One program a module, made of the source of the same name.

noinst_HEADERS += tests/unit/capture/image.h \
	tests/unit/capture/second_opinion.h \
	tests/unit/daemon/child.h \
	tests/unit/decode/fragments.h \
	tests/unit/export/mock.h \
	tests/unit/export_fixture.h \
	tests/unit/frame.h \
	tests/unit/ipfix/encoded.h \
	tests/unit/kafka/cluster.h \
	tests/unit/meter/ending.h \
	tests/unit/meter/opening.h \
	tests/unit/meter_fixture.h \
	tests/unit/names/hellos.h \
	tests/unit/names/rfc_packets.h \
	tests/unit/names/visit.h \
	tests/unit/names_fixture.h \
	tests/unit/quality/talk.h \
	tests/unit/record/values.h \
	tests/unit/settings_fixture.h \
	tests/unit/text_fixture.h

# The octets of every template, see check_templates.c.
EXTRA_DIST += tests/unit/ipfix/templates.txt

# The definition files and the manual's list are those of the table.
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

# Installing keeps an edited configuration, and so does uninstalling.
TESTS += tests/unit/check_install.sh
EXTRA_DIST += tests/unit/check_install.sh

# The demo is never silent for long.
TESTS += tests/unit/check_demo.sh
EXTRA_DIST += tests/unit/check_demo.sh

# Completion, and alerts for Prometheus.
TESTS += tests/unit/check_completion.sh tests/unit/check_alerts.sh
EXTRA_DIST += tests/unit/check_completion.sh tests/unit/check_alerts.sh \
	tests/unit/prometheus-exflow.test

# The folders use each other in one direction.
TESTS += tests/unit/check_layers.sh
EXTRA_DIST += tests/unit/check_layers.sh

cmocka_tests = \
	tests/unit/archive/check_archive \
	tests/unit/archive/check_collisions \
	tests/unit/archive/check_file \
	tests/unit/archive/check_recovery \
	tests/unit/archive/check_writer \
	tests/unit/base/check_escape \
	tests/unit/base/check_log \
	tests/unit/base/check_own \
	tests/unit/base/check_path \
	tests/unit/base/check_pattern \
	tests/unit/base/check_read_ahead \
	tests/unit/base/check_text \
	tests/unit/base/check_timestamp \
	tests/unit/base/check_write_all \
	tests/unit/capture/check_capture \
	tests/unit/capture/check_interface \
	tests/unit/capture/check_pcapng \
	tests/unit/capture/check_readers \
	tests/unit/capture/check_reorder \
	tests/unit/capture/check_timeline \
	tests/unit/command/check_after \
	tests/unit/command/check_command \
	tests/unit/command/check_helper \
	tests/unit/config/check_command_line \
	tests/unit/config/check_file \
	tests/unit/config/check_sections \
	tests/unit/daemon/check_confine \
	tests/unit/daemon/check_control \
	tests/unit/daemon/check_control_file \
	tests/unit/daemon/check_daemonise \
	tests/unit/daemon/check_notify \
	tests/unit/daemon/check_pidfile \
	tests/unit/daemon/check_privileges \
	tests/unit/daemon/check_resident \
	tests/unit/decode/check_decode \
	tests/unit/decode/check_decode_detail \
	tests/unit/decode/check_decode_link \
	tests/unit/decode/check_decode_mac \
	tests/unit/decode/check_decode_tunnel \
	tests/unit/decode/check_fragment \
	tests/unit/decode/check_fragment_table \
	tests/unit/exchange/check_exchange \
	tests/unit/exchange/check_flow_hash \
	tests/unit/exchange/check_totals \
	tests/unit/export/check_exporter \
	tests/unit/export/check_exporter_figures \
	tests/unit/export/check_exporter_records \
	tests/unit/filter/check_filter \
	tests/unit/gate/check_gate \
	tests/unit/gate/check_hunt \
	tests/unit/gate/check_hunter \
	tests/unit/ipfix/check_encoder \
	tests/unit/ipfix/check_encoder_templates \
	tests/unit/ipfix/check_preamble \
	tests/unit/ipfix/check_templates \
	tests/unit/ipfix/check_texts \
	tests/unit/ipfixfile/check_reader \
	tests/unit/ipfixfile/check_reader_limits \
	tests/unit/live/check_page \
	tests/unit/live/check_top \
	tests/unit/live/check_top_names \
	tests/unit/memory/check_index \
	tests/unit/memory/check_names_pool \
	tests/unit/meter/check_clock_set \
	tests/unit/meter/check_copies \
	tests/unit/meter/check_ending \
	tests/unit/meter/check_macs \
	tests/unit/meter/check_measure \
	tests/unit/meter/check_meter \
	tests/unit/meter/check_meter_flood \
	tests/unit/meter/check_meter_memory \
	tests/unit/meter/check_meter_oddities \
	tests/unit/meter/check_naming \
	tests/unit/meter/check_opening \
	tests/unit/meter/check_resuming \
	tests/unit/meter/check_sums \
	tests/unit/meter/check_syn_ack \
	tests/unit/names/check_dns \
	tests/unit/names/check_http \
	tests/unit/names/check_ja4 \
	tests/unit/names/check_names \
	tests/unit/names/check_quic \
	tests/unit/names/check_stream \
	tests/unit/names/check_tls \
	tests/unit/netflow/check_netflow \
	tests/unit/network/check_network \
	tests/unit/output/check_destination \
	tests/unit/output/check_output_thread \
	tests/unit/page/check_html \
	tests/unit/probe/check_monotonic \
	tests/unit/probe/check_packets \
	tests/unit/quality/check_loss \
	tests/unit/quality/check_rtt \
	tests/unit/reader/check_query \
	tests/unit/record/check_interface_names \
	tests/unit/record/check_record \
	tests/unit/record/check_record_names \
	tests/unit/record/check_record_quality \
	tests/unit/record/check_record_templates \
	tests/unit/report/check_report \
	tests/unit/settings/check_records \
	tests/unit/settings/check_units \
	tests/unit/settings/check_values \
	tests/unit/spool/check_spool \
	tests/unit/spool/check_spool_damage \
	tests/unit/status/check_metrics \
	tests/unit/status/check_status \
	tests/unit/tcp/check_tcp \
	tests/unit/text/check_csv \
	tests/unit/text/check_json \
	tests/unit/text/check_table \
	tests/unit/text/check_text_names \
	tests/unit/textfile/check_text_file \
	tests/unit/tstat/check_tstat \
	tests/unit/udp/check_netflow_udp \
	tests/unit/udp/check_udp
if KAFKA
cmocka_tests += tests/unit/kafka/check_kafka \
	tests/unit/kafka/check_records
endif
check_PROGRAMS += $(cmocka_tests)
TESTS += $(cmocka_tests)

tests_unit_reader_check_query_LDADD = $(LDADD) $(SQLITE_LIBS)
tests_unit_archive_check_archive_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=pwrite,--wrap=pattern_expand
tests_unit_archive_check_collisions_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=lstat,--wrap=renameat2,--wrap=fsync
tests_unit_command_check_after_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=helper_run,--wrap=helper_next
tests_unit_archive_check_writer_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=realloc
tests_unit_base_check_log_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=journal_open
tests_unit_udp_check_udp_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=getaddrinfo
tests_unit_kafka_check_kafka_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=rd_kafka_new
tests_unit_export_check_exporter_records_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=ipfix_encoder_add_shape
tests_unit_meter_check_meter_memory_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=calloc,--wrap=mmap
tests_unit_textfile_check_text_file_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=ftruncate
tests_unit_output_check_output_thread_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=output_event_new,--wrap=output_event_new_exchanges
tests_unit_page_check_html_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=aligned_alloc
tests_unit_report_check_report_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=aligned_alloc
tests_unit_probe_check_packets_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=interface_read,--wrap=monotonic_read_now

# Scheduled failures: the session, the spool, archives and text files against a
# simulated clock, disk and peer, which stand in place of the system's.
schedule_wraps = -Wl,--wrap=clock_ms,--wrap=clock_sleep_us,--wrap=time \
	-Wl,--wrap=getrandom,--wrap=getentropy \
	-Wl,--wrap=log_error,--wrap=log_warning,--wrap=log_info \
	-Wl,--wrap=pwrite,--wrap=pread,--wrap=__pread_chk,--wrap=ftruncate \
	-Wl,--wrap=fdatasync,--wrap=fsync,--wrap=renameat,--wrap=renameat2 \
	-Wl,--wrap=rename,--wrap=unlinkat,--wrap=openat,--wrap=nanosleep
schedule_sources = tests/unit/schedules/schedule.c \
	tests/unit/schedules/schedule.h
schedule_programs = tests/unit/schedules/check_archive_schedules \
	tests/unit/schedules/check_schedules \
	tests/unit/schedules/check_text_schedules
if KAFKA
schedule_programs += tests/unit/schedules/check_kafka_schedules
endif
check_PROGRAMS += $(schedule_programs)
TESTS += $(schedule_programs)
tests_unit_schedules_check_archive_schedules_SOURCES = \
	$(schedule_sources) \
	tests/unit/schedules/check_archive_schedules.c
tests_unit_schedules_check_archive_schedules_LDFLAGS = $(AM_LDFLAGS) \
	$(schedule_wraps) -Wl,--wrap=helper_run,--wrap=helper_next
tests_unit_schedules_check_text_schedules_SOURCES = \
	$(schedule_sources) \
	tests/unit/schedules/check_text_schedules.c
tests_unit_schedules_check_text_schedules_LDFLAGS = $(AM_LDFLAGS) \
	$(schedule_wraps) -Wl,--wrap=open,--wrap=write
tests_unit_schedules_check_kafka_schedules_SOURCES = \
	$(schedule_sources) \
	tests/unit/schedules/check_kafka_schedules.c \
	tests/unit/schedules/schedule_sender.c \
	tests/unit/schedules/schedule_sender.h
tests_unit_schedules_check_kafka_schedules_LDFLAGS = $(AM_LDFLAGS) \
	$(schedule_wraps) -Wl,--wrap=message_queue_sleep \
	-Wl,--wrap=producer_new,--wrap=producer_free \
	-Wl,--wrap=producer_send,--wrap=producer_poll \
	-Wl,--wrap=producer_fatal,--wrap=producer_purge
tests_unit_schedules_check_schedules_SOURCES = $(schedule_sources) \
	tests/unit/schedules/check_schedules.c \
	tests/unit/schedules/schedule_peer.c \
	tests/unit/schedules/schedule_peer.h \
	tests/unit/schedules/schedule_sender.c \
	tests/unit/schedules/schedule_sender.h
tests_unit_schedules_check_schedules_LDFLAGS = $(AM_LDFLAGS) \
	$(schedule_wraps) -Wl,--wrap=message_queue_sleep \
	-Wl,--wrap=connection_new,--wrap=connection_free \
	-Wl,--wrap=connection_state,--wrap=connection_error \
	-Wl,--wrap=connection_fd,--wrap=connection_events \
	-Wl,--wrap=connection_deadline,--wrap=connection_step \
	-Wl,--wrap=connection_wants_more,--wrap=connection_write \
	-Wl,--wrap=connection_close,--wrap=connection_written \
	-Wl,--wrap=connection_acknowledged,--wrap=connection_peer_closed \
	-Wl,--wrap=lookup_step,--wrap=lookup_free

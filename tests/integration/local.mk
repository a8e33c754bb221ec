# SPDX-License-Identifier: BSD-2-Clause
# Tests of the whole program: against a second meter, golden results, foreign
# collectors and readers; with damaged captures, failing peers and disks.

integration_checks = \
	tests/integration/check_after.py \
	tests/integration/check_after_live.py \
	tests/integration/check_archive.py \
	tests/integration/check_cases.py \
	tests/integration/check_check.py \
	tests/integration/check_cli.py \
	tests/integration/check_collectors.py \
	tests/integration/check_datagrams.py \
	tests/integration/check_definitions.py \
	tests/integration/check_delivery.py \
	tests/integration/check_faults.py \
	tests/integration/check_followed.py \
	tests/integration/check_golden.py \
	tests/integration/check_hostile.py \
	tests/integration/check_html.py \
	tests/integration/check_html_run.py \
	tests/integration/check_inputs.py \
	tests/integration/check_interfaces.py \
	tests/integration/check_kafka.py \
	tests/integration/check_kafka_cluster.py \
	tests/integration/check_kafka_keys.py \
	tests/integration/check_kafka_wrong.py \
	tests/integration/check_live.py \
	tests/integration/check_malformed.py \
	tests/integration/check_macs.py \
	tests/integration/check_manual.py \
	tests/integration/check_matrix.py \
	tests/integration/check_memory.py \
	tests/integration/check_operators_day.py \
	tests/integration/check_naming.py \
	tests/integration/check_naming_live.py \
	tests/integration/check_packages.py \
	tests/integration/check_page_browser.py \
	tests/integration/check_pcapng.py \
	tests/integration/check_names.py \
	tests/integration/check_name_records.py \
	tests/integration/check_netflow.py \
	tests/integration/check_netflow_live.py \
	tests/integration/check_probe.py \
	tests/integration/check_quality.py \
	tests/integration/check_quality_live.py \
	tests/integration/check_quality_rules.py \
	tests/integration/check_quality_tcptrace.py \
	tests/integration/check_quality_tshark.py \
	tests/integration/check_queries.py \
	tests/integration/check_quic_live.py \
	tests/integration/check_readers.py \
	tests/integration/check_reference.py \
	tests/integration/check_reload.py \
	tests/integration/check_requests.py \
	tests/integration/check_soak.py \
	tests/integration/check_service.py \
	tests/integration/check_shapes.py \
	tests/integration/check_silk.py \
	tests/integration/check_start.py \
	tests/integration/check_statistics.py \
	tests/integration/check_status_browser.py \
	tests/integration/check_stores.py \
	tests/integration/check_taps.py \
	tests/integration/check_text.py \
	tests/integration/check_tls.py \
	tests/integration/check_tools.py \
	tests/integration/check_tstat.py \
	tests/integration/check_watch.py \
	tests/integration/check_workers.py

# Writes a file as yaf does, for check_queries.py.
check_PROGRAMS += tests/integration/yaf_file
tests_integration_yaf_file_SOURCES = tests/integration/yaf_file.c
tests_integration_yaf_file_LDADD = $(FIXBUF_LIBS)

TESTS += $(integration_checks)
EXTRA_DIST += $(integration_checks) \
	tests/integration/browser.py \
	tests/integration/collectors.py \
	tests/integration/delivery.py \
	tests/integration/harness.py \
	tests/integration/kafka_broker.py \
	tests/integration/lossy.py \
	tests/integration/messages.py \
	tests/integration/netspace.py \
	tests/integration/packages.py \
	tests/integration/page_audit.py \
	tests/integration/page_records.py \
	tests/integration/reference.py \
	tests/integration/reference_meter.py \
	tests/integration/quality_cases.py \
	tests/integration/reference_quality.py \
	tests/integration/reference_segments.py \
	tests/integration/relay.py \
	tests/integration/router.py \
	tests/integration/segments.py \
	tests/integration/spoken.py \
	tests/integration/known-disagreements \
	tests/integration/known-quality \
	tests/integration/golden \
	tests/cases \
	tests/captures

# The package that two of them build and share.
clean-local: clean-package-test
clean-package-test:
	rm -rf package-test
.PHONY: clean-package-test

# SOAK is seconds and exchanges a second: make soak SOAK='600 300'
SOAK = 1800 500
soak: src/exflow src/exflowctl
	top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		$(PYTHON3) $(srcdir)/tests/integration/check_soak.py $(SOAK)
.PHONY: soak

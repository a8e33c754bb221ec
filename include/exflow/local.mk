# SPDX-License-Identifier: BSD-2-Clause
noinst_HEADERS = \
	include/exflow/capture.h \
	include/exflow/confine.h \
	include/exflow/daemonise.h \
	include/exflow/decode.h \
	include/exflow/destination.h \
	include/exflow/dump.h \
	include/exflow/exchange.h \
	include/exflow/exporter.h \
	include/exflow/flow_hash.h \
	include/exflow/human.h \
	include/exflow/ipfix.h \
	include/exflow/ledger.h \
	include/exflow/live.h \
	include/exflow/log.h \
	include/exflow/message.h \
	include/exflow/meter.h \
	include/exflow/network.h \
	include/exflow/notify.h \
	include/exflow/pidfile.h \
	include/exflow/privileges.h \
	include/exflow/progress.h \
	include/exflow/probe.h \
	include/exflow/process.h \
	include/exflow/reader.h \
	include/exflow/record.h \
	include/exflow/segment.h \
	include/exflow/service.h \
	include/exflow/settings.h \
	include/exflow/status.h \
	include/exflow/stream.h \
	include/exflow/terminal.h \
	include/exflow/text.h \
	include/exflow/timestamp.h \
	include/exflow/worker.h

# SPDX-License-Identifier: BSD-2-Clause

# Text: csv, json, table.
libexflow_la_SOURCES += \
	src/export/csv.c \
	src/export/json.c \
	src/export/json_row.c \
	src/export/table.c \
	src/export/textfile.c \
	src/export/textfile.h
libexflow_la_SOURCES += src/export/behind.c src/export/behind.h \
	src/export/destination.c src/export/exporter.c \
	src/export/file.c src/export/losses.c src/export/lane.c src/export/lane.h \
	src/export/lane_events.c src/export/lane_events.h src/export/kinds.h src/export/place.c \
	src/export/place.h src/export/retry.h src/export/writer.c \
	src/export/writer.h src/export/archive.c src/export/archive.h \
	src/export/archive_write.c src/export/compress.c \
	src/export/compress.h src/export/keeper.c src/export/keeper.h \
	src/export/pattern.c src/export/pattern.h \
	src/export/pattern_walk.c src/export/adopt.c src/export/adopt.h \
	src/export/whole.c src/export/whole.h src/export/retention.c \
	src/export/retention.h src/export/outputs.c src/export/outputs.h \
	src/export/peer.c src/export/peer.h src/export/published.c \
	src/export/published.h src/export/queue.c \
	src/export/queue.h src/export/tcp.c src/export/udp.c \
	src/export/udp_internal.h src/export/udp_link.c \
	src/export/udp_report.c src/export/udp_send.c
# Collectors over TCP and TLS.
libexflow_la_SOURCES += src/export/balance.c src/export/balance.h \
	src/export/classes.c src/export/classes.h src/export/replace.c \
	src/export/replace.h \
	src/export/connection.c src/export/connection.h \
	src/export/courier.c src/export/courier.h \
	src/export/courier_internal.h src/export/courier_link.c \
	src/export/courier_stock.c src/export/greeting.c \
	src/export/greeting.h src/export/lookup.c src/export/lookup.h \
	src/export/octets.h src/export/outbox.c src/export/outbox.h \
	src/export/parcel.c src/export/parcel.h src/export/spool.c \
	src/export/socket.c src/export/socket.h \
	src/export/spool.h src/export/spool_internal.h \
	src/export/spool_open.c src/export/spool_file.c src/export/spool_file.h \
	src/export/tls.c src/export/tls.h

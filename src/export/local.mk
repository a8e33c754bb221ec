# SPDX-License-Identifier: BSD-2-Clause

# Text: csv, json, table.
libexflow_la_SOURCES += \
	src/export/csv.c \
	src/export/json.c \
	src/export/table.c \
	src/export/textfile.c \
	src/export/textfile.h
libexflow_la_SOURCES += src/export/destination.c src/export/exporter.c \
	src/export/file.c src/export/kinds.h src/export/place.c \
	src/export/place.h src/export/retry.h src/export/writer.c \
	src/export/writer.h src/export/archive.c src/export/archive.h \
	src/export/archive_write.c src/export/compress.c \
	src/export/compress.h src/export/keeper.c src/export/keeper.h \
	src/export/pattern.c src/export/pattern.h src/export/retention.c \
	src/export/retention.h src/export/outputs.c src/export/outputs.h \
	src/export/peer.c src/export/peer.h src/export/queue.c \
	src/export/queue.h src/export/tcp.c src/export/udp.c

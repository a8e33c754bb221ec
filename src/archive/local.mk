# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/archive/archive.c \
	src/archive/archive_disk.c \
	src/archive/archive_internal.h \
	src/archive/compress.c \
	src/archive/compress.h \
	src/archive/finisher.c \
	src/archive/finisher_internal.h \
	src/archive/finisher_work.c \
	src/archive/ipfix_file.c \
	src/archive/ipfix_stream.c \
	src/archive/jobs.c \
	src/archive/jobs.h \
	src/archive/magic.c \
	src/archive/magic.h \
	src/archive/recovery.c \
	src/archive/recovery.h \
	src/archive/retention.c \
	src/archive/retention.h \
	src/archive/writer.c \
	src/archive/writer.h

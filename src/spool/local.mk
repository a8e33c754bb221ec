# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/spool/spool.c \
	src/spool/spool_file.c \
	src/spool/spool_file.h \
	src/spool/spool_folder.c \
	src/spool/spool_folder.h \
	src/spool/spool_internal.h \
	src/spool/spool_octets.c \
	src/spool/spool_octets.h \
	src/spool/spool_preamble.c \
	src/spool/spool_recover.c \
	src/spool/spool_scan.c \
	src/spool/spool_scan.h

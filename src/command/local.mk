# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/command/after.c \
	src/command/after_internal.h \
	src/command/after_journal.c \
	src/command/after_journal.h \
	src/command/after_left.c \
	src/command/after_run.c \
	src/command/command.c \
	src/command/helper.c \
	src/command/run.c \
	src/command/server.c \
	src/command/wire.h

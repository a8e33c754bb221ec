# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/config/command_line.c \
	src/config/command_line.h \
	src/config/file.c \
	src/config/file.h \
	src/config/folders.c \
	src/config/folders.h \
	src/config/load.c \
	src/config/sections.c \
	src/config/sections.h

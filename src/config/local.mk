# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/config/command_line.c \
	src/config/file.c \
	src/config/folders.c \
	src/config/sections.c

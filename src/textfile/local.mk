# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/textfile/text_file.c \
	src/textfile/text_folder.c \
	src/textfile/text_lines.c \
	src/textfile/text_lines.h \
	src/textfile/text_name.c \
	src/textfile/text_name.h \
	src/textfile/text_open.c \
	src/textfile/text_open.h

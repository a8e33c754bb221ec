# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/offline/dispatcher.c \
	src/offline/dispatcher.h \
	src/offline/file_reader.c \
	src/offline/hunting.c \
	src/offline/hunting.h \
	src/offline/inputs.c \
	src/offline/inputs.h \
	src/offline/interface_numbers.c

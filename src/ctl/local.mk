# SPDX-License-Identifier: BSD-2-Clause
# Of exflowctl, which needs no library.
src_exflowctl_SOURCES += \
	src/ctl/request.c \
	src/ctl/request.h \
	src/ctl/screen.c \
	src/ctl/screen.h \
	src/ctl/watch.c \
	src/ctl/watch.h

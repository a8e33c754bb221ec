# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/daemon/confine.c \
	src/daemon/confine.h \
	src/daemon/confine_calls.c \
	src/daemon/control.c \
	src/daemon/daemonise.c \
	src/daemon/notify.c \
	src/daemon/pidfile.c \
	src/daemon/privileges.c \
	src/daemon/resident.c

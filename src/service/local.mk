# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += src/service/process.c src/service/status.c \
	src/service/outputs.c src/service/service.h src/service/files.c \
	src/service/advice.c \
	src/service/live.c src/service/live.h src/service/reload.c \
	src/service/tell.c \
	src/service/live_filter.c src/service/live_filter.h \
	src/service/requests.c src/service/requests.h

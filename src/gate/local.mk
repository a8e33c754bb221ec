# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/gate/gate.c \
	src/gate/hunt.c \
	src/gate/hunter.c \
	src/gate/payload_batch.c \
	src/gate/sides.c \
	src/gate/sides.h

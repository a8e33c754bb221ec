# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += src/ops/log.c
libexflow_la_SOURCES += src/ops/human.c src/ops/text.c

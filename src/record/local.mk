# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += src/record/fields.c src/record/record.c

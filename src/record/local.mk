# SPDX-License-Identifier: BSD-2-Clause
libexflow_la_SOURCES += \
	src/record/definitions.c \
	src/record/fields.c \
	src/record/interface_names.c

# Prints what is generated from the table; "make fields" writes it to its files.
check_PROGRAMS += src/record/exflow-fields
src_record_exflow_fields_SOURCES = src/record/list.c
src_record_exflow_fields_LDADD = libexflow.la

.PHONY: fields
fields: src/record/exflow-fields
	src/record/exflow-fields files | while read -r format file; do \
		src/record/exflow-fields elements $$format >fields.tmp && \
		mv fields.tmp $(top_srcdir)/conf/$$file || exit 1; \
	done
	src/record/exflow-fields man $(top_srcdir)/man/exflow-records.5 \
		>fields.tmp
	mv fields.tmp $(top_srcdir)/man/exflow-records.5

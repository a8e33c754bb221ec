/* SPDX-License-Identifier: BSD-2-Clause */
/* What dump.c uses of dump_table.c and dump_statistics.c. */
#ifndef EXFLOW_SRC_READER_DUMP_INTERNAL_H
#define EXFLOW_SRC_READER_DUMP_INTERNAL_H

#include <glib.h>

#include "exflow/ipfixfile/reader.h"
#include "exflow/reader/dump.h"

struct dump_table {
	int width;
	bool local;   /* time; else UTC */
	bool numbers; /* addresses, no names */
	uint64_t day; /* of the last date line, 0: none */
	bool headed;  /* the heading is printed */
};

/* Append the line (or lines) of a record. */
void dump_table_append(GString *out, struct dump_table *table,
    const struct reader *reader, const struct reader_record *record);
void dump_table_heading(GString *out, struct dump_table *table);
void dump_statistics_append(GString *out, const struct reader *reader);

#endif

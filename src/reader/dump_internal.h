/* SPDX-License-Identifier: BSD-2-Clause */
/* Between dump.c and the forms that are files of their own. */
#ifndef EXFLOW_SRC_READER_DUMP_INTERNAL_H
#define EXFLOW_SRC_READER_DUMP_INTERNAL_H

#include <glib.h>

#include "exflow/ipfix/reader.h"
#include "exflow/reader/dump.h"

struct dump_table {
	int width;
	uint64_t day; /* of the date line printed last, 0: none */
	bool headed;
};

/* Append the line (or lines) of a record. */
void dump_table_append(GString *out, struct dump_table *table,
    const struct reader *reader, const struct reader_record *record);
void dump_statistics_append(GString *out, const struct reader *reader);

#endif

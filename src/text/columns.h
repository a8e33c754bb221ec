/* SPDX-License-Identifier: BSD-2-Clause */
/* The fields that columns = NAME,NAME,... chooses, in that order. */
#ifndef EXFLOW_SRC_TEXT_COLUMNS_H
#define EXFLOW_SRC_TEXT_COLUMNS_H

#include <stddef.h>

#include "exflow/record/record.h"

#define TEXT_COLUMNS_MAX RECORD_FIELDS

struct text_columns {
	const struct field *fields[TEXT_COLUMNS_MAX];
	size_t count;
};

/* Names that are no fields (the settings refuse them) are left out. */
void text_columns_find(struct text_columns *columns, const char *names);
/* Every field that somebody may name is in the records. */
void text_columns_record(struct record_options *record);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "columns.h"

#include <string.h>

static const struct field *
find(const char *name, size_t length)
{
	for (size_t i = 0; i < record_field_count; i++)
		if (strlen(record_fields[i].name) == length &&
		    strncmp(record_fields[i].name, name, length) == 0)
			return &record_fields[i];
	return NULL;
}

void
text_columns_find(struct text_columns *columns, const char *names)
{
	columns->count = 0;
	while (names != NULL && *names != '\0' &&
	       columns->count < TEXT_COLUMNS_MAX) {
		size_t length = strcspn(names, ",");
		const struct field *field = find(names, length);

		if (field != NULL)
			columns->fields[columns->count++] = field;
		names += length + (names[length] == ',');
	}
}

void
text_columns_record(struct record_options *record)
{
	record->flags_own = record->flags_iana = record->biflow = true;
	record->vlan = record->mac = record->interface = true;
	record->payload = true;
	record->profiles = RECORD_FLOWMON | RECORD_NTOP;
}

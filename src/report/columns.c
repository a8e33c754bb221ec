/* SPDX-License-Identifier: BSD-2-Clause */
/* Chosen attributes of each record, one row a record. */
#include <config.h>

#include <string.h>

#include "aggregate_internal.h"

#define COLUMNS_MAX 64

struct columns {
	struct key keys[COLUMNS_MAX];
	size_t count;
};

struct columns *
columns_new(const char *names, const struct attribute_resolver *resolver,
    char *error, size_t error_size)
{
	struct columns *columns = g_new0(struct columns, 1);

	for (;;) {
		size_t length;

		names += strspn(names, " ");
		length = strcspn(names, ",");
		if (columns->count == COLUMNS_MAX) {
			g_snprintf(error, error_size,
			    "expected at most %d names", COLUMNS_MAX);
			break;
		}
		if (key_parse(&columns->keys[columns->count], names, length,
		        resolver, error, error_size) != 0)
			break;
		columns->count++;
		names += length;
		if (*names++ == '\0')
			return columns;
	}
	columns_free(&columns);
	return NULL;
}

void
columns_free(struct columns **columns)
{
	g_free(*columns);
	*columns = NULL;
}

unsigned
columns_parts(const struct columns *columns)
{
	unsigned parts = 0;

	for (size_t i = 0; i < columns->count; i++)
		parts |= columns->keys[i].attribute.parts;
	return parts;
}

struct report *
columns_report(const struct columns *columns)
{
	struct report *report = report_new(NULL);

	for (size_t i = 0; i < columns->count; i++)
		key_column(report, &columns->keys[i]);
	return report;
}

void
columns_fill(const struct columns *columns, const struct subject *subject,
    struct report_cell *cells)
{
	uint8_t octets[KEY_TEXT_MAX + 16];

	for (size_t i = 0; i < columns->count; i++) {
		g_free(cells[i].text);
		cells[i] = (struct report_cell){ .known = false };
		key_write(&columns->keys[i], subject, octets);
		put_keys(&columns->keys[i], 1, octets, &cells[i]);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "options.h"

#include <string.h>
const struct option_row *
option_find(const char *name)
{
	for (size_t i = 0; i < option_count; i++)
		if (strcmp(option_rows[i].name, name) == 0)
			return &option_rows[i];
	return NULL;
}

const char *
settings_fixed_change(
    const struct settings *running, const struct settings *wanted, size_t *i)
{
	while (*i < option_count) {
		const struct option_row *row = &option_rows[(*i)++];

		if (row->same != NULL && !row->same(row, running, wanted))
			return row->name;
	}
	return NULL;
}

int
option_defaults(struct settings *settings)
{
	char error[OPTION_ERROR_SIZE];

	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->initial != NULL &&
		    option_assign(row, settings, row->initial, error) != 0)
			return -1;
	}
	return 0;
}

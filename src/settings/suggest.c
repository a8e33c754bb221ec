/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean": the candidate that is closest to what somebody has typed. */
#include <config.h>

#include "exflow/settings/setting.h"

#include <string.h>

#include "exflow/record/record.h"

#define SUGGEST_LENGTH 48

/* Insertions, deletions and changes of one character from a to b. */
static unsigned
edit_distance(const char *a, const char *b)
{
	unsigned row[SUGGEST_LENGTH + 1], diagonal, above;

	for (unsigned j = 0; j <= strlen(b); j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1] != '\0'; i++) {
		diagonal = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= strlen(b); j++) {
			above = row[j];
			if (a[i - 1] != b[j - 1])
				diagonal++;
			if (diagonal > above + 1)
				diagonal = above + 1;
			if (diagonal > row[j - 1] + 1)
				diagonal = row[j - 1] + 1;
			row[j] = diagonal;
			diagonal = above;
		}
	}
	return row[strlen(b)];
}

void
suggestion_try(struct suggestion *suggestion, const char *candidate)
{
	size_t length = strlen(suggestion->typed), distance;

	if (length > SUGGEST_LENGTH || strlen(candidate) > SUGGEST_LENGTH)
		return;
	distance = edit_distance(suggestion->typed, candidate);
	/* More than a third of the letters wrong is another word. */
	if (distance * 3 > length || distance > 3 ||
	    (suggestion->best != NULL && distance >= suggestion->distance))
		return;
	suggestion->best = candidate;
	suggestion->distance = distance;
}

const char *
setting_suggest_field(const char *name)
{
	const char *best = NULL;
	size_t least = 8;

	if (strlen(name) > SUGGEST_LENGTH)
		return NULL;
	for (size_t i = 0; i < record_field_count; i++) {
		const char *field = record_fields[i].name;
		size_t distance = strlen(field) <= SUGGEST_LENGTH
		                      ? edit_distance(name, field)
		                      : SUGGEST_LENGTH;

		if (distance < least && distance * 3 <= strlen(name)) {
			least = distance;
			best = field;
		}
	}
	return best;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What people are told of options: --help, messages, "did you mean". */
#include <config.h>

#include "options.h"

#include <string.h>

#include "exflow/decode/decode.h"

#define SUGGEST_LENGTH 32

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

const char *
option_suggest(const char *name)
{
	const char *best = NULL;
	size_t least = 4, distance;

	if (strlen(name) > SUGGEST_LENGTH)
		return NULL;
	for (size_t i = 0; i < option_count; i++) {
		distance = edit_distance(name, option_rows[i].name);
		/* More than a third of the letters wrong is another word. */
		if (distance < least && distance * 3 <= strlen(name)) {
			least = distance;
			best = option_rows[i].name;
		}
	}
	return best;
}

static void
words_join(const struct option_row *row, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; row->words[i] != NULL && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i == 0                      ? ""
		    : row->words[i + 1] == NULL ? " or "
		                                : ", ",
		    row->words[i]);
}

static void
kinds_join(char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; meter_kind_name(i) != NULL && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i == 0                           ? ""
		    : meter_kind_name(i + 1) == NULL ? " or "
		                                     : ", ",
		    meter_kind_name(i));
}

static void
tunnels_join(char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; tunnel_name(i) != NULL && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i > 0 ? ", " : "", tunnel_name(i));
	if (used < size)
		snprintf(text + used, size - used, " or all");
}

void
option_expected(const struct option_row *row, char *text, size_t size)
{
	if (row->clear == clear_tunnels)
		tunnels_join(text, size);
	else if (row->clear == clear_meter)
		kinds_join(text, size);
	else if (row->words[0] != NULL)
		words_join(row, text, size);
	else if (row->expected != NULL)
		snprintf(text, size, "%s", row->expected);
	else
		snprintf(text, size, "%s%s%s%.15g to %.15g%s%s",
		    row->zero != NULL ? "0 (" : "",
		    row->zero != NULL ? row->zero : "",
		    row->zero != NULL ? ") or " : "", row->minimum,
		    row->maximum, row->unit != NULL ? " " : "",
		    row->unit != NULL ? row->unit : "");
}

/* A terminal's line behind the names, less the room for a default. */
#define HELP_INDENT "                           " /* 27 spaces */
#define HELP_WIDTH 39
#define HELP_LINE 51 /* without a default, with its semicolon */

/* What is too long for a line goes on in the next, behind a comma. */
static void
print_expected(const char *expected, FILE *stream)
{
	int head = HELP_LINE;

	if (strlen(expected) <= HELP_LINE) {
		fputs(expected, stream);
		return;
	}
	while (head > 0 && expected[head - 1] != ' ')
		head--;
	fprintf(stream, "%.*s\n" HELP_INDENT " %s", head - 1, expected,
	    expected + head);
}

void
option_rows_help(const struct option_row *rows, size_t count, FILE *stream)
{
	char expected[256];

	for (size_t i = 0; i < count; i++) {
		const struct option_row *row = &rows[i];

		option_expected(row, expected, sizeof(expected));
		fprintf(stream, "  %-26s%s\n%28s", row->name, row->help, "");
		print_expected(expected, stream);
		fprintf(stream, ";%s",
		    strlen(expected) > HELP_WIDTH ? "\n" HELP_INDENT : "");
		fprintf(stream, " default %s\n",
		    row->initial != NULL ? row->initial : "none");
	}
}

void
option_help(FILE *stream)
{
	option_rows_help(option_rows, option_count, stream);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every live exchange is offered to a list of the top ones; the list is then
 * printed as JSON lines or as rows of the table.  The worker of an exchange
 * calls offer_live, one worker after the other, so that the list needs no lock.
 */
#include <config.h>

#include "exflow/live/answers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/clock.h"
#include "exflow/filter/filter.h"
#include "exflow/text/json_row.h"
#include "exflow/text/table_row.h"

#include "name_answers.h"
#include "top.h"

static int
print_json(const struct interface_names *names, const struct top_entry *entries,
    size_t count, FILE *stream)
{
	struct record_options options;
	struct json_rows *rows;
	char row[JSON_ROW_SIZE];

	record_options_init(&options);
	options.interface = true;
	options.interface_names = names;
	options.names = options.payload = true; /* where there are some */
	rows = json_rows_new(&options, NULL);
	if (rows == NULL)
		return -1;
	for (size_t i = 0; i < count; i++) {
		char *end = json_row(rows, entries[i].exchange, row);

		*end++ = '\n';
		fwrite(row, 1, (size_t)(end - row), stream);
	}
	json_rows_free(&rows);
	return 0;
}

static void
print_table(const struct answer_form *form, const char *order,
    const struct top *top, FILE *stream)
{
	struct table_rows rows;
	char text[TABLE_ROW_SIZE] = "", *end;

	table_rows_init(&rows, form->width, form->local, false);
	rows.now = top->now;
	rows.numbers = form->numbers;
	end = table_heading(&rows, order, text);
	fwrite(text, 1, (size_t)(end - text), stream);
	for (size_t i = 0; i < top->count; i++) {
		end = table_row(&rows, top->entries[i].exchange, text);
		fwrite(text, 1, (size_t)(end - text), stream);
	}
}

/* How many there are, and how many of them were printed. */
static int
print_exchanges(const struct interface_names *names,
    const struct answer_form *form, const char *order, const struct top *top,
    uint64_t found, FILE *stream, char *error)
{
	if (form->json &&
	    print_json(names, top->entries, top->count, stream) == -1) {
		snprintf(error, CONTROL_ERROR_SIZE, "out of memory");
		return -1;
	}
	if (form->json) {
		fprintf(stream, "{\"found\": %" PRIu64 ", \"shown\": %zu}\n",
		    found, top->count);
		return 0;
	}
	print_table(form, order, top, stream);
	fprintf(
	    stream, "%zu of %" PRIu64 " live exchanges\n", top->count, found);
	return 0;
}

struct selection {
	struct filter *filter;
	struct top top;
};

static bool
offer_live(void *context, const struct exchange *exchange)
{
	struct selection *selection = context;

	if (!filter_takes_exchange(selection->filter, exchange))
		return false;
	top_offer(&selection->top, exchange);
	return true;
}

/* NULL with a message in error. */
static struct filter *
compile(const char *text, timestamp now, char *error)
{
	struct filter_options options = { .now = now };
	struct filter_error wrong;
	struct filter *filter =
	    filter_compile(text != NULL ? text : "", &options, &wrong);

	if (filter == NULL)
		filter_error_line(&wrong, text, error, CONTROL_ERROR_SIZE);
	return filter;
}

/* The top exchanges that the filter, which is text, takes. */
static int
answer_selection(const struct live_source *source,
    const struct answer_form *form, enum top_order order,
    const char *order_text, size_t limit, char *text, FILE *stream, char *error)
{
	struct timespec time = clock_read(CLOCK_REALTIME);
	timestamp now = timestamp_from(time.tv_sec, time.tv_nsec);
	struct selection selection;
	uint64_t found;
	int result;

	selection.filter = compile(text, now, error);
	if (selection.filter == NULL)
		return CONTROL_USAGE;
	if (top_init(&selection.top, order, limit, now) == -1) {
		filter_free(&selection.filter);
		snprintf(error, CONTROL_ERROR_SIZE, "out of memory");
		return -1;
	}
	found = probe_visit(source->probe, offer_live, &selection);
	top_sort(&selection.top);
	result = print_exchanges(source->names, form, order_text,
	    &selection.top, found, stream, error);
	top_clear(&selection.top);
	filter_free(&selection.filter);
	return result;
}

/* live [FILTER]: the oldest first. */
int
answer_live(const struct live_source *source, const struct answer_form *form,
    char *text, FILE *stream, char *error)
{
	return answer_selection(source, form, TOP_AGE, "in order of start",
	    TOP_MAX, text, stream, error);
}

/* The next word, without taking it; its length, 0: none. */
static size_t
peek(char **text)
{
	if (*text == NULL)
		return 0;
	*text += strspn(*text, " \t");
	return strcspn(*text, " \t");
}

static char *
take(char **text)
{
	return peek(text) > 0 ? strsep(text, " \t") : NULL;
}

struct name_selection {
	struct filter *filter;
	struct top_names top;
};

static bool
offer_name(void *context, const struct exchange *exchange)
{
	struct name_selection *selection = context;

	if (!filter_takes_exchange(selection->filter, exchange))
		return false;
	top_names_offer(&selection->top, exchange);
	return true;
}

/* top [NUMBER] by name [FILTER] */
static int
answer_names(const struct live_source *source, const struct answer_form *form,
    size_t limit, char *text, FILE *stream, char *error)
{
	struct timespec time = clock_read(CLOCK_REALTIME);
	timestamp now = timestamp_from(time.tv_sec, time.tv_nsec);
	struct name_selection selection;
	uint64_t found;

	selection.filter = compile(text, now, error);
	if (selection.filter == NULL)
		return CONTROL_USAGE;
	if (top_names_init(&selection.top) == -1) {
		filter_free(&selection.filter);
		snprintf(error, CONTROL_ERROR_SIZE, "out of memory");
		return -1;
	}
	found = probe_visit(source->probe, offer_name, &selection);
	print_names(form, &selection.top, limit, found, stream);
	top_names_clear(&selection.top);
	filter_free(&selection.filter);
	return 0;
}

/* top [NUMBER] [by ORDER] [FILTER] */
int
answer_top(const struct live_source *source, const struct answer_form *form,
    char *text, FILE *stream, char *error)
{
	enum top_order order = TOP_OCTETS;
	unsigned long limit = TOP_DEFAULT;
	const char *word = "octets";
	char heading[32];

	if (peek(&text) > 0 && *text >= '0' && *text <= '9') {
		limit = strtoul(text, NULL, 10);
		take(&text);
	}
	if (limit < 1 || limit > TOP_MAX) {
		snprintf(error, CONTROL_ERROR_SIZE,
		    "top: expected a number from 1 to %d", TOP_MAX);
		return CONTROL_USAGE;
	}
	if (peek(&text) == 2 && strncmp(text, "by", 2) == 0) {
		take(&text);
		word = take(&text);
		if (word != NULL && strcmp(word, "name") == 0)
			return answer_names(
			    source, form, limit, text, stream, error);
		if (word == NULL || top_order_parse(word, &order) == -1) {
			snprintf(error, CONTROL_ERROR_SIZE,
			    "top by %.40s: expected octets, packets, rate, "
			    "age or name",
			    word != NULL ? word : "");
			return CONTROL_USAGE;
		}
	}
	snprintf(heading, sizeof(heading), "top by %s", word);
	return answer_selection(
	    source, form, order, heading, limit, text, stream, error);
}

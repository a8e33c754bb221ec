/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table, for people, on standard output: rows of table_row.h in the order in
 * which the exchanges end.
 *
 * With sort = start, rows are kept until the end of input and then come in the
 * order of their first packet.  Memory is bounded: the exchange that finds
 * KEPT_MAX of them there makes the table print these in order, and what follows
 * in the order of end, and say so.
 */
#include <config.h>

#include "exflow/output/kind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "exflow/base/log.h"
#include "exflow/text/kinds.h"
#include "exflow/text/table_row.h"

#include "text_file.h"

#define KEPT_MAX 500000 /* exchanges, of about 350 octets each */

struct table {
	struct destination destination;
	struct text_file file;
	struct table_rows rows;
	bool sorts; /* rows are kept, to be sorted */
	struct exchange *kept;
	size_t kept_count, kept_room;
};

static int
table_start(struct destination *destination)
{
	struct table *table = (struct table *)destination;
	const struct destination_options *options = &destination->options;

	table->sorts = options->sort_start;
	table_rows_init(
	    &table->rows, options->terminal_width, options->local_time);
	if (text_file_open(&table->file, "-") < 0) {
		destination_fail(destination, "standard output: %s",
		    strerror(table->file.error));
		return -1;
	}
	text_file_end_line(&table->file,
	    table_heading(&table->rows,
	        table->sorts ? "in order of start" : "in order of end",
	        text_file_line(&table->file)));
	return 0;
}

/* EPIPE: the reader has read enough, which is no error to report. */
static void
lose(struct destination *destination, int error, uint64_t rows)
{
	if (error != EPIPE && destination->error[0] == '\0')
		destination_fail(
		    destination, "standard output: %s", strerror(error));
	destination_lose(destination, LOSS_WRITE, rows);
}

static void
put_rows(struct table *table, const struct exchange *exchanges, size_t n)
{
	for (size_t i = 0; i < n && table->file.error == 0; i++)
		text_file_end_line(
		    &table->file, table_row(&table->rows, &exchanges[i],
		                      text_file_line(&table->file)));
	if (text_file_flush(&table->file) == 0)
		destination_deliver(&table->destination, n);
	else
		lose(&table->destination, table->file.error, n);
}

static gint
by_start(gconstpointer a, gconstpointer b, gpointer context)
{
	timestamp first = exchange_first(a), other = exchange_first(b);

	(void)context;
	return timestamp_before(first, other)   ? -1
	       : timestamp_before(other, first) ? 1
	                                        : 0;
}

static void
put_kept(struct table *table)
{
	if (table->kept_count > 0) {
		g_qsort_with_data(table->kept, (gint)table->kept_count,
		    sizeof(*table->kept), by_start, NULL);
		put_rows(table, table->kept, table->kept_count);
	}
	free(table->kept);
	table->kept = NULL;
	table->kept_count = table->kept_room = 0;
}

static int
keep(struct table *table, const struct exchange *exchanges, size_t n)
{
	size_t room = table->kept_room;
	struct exchange *kept;

	if (n > KEPT_MAX - table->kept_count)
		return -1;
	while (room - table->kept_count < n)
		room = room == 0 ? 1024 : 2 * room;
	if (room > table->kept_room) {
		kept = reallocarray(table->kept, room, sizeof(*kept));
		if (kept == NULL)
			return -1;
		table->kept = kept;
		table->kept_room = room;
	}
	memcpy(
	    table->kept + table->kept_count, exchanges, n * sizeof(*exchanges));
	table->kept_count += n;
	return 0;
}

static void
table_exchanges(
    struct destination *destination, const struct exchange *exchanges, size_t n)
{
	struct table *table = (struct table *)destination;

	if (table->sorts && keep(table, exchanges, n) == 0)
		return;
	if (table->sorts) {
		log_warning("table: more exchanges than fit in memory, so that "
		            "only the first %zu are in order of start",
		    table->kept_count);
		put_kept(table);
		table->sorts = false;
	}
	put_rows(table, exchanges, n);
}

static uint64_t
table_tick(struct destination *destination, uint64_t now_ms)
{
	struct table *table = (struct table *)destination;

	return destination->options.live ? text_file_tick(&table->file, now_ms)
	                                 : 0;
}

static int
table_finish(struct destination *destination)
{
	struct table *table = (struct table *)destination;
	int result;

	put_kept(table);
	result = text_file_finish(&table->file);

	destination->counts.octets = table->file.octets;
	if (result < 0)
		lose(destination, table->file.error, 0);
	return result;
}

static void
table_free(struct destination *destination)
{
	struct table *table = (struct table *)destination;

	text_file_free(&table->file);
	free(table->kept);
}

static const struct destination_ops table_ops = {
	.scheme = "table",
	.once = true,
	.message_octets = text_message_octets,
	.start = table_start,
	.exchanges = table_exchanges,
	.tick = table_tick,
	.finish = table_finish,
	.free = table_free,
};

struct destination *
table_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct table *table;

	if (argument[0] != '\0') {
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "%s: nothing was expected behind \"table\"", spec);
		return NULL;
	}
	table =
	    destination_alloc(sizeof(*table), &table_ops, spec, options, error);
	if (table == NULL)
		return NULL;
	table->file = (struct text_file)TEXT_FILE_INIT;
	return &table->destination;
}

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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "exflow/base/log.h"
#include "exflow/text/kinds.h"
#include "exflow/text/table_row.h"

#include "exflow/textfile/text_file.h"

#define KEPT_MAX 500000 /* exchanges, of about 350 octets each */

/*
 * A row to come.  The figures of the exchange's quality are not there, and of
 * its names only the server's, which is owned.
 */
struct kept {
	struct exchange exchange;
	struct table_quality quality;
	struct exchange_names *name; /* or NULL */
};

struct table {
	struct destination destination;
	struct text_file file;
	struct table_rows rows;
	bool sorts; /* rows are kept, to be sorted */
	struct kept *kept;
	size_t kept_count, kept_room;
};

static bool
shows_quality(const struct destination_options *options)
{
	return options->record.quality &&
	       (options->detailed ||
	           options->terminal_width >= TABLE_WIDTH_QUALITY);
}

static int
table_start(struct destination *destination)
{
	struct table *table = (struct table *)destination;
	const struct destination_options *options = &destination->options;

	table->sorts = options->sort_start;
	table_rows_init(&table->rows, options->terminal_width,
	    options->local_time, shows_quality(options));
	table->rows.numbers = options->numbers;
	if (text_file_start(&table->file) != 0)
		return -1;
	text_file_end_text(&table->file,
	    table_heading(&table->rows,
	        table->sorts ? "in order of start" : "in order of end",
	        text_file_line(&table->file)));
	return 0;
}

static const char *
table_target(const struct destination *destination, size_t i)
{
	return i == 0 ? ((const struct table *)destination)->file.pattern
	              : NULL;
}

static void
put_row(struct table *table, const struct exchange *exchange,
    const struct table_quality *quality)
{
	if (!table->file.failed)
		text_file_end_text(
		    &table->file, table_row_with(&table->rows, exchange,
		                      quality, text_file_line(&table->file)));
}

/* A row may be several lines, so that rows are counted here. */
static void
end_rows(struct table *table, size_t n)
{
	text_file_flush(&table->file);
	if (table->file.failed)
		destination_lose(&table->destination, LOSS_WRITE, n);
	else
		destination_deliver(&table->destination, n);
}

static gint
by_start(gconstpointer a, gconstpointer b, gpointer context)
{
	const struct kept *one = a, *two = b;
	timestamp first = exchange_first(&one->exchange);
	timestamp other = exchange_first(&two->exchange);

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
		for (size_t i = 0; i < table->kept_count; i++) {
			put_row(table, &table->kept[i].exchange,
			    &table->kept[i].quality);
			free(table->kept[i].name);
		}
		end_rows(table, table->kept_count);
	}
	free(table->kept);
	table->kept = NULL;
	table->kept_count = table->kept_room = 0;
}

/* The server's name alone; NULL without one, or without memory. */
static struct exchange_names *
keep_name(const struct exchange_names *names)
{
	struct exchange_names *kept;
	size_t length;

	if (names == NULL || names->length[NAMES_SERVER] == 0)
		return NULL;
	length = names->length[NAMES_SERVER];
	kept = calloc(1, sizeof(*kept) + length);
	if (kept == NULL)
		return NULL;
	kept->length[NAMES_SERVER] = kept->texts = (uint16_t)length;
	memcpy(kept->text, exchange_names_text(names, NAMES_SERVER), length);
	return kept;
}

static int
keep(struct table *table, const struct exchange *exchanges, size_t n)
{
	size_t room = table->kept_room;
	struct kept *kept;

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
	for (size_t i = 0; i < n; i++) {
		kept = &table->kept[table->kept_count++];
		kept->exchange = exchanges[i];
		kept->exchange.quality = NULL;
		kept->exchange.names = NULL;
		kept->quality = table_quality_of(&exchanges[i]);
		kept->name =
		    table->rows.numbers ? NULL : keep_name(exchanges[i].names);
		kept->exchange.names = kept->name;
	}
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
	for (size_t i = 0; i < n; i++) {
		struct table_quality quality = table_quality_of(&exchanges[i]);

		put_row(table, &exchanges[i], &quality);
	}
	end_rows(table, n);
}

static uint64_t
table_tick(struct destination *destination, uint64_t now_ms)
{
	return text_file_tick(&((struct table *)destination)->file, now_ms);
}

static int
table_finish(struct destination *destination)
{
	struct table *table = (struct table *)destination;

	put_kept(table);
	return text_file_finish(&table->file);
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
	.target = table_target,
	.start = table_start,
	.exchanges = table_exchanges,
	.tick = table_tick,
	.finish = table_finish,
	.free = table_free,
};

/* The same with -v. */
static const struct destination_ops table_detailed_ops = {
	.scheme = "table",
	.once = true,
	.quality = DESTINATION_QUALITY_WANTED,
	.message_octets = text_message_octets,
	.target = table_target,
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
	struct destination *destination;
	struct table *table;

	if (argument[0] != '\0') {
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "%s: nothing was expected behind \"table\"", spec);
		return NULL;
	}
	table = destination_alloc(sizeof(*table),
	    options->detailed ? &table_detailed_ops : &table_ops, spec, options,
	    error);
	if (table == NULL)
		return NULL;
	if (text_file_init(&table->file, &table->destination, "-", "", false) ==
	    0)
		return &table->destination;
	snprintf(error, DESTINATION_ERROR_SIZE, "%s: out of memory", spec);
	destination = &table->destination;
	destination_free(&destination);
	return NULL;
}

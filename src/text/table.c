/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table, for people, on standard output.  Each line has columns of fixed width
 * on either side, and between them the endpoints get what is left of the
 * terminal's width.  Endpoints too long for that (IPv6) break the line: the
 * client is on the first line, the server and the numbers on the second.
 *
 *	START    TIME  PRO CLIENT > SERVER ... PACKETS   OCTETS    END
 *	                                       sent rcvd sent rcvd
 *
 * A line with the date comes before the first row of each day.
 */
#include "exflow/output/kind.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/human.h"
#include "exflow/base/text.h"
#include "exflow/text/kinds.h"

#include "text_file.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MIN 80
#define WIDTH_MAX 400
#define WIDTH_FLAGS 120  /* from here: milliseconds, flags, full end */
#define WIDTH_LAST 140   /* from here: time of the last packet */
#define PROTOCOL_WIDTH 3 /* a longer name takes of the endpoints' room */
#define NUMBERS_WIDTH 20 /* " 1.2k 1.2k 1.2k 1.2k" */

struct table {
	struct destination destination;
	struct text_file file;
	uint64_t day;  /* of the last date line, since 1970, plus 1; 0: none */
	int endpoints; /* width of that column */
	bool flags, last;
};

/* One line that is being put together; what does not fit is cut off. */
struct line {
	char text[2 * WIDTH_MAX];
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void
line_add(struct line *line, const char *format, ...)
{
	va_list arguments;
	size_t room = sizeof(line->text) - line->used;
	int n;

	va_start(arguments, format);
	n = vsnprintf(line->text + line->used, room, format, arguments);
	va_end(arguments);
	if (n > 0)
		line->used += (size_t)n < room ? (size_t)n : room - 1;
}

static void
line_end(struct table *table, struct line *line)
{
	char *at = text_file_line(&table->file);

	while (line->used > 0 && line->text[line->used - 1] == ' ')
		line->used--;
	memcpy(at, line->text, line->used);
	at += line->used;
	*at++ = '\n';
	text_file_end_text(&table->file, at);
	line->used = 0;
}

/* Columns of a line without the endpoints. */
static int
fixed_width(const struct table *table)
{
	int width =
	    8 + 1 + HUMAN_TIME_WIDTH + 1 + PROTOCOL_WIDTH + 1 + NUMBERS_WIDTH;

	if (!table->flags)
		return width + 1 + 4;
	width += 4 + 2 * 9 + 1 + 11;
	return table->last ? width + 13 : width;
}

static int
prefix_width(const struct table *table)
{
	return 8 + (table->flags ? 4 : 0) + (table->last ? 13 : 0) + 1 +
	       HUMAN_TIME_WIDTH + 1 + PROTOCOL_WIDTH + 1;
}

static void
put_heading(struct table *table)
{
	struct line line = { .used = 0 };

	line_add(&line, "%-*s", table->flags ? 12 : 8, "START");
	if (table->last)
		line_add(&line, " %-12s", "LAST");
	line_add(&line, " %*s PRO %-*s %9s %9s", HUMAN_TIME_WIDTH, "TIME",
	    table->endpoints, "CLIENT > SERVER", "PACKETS  ", "OCTETS   ");
	if (table->flags)
		line_add(&line, " %-8s %-8s", "FLAGS", "");
	line_add(&line, " END");
	line_end(table, &line);
	line_add(&line, "%*s %4s %4s %4s %4s",
	    prefix_width(table) + table->endpoints, "", "sent", "rcvd", "sent",
	    "rcvd");
	if (table->flags)
		line_add(&line, " %-8s %-8s", "sent", "rcvd");
	line_end(table, &line);
}

/* "2024-01-02 UTC", where the day differs from that of the line above. */
static void
put_day(struct table *table, timestamp time)
{
	uint64_t day = (uint64_t)(time.ns / NS_PER_SECOND) / 86400 + 1;
	struct line line = { .used = 0 };
	char date[TEXT_TIME_SIZE];

	if (day == table->day)
		return;
	table->day = day;
	text_time(date, time, 0);
	line_add(&line, "%.10s UTC", date);
	line_end(table, &line);
}

static void
add_clock(struct line *line, timestamp time, bool milliseconds)
{
	char text[TEXT_TIME_SIZE];

	text_time(text, time, 3);
	line_add(line, "%.*s ", milliseconds ? 12 : 8, text + 11);
}

/* At 80 columns the end has four; these abbreviate its names. */
static const char *
short_end(enum exchange_end end)
{
	static const char *const names[END_COUNT] = {
		[END_FINISHED] = "fin",
		[END_RESET] = "rst",
		[END_HALF_CLOSED] = "half",
		[END_REPLACED] = "repl",
		[END_UNANSWERED] = "none",
		[END_IDLE] = "idle",
		[END_ACTIVE] = "part",
		[END_EVICTED] = "evic",
		[END_SHUTDOWN] = "shut",
	};

	return (unsigned)end < END_COUNT && names[end] != NULL ? names[end]
	                                                       : "?";
}

/* Ends with the protocol, which may be wider than its column. */
static void
add_prefix(struct table *table, struct line *line, const struct exchange *e)
{
	timestamp first = exchange_first(e), last = exchange_last(e);
	char span[HUMAN_SIZE], protocol[HUMAN_SIZE];

	add_clock(line, first, table->flags);
	if (table->last)
		add_clock(line, last, true);
	human_time(span, timestamp_since(last, first));
	human_protocol(protocol, e->protocol);
	line_add(line, "%*s %-*s ", HUMAN_TIME_WIDTH, span, PROTOCOL_WIDTH,
	    protocol);
}

static bool
is_icmp(const struct exchange *e)
{
	return e->protocol ==
	       (e->ip_version == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMP6);
}

/* The flags that a side sent; of ICMP what the first packet was, "8/0". */
static void
add_flags(struct line *line, const struct exchange *e, int side)
{
	char text[HUMAN_SIZE];

	human_flags(text, exchange_flags(e, side));
	if (side == CLIENT && is_icmp(e))
		snprintf(text, sizeof(text), "%d/%d", e->icmp_type_code >> 8,
		    e->icmp_type_code & 0xff);
	line_add(line, " %-8s", text);
}

static void
add_numbers(struct table *table, struct line *line, const struct exchange *e)
{
	const struct exchange_side *side = e->side;
	const uint64_t numbers[] = { side[CLIENT].packets, side[SERVER].packets,
		side[CLIENT].ip_octets, side[SERVER].ip_octets };
	char text[HUMAN_SIZE];

	for (size_t i = 0; i < 4; i++) {
		human_number(text, numbers[i]);
		line_add(line, " %*s", HUMAN_NUMBER_WIDTH, text);
	}
	if (!table->flags) {
		line_add(line, " %s", short_end(e->end));
		return;
	}
	for (int i = CLIENT; i <= SERVER; i++)
		add_flags(line, e, i);
	line_add(line, " %s", exchange_end_name(e->end));
}

/* "192.0.2.1:80"; without the port for a protocol that has none. */
static int
endpoint(char text[TEXT_ENDPOINT_SIZE + 1], const struct exchange *e, int side)
{
	char *end = segment_has_ports(e->protocol)
	                ? text_endpoint(text, e->address[side], e->ip_version,
	                      e->port[side])
	                : text_address(text, e->address[side], e->ip_version);

	*end = '\0';
	return (int)(end - text);
}

static void
put_row(struct table *table, const struct exchange *e)
{
	struct line line = { .used = 0 };
	char text[2][TEXT_ENDPOINT_SIZE + 1];
	int length = endpoint(text[CLIENT], e, CLIENT) +
	             endpoint(text[SERVER], e, SERVER);
	int prefix, column;

	put_day(table, exchange_first(e));
	add_prefix(table, &line, e);
	prefix = (int)line.used;
	column = table->endpoints - (prefix - prefix_width(table));
	if (length + 3 <= column) {
		line_add(&line, "%s > %s%*s", text[CLIENT], text[SERVER],
		    column - length - 3, "");
	} else if (length + 1 <= column) {
		line_add(&line, "%s>%s%*s", text[CLIENT], text[SERVER],
		    column - length - 1, "");
	} else {
		int server = (int)strlen(text[SERVER]) + 2;

		line_add(&line, "%s", text[CLIENT]);
		line_end(table, &line);
		/* Below the client; further left where it does not fit. */
		line_add(&line, "%*s> %-*s",
		    server <= column ? prefix : prefix + column - server, "",
		    server <= column ? column - 2 : 0, text[SERVER]);
	}
	add_numbers(table, &line, e);
	line_end(table, &line);
}

static int
table_start(struct destination *destination)
{
	struct table *table = (struct table *)destination;
	unsigned width = destination->options.terminal_width;

	if (width == 0)
		width = WIDTH_DEFAULT;
	if (width < WIDTH_MIN)
		width = WIDTH_MIN;
	if (width > WIDTH_MAX)
		width = WIDTH_MAX;
	table->flags = width >= WIDTH_FLAGS;
	table->last = width >= WIDTH_LAST;
	table->endpoints = (int)width - fixed_width(table);
	if (text_file_start(&table->file) != 0)
		return -1;
	put_heading(table);
	return 0;
}

static const char *
table_target(const struct destination *destination, size_t i)
{
	return i == 0 ? ((const struct table *)destination)->file.pattern
	              : NULL;
}

/* A row may be several lines, so that rows are counted here. */
static void
table_exchanges(
    struct destination *destination, const struct exchange *exchanges, size_t n)
{
	struct table *table = (struct table *)destination;

	for (size_t i = 0; i < n && !table->file.failed; i++)
		put_row(table, &exchanges[i]);
	text_file_flush(&table->file);
	if (table->file.failed)
		destination_lose(destination, LOSS_WRITE, n);
	else
		destination_deliver(destination, n);
}

static uint64_t
table_tick(struct destination *destination, uint64_t now_ms)
{
	return text_file_tick(&((struct table *)destination)->file, now_ms);
}

static int
table_finish(struct destination *destination)
{
	return text_file_finish(&((struct table *)destination)->file);
}

static void
table_free(struct destination *destination)
{
	struct table *table = (struct table *)destination;

	text_file_free(&table->file);
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
	table =
	    destination_alloc(sizeof(*table), &table_ops, spec, options, error);
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

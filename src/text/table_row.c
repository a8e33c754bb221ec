/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/text/table_row.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "exflow/base/human.h"
#include "exflow/base/text.h"
#include "exflow/text/endpoints.h"

#define WIDTH_FLAGS 120  /* from here: milliseconds, flags, full end */
#define WIDTH_LAST 140   /* from here: time of the last packet */
#define PROTOCOL_WIDTH 3 /* a longer name takes of the endpoints' room */
#define NUMBERS_WIDTH 20 /* " 1.2k 1.2k 1.2k 1.2k" */
#define QUALITY_WIDTH 11 /* " 12.3s 1.2k" */
#define LINE_SIZE (TABLE_ROW_SIZE / 4)

/* The line that is being written; what does not fit is cut off. */
struct line {
	char *at; /* its first octet */
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void
line_add(struct line *line, const char *format, ...)
{
	va_list arguments;
	size_t room = LINE_SIZE - line->used;
	int n;

	va_start(arguments, format);
	n = vsnprintf(line->at + line->used, room, format, arguments);
	va_end(arguments);
	if (n > 0)
		line->used += (size_t)n < room ? (size_t)n : room - 1;
}

static void
line_end(struct line *line)
{
	while (line->used > 0 && line->at[line->used - 1] == ' ')
		line->used--;
	line->at[line->used] = '\n';
	line->at += line->used + 1;
	line->used = 0;
}

/* Columns of a line without the endpoints. */
static int
fixed_width(const struct table_rows *rows)
{
	int width =
	    8 + 1 + HUMAN_TIME_WIDTH + 1 + PROTOCOL_WIDTH + 1 + NUMBERS_WIDTH;

	if (rows->quality)
		width += QUALITY_WIDTH;
	if (!rows->flags)
		return width + 1 + 4;
	width += 4 + 2 * 9 + 1 + 11;
	return rows->last ? width + 13 : width;
}

static int
prefix_width(const struct table_rows *rows)
{
	return 8 + (rows->flags ? 4 : 0) + (rows->last ? 13 : 0) + 1 +
	       HUMAN_TIME_WIDTH + 1 + PROTOCOL_WIDTH + 1;
}

char *
table_heading(const struct table_rows *rows, const char *order, char *at)
{
	struct line line = { 0 };
	char note[HUMAN_SIZE + 16];

	line.at = at;
	line_add(&line, "%-*s", rows->flags ? 12 : 8, "START");
	if (rows->last)
		line_add(&line, " %-12s", "LAST");
	line_add(&line, " %*s PRO %-*s %9s %9s", HUMAN_TIME_WIDTH, "TIME",
	    rows->endpoints, "CLIENT > SERVER", "PACKETS  ", "OCTETS   ");
	if (rows->flags)
		line_add(&line, " %-8s %-8s", "FLAGS", "");
	if (rows->quality)
		line_add(&line, " %*s %*s", HUMAN_TIME_WIDTH, "RTT",
		    HUMAN_NUMBER_WIDTH, "RETR");
	line_add(&line, rows->now.ns != 0 ? " RATE" : " END");
	line_end(&line);
	snprintf(note, sizeof(note), "(%s, %s)", order,
	    rows->local ? "local time" : "UTC");
	line_add(&line, "%-*s %4s %4s %4s %4s",
	    prefix_width(rows) + rows->endpoints, note, "sent", "rcvd", "sent",
	    "rcvd");
	if (rows->flags)
		line_add(&line, " %-8s %-8s", "sent", "rcvd");
	line_end(&line);
	return line.at;
}

/* "2024-01-02 UTC", where the day differs from that of the row above. */
static void
put_day(struct table_rows *rows, struct line *line, timestamp time)
{
	char date[TEXT_TIME_SIZE], zone[HUMAN_SIZE];
	timestamp shown = human_clock(zone, time, rows->local);
	uint64_t day = (uint64_t)(shown.ns / NS_PER_SECOND) / 86400 + 1;

	if (day == rows->day)
		return;
	rows->day = day;
	text_time(date, shown, 0);
	line_add(line, "%.10s %s", date, zone);
	line_end(line);
}

static void
add_clock(const struct table_rows *rows, struct line *line, timestamp time,
    bool milliseconds)
{
	char text[TEXT_TIME_SIZE], zone[HUMAN_SIZE];

	text_time(text, human_clock(zone, time, rows->local), 3);
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
add_prefix(
    const struct table_rows *rows, struct line *line, const struct exchange *e)
{
	timestamp first = exchange_first(e), last = exchange_last(e);
	char span[HUMAN_SIZE], protocol[HUMAN_SIZE];

	add_clock(rows, line, first, rows->flags);
	if (rows->last)
		add_clock(rows, line, last, true);
	human_time(span, timestamp_since(last, first));
	human_protocol(protocol, e->protocol);
	line_add(line, "%*s %-*s ", HUMAN_TIME_WIDTH, span, PROTOCOL_WIDTH,
	    protocol);
}

double
table_rate(const struct exchange *exchange, timestamp now)
{
	duration since = timestamp_since(now, exchange_first(exchange));
	double seconds = (double)since.ns / (double)NS_PER_SECOND;
	uint64_t octets =
	    exchange->side[CLIENT].ip_octets + exchange->side[SERVER].ip_octets;

	return (double)octets / (seconds < 1 ? 1 : seconds);
}

static void
add_end(
    const struct table_rows *rows, struct line *line, const struct exchange *e)
{
	char rate[HUMAN_SIZE];

	if (rows->now.ns == 0) {
		line_add(line, " %s",
		    rows->flags ? exchange_end_name(e->end)
		                : short_end(e->end));
		return;
	}
	human_number(rate, (uint64_t)table_rate(e, rows->now));
	line_add(line, " %*s", HUMAN_NUMBER_WIDTH, rate);
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

/* "-" where nothing is known. */
static void
add_quality(struct line *line, const struct exchange *e,
    const struct table_quality *quality)
{
	char rtt[HUMAN_SIZE] = "-", again[HUMAN_SIZE] = "-";

	if (quality->rtt != QUALITY_UNKNOWN)
		human_time(rtt, (duration){ quality->rtt * NS_PER_US });
	if (e->protocol == PROTOCOL_TCP)
		human_number(again, quality->retransmitted);
	line_add(
	    line, " %*s %*s", HUMAN_TIME_WIDTH, rtt, HUMAN_NUMBER_WIDTH, again);
}

static void
add_numbers(const struct table_rows *rows, struct line *line,
    const struct exchange *e, const struct table_quality *quality)
{
	const struct exchange_side *side = e->side;
	const uint64_t numbers[] = { side[CLIENT].packets, side[SERVER].packets,
		side[CLIENT].ip_octets, side[SERVER].ip_octets };
	char text[HUMAN_SIZE];

	for (size_t i = 0; i < 4; i++) {
		human_number(text, numbers[i]);
		line_add(line, " %*s", HUMAN_NUMBER_WIDTH, text);
	}
	for (int i = CLIENT; i <= SERVER && rows->flags; i++)
		add_flags(line, e, i);
	if (rows->quality)
		add_quality(line, e, quality);
	add_end(rows, line, e);
}

/* "192.0.2.1:80"; without the port for a protocol that has none. */
static void
endpoint(char text[TEXT_ENDPOINT_SIZE + 1], const struct exchange *e, int side)
{
	char *end = segment_has_ports(e->protocol)
	                ? text_endpoint(text, e->address[side], e->ip_version,
	                      e->port[side])
	                : text_address(text, e->address[side], e->ip_version);

	*end = '\0';
}

static void
find_endpoints(struct endpoints *endpoints, const struct table_rows *rows,
    const struct exchange *e)
{
	const struct exchange_names *names = e->names;

	endpoint(endpoints->client, e, CLIENT);
	endpoint(endpoints->server, e, SERVER);
	endpoints->name[0] = '\0';
	if (names != NULL && !rows->numbers)
		endpoint_name(endpoints->name,
		    exchange_names_text(names, NAMES_SERVER),
		    names->length[NAMES_SERVER],
		    segment_has_ports(e->protocol) ? e->port[SERVER] : -1);
}

static uint32_t
both_halves(uint32_t client, uint32_t server)
{
	uint64_t sum = (uint64_t)client + server;

	return client == QUALITY_UNKNOWN || server == QUALITY_UNKNOWN ||
	               sum > QUALITY_UNKNOWN
	           ? QUALITY_UNKNOWN
	           : (uint32_t)sum;
}

struct table_quality
table_quality_of(const struct exchange *exchange)
{
	struct table_quality quality = { .rtt = QUALITY_UNKNOWN };
	const struct quality_side *side;

	if (exchange->quality == NULL)
		return quality;
	side = exchange->quality->side;
	quality.rtt = both_halves(side[CLIENT].rtt_mean, side[SERVER].rtt_mean);
	if (quality.rtt == QUALITY_UNKNOWN)
		quality.rtt = both_halves(
		    side[CLIENT].handshake_rtt, side[SERVER].handshake_rtt);
	quality.retransmitted = quality_retransmitted(&side[CLIENT]) +
	                        quality_retransmitted(&side[SERVER]);
	return quality;
}

char *
table_row(struct table_rows *rows, const struct exchange *e, char *at)
{
	const struct table_quality quality = table_quality_of(e);

	return table_row_with(rows, e, &quality, at);
}

/* Behind the prefix, which may have taken some of their column. */
static void
add_endpoints(
    const struct table_rows *rows, struct line *line, const struct exchange *e)
{
	struct endpoints endpoints;
	struct endpoints_form form;
	int prefix = (int)line->used, length, server;
	int column = rows->endpoints - (prefix - prefix_width(rows));

	find_endpoints(&endpoints, rows, e);
	form = endpoints_fit(&endpoints, column);
	server = (int)strlen(form.server);
	length = (int)strlen(endpoints.client) + server;
	if (!form.two_lines) {
		const char *sign = length + 3 <= column ? " > " : ">";

		length += (int)strlen(sign);
		line_add(line, "%s%s%s%*s", endpoints.client, sign, form.server,
		    column - length, "");
		return;
	}
	line_add(line, "%s", endpoints.client);
	line_end(line);
	/* Below the client; further left where it does not fit. */
	server += 2;
	line_add(line, "%*s> %-*s",
	    server <= column ? prefix : prefix + column - server, "",
	    server <= column ? column - 2 : 0, form.server);
}

char *
table_row_with(struct table_rows *rows, const struct exchange *e,
    const struct table_quality *quality, char *at)
{
	struct line line = { 0 };

	line.at = at;
	put_day(rows, &line, exchange_first(e));
	add_prefix(rows, &line, e);
	add_endpoints(rows, &line, e);
	add_numbers(rows, &line, e, quality);
	line_end(&line);
	return line.at;
}

void
table_rows_init(
    struct table_rows *rows, unsigned width, bool local, bool quality)
{
	if (width == 0)
		width = TABLE_WIDTH_DEFAULT;
	if (width < TABLE_WIDTH_MIN)
		width = TABLE_WIDTH_MIN;
	if (width > TABLE_WIDTH_MAX)
		width = TABLE_WIDTH_MAX;
	*rows = (struct table_rows){ .flags = width >= WIDTH_FLAGS,
		.last = width >= WIDTH_LAST,
		.quality = quality,
		.local = local };
	rows->endpoints = (int)width - fixed_width(rows);
	if (rows->endpoints > TABLE_ENDPOINTS_MAX)
		rows->endpoints = TABLE_ENDPOINTS_MAX;
}

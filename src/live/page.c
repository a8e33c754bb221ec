/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/live/page.h"

#include <inttypes.h>
#include <string.h>

#include "exflow/base/clock.h"
#include "exflow/base/escape.h"
#include "exflow/base/human.h"
#include "exflow/base/text.h"
#include "exflow/decode/segment.h"
#include "exflow/status/metrics.h"
#include "exflow/text/table_row.h"

#include "top.h"

/* --- a row */

static void
put_cell(FILE *stream, const char *text)
{
	fputs("<td class=\"t\">", stream);
	status_page_text(stream, text);
	fputs("</td>", stream);
}

static void
put_number(FILE *stream, uint64_t number)
{
	char digits[HUMAN_SIZE];

	human_grouped(digits, sizeof(digits), number);
	fprintf(stream, "<td>%s</td>", digits);
}

static void
put_endpoint(FILE *stream, const struct exchange *exchange, int side)
{
	char text[TEXT_ENDPOINT_SIZE + 1];
	char *end = segment_has_ports(exchange->protocol)
	                ? text_endpoint(text, exchange->address[side],
	                      exchange->ip_version, exchange->port[side])
	                : text_address(text, exchange->address[side],
	                      exchange->ip_version);

	*end = '\0';
	put_cell(stream, text);
}

/* Strangers choose it: control characters and the like become \x1b. */
static void
put_name(FILE *stream, const struct exchange_names *names)
{
	size_t length = names == NULL ? 0 : names->length[NAMES_SERVER];
	const char *name =
	    length > 0 ? exchange_names_text(names, NAMES_SERVER) : NULL;
	char text[(size_t)NAME_OCTETS_MAX * 4 + ESCAPE_SIZE];
	size_t used = 0;

	for (size_t i = 0; i < length && used < sizeof(text) - ESCAPE_SIZE;) {
		i += escape_character(
		    name + i, length - i, ESCAPE_TEXT, text + used);
		used += strlen(text + used);
	}
	text[used] = '\0';
	put_cell(stream, text);
}

static void
put_row(FILE *stream, const struct exchange *exchange, timestamp now)
{
	const struct exchange_side *side = exchange->side;
	char text[HUMAN_SIZE];

	human_protocol(text, exchange->protocol);
	fputs("<tr>", stream);
	put_cell(stream, text);
	put_endpoint(stream, exchange, CLIENT);
	put_endpoint(stream, exchange, SERVER);
	put_name(stream, exchange->names);
	for (int i = CLIENT; i <= SERVER; i++)
		put_number(stream, side[i].packets);
	for (int i = CLIENT; i <= SERVER; i++)
		put_number(stream, side[i].ip_octets);
	put_number(stream, (uint64_t)table_rate(exchange, now));
	human_time(text, timestamp_since(now, exchange_first(exchange)));
	fprintf(stream, "<td>%s</td></tr>\n", text);
}

/* --- the page */

static void
put_orders(FILE *stream, enum top_order current)
{
	static const enum top_order orders[] = { TOP_RATE, TOP_OCTETS,
		TOP_PACKETS, TOP_AGE };

	fputs("<p>By", stream);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		const char *name = top_order_name(orders[i]);

		fprintf(stream, "%s <a href=\"/status?by=%s\"%s>%s</a>",
		    i > 0 ? "," : "", name,
		    orders[i] == current ? " aria-current=\"page\"" : "", name);
	}
	fputs("; <a href=\"/\">the books</a></p>\n", stream);
}

void
live_page_print(const struct top *top, uint64_t found, FILE *stream)
{
	char time[TEXT_TIME_SIZE + 1], digits[HUMAN_SIZE];

	*text_time(time, top->now, 0) = '\0';
	human_grouped(digits, sizeof(digits), found);
	status_page_begin(stream, "exflow: live exchanges", LIVE_PAGE_REFRESH);
	put_orders(stream, top->order);
	fprintf(stream,
	    "<p>%zu of %s live exchanges at %s, again every %d s.  The rate is "
	    "octets a second since the first packet.</p>\n"
	    "<div class=\"s\" role=\"region\" aria-label=\"list\" "
	    "tabindex=\"0\"><table class=\"w\"><caption>Top by "
	    "%s</caption>\n<thead><tr>",
	    top->count, digits, time, LIVE_PAGE_REFRESH,
	    top_order_name(top->order));
	for (const char *const *head = (const char *const[]){ "protocol",
	         "client", "server", "name", "packets sent", "received",
	         "octets sent", "received", "rate", "age", NULL };
	     *head != NULL; head++)
		fprintf(stream, "<th scope=\"col\">%s</th>", *head);
	fputs("</tr></thead>\n<tbody>\n", stream);
	for (size_t i = 0; i < top->count; i++)
		put_row(stream, top->entries[i].exchange, top->now);
	fputs("</tbody></table></div>\n</body></html>\n", stream);
}

static bool
offer(void *context, const struct exchange *exchange)
{
	top_offer(context, exchange);
	return true;
}

int
live_page(struct probe *probe, const char *order, FILE *stream)
{
	struct timespec time = clock_read(CLOCK_REALTIME);
	enum top_order by = TOP_RATE;
	struct top top;
	uint64_t found;

	if (order != NULL && top_order_parse(order, &by) == -1)
		return PAGE_NO_ORDER;
	if (top_init(&top, by, LIVE_PAGE_ROWS,
	        timestamp_from(time.tv_sec, time.tv_nsec)) == -1)
		return -1;
	found = probe_visit(probe, offer, &top);
	top_sort(&top);
	live_page_print(&top, found, stream);
	top_clear(&top);
	return 0;
}

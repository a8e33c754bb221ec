/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "page_internal.h"

#include "exflow/base/human.h"

#define MATRIX_SIZE 12

/*
 * The policy of the page: it may ask nobody for anything, whatever a record
 * has smuggled into it.
 */
#define POLICY                                                                 \
	"default-src 'none'; style-src 'unsafe-inline'; "                      \
	"script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/*
 * The aggregates, and how many parts of 28 of the memory each may take: pairs
 * are many, ports and protocols are few.  By default a million records fit,
 * each with another client and another server.
 */
enum {
	CLIENTS,
	SERVERS,
	PORTS,
	NAMED,
	PAIRS,
	TABLES
};

static const struct {
	const char *by, *id, *title;
	unsigned memory;
} tables[TABLES] = {
	[CLIENTS] = { "client", "clients", "Clients", 5 },
	[SERVERS] = { "server", "servers", "Servers", 5 },
	[PORTS] = { "protocol,server port", "ports", "Protocols and ports", 1 },
	[NAMED] = { "name", "names", "Names of servers", 3 },
	[PAIRS] = { "client,server", "matrix", "", 14 },
};
#define MEMORY_PARTS 28

struct page {
	struct aggregate *aggregates[TABLES];
	struct page_series *series;
	struct page_bins *rtt, *retransmissions;
	struct page_largest *largest;
	size_t top;
	bool named; /* one record at least has a name */
	uint64_t records, octets[2];
	uint64_t first, last; /* of the times of packets */
};

/* --- setting up */

static bool
make_aggregates(struct page *page, const struct page_options *options,
    char *error, size_t error_size)
{
	uint64_t memory =
	    options->memory > 0 ? options->memory : AGGREGATE_MEMORY_DEFAULT;

	for (int i = 0; i < TABLES; i++) {
		struct aggregate_options one = { .by = tables[i].by,
			.memory = memory / MEMORY_PARTS * tables[i].memory,
			.memory_name = options->memory_name };

		page->aggregates[i] = aggregate_new(&one, error, error_size);
		if (page->aggregates[i] == NULL)
			return false;
	}
	return true;
}

struct page *
page_new(const struct page_options *options, char *error, size_t error_size)
{
	const char *by = options->by != NULL ? options->by : "protocol";
	struct page *page = g_new0(struct page, 1);

	page->top = options->top;
	page->first = UINT64_MAX;
	page->series =
	    page_series_new(by, options->resolver, error, error_size);
	if (page->series == NULL ||
	    !make_aggregates(page, options, error, error_size)) {
		page_free(&page);
		return NULL;
	}
	page->rtt = page_bins_new("rtt", "Round-trip times");
	page->retransmissions =
	    page_bins_new("retransmissions", "Retransmissions by exchange");
	page->largest = page_largest_new();
	return page;
}

void
page_free(struct page **pointer)
{
	struct page *page = *pointer;

	*pointer = NULL;
	if (page == NULL)
		return;
	for (int i = 0; i < TABLES; i++)
		aggregate_free(&page->aggregates[i]);
	page_series_free(&page->series);
	page_bins_free(&page->rtt);
	page_bins_free(&page->retransmissions);
	page_largest_free(&page->largest);
	g_free(page);
}

unsigned
page_parts(const struct page *page)
{
	unsigned parts = page_series_parts(page->series) |
	                 page_bins_parts(page->rtt) |
	                 page_bins_parts(page->retransmissions) |
	                 page_largest_parts(page->largest);

	for (int i = 0; i < TABLES; i++)
		parts |= aggregate_parts(page->aggregates[i]);
	return parts;
}

/* --- counting */

static bool
has_name(const struct exchange *exchange)
{
	return exchange->names != NULL &&
	       exchange->names->length[NAMES_SERVER] > 0;
}

int
page_add(struct page *page, const struct subject *subject, char *error,
    size_t error_size)
{
	const struct exchange *exchange = subject->exchange;

	for (int i = 0; i < TABLES; i++)
		if (aggregate_add(page->aggregates[i], subject, 0, error,
		        error_size) != 0)
			return -1;
	page_series_add(page->series, subject);
	page_bins_add(page->rtt, subject);
	page_bins_add(page->retransmissions, subject);
	page_largest_add(page->largest, subject);
	page->named |= has_name(exchange);
	page->records++;
	for (int side = 0; side < 2; side++)
		page->octets[side] += exchange->side[side].ip_octets;
	page->first = MIN(page->first, exchange_first(exchange).ns);
	page->last = MAX(page->last, exchange_last(exchange).ns);
	return 0;
}

/* --- writing */

static void
write_lines(GString *out, const char *const *lines)
{
	for (; *lines != NULL; lines++) {
		g_string_append(out, *lines);
		g_string_append_c(out, '\n');
	}
}

static void
write_head(const struct page *page, GString *out)
{
	g_string_append(out,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY
	    "\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, "
	    "initial-scale=1\">\n"
	    "<title>Exchanges");
	if (page->records > 0) {
		g_string_append(out, " from ");
		html_time(out, page->first);
	}
	g_string_append(out, "</title>\n<style>\n");
	write_lines(out, page_style);
	g_string_append(out, "</style>\n</head>\n<body>\n");
}

static void
write_summary(const struct page *page, GString *out)
{
	char count[HUMAN_SIZE];

	g_string_append(out, "<header><h1>Exchanges</h1>\n<p>");
	if (page->records == 0) {
		g_string_append(out, "No record was counted.</p></header>\n");
		return;
	}
	html_time(out, page->first);
	g_string_append(out, " to ");
	html_time(out, page->last);
	human_grouped(count, sizeof(count), page->records);
	g_string_append_printf(out, " UTC</p>\n<p>%s record%s; ", count,
	    page->records == 1 ? "" : "s");
	html_octets(out, page->octets[CLIENT]);
	g_string_append(out, " sent by clients, ");
	html_octets(out, page->octets[SERVER]);
	g_string_append(out, " received.</p></header>\n");
}

static int
column_of(const struct report *report, const char *name)
{
	for (size_t i = 0; i < report->column_count; i++)
		if (g_str_equal(report->columns[i].name, name))
			return (int)i;
	return -1;
}

/* False: no memory for its report. */
static bool
write_top(const struct page *page, GString *out, int which)
{
	struct report *report =
	    aggregate_top(page->aggregates[which], page->top);
	struct html_table table = { tables[which].id,
		"By octets; the bars: sent, then received", { 0 }, 0, true };

	if (report == NULL)
		return false;
	table.bar[0] = column_of(report, "octets_sent");
	table.bar[1] = column_of(report, "octets_received");
	table.bar_at = (size_t)column_of(report, "records");
	g_string_append_printf(
	    out, "<section><h2>%s</h2>\n", tables[which].title);
	html_table(out, report, &table);
	g_string_append(out, "</section>\n");
	report_free(&report);
	return true;
}

/* Likewise. */
static bool
write_matrix(const struct page *page, GString *out)
{
	struct report *report =
	    aggregate_matrix(page->aggregates[PAIRS], MATRIX_SIZE);

	if (report == NULL)
		return false;
	page_matrix_write(report, out);
	report_free(&report);
	return true;
}

/* Likewise. */
static bool
write_body(const struct page *page, GString *out)
{
	page_series_write(page->series, out);
	g_string_append(out, "<div class=\"tops\">\n");
	for (int i = CLIENTS; i <= NAMED; i++)
		if ((i != NAMED || page->named) && !write_top(page, out, i))
			return false;
	g_string_append(out, "</div>\n");
	if (!write_matrix(page, out))
		return false;
	g_string_append(out, "<div class=\"tops\">\n");
	page_bins_write(page->rtt, out);
	page_bins_write(page->retransmissions, out);
	g_string_append(out, "</div>\n");
	page_largest_write(page->largest, out);
	return true;
}

GString *
page_text(const struct page *page)
{
	GString *out = g_string_sized_new(1 << 16);

	write_head(page, out);
	write_summary(page, out);
	if (page->records > 0) {
		g_string_append(out, "<main>\n");
		if (!write_body(page, out)) {
			g_string_free(out, TRUE);
			return NULL;
		}
		g_string_append(out, "</main>\n<script>\n");
		write_lines(out, page_script);
		g_string_append(out, "</script>\n");
	}
	g_string_append(out,
	    "<footer class=\"note\">exflow " PACKAGE_VERSION "</footer>\n"
	    "</body>\n</html>\n");
	return out;
}

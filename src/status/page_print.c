/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The front page: links, and the books as tables.  Neither it nor the page of
 * live exchanges has a script or asks for anything else.
 */
#include <config.h>

#include "exflow/status/metrics.h"

#include <glib.h>

#include "exflow/base/human.h"

static const char style[] =
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;margin:2em auto;max-width:44em;"
    "padding:0 1em}"
    "table{border-collapse:collapse;margin:.5em 0 1.5em}"
    "caption{text-align:left;font-weight:bold}"
    "th,td{padding:.1em 1.5em .1em 0;text-align:left;font-weight:normal;"
    "vertical-align:top}"
    "td{text-align:right;font-variant-numeric:tabular-nums}"
    ".t{text-align:left;white-space:nowrap}"
    ".t:nth-child(4){white-space:normal;overflow-wrap:anywhere;"
    "min-width:10em}"
    ".w th:nth-child(n+5){text-align:right}"
    ".w td,.w thead th{border-top:1px solid #8888;padding-top:.2em}"
    ".w thead th{font-weight:bold}"
    ".s{overflow-x:auto}"
    ".w{font-size:.85em}"
    "@media(max-width:40em){body{margin:1em auto}h1{font-size:1.5em}"
    ".t:nth-child(4){min-width:20em}}"
    "[aria-current]{font-weight:bold}"
    "@media(min-width:60em){body:has(.w){max-width:none}}";

/* A text from the configuration or the system. */
void
status_page_text(FILE *stream, const char *text)
{
	char *valid = g_utf8_make_valid(text, -1);
	char *escaped = g_markup_escape_text(valid, -1);

	fputs(escaped, stream);
	g_free(escaped);
	g_free(valid);
}

static void
table_begin(FILE *stream, const char *caption)
{
	fputs("<table><caption>", stream);
	status_page_text(stream, caption);
	fputs("</caption>\n", stream);
}

static void
put_row(FILE *stream, const char *what, uint64_t number)
{
	char digits[HUMAN_SIZE];

	human_grouped(digits, sizeof(digits), number);
	fputs("<tr><th scope=\"row\">", stream);
	status_page_text(stream, what);
	fprintf(stream, "</th><td>%s</td></tr>\n", digits);
}

static void
put_nonzero(FILE *stream, const char *what, uint64_t number)
{
	if (number > 0)
		put_row(stream, what, number);
}

static void
table_end(FILE *stream)
{
	fputs("</table>\n", stream);
}

static void
print_packets(const struct ledger *ledger, FILE *stream)
{
	char what[64];

	table_begin(stream, "Packets");
	put_row(stream, "read", ledger->packets_read);
	put_row(stream, "in exchanges", ledger->packets_in_exchanges);
	for (unsigned i = 0; i < UNMATCHED_COUNT; i++) {
		snprintf(what, sizeof(what), "in none: %s", unmatched_name(i));
		put_nonzero(stream, what, ledger->unmatched[i]);
	}
	put_nonzero(stream, "undecided", ledger->undecided);
	table_end(stream);
}

static void
print_exchanges(const struct ledger *ledger, FILE *stream)
{
	char what[64];

	table_begin(stream, "Exchanges");
	put_row(stream, "opened", ledger->exchanges_opened);
	put_row(stream, "live", ledger->exchanges_live);
	for (unsigned i = 1; i < END_COUNT; i++) {
		snprintf(what, sizeof(what), "ended: %s", exchange_end_name(i));
		put_nonzero(stream, what, ledger->exchanges_ended[i]);
	}
	table_end(stream);
}

static void
print_interface(const struct interface_counts *counts, FILE *stream)
{
	table_begin(stream, counts->name);
	if (counts->state != INTERFACE_UP)
		fprintf(stream,
		    "<tr><th scope=\"row\">state</th><td>%s</td></tr>\n",
		    interface_state_name(counts->state));
	put_row(stream, "packets", counts->packets);
	put_row(stream, "octets", counts->octets);
	put_row(stream, "dropped by the kernel", counts->kernel_drops);
	put_row(stream, "dropped by the driver", counts->interface_drops);
	table_end(stream);
}

static void
print_output(const struct exporter_output *output, FILE *stream)
{
	const struct destination_counts *counts = &output->counts;
	char what[64];

	table_begin(stream, output->name);
	put_row(stream, "records due", counts->records_due);
	put_nonzero(stream, "of an earlier run", counts->recovered);
	put_row(stream, "delivered", counts->delivered);
	put_row(stream, "waiting", counts->waiting);
	put_nonzero(stream, "of these in the spool", counts->in_spool);
	for (unsigned i = 0; i < LOSS_COUNT; i++) {
		snprintf(what, sizeof(what), "lost: %s", loss_name(i));
		put_nonzero(stream, what, counts->lost[i]);
	}
	table_end(stream);
}

void
status_page_begin(FILE *stream, const char *title, unsigned refresh)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head>"
	      "<meta charset=\"utf-8\">"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
	      "<meta name=\"viewport\" content=\"width=device-width\">",
	    stream);
	if (refresh > 0)
		fprintf(stream, "<meta http-equiv=\"refresh\" content=\"%u\">",
		    refresh);
	fputs("<title>", stream);
	status_page_text(stream, title);
	fprintf(stream, "</title><style>%s</style></head>\n<body><h1>", style);
	status_page_text(stream, title);
	fputs("</h1>\n", stream);
}

void
page_print(const struct status *status, bool live, FILE *stream)
{
	char span[HUMAN_SIZE];

	human_time(span,
	    (duration){ (int64_t)(status->seconds * (double)NS_PER_SECOND) });
	status_page_begin(stream, "exflow " PACKAGE_VERSION, 0);
	fprintf(stream,
	    "<p>%s<a href=\"/metrics\">/metrics</a> for Prometheus, "
	    "<a href=\"/health\">/health</a></p>\n"
	    "<p>Up for %s.  The books %s.</p>\n",
	    live ? "<a href=\"/status\">/status</a>: live exchanges, " : "",
	    span, status_balanced(status) ? "balance" : "do not balance");
	print_packets(&status->ledger, stream);
	print_exchanges(&status->ledger, stream);
	fputs(
	    status->interface_count > 0 ? "<h2>Interfaces</h2>\n" : "", stream);
	for (size_t i = 0; i < status->interface_count; i++)
		print_interface(&status->interfaces[i], stream);
	fputs("<h2>Outputs</h2>\n", stream);
	for (size_t i = 0; i < status->exporter.output_count; i++)
		print_output(&status->exporter.outputs[i], stream);
	fputs("</body></html>\n", stream);
}

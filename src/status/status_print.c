/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exit summary for people:
 *
 * packets        1,234,567 read
 *                1,200,000 in exchanges
 *                   34,567 unmatched     tcp_midstream 30,000, not_ip 4,567
 * exchanges         12,345 opened
 *                   12,345 ended         finished 10,000, idle 2,345
 * medians           12,345 exchanges     handshake RTT 12.3ms, data RTT 15ms,
 *                                        response 3.1ms, retransmitted 0.00 %,
 *                                        of all segments 0.83 %
 * outputs           12,345 delivered     ipfix:out.ipfix, 3.2 MB
 * time              1.23 s               1.00 M packets/s
 */
#include <config.h>

#include <inttypes.h>
#include <string.h>

#include "exflow/base/human.h"
#include "exflow/status/status.h"

#define COLUMNS 79
#define DETAIL_COLUMN 40 /* where the last column begins */

/* One line: subject, number, what the number counts, details. */
struct line {
	FILE *stream;
	int column; /* where the next detail would begin */
	int details;
};

static struct line
line_begin(FILE *stream, const char *subject, uint64_t number, const char *what)
{
	char digits[HUMAN_SIZE];

	human_grouped(digits, sizeof(digits), number);
	fprintf(stream, "%-10s%14s %s", subject, digits, what);
	return (
	    struct line){ .stream = stream, .column = 25 + (int)strlen(what) };
}

/* Add a detail to the last column, on a new line if this one is full. */
static void
line_detail(struct line *line, const char *text)
{
	int length = (int)strlen(text);

	if (line->details > 0)
		line->column += fprintf(line->stream, ",");
	if (line->details > 0 && line->column + length + 2 > COLUMNS) {
		fputc('\n', line->stream);
		line->column = 0;
	} else if (line->details > 0) {
		line->column += fprintf(line->stream, " ");
	}
	if (line->column < DETAIL_COLUMN)
		line->column += fprintf(
		    line->stream, "%*s", DETAIL_COLUMN - line->column, "");
	line->column += fprintf(line->stream, "%s", text);
	line->details++;
}

static void
line_count(struct line *line, const char *name, uint64_t number)
{
	char text[HUMAN_SIZE + 32], digits[HUMAN_SIZE];

	if (number == 0)
		return;
	human_grouped(digits, sizeof(digits), number);
	snprintf(text, sizeof(text), "%s %s", name, digits);
	line_detail(line, text);
}

static void
line_end(struct line *line)
{
	fputc('\n', line->stream);
}

static void
line_plain(FILE *stream, const char *subject, uint64_t number, const char *what)
{
	struct line line = line_begin(stream, subject, number, what);

	line_end(&line);
}

static void
print_packets(const struct ledger *ledger, FILE *stream)
{
	struct line line;

	line_plain(stream, "packets", ledger->packets_read, "read");
	line_plain(stream, "", ledger->packets_in_exchanges, "in exchanges");
	line = line_begin(stream, "", ledger_unmatched(ledger), "unmatched");
	for (unsigned i = 0; i < UNMATCHED_COUNT; i++)
		line_count(&line, unmatched_name(i), ledger->unmatched[i]);
	line_end(&line);
	if (ledger->undecided > 0)
		line_plain(stream, "", ledger->undecided, "undecided");
	if (ledger->fragments_evicted > 0)
		line_plain(stream, "", ledger->fragments_evicted,
		    "fragmented datagrams forgotten (fragment_table)");
	if (ledger->resets_out_of_window > 0)
		line_plain(stream, "", ledger->resets_out_of_window,
		    "resets out of window");
	if (ledger->clock_steps > 0)
		line_plain(stream, "", ledger->clock_steps,
		    "steps of the input's clock");
	if (ledger->clock_outliers > 0)
		line_plain(stream, "", ledger->clock_outliers,
		    "packets with a wrong date");
	if (ledger->reordered_early > 0)
		line_plain(stream, "", ledger->reordered_early,
		    "packets not held back as long as \"reorder\"");
}

/* With `quality`: TCP segments by class. */
static void
print_segments(const struct ledger *ledger, FILE *stream)
{
	struct line line;

	if (ledger->sequenced == 0)
		return;
	line = line_begin(stream, "segments", ledger->sequenced, "by class");
	for (int class = 0; class < LOSS_CLASS_COUNT; class ++)
		line_count(&line, quality_class_name((enum loss_class) class),
		    ledger->segments[class]);
	line_end(&line);
	if (ledger->samples_evicted > 0)
		line_plain(stream, "", ledger->samples_evicted,
		    "samples evicted (round-trip times)");
}

/* With `names`: exchanges that have one, and what was in the way. */
static void
print_names(const struct ledger *ledger, FILE *stream)
{
	uint64_t count, named = 0;
	const char *name;
	struct line line;

	if (!ledger_has_names(ledger))
		return;
	for (size_t i = 0; i < LEDGER_NAMED; i++)
		if (ledger_names_count(ledger, i, &count) != NULL)
			named += count;
	line = line_begin(stream, "names", named, "found");
	for (size_t i = 0;
	     (name = ledger_names_count(ledger, i, &count)) != NULL; i++)
		line_count(&line, name, count);
	line_end(&line);
}

/* By what the files say of themselves; these are in no other count. */
static void
print_described(const struct status *status, FILE *stream)
{
	uint64_t kernel = 0, interface = 0;
	struct line line;

	for (size_t i = 0; i < status->described_count; i++) {
		const uint64_t *counts = status->described[i].counts;

		kernel += counts[CAPTURE_DROPPED_BY_SYSTEM];
		interface += counts[CAPTURE_DROPPED_BY_INTERFACE];
	}
	if (kernel + interface == 0)
		return;
	line = line_begin(stream, "", kernel + interface, "never captured");
	line_count(&line, "kernel_drops", kernel);
	line_count(&line, "interface_drops", interface);
	line_end(&line);
}

static void
print_exchanges(const struct ledger *ledger, FILE *stream)
{
	struct line line;

	line_plain(stream, "exchanges", ledger->exchanges_opened, "opened");
	if (ledger->exchanges_resumed > 0)
		line_plain(stream, "", ledger->exchanges_resumed,
		    "of these resumed after a timeout");
	line = line_begin(stream, "", ledger_ended(ledger), "ended");
	for (unsigned i = 1; i < END_COUNT; i++)
		line_count(
		    &line, exchange_end_name(i), ledger->exchanges_ended[i]);
	line_end(&line);
	if (ledger->exchanges_live > 0)
		line_plain(stream, "", ledger->exchanges_live, "live");
	if (ledger->active_parts > 0)
		line_plain(stream, "", ledger->active_parts,
		    "parts cut off by active_timeout");
	if (ledger->parts_not_summed > 0)
		line_plain(stream, "", ledger->parts_not_summed,
		    "of these missing in rows of csv: no memory");
}

static bool
has_median(const struct quality_totals *totals)
{
	uint32_t value;

	for (unsigned i = 0; i < MEDIAN_COUNT; i++)
		if (quality_totals_median(totals, i, &value) == 0)
			return true;
	return false;
}

/* Where quality is on, and anything was measured. */
static void
print_medians(const struct quality_totals *totals, FILE *stream)
{
	static const char *const names[MEDIAN_COUNT] = {
		[MEDIAN_HANDSHAKE] = "handshake RTT",
		[MEDIAN_RTT] = "data RTT",
		[MEDIAN_RESPONSE] = "response",
		[MEDIAN_RETRANSMITTED] = "retransmitted",
	};
	char text[HUMAN_SIZE + 32], span[HUMAN_SIZE];
	struct line line;
	uint32_t value;

	if (totals == NULL || !has_median(totals))
		return;
	line = line_begin(
	    stream, "medians", quality_totals_exchanges(totals), "exchanges");
	for (unsigned i = 0; i < MEDIAN_COUNT; i++) {
		if (quality_totals_median(totals, i, &value) != 0)
			continue;
		human_time(span, (duration){ (int64_t)value * NS_PER_US });
		if (i == MEDIAN_RETRANSMITTED)
			snprintf(span, sizeof(span), "%.2f %%", value / 1e4);
		snprintf(text, sizeof(text), "%s %s", names[i], span);
		line_detail(&line, text);
		if (i != MEDIAN_RETRANSMITTED)
			continue;
		snprintf(text, sizeof(text), "of all segments %.2f %%",
		    quality_totals_retransmitted(totals) / 1e4);
		line_detail(&line, text);
	}
	line_end(&line);
}

/* Shorten a long name at its beginning: its end says more. */
static void
name_shorten(char *text, size_t size, const char *name, size_t columns)
{
	size_t length = strlen(name);
	const char *from = name;

	if (length > columns) {
		from += length - (columns - 3);
		while ((*from & 0xc0) == 0x80) /* within a UTF-8 sequence */
			from++;
	}
	snprintf(text, size, "%s%s", from != name ? "..." : "", from);
}

static void
print_output(
    const struct exporter_output *output, const char *subject, FILE *stream)
{
	const struct destination_counts *counts = &output->counts;
	char name[COLUMNS + 1], octets[HUMAN_SIZE];
	struct line line =
	    line_begin(stream, subject, counts->delivered, "delivered");

	name_shorten(name, sizeof(name), output->name, 28);
	line_detail(&line, name);
	human_octets(octets, sizeof(octets), counts->octets);
	if (counts->octets > 0)
		line_detail(&line, octets);
	line_end(&line);
	if (counts->unconfirmed > 0)
		line_plain(stream, "", counts->unconfirmed,
		    "of these unconfirmed: the collector may not have read "
		    "them");
	if (counts->maybe_twice > 0)
		line_plain(stream, "", counts->maybe_twice,
		    "may be there twice: a broker may have stored them before");
	if (counts->cut > 0)
		line_plain(stream, "", counts->cut,
		    "with names or payload cut to fit a message");
	if (counts->left_out > 0)
		line_plain(stream, "", counts->left_out, "left out");
	if (counts->recovered > 0)
		line_plain(stream, "", counts->recovered, "of an earlier run");
	if (counts->waiting > 0) {
		line = line_begin(stream, "", counts->waiting, "waiting");
		line_count(&line, "in the spool", counts->in_spool);
		line_end(&line);
	}
	if (counts->connects > 1 || counts->replayed > 0) {
		line = line_begin(stream, "", counts->connects, "connections");
		line_count(&line, "replayed", counts->replayed);
		line_end(&line);
	}
	if (counts->after_failed + counts->after_waiting +
	        counts->after_given_up >
	    0) {
		line =
		    line_begin(stream, "", counts->after_done, "handed over");
		line_count(&line, "failed tries", counts->after_failed);
		line_count(&line, "waiting", counts->after_waiting);
		line_count(&line, "given up", counts->after_given_up);
		line_end(&line);
	}
	if (destination_lost(counts) == 0)
		return;
	line = line_begin(stream, "", destination_lost(counts), "lost");
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		line_count(&line, loss_name(i), counts->lost[i]);
	line_end(&line);
}

/* Packets that were dropped are in no other count. */
static void
print_interface(
    const struct interface_counts *counts, const char *subject, FILE *stream)
{
	struct line line = line_begin(stream, subject, counts->packets, "read");

	line_detail(&line, counts->name);
	if (counts->state != INTERFACE_UP)
		line_detail(&line, interface_state_name(counts->state));
	line_count(&line, "kernel_drops", counts->kernel_drops);
	line_count(&line, "interface_drops", counts->interface_drops);
	line_count(&line, "reopened", counts->reopened);
	line_end(&line);
}

void
status_print(const struct status *status, FILE *stream)
{
	char rate[HUMAN_SIZE];
	double seconds = status->seconds;

	for (size_t i = 0; i < status->interface_count; i++)
		print_interface(
		    &status->interfaces[i], i == 0 ? "interfaces" : "", stream);
	print_packets(&status->ledger, stream);
	print_segments(&status->ledger, stream);
	print_names(&status->ledger, stream);
	print_described(status, stream);
	print_exchanges(&status->ledger, stream);
	print_medians(status->quality, stream);
	for (size_t i = 0; i < status->exporter.output_count; i++)
		print_output(&status->exporter.outputs[i],
		    i == 0 ? "outputs" : "", stream);
	fprintf(stream, "%-10s%12.2f s", "time", seconds);
	if (seconds > 0) {
		human_scaled(rate, sizeof(rate),
		    (double)status->ledger.packets_read / seconds);
		fprintf(
		    stream, "%*s%s packets/s", DETAIL_COLUMN - 24, "", rate);
	}
	fputc('\n', stream);
}

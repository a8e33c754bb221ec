/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The families of metrics that the status becomes.
 *
 * OpenMetrics 1.0 differs from the text format of Prometheus in three ways:
 * HELP and TYPE name a counter without "_total", the version is a metric of
 * type info, and the last line is "# EOF".
 */
#include <config.h>

#include "exflow/status/metrics.h"

#include <inttypes.h>
#include <string.h>

#include <glib.h>

#include "metrics_lines.h"

/* --- the process, packets and exchanges */

static void
print_process(const struct metrics_page *page, const struct status *status)
{
	if (page->openmetrics)
		metrics_family(page, "build", "info", "The program's version.");
	else
		metrics_family(
		    page, "build_info", "gauge", "The program's version.");
	metrics_sample(
	    page, "build_info", METRICS_LABELS("version", PACKAGE_VERSION), 1);
	metrics_family(page, "start_time_seconds", "gauge",
	    "When the program was started, since 1970.");
	metrics_seconds(
	    page, "start_time_seconds", (double)status->started.ns / 1e9, 3);
	metrics_gauge(page, "books_balanced",
	    "1 where every packet, exchange and record is in a count.",
	    status_balanced(status));
	metrics_counter(page, "reloads",
	    "Reloads that put a configuration into force.", status->reloads);
	metrics_counter(page, "reloads_failed",
	    "Reloads that failed: the configuration was not valid.",
	    status->reloads_failed);
}

static void
print_packets(const struct metrics_page *page, const struct ledger *ledger)
{
	metrics_counter(
	    page, "packets_read", "Packets read.", ledger->packets_read);
	metrics_counter(page, "packets_in_exchanges",
	    "Packets counted in exchanges.", ledger->packets_in_exchanges);
	metrics_family(page, "packets_unmatched", "counter",
	    "Packets in no exchange, by reason.");
	for (unsigned i = 0; i < UNMATCHED_COUNT; i++)
		metrics_sample(page, "packets_unmatched_total",
		    METRICS_LABELS("reason", unmatched_name(i)),
		    ledger->unmatched[i]);
	metrics_gauge(page, "packets_undecided",
	    "Packets that wait for a first fragment, a SYN or the clock.",
	    ledger->undecided);
	metrics_counter(page, "fragments_evicted",
	    "Fragmented datagrams that the fragment table forgot.",
	    ledger->fragments_evicted);
	metrics_counter(page, "resets_out_of_window",
	    "TCP resets whose sequence number is out of window.",
	    ledger->resets_out_of_window);
	metrics_counter(page, "clock_steps", "Steps of the input's clock.",
	    ledger->clock_steps);
	metrics_counter(page, "clock_outliers", "Packets whose date was wrong.",
	    ledger->clock_outliers);
	metrics_counter(page, "packets_reordered_early",
	    "Packets that a full reorder ring did not hold back.",
	    ledger->reordered_early);
	metrics_family(page, "tcp_segments", "counter",
	    "TCP segments with data, SYN or FIN, by class (quality).");
	for (int class = 0; class < LOSS_CLASS_COUNT; class ++)
		metrics_sample(page, "tcp_segments_total",
		    METRICS_LABELS(
		        "class", quality_class_name((enum loss_class) class)),
		    ledger->segments[class]);
	metrics_counter(page, "rtt_samples_evicted",
	    "Samples of round-trip times that gave way to newer ones "
	    "(quality).",
	    ledger->samples_evicted);
}

static void
print_exchanges(const struct metrics_page *page, const struct status *status)
{
	const struct ledger *ledger = &status->ledger;

	metrics_counter(page, "exchanges_opened", "Exchanges opened.",
	    ledger->exchanges_opened);
	metrics_counter(page, "exchanges_resumed",
	    "Of the exchanges opened: those that went on after a timeout.",
	    ledger->exchanges_resumed);
	metrics_gauge(page, "exchanges_live", "Exchanges that have not ended.",
	    ledger->exchanges_live);
	metrics_family(page, "exchanges_ended", "counter",
	    "Exchanges ended, by the way they did.");
	for (unsigned i = 1; i < END_COUNT; i++)
		if (i != END_ACTIVE)
			metrics_sample(page, "exchanges_ended_total",
			    METRICS_LABELS("end", exchange_end_name(i)),
			    ledger->exchanges_ended[i]);
	metrics_counter(page, "exchanges_active_parts",
	    "Records of exchanges that went on (active_timeout).",
	    ledger->active_parts);
	metrics_counter(page, "exchanges_parts_not_summed",
	    "Such records that a row of csv lacks, for want of memory.",
	    ledger->parts_not_summed);
	metrics_counter(
	    page, "records", "Records handed to the outputs.", ledger->records);
	metrics_gauge(page, "table_max_exchanges",
	    "Exchanges that may live at once.", status->load.bound);
	metrics_gauge(
	    page, "table_slots", "Places of the index.", status->load.slots);
	metrics_gauge(page, "table_slots_used", "Places of the index in use.",
	    status->load.slots_used);
	metrics_gauge(page, "table_octets", "Octets set aside for exchanges.",
	    status->load.octets);
}

static void
print_names(const struct metrics_page *page, const struct ledger *ledger)
{
	const char *name;
	uint64_t count;

	metrics_family(page, "names_found", "counter",
	    "Names found in exchanges, by where they are from (names).");
	for (size_t i = 0;
	     (name = ledger_names_count(ledger, i, &count)) != NULL; i++) {
		if (i == LEDGER_NAMED)
			metrics_family(page, "names_missed", "counter",
			    "What had no name, by reason.");
		if (i < LEDGER_NAMED)
			metrics_sample(page, "names_found_total",
			    METRICS_LABELS("source", name), count);
		else
			metrics_sample(page, "names_missed_total",
			    METRICS_LABELS("reason", name), count);
	}
}

/* --- interfaces and outputs: each family has a sample for each of them */

struct column {
	const char *name;
	const char *type;
	size_t offset;
	const char *help;
};

static uint64_t
value_at(const void *row, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)row + offset, sizeof(value));
	return value;
}

static void
print_columns(const struct metrics_page *page, const struct column *columns,
    size_t count, const struct status *status, bool interfaces)
{
	size_t rows = interfaces ? status->interface_count
	                         : status->exporter.output_count;
	char name[64];

	for (size_t c = 0; c < count; c++) {
		const struct column *column = &columns[c];

		metrics_family(page, column->name, column->type, column->help);
		snprintf(name, sizeof(name), "%s%s", column->name,
		    *column->type == 'c' ? "_total" : "");
		for (size_t i = 0; i < rows; i++)
			if (interfaces)
				metrics_sample(page, name,
				    METRICS_LABELS("interface",
				        status->interfaces[i].name),
				    value_at(&status->interfaces[i],
				        column->offset));
			else
				metrics_sample(page, name,
				    METRICS_LABELS("output",
				        status->exporter.outputs[i].name),
				    value_at(
				        &status->exporter.outputs[i].counts,
				        column->offset));
	}
}

#define OF_INTERFACE(member) offsetof(struct interface_counts, member)
#define OF_OUTPUT(member) offsetof(struct destination_counts, member)

static void
print_interfaces(const struct metrics_page *page, const struct status *status)
{
	static const struct column columns[] = {
		{ "interface_packets", "counter", OF_INTERFACE(packets),
		    "Packets taken from the interface." },
		{ "interface_octets", "counter", OF_INTERFACE(octets),
		    "Octets of these packets on the wire." },
		{ "interface_kernel_drops", "counter",
		    OF_INTERFACE(kernel_drops),
		    "Packets that found the ring full." },
		{ "interface_drops", "counter", OF_INTERFACE(interface_drops),
		    "Packets that the driver lost." },
		{ "interface_reopened", "counter", OF_INTERFACE(reopened),
		    "How often the interface came back." },
	};

	print_columns(
	    page, columns, sizeof(columns) / sizeof(columns[0]), status, true);
	metrics_family(
	    page, "interface_up", "gauge", "1 while it can be captured on.");
	for (size_t i = 0; i < status->interface_count; i++)
		metrics_sample(page, "interface_up",
		    METRICS_LABELS("interface", status->interfaces[i].name),
		    status->interfaces[i].state == INTERFACE_UP);
}

static void
print_losses(
    const struct metrics_page *page, const struct exporter_status *exporter)
{
	metrics_family(page, "output_records_lost", "counter",
	    "Records that an output did not deliver, by reason.");
	for (size_t i = 0; i < exporter->output_count; i++)
		for (unsigned reason = 0; reason < LOSS_COUNT; reason++)
			metrics_sample(page, "output_records_lost_total",
			    METRICS_LABELS("output", exporter->outputs[i].name,
			        "reason", loss_name(reason)),
			    exporter->outputs[i].counts.lost[reason]);
	metrics_counter(page, "queue_records_lost",
	    "Records that found the export queue full.", exporter->queue_lost);
}

static void
print_outputs(const struct metrics_page *page, const struct status *status)
{
	static const struct column columns[] = {
		{ "output_records_due", "counter", OF_OUTPUT(records_due),
		    "Records that the output was given." },
		{ "output_records_left_out", "counter", OF_OUTPUT(left_out),
		    "Records that the output has no place for." },
		{ "output_records_cut", "counter", OF_OUTPUT(cut),
		    "Records whose names or payload were cut." },
		{ "output_records_recovered", "counter", OF_OUTPUT(recovered),
		    "Records of an earlier run." },
		{ "output_records_delivered", "counter", OF_OUTPUT(delivered),
		    "Records delivered." },
		{ "output_records_unconfirmed", "gauge", OF_OUTPUT(unconfirmed),
		    "Records delivered that the collector's program may not "
		    "have read, and that are not kept." },
		{ "output_records_waiting", "gauge", OF_OUTPUT(waiting),
		    "Records that wait, in memory and in the spool." },
		{ "output_records_in_spool", "gauge", OF_OUTPUT(in_spool),
		    "Records that wait in the spool." },
		{ "output_spool_octets", "gauge", OF_OUTPUT(spool_octets),
		    "Octets of the spool." },
		{ "output_records_spooled", "counter", OF_OUTPUT(spooled),
		    "Records ever put into the spool." },
		{ "output_records_sent", "counter", OF_OUTPUT(sent),
		    "Records sent, repeated ones too." },
		{ "output_records_replayed", "counter", OF_OUTPUT(replayed),
		    "Records sent again after a connection broke." },
		{ "output_records_maybe_twice", "counter",
		    OF_OUTPUT(maybe_twice),
		    "Records sent again though a broker of Kafka may have "
		    "stored them." },
		{ "output_messages", "counter", OF_OUTPUT(messages),
		    "IPFIX messages that went out." },
		{ "output_octets", "counter", OF_OUTPUT(octets),
		    "Octets that went out." },
		{ "output_connects", "counter", OF_OUTPUT(connects),
		    "Connections made." },
		{ "output_files", "counter", OF_OUTPUT(files),
		    "Archive files that got their name." },
		{ "output_files_removed", "counter", OF_OUTPUT(files_removed),
		    "Archive files removed by retention." },
		{ "output_after_done", "counter", OF_OUTPUT(after_done),
		    "Files that the command (after) took." },
		{ "output_after_failed", "counter", OF_OUTPUT(after_failed),
		    "Runs of the command that failed." },
		{ "output_after_waiting", "gauge", OF_OUTPUT(after_waiting),
		    "Files that wait for the command." },
		{ "output_after_given_up", "counter", OF_OUTPUT(after_given_up),
		    "Files that were never handed to the command." },
	};

	print_columns(
	    page, columns, sizeof(columns) / sizeof(columns[0]), status, false);
	print_losses(page, &status->exporter);
}

static void
print_delays(
    const struct metrics_page *page, const struct exporter_delays *delays)
{
	char bound[G_ASCII_DTOSTR_BUF_SIZE];
	uint64_t sum = 0;

	metrics_family(page, "export_delay_seconds", "histogram",
	    "From the end of an exchange to all outputs.");
	for (size_t i = 0; i < EXPORT_DELAYS; i++) {
		sum += delays->within[i];
		g_ascii_formatd(
		    bound, sizeof(bound), "%g", exporter_delay_bounds[i]);
		metrics_sample(page, "export_delay_seconds_bucket",
		    METRICS_LABELS("le", bound), sum);
	}
	metrics_sample(page, "export_delay_seconds_bucket",
	    METRICS_LABELS("le", "+Inf"), delays->count);
	metrics_seconds(page, "export_delay_seconds_sum", delays->seconds, 6);
	metrics_sample(page, "export_delay_seconds_count", NULL, delays->count);
}

/* --- quality: histograms by half or side, and by network */

#define MILLION 1000000

static const struct quality_family {
	const char *name, *help;
	const char *label; /* of the two measures; NULL: there is only one */
	enum quality_measure first;
} quality_families[] = {
	{ "handshake_rtt_seconds",
	    "Round-trip time of the TCP handshake, by half of the path.",
	    "half", MEASURE_HANDSHAKE_CLIENT },
	{ "data_rtt_seconds",
	    "Mean round-trip time of an exchange's data, by half of the path.",
	    "half", MEASURE_RTT_CLIENT },
	{ "response_time_seconds", "From the request to the first answer.",
	    NULL, MEASURE_RESPONSE },
	{ "retransmission_ratio",
	    "Retransmitted of all TCP segments of an exchange, by who sent "
	    "them.",
	    "side", MEASURE_RETRANSMITTED_CLIENT },
};
#define QUALITY_FAMILIES                                                       \
	(sizeof(quality_families) / sizeof(quality_families[0]))

/* Millionths, as they are without zeros at the end. */
static char *
put_millionths(char text[32], uint64_t value)
{
	int length = snprintf(text, 32, "%" PRIu64 ".%06" PRIu64,
	    value / MILLION, value % MILLION);

	while (text[length - 1] == '0' && text[length - 2] != '.')
		text[--length] = '\0';
	return text;
}

/* Labels of the family and the network, with place for one more behind. */
static int
quality_labels(const char *labels[2 * METRICS_LABELS_MAX],
    const struct quality_family *family, unsigned which,
    const struct quality_totals *totals, unsigned network)
{
	int n = 0;

	memset(labels, 0, sizeof(*labels) * 2 * METRICS_LABELS_MAX);
	if (family->label != NULL) {
		labels[n++] = family->label;
		labels[n++] = which == 0 ? "client" : "server";
	}
	if (quality_totals_network_count(totals) > 1) {
		labels[n++] = "network";
		labels[n++] = quality_totals_network(totals, network);
	}
	return n;
}

static void
print_quality_histogram(const struct metrics_page *page,
    const struct quality_family *family, unsigned which,
    const struct quality_totals *totals, unsigned network)
{
	const struct quality_histogram *histogram =
	    quality_totals_histogram(totals, network, family->first + which);
	const char *labels[2 * METRICS_LABELS_MAX];
	int n = quality_labels(labels, family, which, totals, network);
	char name[64], text[32];
	uint64_t sum = 0;
	unsigned count;
	const uint32_t *bounds = quality_bounds(family->first + which, &count);

	labels[n] = "le";
	snprintf(name, sizeof(name), "%s_bucket", family->name);
	for (unsigned i = 0; i <= count; i++) {
		sum += histogram->within[i];
		labels[n + 1] =
		    i < count ? put_millionths(text, bounds[i]) : "+Inf";
		metrics_sample(page, name, labels, sum);
	}
	labels[n] = NULL;
	snprintf(name, sizeof(name), "%s_sum", family->name);
	metrics_name(page, name, labels);
	fprintf(page->stream, "%s\n", put_millionths(text, histogram->sum));
	snprintf(name, sizeof(name), "%s_count", family->name);
	metrics_sample(page, name, labels, sum);
}

static void
print_quality(
    const struct metrics_page *page, const struct quality_totals *totals)
{
	for (size_t i = 0; i < QUALITY_FAMILIES && totals != NULL; i++) {
		const struct quality_family *one = &quality_families[i];
		unsigned networks = quality_totals_network_count(totals);

		metrics_family(page, one->name, "histogram", one->help);
		for (unsigned n = 0; n < networks; n++)
			for (unsigned j = 0; j < (one->label != NULL ? 2 : 1);
			     j++)
				print_quality_histogram(
				    page, one, j, totals, n);
	}
}

void
metrics_print(const struct status *status, bool openmetrics, FILE *stream)
{
	const struct metrics_page page = { stream, openmetrics };

	print_process(&page, status);
	print_packets(&page, &status->ledger);
	print_exchanges(&page, status);
	print_names(&page, &status->ledger);
	print_interfaces(&page, status);
	print_outputs(&page, status);
	print_delays(&page, &status->exporter.delays);
	print_quality(&page, status->quality);
	if (openmetrics)
		fputs("# EOF\n", stream);
}

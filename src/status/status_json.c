/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The status as a JSON object: the file of --stats, and the answer to
 * exflowctl stats.  A file is written under a temporary name and renamed, so
 * that whoever reads it sees all of the object or the one before.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "exflow/status/status.h"

/* RFC 8259, 7.  Octets that are not UTF-8 become U+FFFD. */
static void
json_string(FILE *stream, const char *text)
{
	const char *valid = text; /* UTF-8 up to here */

	fputc('"', stream);
	for (const char *at = text; *at != '\0'; at++) {
		if (at == valid && !g_utf8_validate(at, -1, &valid) &&
		    at == valid) {
			fputs("\xef\xbf\xbd", stream);
			valid++;
			continue;
		}
		if (*at == '"' || *at == '\\')
			fprintf(stream, "\\%c", *at);
		else if ((unsigned char)*at < 0x20)
			fprintf(stream, "\\u%04x", (unsigned)*at);
		else
			fputc(*at, stream);
	}
	fputc('"', stream);
}

static void
json_count(FILE *stream, const char *name, uint64_t value, const char *end)
{
	fprintf(stream, "\"%s\": %" PRIu64 "%s", name, value, end);
}

static void
json_unmatched(FILE *stream, const struct ledger *ledger)
{
	fputs("  \"unmatched\": {", stream);
	for (unsigned i = 0; i < UNMATCHED_COUNT; i++)
		json_count(stream, unmatched_name(i), ledger->unmatched[i],
		    i + 1 < UNMATCHED_COUNT ? ", " : "},\n");
}

static void
json_exchanges(FILE *stream, const struct ledger *ledger)
{
	const char *comma = "";

	fputs("  \"exchanges\": {", stream);
	json_count(stream, "opened", ledger->exchanges_opened, ", ");
	json_count(stream, "resumed", ledger->exchanges_resumed, ", ");
	json_count(stream, "live", ledger->exchanges_live, ", \"ended\": {");
	for (unsigned i = 1; i < END_COUNT; i++) {
		if (i == END_ACTIVE) /* the exchange goes on */
			continue;
		fputs(comma, stream);
		json_count(stream, exchange_end_name(i),
		    ledger->exchanges_ended[i], "");
		comma = ", ";
	}
	fputs("}, ", stream);
	json_count(stream, "active_parts", ledger->active_parts, ", ");
	json_count(
	    stream, "parts_not_summed", ledger->parts_not_summed, "},\n");
}

static void
json_errors(FILE *stream, const struct destination_counts *counts)
{
	fputs("\"errors\": {", stream);
	for (size_t i = 0; i < DESTINATION_ERRORS; i++) {
		const struct destination_error *error = &counts->errors[i];
		const char *name = strerrorname_np(error->code);

		if (error->code == 0)
			break;
		fputs(i == 0 ? "" : ", ", stream);
		json_count(
		    stream, name != NULL ? name : "other", error->count, "");
	}
	fputs("}, ", stream);
}

static void
json_output(FILE *stream, const struct exporter_output *output)
{
	const struct destination_counts *counts = &output->counts;

	fputs("    {\"name\": ", stream);
	json_string(stream, output->name);
	fputs(", ", stream);
	json_count(stream, "records_due", counts->records_due, ", ");
	json_count(stream, "split", counts->split, ", ");
	json_count(stream, "left_out", counts->left_out, ", ");
	json_count(stream, "parts", counts->parts, ", ");
	json_count(stream, "sums", counts->sums, ", ");
	json_count(stream, "cut", counts->cut, ", ");
	json_count(stream, "delivered", counts->delivered, ", ");
	json_count(stream, "unconfirmed", counts->unconfirmed, ", ");
	json_count(stream, "waiting", counts->waiting, ", ");
	json_count(stream, "recovered", counts->recovered, ", ");
	json_count(stream, "queued", counts->waiting - counts->in_spool, ", ");
	json_count(stream, "in_spool", counts->in_spool, ", ");
	json_count(stream, "spool_octets", counts->spool_octets, ", ");
	json_count(stream, "spooled", counts->spooled, ", ");
	json_count(stream, "sent", counts->sent, ", ");
	json_count(stream, "acknowledged", counts->acknowledged, ", ");
	json_count(stream, "replayed", counts->replayed, ", ");
	json_count(stream, "maybe_twice", counts->maybe_twice, ", ");
	json_count(stream, "connects", counts->connects, ", \"lost\": {");
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		json_count(stream, loss_name(i), counts->lost[i],
		    i + 1 < LOSS_COUNT ? ", " : "}, ");
	json_errors(stream, counts);
	json_count(stream, "messages", counts->messages, ", ");
	json_count(stream, "octets", counts->octets, ", ");
	json_count(stream, "files", counts->files, ", ");
	json_count(stream, "files_removed", counts->files_removed, ", ");
	json_count(stream, "after_done", counts->after_done, ", ");
	json_count(stream, "after_failed", counts->after_failed, ", ");
	json_count(stream, "after_waiting", counts->after_waiting, ", ");
	json_count(stream, "after_given_up", counts->after_given_up,
	    ", \"last_error\": ");
	json_string(stream, output->error);
	fputs("}", stream);
}

static void
json_seconds(FILE *stream, const char *name, double seconds, const char *end)
{
	char digits[G_ASCII_DTOSTR_BUF_SIZE];

	g_ascii_formatd(digits, sizeof(digits), "%.6f", seconds);
	fprintf(stream, "\"%s\": %s%s", name, digits, end);
}

static void
json_interface(FILE *stream, const struct interface_counts *interface)
{
	fputs("    {\"name\": ", stream);
	json_string(stream, interface->name);
	fprintf(stream, ", \"state\": \"%s\", ",
	    interface_state_name(interface->state));
	json_count(stream, "index", interface->index, ", ");
	json_count(stream, "packets", interface->packets, ", ");
	json_count(stream, "octets", interface->octets, ", ");
	json_count(stream, "kernel_drops", interface->kernel_drops, ", ");
	json_count(stream, "interface_drops", interface->interface_drops, ", ");
	json_count(stream, "reopened", interface->reopened, "}");
}

/* An interface of a file: the names of counts are those of a live one. */
static void
json_described(FILE *stream, const struct described_interface *interface)
{
	const uint64_t *counts = interface->counts;

	fputs("    {\"name\": ", stream);
	json_string(stream, interface->name);
	fputs(", ", stream);
	json_count(stream, "index", interface->number, "");
	if (interface->told) {
		fputs(", ", stream);
		json_count(stream, "received", counts[CAPTURE_RECEIVED], ", ");
		json_count(stream, "accepted", counts[CAPTURE_ACCEPTED], ", ");
		json_count(stream, "kernel_drops",
		    counts[CAPTURE_DROPPED_BY_SYSTEM], ", ");
		json_count(stream, "interface_drops",
		    counts[CAPTURE_DROPPED_BY_INTERFACE], "");
	}
	fputs("}", stream);
}

/* Only where files are read that describe interfaces. */
static void
json_files(FILE *stream, const struct status *status)
{
	fputs("  \"interfaces\": [", stream);
	for (size_t i = 0; i < status->described_count; i++) {
		fputs(i == 0 ? "\n" : ",\n", stream);
		json_described(stream, &status->described[i]);
	}
	fputs("],\n", stream);
}

static void
json_delays(FILE *stream, const struct exporter_delays *delays)
{
	fputs("  \"export_delay\": {", stream);
	json_count(stream, "count", delays->count, ", ");
	json_seconds(stream, "seconds", delays->seconds, "},\n");
}

static const char *const measure_names[MEASURE_COUNT] = {
	[MEASURE_HANDSHAKE_CLIENT] = "handshake_rtt_client",
	[MEASURE_HANDSHAKE_SERVER] = "handshake_rtt_server",
	[MEASURE_RTT_CLIENT] = "data_rtt_client",
	[MEASURE_RTT_SERVER] = "data_rtt_server",
	[MEASURE_RESPONSE] = "response_time",
	[MEASURE_RETRANSMITTED_CLIENT] = "retransmission_ratio_client",
	[MEASURE_RETRANSMITTED_SERVER] = "retransmission_ratio_server",
};

/* Count and mean, in seconds, or as a part of 1. */
static void
json_network(FILE *stream, const struct quality_totals *totals, unsigned number)
{
	fputs("{\"name\": ", stream);
	json_string(stream, quality_totals_network(totals, number));
	for (unsigned i = 0; i < MEASURE_COUNT; i++) {
		const struct quality_histogram *histogram =
		    quality_totals_histogram(totals, number, i);
		uint64_t count = quality_histogram_count(histogram);
		double mean =
		    count == 0 ? 0
		               : (double)histogram->sum / (double)count / 1e6;

		fprintf(stream, ", \"%s\": {", measure_names[i]);
		json_count(stream, "count", count, ", ");
		json_seconds(stream, "mean", mean, "}");
	}
	fputs("}", stream);
}

static const char *const median_names[MEDIAN_COUNT] = {
	[MEDIAN_HANDSHAKE] = "handshake_rtt",
	[MEDIAN_RTT] = "data_rtt",
	[MEDIAN_RESPONSE] = "response_time",
	[MEDIAN_RETRANSMITTED] = "retransmission_ratio",
};

/* Medians that are not known are null. */
static void
json_quality(FILE *stream, const struct quality_totals *totals)
{
	uint32_t value;

	if (totals == NULL)
		return;
	fputs("  \"quality\": {", stream);
	json_count(stream, "exchanges", quality_totals_exchanges(totals),
	    ", \"medians\": {");
	for (unsigned i = 0; i < MEDIAN_COUNT; i++) {
		const char *end = i + 1 < MEDIAN_COUNT ? ", " : "}, ";

		if (quality_totals_median(totals, i, &value) == 0)
			json_seconds(
			    stream, median_names[i], (double)value / 1e6, end);
		else
			fprintf(stream, "\"%s\": null%s", median_names[i], end);
	}
	json_seconds(stream, "retransmission_ratio",
	    (double)quality_totals_retransmitted(totals) / 1e6,
	    ", \"networks\": [");
	for (unsigned i = 0; i < quality_totals_network_count(totals); i++) {
		fputs(i == 0 ? "\n    " : ",\n    ", stream);
		json_network(stream, totals, i);
	}
	fputs("]},\n", stream);
}

/* Only of a probe: interfaces, table, reloads, delays. */
static void
json_probe(FILE *stream, const struct status *status)
{
	const struct meter_load *load = &status->load;

	fputs("  \"interfaces\": [", stream);
	for (size_t i = 0; i < status->interface_count; i++) {
		fputs(i == 0 ? "\n" : ",\n", stream);
		json_interface(stream, &status->interfaces[i]);
	}
	fputs("],\n  \"table\": {", stream);
	json_count(stream, "live", load->live, ", ");
	json_count(stream, "max_exchanges", load->bound, ", ");
	json_count(stream, "slots", load->slots, ", ");
	json_count(stream, "slots_used", load->slots_used, ", ");
	json_count(stream, "octets", load->octets, "},\n  ");
	json_count(stream, "reloads", status->reloads, ", ");
	json_count(stream, "reloads_failed", status->reloads_failed, ",\n");
	json_delays(stream, &status->exporter.delays);
}

/* Every TCP segment with data, SYN or FIN has one class. */
static void
json_classes(FILE *stream, const struct ledger *ledger)
{
	if (ledger->sequenced == 0 && ledger->quality_lost == 0)
		return;
	fputs("  \"segments\": {\n    ", stream);
	json_count(stream, "sequenced", ledger->sequenced, ",\n    ");
	for (int class = 0; class < LOSS_CLASS_COUNT; class ++)
		json_count(stream, quality_class_name((enum loss_class) class),
		    ledger->segments[class], ",\n    ");
	json_count(
	    stream, "samples_evicted", ledger->samples_evicted, ",\n    ");
	json_count(stream, "without_memory", ledger->quality_lost, "\n  },\n");
}

/* With `names`: where from, and what was in the way. */
static void
json_names(FILE *stream, const struct ledger *ledger)
{
	const char *name;
	uint64_t count;

	if (!ledger_has_names(ledger))
		return;
	fputs("  \"names\": {", stream);
	for (size_t i = 0;
	     (name = ledger_names_count(ledger, i, &count)) != NULL; i++) {
		fputs(i == 0 ? "\n    " : ",\n    ", stream);
		json_count(stream, name, count, "");
	}
	fputs("\n  },\n", stream);
}

void
status_print_json(const struct status *status, FILE *stream)
{
	const struct ledger *ledger = &status->ledger;

	fputs("{\n  ", stream);
	json_count(stream, "packets_read", ledger->packets_read, ",\n  ");
	json_count(stream, "packets_in_exchanges", ledger->packets_in_exchanges,
	    ",\n");
	json_unmatched(stream, ledger);
	fputs("  ", stream);
	json_count(stream, "undecided", ledger->undecided, ",\n");
	json_exchanges(stream, ledger);
	fputs("  ", stream);
	json_count(
	    stream, "fragments_evicted", ledger->fragments_evicted, ",\n  ");
	json_count(stream, "resets_out_of_window", ledger->resets_out_of_window,
	    ",\n  ");
	json_count(stream, "clock_steps", ledger->clock_steps, ",\n  ");
	json_count(stream, "clock_outliers", ledger->clock_outliers, ",\n  ");
	json_count(stream, "reordered_early", ledger->reordered_early, ",\n");
	json_classes(stream, ledger);
	json_names(stream, ledger);
	json_quality(stream, status->quality);
	if (status->interface_count > 0)
		json_probe(stream, status);
	if (status->described_count > 0)
		json_files(stream, status);
	fputs("  \"outputs\": [", stream);
	for (size_t i = 0; i < status->exporter.output_count; i++) {
		fputs(i == 0 ? "\n" : ",\n", stream);
		json_output(stream, &status->exporter.outputs[i]);
	}
	fputs("],\n  ", stream);
	json_seconds(stream, "seconds", status->seconds, ",\n");
	fprintf(stream, "  \"balanced\": %s\n}\n",
	    status_balanced(status) ? "true" : "false");
}

static int
stream_close(FILE *stream, bool sync)
{
	int failed = ferror(stream) | fflush(stream);

	if (failed == 0 && sync)
		failed = fsync(fileno(stream));
	if (failed != 0 && errno == 0)
		errno = EIO;
	return fclose(stream) == 0 && failed == 0 ? 0 : -1;
}

/*
 * To a device or a pipe, which no file can replace.  Nothing is made or cut, in
 * case that another file is there by now.
 */
static int
write_through(const struct status *status, const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "w");

	if (stream == NULL) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	status_print_json(status, stream);
	return stream_close(stream, false);
}

/* mkostemp makes files that only the owner can read: allow what umask does. */
static FILE *
temporary_open(char *name)
{
	mode_t mask = umask(0);
	int fd;
	FILE *stream;

	umask(mask);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return NULL;
	stream = fchmod(fd, 0666 & ~mask) == 0 ? fdopen(fd, "w") : NULL;
	if (stream == NULL) {
		close(fd);
		unlink(name);
	}
	return stream;
}

static int
write_renamed(const struct status *status, const char *path)
{
	int result = -1, error;
	FILE *stream;
	char *name;

	if (asprintf(&name, "%s.XXXXXX", path) == -1)
		return -1;
	stream = temporary_open(name);
	if (stream != NULL) {
		status_print_json(status, stream);
		result = stream_close(stream, true);
		if (result == 0)
			result = rename(name, path);
		error = errno;
		if (result != 0)
			unlink(name);
		errno = error;
	}
	error = errno;
	free(name);
	errno = error;
	return result;
}

int
status_write_json(const struct status *status, const char *path)
{
	struct stat file;

	if (strcmp(path, "-") == 0) {
		status_print_json(status, stdout);
		return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -1;
	}
	if (stat(path, &file) == 0 && !S_ISREG(file.st_mode) &&
	    !S_ISDIR(file.st_mode))
		return write_through(status, path);
	return write_renamed(status, path);
}

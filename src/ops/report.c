/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The books: their check and their JSON.
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

#include "exflow/log.h"
#include "exflow/statistics.h"

static bool
output_balanced(const struct report *report, const struct destination *output)
{
	return destination_balanced(&output->counts) &&
	       (output->options.balance ||
	           output->counts.records_due == report->ledger->records);
}

/* Those among which records are spread have them all together. */
static bool
shares_balanced(const struct report *report, uint64_t *sum)
{
	bool any = false;

	*sum = 0;
	for (size_t i = 0; i < report->output_count; i++)
		if (report->outputs[i]->options.balance) {
			*sum += report->outputs[i]->counts.records_due;
			any = true;
		}
	return !any || *sum == report->ledger->records;
}

bool
report_balanced(const struct report *report)
{
	uint64_t sum;
	bool balanced =
	    ledger_balanced(report->ledger) && shares_balanced(report, &sum);

	for (size_t i = 0; i < report->output_count; i++)
		balanced &= output_balanced(report, report->outputs[i]);
	return balanced;
}

#define NOT "books do not balance: "

static void
ledger_complain(const struct ledger *ledger)
{
	uint64_t unmatched = ledger_unmatched(ledger);
	uint64_t ended = ledger_ended(ledger);

	if (ledger->packets_read != ledger->packets_in_exchanges + unmatched)
		log_error(NOT "packets read %" PRIu64
		              " != in exchanges %" PRIu64
		              " + unmatched %" PRIu64,
		    ledger->packets_read, ledger->packets_in_exchanges,
		    unmatched);
	if (ledger->exchanges_opened != ended + ledger->exchanges_live)
		log_error(NOT "exchanges opened %" PRIu64 " != ended %" PRIu64
		              " + live %" PRIu64,
		    ledger->exchanges_opened, ended, ledger->exchanges_live);
}

static void
output_complain(const struct destination *output, uint64_t records)
{
	const struct destination_counts *counts = &output->counts;

	if (!destination_balanced(counts))
		log_error(NOT "%s: records due %" PRIu64 " + recovered %" PRIu64
		              " != delivered %" PRIu64 " + waiting %" PRIu64
		              " + lost %" PRIu64,
		    output->name, counts->records_due, counts->recovered,
		    counts->delivered, counts->waiting,
		    destination_lost(counts));
	if (!output->options.balance && counts->records_due != records)
		log_error(NOT "%s: records due %" PRIu64
		              " != records made %" PRIu64,
		    output->name, counts->records_due, records);
}

bool
report_check(const struct report *report)
{
	uint64_t sum;

	ledger_complain(report->ledger);
	if (!shares_balanced(report, &sum))
		log_error(NOT "records due of the outputs in balance %" PRIu64
		              " != records made %" PRIu64,
		    sum, report->ledger->records);
	for (size_t i = 0; i < report->output_count; i++)
		output_complain(report->outputs[i], report->ledger->records);
	return report_balanced(report);
}

/* RFC 8259, 7; what is no UTF-8 is replaced. */
static void
json_string(FILE *stream, const char *text)
{
	char *valid = g_utf8_make_valid(text, -1);

	fputc('"', stream);
	for (const char *at = valid; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			fprintf(stream, "\\%c", *at);
		else if ((unsigned char)*at < 0x20)
			fprintf(stream, "\\u%04x", (unsigned)*at);
		else
			fputc(*at, stream);
	}
	fputc('"', stream);
	g_free(valid);
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
	json_count(stream, "active_parts", ledger->active_parts, "},\n");
}

static void
json_output(FILE *stream, const struct destination *output)
{
	const struct destination_counts *counts = &output->counts;

	fputs("    {\"name\": ", stream);
	json_string(stream, output->name);
	fputs(", ", stream);
	json_count(stream, "records_due", counts->records_due, ", ");
	json_count(stream, "delivered", counts->delivered, ", ");
	json_count(stream, "waiting", counts->waiting, ", ");
	json_count(stream, "recovered", counts->recovered, ", ");
	json_count(stream, "queued", counts->waiting - counts->in_spool, ", ");
	json_count(stream, "in_spool", counts->in_spool, ", ");
	json_count(stream, "spooled", counts->spooled, ", ");
	json_count(stream, "sent", counts->sent, ", ");
	json_count(stream, "acknowledged", counts->delivered, ", ");
	json_count(stream, "replayed", counts->replayed, ", ");
	json_count(stream, "connects", counts->connects, ", \"lost\": {");
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		json_count(stream, loss_name(i), counts->lost[i],
		    i + 1 < LOSS_COUNT ? ", " : "}, ");
	json_count(stream, "messages", counts->messages, ", ");
	json_count(stream, "octets", counts->octets, ", ");
	json_count(stream, "files", counts->files, ", ");
	json_count(stream, "files_removed", counts->files_removed,
	    ", \"last_error\": ");
	json_string(stream, output->error);
	fputs("}", stream);
}

void
report_print_json(const struct report *report, FILE *stream)
{
	const struct ledger *ledger = report->ledger;
	char seconds[G_ASCII_DTOSTR_BUF_SIZE];

	fputs("{\n  ", stream);
	json_count(stream, "packets_read", ledger->packets_read, ",\n  ");
	json_count(stream, "packets_in_exchanges", ledger->packets_in_exchanges,
	    ",\n");
	json_unmatched(stream, ledger);
	json_exchanges(stream, ledger);
	fputs("  ", stream);
	json_count(
	    stream, "fragments_evicted", ledger->fragments_evicted, ",\n");
	fputs("  \"outputs\": [", stream);
	for (size_t i = 0; i < report->output_count; i++) {
		fputs(i == 0 ? "\n" : ",\n", stream);
		json_output(stream, report->outputs[i]);
	}
	g_ascii_formatd(seconds, sizeof(seconds), "%.6f", report->seconds);
	fprintf(stream, "],\n  \"seconds\": %s,\n  \"balanced\": %s\n}\n",
	    seconds, report_balanced(report) ? "true" : "false");
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

/* A device or a pipe: nothing to rename. */
static int
write_through(const struct report *report, const char *path)
{
	FILE *stream = fopen(path, "we");

	if (stream == NULL)
		return -1;
	report_print_json(report, stream);
	return stream_close(stream, false);
}

/* mkstemp makes files that only the owner reads: allow what umask does. */
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
write_renamed(const struct report *report, const char *path)
{
	char *name = g_strconcat(path, ".XXXXXX", NULL);
	FILE *stream = temporary_open(name);
	int result = -1, error;

	if (stream != NULL) {
		report_print_json(report, stream);
		result = stream_close(stream, true);
		if (result == 0)
			result = rename(name, path);
		error = errno;
		if (result != 0)
			unlink(name);
		errno = error;
	}
	g_free(name);
	return result;
}

int
report_write_json(const struct report *report, const char *path)
{
	struct stat status;

	if (strcmp(path, "-") == 0) {
		report_print_json(report, stdout);
		return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -1;
	}
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) &&
	    !S_ISDIR(status.st_mode))
		return write_through(report, path);
	return write_renamed(report, path);
}

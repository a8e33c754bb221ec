/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the books balance (status.h), and which equation fails if not. */
#include <config.h>

#include "exflow/status/status.h"

#include <inttypes.h>
#include <stdlib.h>

#include "exflow/base/log.h"

void
status_clear(struct status *status)
{
	exporter_status_clear(&status->exporter);
	quality_totals_free(&status->quality);
	free(status->interfaces);
	status->interfaces = NULL;
	status->interface_count = 0;
	free(status->described);
	status->described = NULL;
	status->described_count = 0;
}

/* The exchanges that the records due were made of. */
static uint64_t
exchanges_due(const struct destination_counts *counts)
{
	return counts->records_due - counts->split + counts->left_out +
	       counts->parts - counts->sums;
}

/* Whether the output was given every record, if it should have been. */
static bool
output_complete(
    const struct status *status, const struct exporter_output *output)
{
	return output->balance || !output->since_start || !status->final ||
	       exchanges_due(&output->counts) == status->ledger.records;
}

/* Whether the outputs that share the records were given each one once. */
static bool
shares_balanced(const struct status *status, uint64_t *sum)
{
	bool all = status->final, any = false;

	*sum = 0;
	for (size_t i = 0; i < status->exporter.output_count; i++) {
		const struct exporter_output *output =
		    &status->exporter.outputs[i];

		if (!output->balance)
			continue;
		*sum += exchanges_due(&output->counts);
		any = true;
		all &= output->since_start;
	}
	return !any || !all || *sum == status->ledger.records;
}

bool
status_balanced(const struct status *status)
{
	uint64_t sum;
	bool balanced =
	    ledger_balanced(&status->ledger) && shares_balanced(status, &sum);

	for (size_t i = 0; i < status->exporter.output_count; i++) {
		const struct exporter_output *output =
		    &status->exporter.outputs[i];

		balanced &= destination_balanced(&output->counts) &&
		            output_complete(status, output);
	}
	return balanced;
}

#define NOT "books do not balance: "

static void
log_ledger_errors(const struct ledger *ledger)
{
	uint64_t unmatched = ledger_unmatched(ledger);
	uint64_t ended = ledger_ended(ledger);

	if (ledger->packets_read !=
	    ledger->packets_in_exchanges + unmatched + ledger->undecided)
		log_error(NOT "packets read %" PRIu64
		              " != in exchanges %" PRIu64
		              " + unmatched %" PRIu64 " + undecided %" PRIu64,
		    ledger->packets_read, ledger->packets_in_exchanges,
		    unmatched, ledger->undecided);
	if (ledger->exchanges_opened != ended + ledger->exchanges_live)
		log_error(NOT "exchanges opened %" PRIu64 " != ended %" PRIu64
		              " + live %" PRIu64,
		    ledger->exchanges_opened, ended, ledger->exchanges_live);
	if (ledger->sequenced != ledger_classified(ledger))
		log_error(NOT "TCP segments with data, SYN or FIN %" PRIu64
		              " != those of all classes %" PRIu64,
		    ledger->sequenced, ledger_classified(ledger));
}

static void
log_output_errors(
    const struct status *status, const struct exporter_output *output)
{
	const struct destination_counts *counts = &output->counts;

	if (!destination_balanced(counts))
		log_error(NOT "%s: records due %" PRIu64 " + recovered %" PRIu64
		              " != delivered %" PRIu64 " + waiting %" PRIu64
		              " + lost %" PRIu64,
		    output->name, counts->records_due, counts->recovered,
		    counts->delivered, counts->waiting,
		    destination_lost(counts));
	if (!output_complete(status, output))
		log_error(NOT "%s: records due %" PRIu64 " - split %" PRIu64
		              " + left out %" PRIu64 " + parts %" PRIu64
		              " - sums %" PRIu64 " != records made %" PRIu64,
		    output->name, counts->records_due, counts->split,
		    counts->left_out, counts->parts, counts->sums,
		    status->ledger.records);
}

bool
status_check(const struct status *status)
{
	uint64_t sum;

	log_ledger_errors(&status->ledger);
	if (!shares_balanced(status, &sum))
		log_error(NOT "records due of the outputs in balance %" PRIu64
		              " != records made %" PRIu64,
		    sum, status->ledger.records);
	for (size_t i = 0; i < status->exporter.output_count; i++)
		log_output_errors(status, &status->exporter.outputs[i]);
	return status_balanced(status);
}

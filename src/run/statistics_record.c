/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The statistics record: the status as an options record for the collectors,
 * one message of observation domain 0.
 */
#include <config.h>

#include <unistd.h>

#include "exflow/ipfix/statistics.h"

#include "run_internal.h"

static void
add_interfaces(struct ipfix_statistics *sums, const struct status *status)
{
	for (size_t i = 0; i < status->interface_count; i++) {
		const struct interface_counts *interface =
		    &status->interfaces[i];

		sums->octets += interface->octets;
		sums->dropped +=
		    interface->kernel_drops + interface->interface_drops;
	}
}

static void
add_outputs(struct ipfix_statistics *sums, const struct status *status)
{
	for (size_t i = 0; i < status->exporter.output_count; i++) {
		const struct destination_counts *counts =
		    &status->exporter.outputs[i].counts;

		sums->exported_records += counts->delivered;
		sums->exported_messages += counts->messages;
		sums->exported_octets += counts->octets;
		sums->lost_records += destination_lost(counts);
	}
}

void
statistics_record_send(struct exporter *exporter, const struct status *status)
{
	struct ipfix_statistics sums = { .process = (uint32_t)getpid(),
		.started = status->started,
		.packets = status->ledger.packets_read,
		.ignored = ledger_unmatched(&status->ledger),
		.exchanges = status->ledger.exchanges_opened };
	uint8_t octets[IPFIX_STATISTICS_OCTETS];
	struct message message = {
		.octets = octets, .records = 1, .kind = MESSAGE_STATISTICS
	};

	add_interfaces(&sums, status);
	add_outputs(&sums, status);
	message.length = (uint32_t)ipfix_statistics_message(&sums, octets);
	exporter_statistics(exporter, &message);
}

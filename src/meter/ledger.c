/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/meter/ledger.h"

void
ledger_add(struct ledger *sum, const struct ledger *part)
{
	sum->packets_read += part->packets_read;
	sum->packets_in_exchanges += part->packets_in_exchanges;
	for (size_t i = 0; i < UNMATCHED_COUNT; i++)
		sum->unmatched[i] += part->unmatched[i];
	for (size_t i = 0; i < TUNNEL_COUNT; i++)
		sum->tunnels_closed[i] += part->tunnels_closed[i];
	sum->undecided += part->undecided;
	sum->exchanges_opened += part->exchanges_opened;
	sum->exchanges_resumed += part->exchanges_resumed;
	sum->exchanges_live += part->exchanges_live;
	for (size_t i = 0; i < END_COUNT; i++)
		sum->exchanges_ended[i] += part->exchanges_ended[i];
	sum->active_parts += part->active_parts;
	sum->parts_not_summed += part->parts_not_summed;
	sum->records += part->records;
	sum->fragments_evicted += part->fragments_evicted;
	sum->resets_out_of_window += part->resets_out_of_window;
	sum->clock_steps += part->clock_steps;
	sum->clock_outliers += part->clock_outliers;
	sum->reordered_early += part->reordered_early;
	sum->sequenced += part->sequenced;
	for (size_t i = 0; i < LOSS_CLASS_COUNT; i++)
		sum->segments[i] += part->segments[i];
	sum->quality_lost += part->quality_lost;
	sum->samples_evicted += part->samples_evicted;
}

void
ledger_add_decoded(struct ledger *sum, const struct decoder *decoder)
{
	struct decode_counts counts;

	decoder_counts(decoder, &counts);
	sum->undecided += counts.undecided;
	for (size_t i = 0; i < UNMATCHED_COUNT; i++)
		sum->unmatched[i] += counts.unmatched[i];
	for (size_t i = 0; i < TUNNEL_COUNT; i++)
		sum->tunnels_closed[i] += counts.tunnels_closed[i];
	sum->fragments_evicted += counts.fragments_evicted;
}

uint64_t
ledger_unmatched(const struct ledger *ledger)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < UNMATCHED_COUNT; i++)
		sum += ledger->unmatched[i];
	return sum;
}

uint64_t
ledger_ended(const struct ledger *ledger)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < END_COUNT; i++)
		sum += ledger->exchanges_ended[i];
	return sum;
}

uint64_t
ledger_classified(const struct ledger *ledger)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < LOSS_CLASS_COUNT; i++)
		sum += ledger->segments[i];
	return sum;
}

bool
ledger_balanced(const struct ledger *ledger)
{
	return ledger->packets_read == ledger->packets_in_exchanges +
	                                   ledger_unmatched(ledger) +
	                                   ledger->undecided &&
	       ledger->exchanges_opened ==
	           ledger_ended(ledger) + ledger->exchanges_live &&
	       ledger->sequenced == ledger_classified(ledger);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/exchange/ledger.h"

#include <string.h>

void
ledger_add_names(struct names_counts *sum, const struct names_counts *part)
{
	for (size_t i = 0; i < sizeof(sum->found) / sizeof(sum->found[0]); i++)
		sum->found[i] += part->found[i];
	sum->malformed += part->malformed;
	sum->buffers_full += part->buffers_full;
	sum->states_full += part->states_full;
	sum->texts_full += part->texts_full;
	sum->quic_skipped += part->quic_skipped;
	sum->incomplete += part->incomplete;
}

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
	ledger_add_names(&sum->names, &part->names);
	sum->names_lost += part->names_lost;
	sum->names_evicted += part->names_evicted;
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

#define FOUND(source) offsetof(struct ledger, names.found[source - 1])
#define NAMES(member) offsetof(struct ledger, names.member)

static const struct {
	const char *name;
	size_t offset;
} names_counts_table[] = {
	{ "tls", FOUND(NAME_SOURCE_TLS) },
	{ "quic", FOUND(NAME_SOURCE_QUIC) },
	{ "http", FOUND(NAME_SOURCE_HTTP) },
	{ "dns", FOUND(NAME_SOURCE_DNS) },
	{ "ech_outer", FOUND(NAME_SOURCE_ECH_OUTER) },
	{ "malformed", NAMES(malformed) },
	{ "incomplete", NAMES(incomplete) },
	{ "buffers_full", NAMES(buffers_full) },
	{ "states_full", NAMES(states_full) },
	{ "texts_full", NAMES(texts_full) },
	{ "quic_skipped", NAMES(quic_skipped) },
	{ "evicted", offsetof(struct ledger, names_evicted) },
	{ "without_memory", offsetof(struct ledger, names_lost) },
};

const char *
ledger_names_count(const struct ledger *ledger, size_t n, uint64_t *count)
{
	const char *at = (const char *)ledger;

	if (n >= sizeof(names_counts_table) / sizeof(names_counts_table[0]))
		return NULL;
	memcpy(count, at + names_counts_table[n].offset, sizeof(*count));
	return names_counts_table[n].name;
}

bool
ledger_has_names(const struct ledger *ledger)
{
	uint64_t count;

	for (size_t i = 0; ledger_names_count(ledger, i, &count) != NULL; i++)
		if (count > 0)
			return true;
	return false;
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

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The books (SEMANTICS, "The books balance"): where every packet and every
 * exchange went.
 */
#ifndef EXFLOW_METER_LEDGER_H
#define EXFLOW_METER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/decode/decode.h"
#include "exflow/decode/segment.h"
#include "exflow/meter/exchange.h"

struct ledger {
	uint64_t packets_read;
	uint64_t packets_in_exchanges;
	uint64_t unmatched[UNMATCHED_COUNT];
	/* Of not_tcp_udp: in tunnels that could be opened; see decode.h. */
	uint64_t tunnels_closed[TUNNEL_COUNT];
	uint64_t undecided; /* packets that wait: for a first fragment, … */
	uint64_t exchanges_opened;
	uint64_t exchanges_resumed; /* of those opened: "resumed" */
	uint64_t exchanges_live;
	uint64_t exchanges_ended[END_COUNT]; /* END_ACTIVE stays 0 */
	uint64_t active_parts;      /* records cut off by active_timeout */
	uint64_t parts_not_summed;  /* that a whole row lacks: no memory */
	uint64_t records;           /* records handed on; see meter.h */
	uint64_t fragments_evicted; /* from the fragment table */
	uint64_t clock_steps;       /* of an input; see capture/timeline.h */
	uint64_t clock_outliers;    /* packets whose date was wrong */
	uint64_t reordered_early; /* packets that a full reorder ring let go */
	/*
	 * TCP packets in exchanges with RST set that the exchange's other side
	 * would not have believed (SEMANTICS, "Ending"); they end nothing.
	 */
	uint64_t resets_out_of_window;
	/*
	 * With `quality`, of the records handed on: TCP segments that have a
	 * class, and how many have which.
	 */
	uint64_t sequenced;
	uint64_t segments[LOSS_CLASS_COUNT];
	uint64_t quality_lost; /* exchanges that found no memory for it */
	/*
	 * Outstanding samples of round-trip times that gave way to newer ones,
	 * about (quality/marks.h): so many are missing.
	 */
	uint64_t samples_evicted;
};

void ledger_add(struct ledger *sum, const struct ledger *part);
/* What a decoder says of packets that waited, or wait. */
void ledger_add_decoded(struct ledger *sum, const struct decoder *decoder);
uint64_t ledger_unmatched(const struct ledger *ledger);
uint64_t ledger_ended(const struct ledger *ledger);

uint64_t ledger_classified(const struct ledger *ledger);

/*
 * Equation 1, packets, equation 2, exchanges, and that of quality: every
 * segment has one class.
 */
bool ledger_balanced(const struct ledger *ledger);

#endif

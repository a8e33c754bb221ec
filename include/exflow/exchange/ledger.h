/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The books (doc/design.md): where every packet and every exchange went.
 */
#ifndef EXFLOW_METER_LEDGER_H
#define EXFLOW_METER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/decode/decode.h"
#include "exflow/decode/segment.h"
#include "exflow/exchange/exchange.h"
#include "exflow/names/names.h"

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
	 * would not have believed (ENDS in exflow.conf(5)); they end nothing.
	 */
	uint64_t resets_out_of_window;
	/*
	 * With `quality`, of the records handed on: TCP segments that have a
	 * class, and how many have which.
	 */
	uint64_t sequenced;
	uint64_t segments[LOSS_CLASS_COUNT];
	uint64_t quality_lost; /* exchanges or rows that found no memory */
	/*
	 * Outstanding samples of round-trip times that gave way to newer ones,
	 * about (quality/marks.h): so many are missing.
	 */
	uint64_t samples_evicted;
	/* With `names`: */
	struct names_counts names;
	uint64_t names_lost;    /* exchanges that found no memory for them */
	uint64_t names_evicted; /* that clients were told; see gate/hunter.h */
};

/* Add what a part counted, as one of several meters. */
void ledger_add(struct ledger *sum, const struct ledger *part);
void ledger_add_names(
    struct names_counts *sum, const struct names_counts *part);
/* What a decoder says of packets that waited, or wait. */
void ledger_add_decoded(struct ledger *sum, const struct decoder *decoder);
/* The sums over the reasons and over the ends. */
uint64_t ledger_unmatched(const struct ledger *ledger);
uint64_t ledger_ended(const struct ledger *ledger);

/*
 * What is counted of names, one by one: the first LEDGER_NAMED are exchanges
 * by where their name is from ("tls", "quic", …), the others what was in the
 * way ("malformed", …).  The count's name; NULL past the last.
 */
#define LEDGER_NAMED 5
const char *ledger_names_count(
    const struct ledger *ledger, size_t n, uint64_t *count);
/* Is any of them not 0? */
bool ledger_has_names(const struct ledger *ledger);

/* The sum over the classes of segments. */
uint64_t ledger_classified(const struct ledger *ledger);

/*
 * Equation 1, packets, equation 2, exchanges, and that of quality: every
 * segment has one class.
 */
bool ledger_balanced(const struct ledger *ledger);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Hints: which setting would have metered what a run left out. */
#include <config.h>

#include <inttypes.h>

#include "exflow/base/log.h"

#include "run_internal.h"

static const struct hint {
	enum unmatched reason;
	const char *text;
} hints[] = {
	{ UNMATCHED_TCP_MIDSTREAM,
	    "tcp_midstream, their opening was not captured; midstream = yes "
	    "in the configuration, or --set midstream=yes, takes them" },
	{ UNMATCHED_INBOUND,
	    "inbound and what follows that, a remote client opened these; "
	    "inbound = yes in the configuration, or --set inbound=yes, takes "
	    "them" },
	{ UNMATCHED_FOREIGN,
	    "foreign, neither end is local; networks = {PREFIX, ...} in the "
	    "configuration, or -n PREFIX,..., says what is local" },
};
#define HINTS (sizeof(hints) / sizeof(hints[0]))

/* How many packets could have been in an exchange. */
static uint64_t
candidates(const struct ledger *ledger)
{
	uint64_t sum = ledger->packets_in_exchanges;

	for (size_t i = UNMATCHED_TCP_MIDSTREAM; i < UNMATCHED_COUNT; i++)
		sum += ledger->unmatched[i];
	return sum;
}

/*
 * Of an exchange that a remote client opens, only the opening is counted as
 * inbound; the packets after it count as midstream, but midstream = yes would
 * take the server for the client.
 */
static uint64_t
left_out(const struct ledger *ledger, enum unmatched reason)
{
	uint64_t inbound = ledger->unmatched[UNMATCHED_INBOUND];
	uint64_t midstream = ledger->unmatched[UNMATCHED_TCP_MIDSTREAM];

	if (reason == UNMATCHED_INBOUND)
		return inbound == 0 ? 0 : inbound + midstream;
	return ledger->unmatched[reason];
}

void
hint_log(const struct ledger *ledger)
{
	const struct hint *most = &hints[0];
	uint64_t count = 0, all = candidates(ledger);

	for (size_t i = 0; i < HINTS; i++) {
		uint64_t n = left_out(ledger, hints[i].reason);

		if (n >= count) {
			most = &hints[i];
			count = n;
		}
	}
	if (count == 0 ||
	    (ledger->exchanges_opened > 0 && count <= all - count))
		return;
	log_note("%" PRIu64 " of %" PRIu64 " packets of TCP and UDP are in no "
	         "exchange: %s",
	    count, all, most->text);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Which setting would have taken what a run left out. */
#include <config.h>

#include <inttypes.h>

#include "exflow/base/log.h"

#include "run_internal.h"

static const struct advice {
	enum unmatched reason;
	const char *text;
} advices[] = {
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
#define ADVICES (sizeof(advices) / sizeof(advices[0]))

/* Of packets that could be in an exchange. */
static uint64_t
candidates(const struct ledger *ledger)
{
	uint64_t sum = ledger->packets_in_exchanges;

	for (size_t i = UNMATCHED_TCP_MIDSTREAM; i < UNMATCHED_COUNT; i++)
		sum += ledger->unmatched[i];
	return sum;
}

/*
 * Of an exchange that a remote client opens, only the opening is inbound; what
 * follows is in midstream, and midstream = yes would take its ends for each
 * other.
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
advise(const struct ledger *ledger)
{
	const struct advice *most = &advices[0];
	uint64_t count = 0, all = candidates(ledger);

	for (size_t i = 0; i < ADVICES; i++) {
		uint64_t n = left_out(ledger, advices[i].reason);

		if (n >= count) {
			most = &advices[i];
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

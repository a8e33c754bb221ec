/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which setting would have taken what a run left out (SEMANTICS, "Opening",
 * "Whenever a run leaves out more than a tenth").
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>

#include "exflow/base/log.h"

#include "run_internal.h"

static const struct hint {
	enum unmatched reason;
	unsigned kinds; /* any of these takes it; the first is proposed */
	const char *why;
} hints[] = {
	{ UNMATCHED_TCP_MIDSTREAM, METER_MIDSTREAM,
	    "their opening was not captured" },
	{ UNMATCHED_OUTBOUND, METER_OUTBOUND, "a local client opened these" },
	{ UNMATCHED_INBOUND, METER_INBOUND, "a remote client opened these" },
	{ UNMATCHED_LOCAL, METER_LOCAL, "both ends are local" },
	{ UNMATCHED_FOREIGN, METER_FOREIGN,
	    "neither end is local; networks = {PREFIX, ...} in the "
	    "configuration, or -n PREFIX,..., says what is local" },
};
#define HINTS (sizeof(hints) / sizeof(hints[0]))

/* How many packets could have been in an exchange. */
static uint64_t
candidates(const struct ledger *ledger)
{
	return ledger->packets_in_exchanges +
	       ledger->unmatched[UNMATCHED_NO_MEMORY];
}

static unsigned
effective_kinds(const struct settings *settings)
{
	if (settings->meter.kinds != 0)
		return settings->meter.kinds;
	return network_set_count(settings->networks) == 0
	           ? METER_ALL
	           : METER_OUTBOUND | METER_LOCAL_TCP;
}

/* "outbound, local_tcp, inbound" */
static void
kinds_text(unsigned kinds, const char *separator, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; meter_kind_name(i) != NULL && used < size; i++)
		if (kinds >> i & 1)
			used +=
			    (size_t)snprintf(text + used, size - used, "%s%s",
			        used > 0 ? separator : "", meter_kind_name(i));
}

static void
say(const struct hint *most, uint64_t count, uint64_t all, unsigned kinds)
{
	char list[128], set[128];

	kinds_text(kinds | most->kinds, ", ", list, sizeof(list));
	kinds_text(kinds | most->kinds, ",", set, sizeof(set));
	log_note("%" PRIu64 " of %" PRIu64 " packets of TCP and UDP are in no "
	         "exchange, most of them %s: %s; meter = {%s} in the "
	         "configuration, or --set meter=%s, takes them",
	    count, all, unmatched_name(most->reason), most->why, list, set);
}

bool
hint_log(const struct settings *settings, const struct ledger *ledger)
{
	unsigned kinds = effective_kinds(settings);
	const struct hint *most = NULL;
	uint64_t count = 0, all = candidates(ledger);

	if (kinds & METER_ALL) /* then no kind would take more */
		return false;
	for (size_t i = 0; i < HINTS; i++) {
		uint64_t n = ledger->unmatched[hints[i].reason];

		count += n;
		if (n > 0 && !(kinds & hints[i].kinds) &&
		    (most == NULL || n > ledger->unmatched[most->reason]))
			most = &hints[i];
	}
	all += count;
	if (most == NULL || count <= all / 10)
		return false;
	say(most, count, all, kinds);
	return true;
}

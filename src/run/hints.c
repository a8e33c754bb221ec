/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which setting would have taken what a run left out, where that is more than a
 * tenth: a kind of `meter`, or a tunnel that `decapsulate` opens.
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

/* How many packets of TCP and UDP are left out by a kind; *all: of how many. */
static uint64_t
left_out(const struct ledger *ledger, uint64_t *all)
{
	uint64_t count = 0;

	for (size_t i = 0; i < HINTS; i++)
		count += ledger->unmatched[hints[i].reason];
	*all = candidates(ledger) + count;
	return count;
}

static bool
hint_kinds(const struct ledger *ledger, unsigned kinds)
{
	const struct hint *most = NULL;
	uint64_t all, count = left_out(ledger, &all);

	if (kinds & METER_ALL) /* then no kind would take more */
		return false;
	for (size_t i = 0; i < HINTS; i++) {
		uint64_t n = ledger->unmatched[hints[i].reason];

		if (n > 0 && !(kinds & hints[i].kinds) &&
		    (most == NULL || n > ledger->unmatched[most->reason]))
			most = &hints[i];
	}
	if (most == NULL || count <= all / 10)
		return false;
	say(most, count, all, kinds);
	return true;
}

/* --- other protocols */

static void
say_other(uint64_t count, uint64_t all, unsigned kinds)
{
	char list[128], set[128];

	kinds_text(kinds | METER_OTHER, ", ", list, sizeof(list));
	kinds_text(kinds | METER_OTHER, ",", set, sizeof(set));
	log_note("%" PRIu64 " of %" PRIu64 " packets of IP are in no exchange, "
	         "as they are not_tcp_udp; meter = {%s} in the configuration, "
	         "or --set meter=%s, takes them",
	    count, all, list, set);
}

/* The tunnel that most of these packets are in. */
static size_t
usual_tunnel(const struct ledger *ledger)
{
	size_t most = 0;

	for (size_t i = 1; i < TUNNEL_COUNT; i++)
		if (ledger->tunnels_closed[i] > ledger->tunnels_closed[most])
			most = i;
	return most;
}

/* "gre, erspan": those that are looked into, and one more. */
static void
tunnels_text(unsigned tunnels, const char *separator, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; tunnel_name(i) != NULL && used < size; i++)
		if (tunnels >> i & 1)
			used += (size_t)snprintf(text + used, size - used,
			    "%s%s", used > 0 ? separator : "", tunnel_name(i));
}

static void
say_tunnel(uint64_t count, uint64_t all, size_t tunnel, unsigned open)
{
	char list[128], set[128];

	tunnels_text(open | 1u << tunnel, ", ", list, sizeof(list));
	tunnels_text(open | 1u << tunnel, ",", set, sizeof(set));
	log_note("%" PRIu64 " of %" PRIu64 " packets of IP are in no exchange, "
	         "as they are in tunnels (not_tcp_udp), most of them %s; "
	         "decapsulate = {%s} in the configuration, or --set "
	         "decapsulate=%s, looks inside",
	    count, all, tunnel_name(tunnel), list, set);
}

/*
 * Some other packets, such as ICMP, are in every capture: they have to be more
 * than half of all.  Tunnels hold what this program is for, so a tenth is
 * enough.
 */
static bool
hint_other(const struct ledger *ledger, unsigned kinds, unsigned open)
{
	uint64_t all, in_tunnels = 0;
	uint64_t other = ledger->unmatched[UNMATCHED_NOT_TCP_UDP];

	(void)left_out(ledger, &all);
	all += other;
	for (size_t i = 0; i < TUNNEL_COUNT; i++)
		in_tunnels += ledger->tunnels_closed[i];
	if (other > all / 2 && in_tunnels < other / 2 && !(kinds & METER_OTHER))
		say_other(other, all, kinds);
	else if (in_tunnels > all / 10)
		say_tunnel(in_tunnels, all, usual_tunnel(ledger), open);
	else
		return false;
	return true;
}

bool
hint_log(const struct settings *settings, const struct ledger *ledger)
{
	unsigned kinds = effective_kinds(settings);
	bool said = hint_kinds(ledger, kinds);

	return hint_other(ledger, kinds, settings->tunnels) || said;
}

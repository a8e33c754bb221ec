/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of a meter: their defaults, the names of the kinds of exchanges,
 * and each meter's share of what is bounded for all of them.
 */
#include <config.h>

#include "exflow/meter/meter.h"

#include <string.h>
#include <unistd.h>

void
meter_options_init(struct meter_options *options)
{
	*options = (struct meter_options){
		.tcp_opening_timeout =
		    duration_seconds(TCP_OPENING_TIMEOUT_DEFAULT),
		.tcp_idle_timeout = duration_seconds(TCP_IDLE_TIMEOUT_DEFAULT),
		.tcp_half_closed_timeout =
		    duration_seconds(TCP_HALF_CLOSED_TIMEOUT_DEFAULT),
		.tcp_linger = duration_seconds(TCP_LINGER_DEFAULT),
		.tcp_resume = duration_seconds(TCP_RESUME_DEFAULT),
		.udp_idle_timeout = duration_seconds(UDP_IDLE_TIMEOUT_DEFAULT),
		.active_timeout = duration_seconds(ACTIVE_TIMEOUT_DEFAULT),
		.names = { .buffers = NAMES_BUFFERS_DEFAULT,
		    .quic_rate = NAMES_QUIC_RATE_DEFAULT },
	};
}

static const char *const kind_names[] = { "outbound", "local_tcp", "local",
	"inbound", "foreign", "midstream", "all", "other" };
#define KINDS (sizeof(kind_names) / sizeof(kind_names[0]))

const char *
meter_kind_name(size_t n)
{
	return n < KINDS ? kind_names[n] : NULL;
}

unsigned
meter_kind_from_name(const char *name)
{
	for (unsigned n = 0; n < KINDS; n++)
		if (strcmp(name, kind_names[n]) == 0)
			return 1u << n;
	return 0;
}

bool
meter_kinds_need_networks(unsigned kinds)
{
	if (kinds & METER_ALL)
		kinds &= ~(unsigned)METER_MIDSTREAM;
	return kinds & ~(unsigned)(METER_ALL | METER_OTHER);
}

/* What names add to an exchange: head and name asked for beside the state. */
static uint64_t
octets_of_names(const struct names_options *options)
{
	struct names_options one = *options;

	one.states = 1;
	one.buffers = 0;
	return names_wanted(options) ? names_memory(&one) + 48 : 0;
}

/* A quarter of the machine's memory. */
static uint32_t
max_by_memory(const struct meter_options *options)
{
	uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);
	uint64_t octets = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t each = METER_OCTETS_PER_EXCHANGE +
	                (options->mac ? METER_OCTETS_OF_MACS : 0) +
	                (options->quality ? METER_OCTETS_OF_QUALITY : 0) +
	                octets_of_names(&options->names);
	uint64_t max = octets / 4 / each;

	return max < MAX_EXCHANGES_MIN   ? MAX_EXCHANGES_MIN
	       : max > MAX_EXCHANGES_MAX ? MAX_EXCHANGES_MAX
	                                 : (uint32_t)max;
}

uint32_t
meter_share(const struct meter_options *options, unsigned meters)
{
	uint32_t all = options->max_exchanges != 0 ? options->max_exchanges
	                                           : max_by_memory(options);

	return all > meters ? all / meters : 1;
}

static uint32_t
share_of(uint32_t all, unsigned meters)
{
	return all > meters ? all / meters : all > 0;
}

void
meter_share_names(struct meter_options *options, unsigned meters)
{
	struct names_options *names = &options->names;

	names->buffers = share_of(names->buffers, meters);
	names->quic_rate = share_of(names->quic_rate, meters);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The meter alone: what a packet costs while N exchanges are live, what
 * opening and ending cost, the longest pause, and the memory of each.
 *
 *	meter [LIVE [PACKETS]]
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "exflow/meter/meter.h"

#include "micro.h"

static uint64_t
peak_octets(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)usage.ru_maxrss * 1024;
}

struct run {
	struct flow_hash hash;
	struct meter *meter;
	struct segment batch[METER_BATCH];
	size_t filled;
	uint64_t number;
	uint32_t live;
	timestamp now;
	uint64_t last_flush, longest;
};

static void
flush(struct run *run)
{
	uint64_t now;

	meter_segments(run->meter, run->batch, run->filled);
	run->filled = 0;
	now = micro_wall_ns();
	if (now - run->last_flush > run->longest)
		run->longest = now - run->last_flush;
	run->last_flush = now;
}

/* The n-th client's datagram, to the server or back. */
static void
put(struct run *run, uint32_t n, bool answer)
{
	struct segment *s = &run->batch[run->filled];
	uint32_t host = n / 50000;
	uint8_t client[4] = { 10, (uint8_t)(host >> 16), (uint8_t)(host >> 8),
		(uint8_t)host };
	const uint8_t server[4] = { 192, 0, 2, 1 };
	uint16_t port = (uint16_t)(1024 + n % 50000);

	memset(s, 0, sizeof(*s));
	if (answer)
		segment_set_endpoints(s, server, 53, client, port, 4);
	else
		segment_set_endpoints(s, client, port, server, 53, 4);
	s->key.protocol = PROTOCOL_UDP;
	s->hash = flow_hash(&run->hash, &s->key);
	s->number = ++run->number;
	s->time = s->now = run->now;
	s->ip_octets = 100;
	s->payload_octets = 72;
	run->now.ns += 100;
	if (++run->filled == METER_BATCH)
		flush(run);
}

static void
count(void *context, const struct exchange *exchange)
{
	(void)exchange;
	++*(uint64_t *)context;
}

static uint64_t
xorshift(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void
row(const struct run *run, const char *name, double value, const char *unit)
{
	char what[64];

	snprintf(
	    what, sizeof(what), "meter, %" PRIu32 " live: %s", run->live, name);
	micro_row(what, value, unit);
}

static void
phase(struct run *run, const char *name, uint64_t start, uint64_t packets)
{
	double took = (double)(micro_clock_ns() - start) / (double)packets;

	row(run, name, took, "ns");
	row(run, "longest pause", (double)run->longest / 1e6, "ms");
	run->longest = 0;
	run->last_flush = micro_wall_ns();
}

int
main(int argc, char **argv)
{
	uint32_t live = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000;
	uint64_t packets = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000000;
	struct meter_options options;
	char error[128];
	static struct run run;
	uint64_t ended = 0, random = 88172645463325252, before, start;
	struct network_set *networks = network_set_new();

	meter_options_init(&options);
	network_set_add(networks, "10.0.0.0/8", error, sizeof(error));
	network_set_freeze(networks);
	options.networks = networks;
	options.hash = &run.hash;
	options.udp_idle_timeout = duration_seconds(3600);
	options.max_exchanges = MAX_EXCHANGES_MAX;
	if (flow_hash_init(&run.hash) == -1)
		return 1;
	run.meter = meter_new(&options, count, &ended);
	run.now = timestamp_from(1700000000, 0);
	before = peak_octets();
	run.live = live;
	run.last_flush = micro_wall_ns();
	start = micro_clock_ns();
	for (uint32_t i = 0; i < live; i++)
		put(&run, i, false);
	phase(&run, "open", start, live);
	row(&run, "memory", (double)(peak_octets() - before) / live,
	    "octets each");
	start = micro_clock_ns();
	for (uint32_t i = 0; i < live; i++)
		put(&run, i, true);
	phase(&run, "answer", start, live);
	start = micro_clock_ns();
	for (uint64_t i = 0; i < packets; i++) {
		uint64_t r = xorshift(&random);

		put(&run, (uint32_t)((r >> 8) % live), r & 1);
	}
	phase(&run, "packet", start, packets);
	flush(&run);
	start = micro_clock_ns();
	meter_finish(run.meter);
	row(&run, "end", (double)(micro_clock_ns() - start) / (double)ended,
	    "ns");
	meter_free(&run.meter);
	network_set_free(&networks);
	return ended == live ? 0 : 1;
}

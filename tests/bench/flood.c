/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The meter in a flood of spoofed openings: what a packet costs while 1,000
 * transfers go on, calm and meanwhile, at a bound of 100,000 exchanges.
 *
 *	flood [PACKETS]
 *
 * Calm is a table of the same size in which each opening finds room, because
 * as many exchanges have just ended by their timeout; in the flood each one
 * has to evict another.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/meter/meter.h"

#include "micro.h"

#define ROOM 100000
#define TRANSFERS 1000
#define NS_APART 1000 /* a million packets a second */

struct run {
	struct flow_hash hash;
	struct meter *meter;
	struct segment batch[METER_BATCH];
	size_t filled;
	uint64_t random, number, spent;
	timestamp now;
};

static uint32_t
any(struct run *run)
{
	run->random ^= run->random << 13;
	run->random ^= run->random >> 7;
	run->random ^= run->random << 17;
	return (uint32_t)(run->random >> 16);
}

/* Only the meter's own time counts, not that of making segments. */
static void
flush(struct run *run)
{
	uint64_t before = micro_clock_ns();

	meter_segments(run->meter, run->batch, run->filled);
	run->spent += micro_clock_ns() - before;
	run->filled = 0;
}

static void
put(struct run *run, uint32_t address, uint16_t port, bool answer,
    uint8_t flags, uint32_t payload)
{
	struct segment *s = &run->batch[run->filled];
	uint8_t client[4] = { 10, (uint8_t)(address >> 16),
		(uint8_t)(address >> 8), (uint8_t)address };
	const uint8_t server[4] = { 192, 0, 2, 1 };

	memset(s, 0, sizeof(*s));
	if (answer)
		segment_set_endpoints(s, server, 80, client, port, 4);
	else
		segment_set_endpoints(s, client, port, server, 80, 4);
	s->key.protocol = PROTOCOL_TCP;
	s->tcp_flags = flags;
	s->hash = flow_hash(&run->hash, &s->key);
	s->number = ++run->number;
	s->time = s->now = run->now;
	s->payload_octets = payload;
	s->ip_octets = payload + 40;
	run->now.ns += NS_APART;
	if (++run->filled == METER_BATCH)
		flush(run);
}

static void
put_transfer(struct run *run)
{
	put(run, 1, (uint16_t)(1024 + any(run) % TRANSFERS), any(run) & 1,
	    TCP_ACK, 1000);
}

static void
put_syn(struct run *run)
{
	uint32_t address = 0x10000 | (any(run) & 0xffffff);

	put(run, address, (uint16_t)any(run), false, TCP_SYN, 0);
}

static void
open_transfers(struct run *run)
{
	for (unsigned n = 0; n < TRANSFERS; n++) {
		put(run, 1, (uint16_t)(1024 + n), false, TCP_SYN, 0);
		put(run, 1, (uint16_t)(1024 + n), true, TCP_SYN | TCP_ACK, 0);
	}
}

static void
discard(void *context, const struct exchange *exchange)
{
	(void)exchange;
	++*(uint64_t *)context;
}

/* Of so many packets, one in `one_in` is an opening; ns each. */
static double
measure(const char *what, uint32_t room, double timeout, uint64_t packets,
    unsigned one_in)
{
	struct network_set *networks = network_set_new();
	struct meter_options options;
	char error[128];
	static struct run run;
	uint64_t ended = 0;

	run = (struct run){ .random = 88172645463325252,
		.now = timestamp_from(1700000000, 0) };
	meter_options_init(&options);
	network_set_add(networks, "10.0.0.0/8", error, sizeof(error));
	network_set_freeze(networks);
	options.networks = networks;
	options.hash = &run.hash;
	options.max_exchanges = room;
	options.tcp_opening_timeout.ns = (int64_t)(timeout * 1e9);
	if (flow_hash_init(&run.hash) == -1 ||
	    (run.meter = meter_new(&options, discard, &ended)) == NULL)
		exit(1);
	open_transfers(&run);
	for (int turn = 0; turn < 2; turn++) { /* the first fills the table */
		run.spent = 0;
		for (uint64_t i = 0; i < packets; i++)
			if (one_in != 0 && i % one_in == 0)
				put_syn(&run);
			else
				put_transfer(&run);
		flush(&run);
	}
	micro_row(what, (double)run.spent / (double)packets, "ns");
	meter_finish(run.meter);
	meter_free(&run.meter);
	network_set_free(&networks);
	return (double)run.spent / (double)packets;
}

int
main(int argc, char **argv)
{
	uint64_t packets = argc > 1 ? strtoull(argv[1], NULL, 10) : 5000000;
	double calm, flood;

	measure("flood: transfers only", ROOM, 30, packets, 0);
	/* One in two, a million a second: 100,000 live are 0.2 s of them. */
	calm = measure("flood: half openings, calm", 4 * ROOM, 0.2, packets, 2);
	flood =
	    measure("flood: half openings, each evicts", ROOM, 30, packets, 2);
	micro_row("flood: that times calm", flood / calm, "x");
	calm = measure("flood: openings only, calm", 4 * ROOM, 0.1, packets, 1);
	flood =
	    measure("flood: openings only, each evicts", ROOM, 30, packets, 1);
	micro_row("flood: that times calm", flood / calm, "x");
	return 0;
}

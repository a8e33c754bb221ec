/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers: what it costs to look at an exchange whose deadline has moved on,
 * and to end one whose has passed; and the longest pause of the packets that
 * arrive when all the others are due at once.
 *
 *	expiry [EXCHANGES]
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "exflow/meter/meter.h"

#include "micro.h"

#define UDP_IDLE 30 /* seconds, the default */
#define PORTS 50000

struct load {
	struct flow_hash hash;
	struct meter *meter;
	struct segment batch[METER_BATCH];
	size_t filled;
	uint64_t number, ended;
	timestamp now;
};

static void
flush(struct load *load)
{
	meter_segments(load->meter, load->batch, load->filled);
	load->filled = 0;
}

/* A datagram of the n-th client. */
static void
put(struct load *load, uint32_t n)
{
	struct segment *segment = &load->batch[load->filled];
	const uint8_t server[4] = { 192, 0, 2, 1 };
	uint32_t host = n / PORTS;
	uint8_t client[4] = { 10, (uint8_t)(host >> 16), (uint8_t)(host >> 8),
		(uint8_t)host };

	memset(segment, 0, sizeof(*segment));
	segment_set_endpoints(
	    segment, client, (uint16_t)(1024 + n % PORTS), server, 53, 4);
	segment->key.protocol = PROTOCOL_UDP;
	segment->hash = flow_hash(&load->hash, &segment->key);
	segment->number = ++load->number;
	segment->time = segment->now = load->now;
	segment->ip_octets = 100;
	segment->payload_octets = 72;
	if (++load->filled == METER_BATCH)
		flush(load);
}

static void
put_all(struct load *load, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		put(load, i);
	flush(load);
}

static double
advance(struct load *load, int64_t seconds, uint32_t count)
{
	uint64_t start = micro_clock_ns();

	load->now = timestamp_add(load->now, duration_seconds(seconds));
	meter_advance(load->meter, load->now);
	return (double)(micro_clock_ns() - start) / count;
}

/*
 * All are due at once, and packets go on: how long a batch of them takes at
 * most, in ms, until the last has ended.
 */
static double
pause_at_once(struct load *load, uint32_t count)
{
	uint64_t longest = 0, target = load->ended + count;

	load->now = timestamp_add(load->now, duration_seconds(UDP_IDLE + 1));
	while (load->ended < target) {
		uint64_t start = micro_wall_ns(), took;

		for (unsigned i = 0; i < METER_BATCH; i++)
			put(load, count + i);
		load->now.ns += 64 * 200;
		took = micro_wall_ns() - start;
		longest = took > longest ? took : longest;
	}
	return (double)longest / 1e6;
}

static void
count_ended(void *context, const struct exchange *exchange)
{
	(void)exchange;
	++*(uint64_t *)context;
}

static int
run(struct load *load, uint32_t count)
{
	double renewed;

	put_all(load, count);
	load->now = timestamp_add(load->now, duration_seconds(UDP_IDLE - 5));
	put_all(load, count);
	renewed = advance(load, 10, count);
	if (load->ended != 0)
		return 1;
	micro_row("expiry: deadline has moved on", renewed, "ns each");
	micro_row("expiry: deadline has passed",
	    advance(load, UDP_IDLE + 1, count), "ns each");
	if (load->ended != count)
		return 1;
	put_all(load, count);
	micro_row("expiry: longest batch while all are due",
	    pause_at_once(load, count), "ms");
	return 0;
}

int
main(int argc, char **argv)
{
	uint32_t count =
	    argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
	struct network_set *networks = network_set_new();
	struct meter_options options;
	char error[128];
	static struct load load;
	int result;

	meter_options_init(&options);
	if (networks == NULL ||
	    network_set_add(networks, "10.0.0.0/8", error, sizeof(error)) ==
	        -1 ||
	    flow_hash_init(&load.hash) == -1)
		return 1;
	network_set_freeze(networks);
	options.networks = networks;
	options.hash = &load.hash;
	load.meter = meter_new(&options, count_ended, &load.ended);
	if (load.meter == NULL)
		return 1;
	load.now = timestamp_from(1700000000, 0);
	result = run(&load, count);
	meter_free(&load.meter);
	network_set_free(&networks);
	return result;
}

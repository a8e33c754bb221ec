/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A meter and what it is fed, for its tests.  The client is 10.0.0.1:1000,
 * the server 192.0.2.1:80 unless a test says more; times are in seconds.
 * The books are checked after every segment.
 */
#ifndef EXFLOW_METER_FIXTURE_H
#define EXFLOW_METER_FIXTURE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "exflow/meter/meter.h"

#define MAX_ENDED 4096

struct bench {
	struct meter_options options;
	struct flow_hash hash;
	struct network_set *networks;
	struct meter *meter;
	struct exchange ended[MAX_ENDED];
	size_t count;
	uint64_t number;
	timestamp now;
};

struct end_point {
	uint32_t address;
	uint16_t port;
};

static const struct end_point client = { 0x0a000001, 1000 };
static const struct end_point server = { 0xc0000201, 80 };
static const struct end_point neighbour = { 0x0a000002, 80 };
static const struct end_point visitor = { 0xcb007105, 51234 };
static const struct end_point stranger = { 0xc6336401, 443 };

static inline void
keep(void *context, const struct exchange *exchange)
{
	struct bench *bench = context;

	assert_true(bench->count < MAX_ENDED);
	bench->ended[bench->count++] = *exchange;
}

static inline struct bench *
bench_new(void)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	char error[256];

	assert_non_null(bench);
	meter_options_init(&bench->options);
	assert_int_equal(flow_hash_init(&bench->hash), 0);
	bench->networks = network_set_new();
	assert_int_equal(network_set_add_list(bench->networks,
	                     "10.0.0.0/8, fd00::/8", error, sizeof(error)),
	    0);
	network_set_freeze(bench->networks);
	bench->options.networks = bench->networks;
	bench->options.hash = &bench->hash;
	return bench;
}

static inline void
start(struct bench *bench)
{
	bench->meter = meter_new(&bench->options, keep, bench);
	assert_non_null(bench->meter);
}

static inline struct bench *
bench_started(void)
{
	struct bench *bench = bench_new();

	start(bench);
	return bench;
}

static inline const struct ledger *
books(struct bench *bench)
{
	struct ledger ledger = *meter_ledger(bench->meter);

	ledger.packets_read = bench->number;
	assert_true(ledger_balanced(&ledger));
	return meter_ledger(bench->meter);
}

static inline void
bench_free(struct bench *bench)
{
	meter_finish(bench->meter);
	assert_int_equal(books(bench)->exchanges_live, 0);
	assert_int_equal(books(bench)->records, bench->count);
	meter_free(&bench->meter);
	assert_null(bench->meter);
	network_set_free(&bench->networks);
	free(bench);
}

static inline struct segment
segment(struct bench *bench, double at, struct end_point from,
    struct end_point to, uint8_t protocol, uint8_t flags, uint32_t payload)
{
	uint8_t a[4] = { (uint8_t)(from.address >> 24),
		(uint8_t)(from.address >> 16), (uint8_t)(from.address >> 8),
		(uint8_t)from.address };
	uint8_t b[4] = { (uint8_t)(to.address >> 24),
		(uint8_t)(to.address >> 16), (uint8_t)(to.address >> 8),
		(uint8_t)to.address };
	struct segment s;

	memset(&s, 0, sizeof(s));
	segment_set_endpoints(&s, a, from.port, b, to.port, 4);
	s.key.protocol = protocol;
	s.tcp_flags = flags;
	s.payload_octets = payload;
	s.ip_octets = payload + (protocol == PROTOCOL_TCP ? 40 : 28);
	s.sequence = 1; /* and that of everybody's SYN */
	s.acknowledgement = 2;
	s.time.ns = (uint64_t)(at * 1e9);
	s.hash = flow_hash(&bench->hash, &s.key);
	return s;
}

static inline void
feed(struct bench *bench, struct segment s)
{
	bench->now = timestamp_max(bench->now, s.time);
	s.now = bench->now;
	s.number = ++bench->number;
	meter_segments(bench->meter, &s, 1);
	books(bench);
}

static inline void
tcp(struct bench *bench, double at, struct end_point from, struct end_point to,
    uint8_t flags, uint32_t payload)
{
	feed(bench, segment(bench, at, from, to, PROTOCOL_TCP, flags, payload));
}

/* With numbers of its own. */
static inline void
numbered(struct bench *bench, double at, struct end_point from,
    struct end_point to, uint8_t flags, uint32_t sequence,
    uint32_t acknowledgement, uint32_t payload)
{
	struct segment s =
	    segment(bench, at, from, to, PROTOCOL_TCP, flags, payload);

	s.sequence = sequence;
	s.acknowledgement = acknowledgement;
	feed(bench, s);
}

/* A meter of these kinds, with the fixture's networks or with none. */
static inline struct bench *
bench_of(unsigned kinds, bool networks)
{
	struct bench *bench = bench_new();

	bench->options.kinds = kinds;
	if (!networks)
		bench->options.networks = NULL;
	start(bench);
	return bench;
}

static inline uint64_t
undecided(struct bench *bench)
{
	return books(bench)->undecided;
}

static inline uint64_t
resumed(struct bench *bench)
{
	return books(bench)->exchanges_resumed;
}

/* All that lives ends; the n-th record. */
static inline const struct exchange *
record(struct bench *bench, size_t n)
{
	meter_finish(bench->meter);
	assert_true(n < bench->count);
	return &bench->ended[n];
}

static inline void
assert_packets(const struct exchange *exchange, uint64_t client_packets,
    uint64_t server_packets)
{
	assert_int_equal(exchange->side[CLIENT].packets, client_packets);
	assert_int_equal(exchange->side[SERVER].packets, server_packets);
}

static inline void
syn(struct bench *bench, double at, uint32_t sequence)
{
	struct segment s =
	    segment(bench, at, client, server, PROTOCOL_TCP, TCP_SYN, 0);

	s.sequence = sequence;
	feed(bench, s);
}

static inline void
udp(struct bench *bench, double at, struct end_point from, struct end_point to,
    uint32_t payload)
{
	feed(bench, segment(bench, at, from, to, PROTOCOL_UDP, 0, payload));
}

static inline void
handshake(struct bench *bench, double at)
{
	syn(bench, at, 1);
	tcp(bench, at, server, client, TCP_SYN | TCP_ACK, 0);
	tcp(bench, at, client, server, TCP_ACK, 0);
}

static inline void
advance(struct bench *bench, double at)
{
	bench->now =
	    timestamp_max(bench->now, (timestamp){ (uint64_t)(at * 1e9) });
	meter_advance(bench->meter, bench->now);
}

static inline uint64_t
unmatched(struct bench *bench, enum unmatched reason)
{
	return books(bench)->unmatched[reason];
}

static inline uint64_t
opened(struct bench *bench)
{
	return books(bench)->exchanges_opened;
}

static inline uint64_t
ended(struct bench *bench, enum exchange_end end)
{
	return books(bench)->exchanges_ended[end];
}

static inline uint64_t
flag(const struct exchange *exchange, int side, uint8_t which)
{
	return exchange->side[side].flag_packets[__builtin_ctz(which)];
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floods: 5 million packets of strangers, a million a second, through a table
 * with room for 100,000, while 1,000 transfers go on that must keep every
 * packet; and 5-tuples that collide under a hash without a secret.
 */
#include "../meter_fixture.h"

#include <stdbool.h>

#define ROOM 100000
#define TRANSFERS 1000
#define FLOOD 5000000
/* A packet of a transfer after so many of the flood: 50,000 in all. */
#define EVERY 100

/* What the flood consists of. */
enum kind {
	SPOOFED,  /* openings from local addresses */
	SCAN,     /* openings from outside: they are left out, and remembered */
	SYN_ACKS, /* answers to SYNs that nobody sent: each waits for its SYN */
	MIXED     /* each of these in turn */
};

struct flood {
	struct bench *bench;
	uint8_t protocol;
	enum kind kind;
	uint64_t spoofed; /* packets of that kind */
	uint64_t random;
	struct segment batch[METER_BATCH];
	size_t filled;
	uint64_t sent[TRANSFERS][2], octets[TRANSFERS][2];
	uint64_t found, evicted, others;
};

/* Of the transfers: clients with the address of the fixture's. */
static struct end_point
transfer_client(unsigned n)
{
	return (struct end_point){ client.address, (uint16_t)(2000 + n) };
}

static void
compare_transfer(struct flood *flood, const struct exchange *e)
{
	unsigned n = e->port[CLIENT] - 2000u;

	assert_in_range(n, 0, TRANSFERS - 1);
	flood->found++;
	for (int side = 0; side < 2; side++) {
		assert_int_equal(e->side[side].packets, flood->sent[n][side]);
		assert_int_equal(
		    e->side[side].payload_octets, flood->octets[n][side]);
	}
	assert_int_equal(e->end,
	    flood->protocol == PROTOCOL_TCP ? END_FINISHED : END_SHUTDOWN);
}

static void
look_at(void *context, const struct exchange *e)
{
	struct flood *flood = context;

	if (memcmp(e->address[CLIENT], "\x0a\0\0\1", 4) == 0) {
		compare_transfer(flood, e);
		return;
	}
	assert_int_equal(e->side[CLIENT].packets, 1);
	assert_int_equal(e->side[SERVER].packets, 0);
	if (e->end == END_EVICTED) {
		flood->evicted++;
		assert_int_equal(e->end_reason, 5);
	} else {
		flood->others++;
		assert_int_equal(e->end, END_SHUTDOWN);
	}
}

static void
flush(struct flood *flood)
{
	const struct ledger *ledger = meter_ledger(flood->bench->meter);

	meter_segments(flood->bench->meter, flood->batch, flood->filled);
	flood->filled = 0;
	assert_true(ledger->exchanges_live <= ROOM);
}

static void
send(struct flood *flood, struct segment s)
{
	struct bench *bench = flood->bench;

	s.time = s.now = bench->now;
	s.number = ++bench->number;
	flood->batch[flood->filled++] = s;
	if (flood->filled == METER_BATCH)
		flush(flood);
}

static void
send_of_transfer(
    struct flood *flood, unsigned n, int side, uint8_t flags, uint32_t payload)
{
	struct end_point from = transfer_client(n), to = server;

	flood->sent[n][side]++;
	flood->octets[n][side] += payload;
	if (flood->protocol == PROTOCOL_UDP)
		flags = 0;
	send(flood,
	    segment(flood->bench, 0, side == CLIENT ? from : to,
	        side == CLIENT ? to : from, flood->protocol, flags, payload));
}

static uint32_t
any(struct flood *flood)
{
	flood->random ^= flood->random << 13;
	flood->random ^= flood->random >> 7;
	flood->random ^= flood->random << 17;
	return (uint32_t)(flood->random >> 16);
}

/* Local addresses but for 10.0.0.0/16, any port, to any server. */
static void
send_of_flood(struct flood *flood, unsigned i)
{
	static const uint8_t flags[] = { [SPOOFED] = TCP_SYN,
		[SCAN] = TCP_SYN,
		[SYN_ACKS] = TCP_SYN | TCP_ACK };
	enum kind kind = flood->kind == MIXED ? i % MIXED : flood->kind;
	bool tcp = flood->protocol == PROTOCOL_TCP;
	struct end_point ours = { 0x0a000000 | (any(flood) & 0xffffff) |
		                      0x10000,
		(uint16_t)any(flood) };
	struct end_point theirs = { 0xc0000000 | (any(flood) & 0xffffff),
		tcp ? 443 : 53 };

	flood->spoofed += kind == SPOOFED;
	flood->bench->now.ns += 1000;
	send(flood, segment(flood->bench, 0, kind == SPOOFED ? ours : theirs,
	                kind == SPOOFED ? theirs : ours, flood->protocol,
	                tcp ? flags[kind] : 0, tcp ? 0 : 30));
}

static void
open_transfers(struct flood *flood)
{
	for (unsigned n = 0; n < TRANSFERS; n++) {
		send_of_transfer(flood, n, CLIENT, TCP_SYN, 0);
		send_of_transfer(flood, n, SERVER, TCP_SYN | TCP_ACK, 0);
	}
}

static void
close_transfers(struct flood *flood)
{
	for (unsigned n = 0; n < TRANSFERS; n++)
		for (int side = 0; side < 2; side++)
			send_of_transfer(flood, n, side, TCP_FIN | TCP_ACK, 0);
}

static void
memory_is_within_the_bound(struct bench *bench)
{
	struct meter_load load;

	meter_load(bench->meter, &load);
	assert_int_equal(load.bound, ROOM);
	assert_true(load.live + load.remembered + load.resumable <= ROOM);
	/* Exchanges come in pieces of 8 and 10 MB at most. */
	assert_true(load.octets <=
	            (uint64_t)ROOM * METER_OCTETS_PER_EXCHANGE + (18 << 20));
}

static void
transfers_keep_every_packet_through(uint8_t protocol, enum kind kind)
{
	struct flood *flood = calloc(1, sizeof(*flood));
	struct bench *bench = bench_new();
	const struct ledger *ledger;

	assert_non_null(flood);
	*flood = (struct flood){ .bench = bench,
		.protocol = protocol,
		.kind = kind,
		.random = 88172645463325252 };
	bench->options.max_exchanges = ROOM;
	bench->now = timestamp_from(1700000000, 0);
	bench->meter = meter_new(&bench->options, look_at, flood);
	open_transfers(flood);
	for (unsigned i = 0; i < FLOOD; i++) {
		send_of_flood(flood, i);
		if (i % EVERY == 0)
			send_of_transfer(flood, any(flood) % TRANSFERS,
			    (int)(any(flood) & 1), TCP_ACK, any(flood) & 1023);
	}
	memory_is_within_the_bound(bench);
	close_transfers(flood);
	flush(flood);
	meter_finish(bench->meter);
	ledger = books(bench);
	assert_int_equal(flood->found, TRANSFERS);
	assert_int_equal(ledger->exchanges_ended[END_EVICTED], flood->evicted);
	assert_true(flood->evicted + ROOM >= flood->spoofed);
	assert_int_equal(flood->spoofed + TRANSFERS, ledger->exchanges_opened);
	assert_int_equal(flood->evicted + flood->others + TRANSFERS,
	    ledger->exchanges_opened);
	meter_free(&bench->meter);
	network_set_free(&bench->networks);
	free(bench);
	free(flood);
}

static void
transfers_keep_every_packet_through_a_syn_flood(void **state)
{
	(void)state;
	transfers_keep_every_packet_through(PROTOCOL_TCP, SPOOFED);
}

static void
transfers_keep_every_packet_through_a_udp_scan(void **state)
{
	(void)state;
	transfers_keep_every_packet_through(PROTOCOL_UDP, SPOOFED);
}

static void
transfers_keep_every_packet_through_a_scan_from_outside(void **state)
{
	(void)state;
	transfers_keep_every_packet_through(PROTOCOL_TCP, SCAN);
}

static void
transfers_keep_every_packet_through_a_flood_of_syn_acks(void **state)
{
	(void)state;
	transfers_keep_every_packet_through(PROTOCOL_TCP, SYN_ACKS);
}

static void
transfers_keep_every_packet_through_all_of_them_at_once(void **state)
{
	(void)state;
	transfers_keep_every_packet_through(PROTOCOL_TCP, MIXED);
}

/* --- collisions */

#define COLLIDING 300

static struct segment
nth_of_all(struct bench *bench, uint32_t n)
{
	struct end_point from = { 0x0a000000 | n >> 12, 0 };

	from.port = (uint16_t)(1024 + (n & 0xfff));
	return segment(bench, 1, from, server, PROTOCOL_UDP, 0, 1);
}

static struct flow_hash
known_secret(void)
{
	struct flow_hash hash;

	for (size_t i = 0; i < FLOW_HASH_SECRET_WORDS; i++)
		hash.secret[i] = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
	return hash;
}

/* The first 5-tuples that share 15 bits of their hash under a known secret. */
static void
aim(struct bench *bench, struct segment *found)
{
	const struct flow_hash known = known_secret();
	size_t count = 0;

	for (uint32_t n = 0; count < COLLIDING; n++) {
		struct segment s = nth_of_all(bench, n);

		if (flow_hash(&known, &s.key) >> 49 == 0)
			found[count++] = s;
	}
}

/* How many have the upper 15 bits that most have. */
static size_t
most_in_one_place(const struct flow_hash *hash, const struct segment *segments)
{
	static uint16_t counts[1 << 15];
	size_t most = 0;

	memset(counts, 0, sizeof(counts));
	for (size_t i = 0; i < COLLIDING; i++) {
		uint16_t *n = &counts[flow_hash(hash, &segments[i].key) >> 49];

		if (++*n > most)
			most = *n;
	}
	return most;
}

static void
aimed_5_tuples_do_not_collide_under_the_secret(void **state)
{
	const struct flow_hash known = known_secret();
	struct bench *bench = bench_started(), *other = bench_new();
	struct segment found[COLLIDING];
	(void)state;

	aim(bench, found);
	assert_int_equal(most_in_one_place(&known, found), COLLIDING);
	/* 300 in 32,768 places: 6 in one happen once in 10^10 runs. */
	assert_in_range(most_in_one_place(&bench->hash, found), 1, 5);
	assert_in_range(most_in_one_place(&other->hash, found), 1, 5);
	/* And no two runs hash alike. */
	assert_memory_not_equal(&bench->hash, &other->hash, sizeof(known));
	assert_int_not_equal(flow_hash(&bench->hash, &found[0].key),
	    flow_hash(&other->hash, &found[0].key));
	for (size_t i = 0; i < COLLIDING; i++)
		feed(bench, found[i]);
	assert_int_equal(opened(bench), COLLIDING);
	bench_free(bench);
	network_set_free(&other->networks);
	free(other);
}

static void
even_where_all_collide_they_are_told_apart(void **state)
{
	struct bench *bench = bench_started();
	struct segment found[COLLIDING];
	(void)state;

	aim(bench, found);
	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < COLLIDING; i++) {
			found[i].hash = UINT64_MAX; /* the worst of hashes */
			feed(bench, found[i]);
		}
	assert_int_equal(opened(bench), COLLIDING);
	assert_int_equal(books(bench)->packets_in_exchanges, 2 * COLLIDING);
	bench->count = 0;
	meter_free(&bench->meter); /* it would look for them by their hash */
	network_set_free(&bench->networks);
	free(bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    transfers_keep_every_packet_through_a_syn_flood),
		cmocka_unit_test(
		    transfers_keep_every_packet_through_a_udp_scan),
		cmocka_unit_test(
		    transfers_keep_every_packet_through_a_scan_from_outside),
		cmocka_unit_test(
		    transfers_keep_every_packet_through_a_flood_of_syn_acks),
		cmocka_unit_test(
		    transfers_keep_every_packet_through_all_of_them_at_once),
		cmocka_unit_test(
		    aimed_5_tuples_do_not_collide_under_the_secret),
		cmocka_unit_test(even_where_all_collide_they_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

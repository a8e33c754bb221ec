/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "exflow/base/octets.h"
#include "exflow/netflow/netflow.h"

#define START UINT64_C(1700000000000) /* 0x6553f100 seconds */
#define DAY UINT64_C(86400000)
#define WRAP (UINT64_C(1) << 32) /* 49.7 days */
#define DATAGRAMS 64
#define RECORD4_OCTETS 44
#define RECORD5_OCTETS 48

/* What the handler got. */
struct seen {
	size_t count;
	struct message message[DATAGRAMS];
	uint8_t octets[DATAGRAMS][1500];
};
static struct seen seen;

static void
take(void *context, const struct message *message)
{
	struct seen *to = context;
	struct message *copy = &to->message[to->count];

	assert_true(to->count < DATAGRAMS);
	assert_true(message->length <= sizeof(to->octets[0]));
	*copy = *message;
	copy->octets = to->octets[to->count];
	memcpy(to->octets[to->count++], message->octets, message->length);
}

static struct netflow_encoder *
encoder_of(enum netflow_version version, uint32_t message_octets)
{
	const struct netflow_options options = { .version = version,
		.domain = 0x01020304,
		.message_octets = message_octets };
	struct netflow_encoder *encoder =
	    netflow_encoder_new(&options, START, take, &seen);

	assert_non_null(encoder);
	memset(&seen, 0, sizeof(seen));
	return encoder;
}

static timestamp
at_ms(uint64_t ms)
{
	return (timestamp){ (int64_t)ms * NS_PER_MS };
}

/* TCP from 10.1.2.3:40000 to 192.0.2.80:443, seconds 10.25 to 12.5. */
static struct exchange
exchange4(void)
{
	struct exchange exchange = {
		.address = { { 10, 1, 2, 3 }, { 192, 0, 2, 80 } },
		.port = { 40000, 443 },
		.protocol = PROTOCOL_TCP,
		.ip_version = 4,
		.interface = 7,
		.end_reason = 3,
		.side = {
			{ .first = at_ms(START + 10250),
			    .last = at_ms(START + 12500),
			    .packets = 5,
			    .ip_octets = 1000 },
			{ .first = at_ms(START + 10300),
			    .last = at_ms(START + 12400),
			    .packets = 3,
			    .ip_octets = 0x123456789a },
		},
	};

	/* SYN, ACK and FIN; SYN, PSH and ACK. */
	exchange.side[CLIENT].flag_packets[1] = 1;
	exchange.side[CLIENT].flag_packets[4] = 4;
	exchange.side[CLIENT].flag_packets[0] = 1;
	exchange.side[SERVER].flag_packets[1] = 1;
	exchange.side[SERVER].flag_packets[3] = 1;
	exchange.side[SERVER].flag_packets[4] = 3;
	return exchange;
}

/* The same over UDP, from 2001:db8::1 to 2001:db8::2; no answer. */
static struct exchange
exchange6(void)
{
	struct exchange exchange = exchange4();

	for (int side = CLIENT; side <= SERVER; side++)
		memcpy(exchange.address[side],
		    (uint8_t[16]){
		        0x20, 1, 0x0d, 0xb8, [15] = 1 + (uint8_t)side },
		    16);
	exchange.ip_version = 6;
	exchange.protocol = PROTOCOL_UDP;
	exchange.side[SERVER] = (struct exchange_side){ 0 };
	memset(exchange.side[CLIENT].flag_packets, 0,
	    sizeof(exchange.side[CLIENT].flag_packets));
	return exchange;
}

/* The same, moved by so many milliseconds. */
static struct exchange
moved(struct exchange exchange, int64_t ms)
{
	for (int side = CLIENT; side <= SERVER; side++) {
		if (exchange.side[side].packets == 0)
			continue;
		exchange.side[side].first.ns += ms * NS_PER_MS;
		exchange.side[side].last.ns += ms * NS_PER_MS;
	}
	return exchange;
}

static void
add(struct netflow_encoder *encoder, struct exchange exchange, uint64_t now)
{
	assert_int_equal(netflow_encoder_add(encoder, &exchange, now), 0);
}

/* The only datagram is these octets. */
static void
expect_octets(const uint8_t *octets, size_t length)
{
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.message[0].length, length);
	assert_memory_equal(seen.octets[0], octets, length);
}

/* --- the formats */

static void
templates_of_version_9_are_these_octets(void **state)
{
	static const uint8_t expected[] = { 0, 9, 0, 2, /* version, count */
		0, 0, 0, 0,                             /* sysUptime */
		0x65, 0x53, 0xf1, 0,                    /* seconds */
		0, 0, 0, 0, 1, 2, 3, 4,   /* sequence, source id */
		0, 0, 0, 116,             /* set 0 */
		1, 0, 0, 13,              /* template 256 */
		0, 8, 0, 4, 0, 12, 0, 4,  /* addresses */
		0, 7, 0, 2, 0, 11, 0, 2,  /* ports */
		0, 4, 0, 1,               /* protocol */
		0, 1, 0, 8, 0, 2, 0, 8,   /* octets, packets */
		0, 6, 0, 1,               /* flags */
		0, 22, 0, 4, 0, 21, 0, 4, /* first, last */
		0, 61, 0, 1,              /* direction */
		0, 10, 0, 4,              /* input interface */
		0, 136, 0, 1,             /* flowEndReason */
		1, 1, 0, 13,              /* template 257 */
		0, 27, 0, 16, 0, 28, 0, 16, 0, 7, 0, 2, 0, 11, 0, 2, 0, 4, 0, 1,
		0, 1, 0, 8, 0, 2, 0, 8, 0, 6, 0, 1, 0, 22, 0, 4, 0, 21, 0, 4, 0,
		61, 0, 1, 0, 10, 0, 4, 0, 136, 0, 1 };
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V9, 1420);
	const struct message *message = netflow_encoder_templates(encoder);

	(void)state;
	assert_int_equal(message->length, sizeof(expected));
	assert_memory_equal(message->octets, expected, sizeof(expected));
	assert_int_equal(message->records, 0);
	assert_int_equal(message->step, 1);
	assert_int_equal(message->kind, MESSAGE_TEMPLATES);
	netflow_encoder_free(&encoder);
	assert_null(encoder);
}

static void
data_of_version_9_are_these_octets(void **state)
{
	static const uint8_t expected[] = { 0, 9, 0, 3, /* version, count */
		0, 0, 0x3a, 0x98,                       /* sysUptime 15000 */
		0x65, 0x53, 0xf1, 0x0f,                 /* seconds */
		0, 0, 0, 0, 1, 2, 3, 4, /* sequence, source id */
		1, 0, 0, 92,            /* set 256, of two records */
		10, 1, 2, 3, 192, 0, 2, 80, 0x9c, 0x40, 0x01, 0xbb, 6, /* key */
		0, 0, 0, 0, 0, 0, 0x03, 0xe8, 0, 0, 0, 0, 0, 0, 0,
		5, /* counts */
		0x13, 0, 0, 0x28, 0x0a, 0, 0, 0x30, 0xd4, 0, 0, 0, 0, 7, 3, 192,
		0, 2, 80, 10, 1, 2, 3, 0x01, 0xbb, 0x9c, 0x40, 6, 0, 0, 0, 0x12,
		0x34, 0x56, 0x78, 0x9a, 0, 0, 0, 0, 0, 0, 0, 3, 0x1a, 0, 0,
		0x28, 0x3c, 0, 0, 0x30, 0x70, 0, 0, 0, 0, 7, 3, 1, 1, 0,
		72, /* set 257, of one record */
		0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x20,
		1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x9c, 0x40,
		0x01, 0xbb, 17, 0, 0, 0, 0, 0, 0, 0x03, 0xe8, 0, 0, 0, 0, 0, 0,
		0, 5, 0, 0, 0, 0x28, 0x0a, 0, 0, 0x30, 0xd4, 0, 0, 0, 0, 7, 3 };
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V9, 1420);

	(void)state;
	add(encoder, exchange4(), START + 15100);
	add(encoder, exchange6(), START + 15100);
	assert_int_equal(seen.count, 0);
	netflow_encoder_flush(encoder, START + 15700);
	netflow_encoder_flush(encoder, START + 99999); /* nothing is left */
	expect_octets(expected, sizeof(expected));
	assert_int_equal(seen.message[0].records, 2);
	assert_int_equal(seen.message[0].step, 1);
	assert_int_equal(seen.message[0].kind, MESSAGE_DATA);
	netflow_encoder_free(&encoder);
}

static void
data_of_version_5_are_these_octets(void **state)
{
	static const uint8_t expected[] = { 0, 5, 0, 2, /* version, count */
		0, 0, 0x3a, 0x98,                       /* sysUptime 15000 */
		0x65, 0x53, 0xf1, 0x0f, 0, 0, 0, 0,     /* seconds, ns */
		0, 0, 0, 0, 3, 4, 0, 0, /* sequence, engine, sampling */
		10, 1, 2, 3, 192, 0, 2, 80, 0, 0, 0, 0, 0, 7, 0, 0, /* key */
		0, 0, 0, 5, 0, 0, 0x03, 0xe8,                       /* counts */
		0, 0, 0x28, 0x0a, 0, 0, 0x30, 0xd4,                 /* times */
		0x9c, 0x40, 0x01, 0xbb, 0, 0x13, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		192, 0, 2, 80, 10, 1, 2, 3, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 3,
		0, 0, 0x07, 0xd0, 0, 0, 0x28, 0x3c, 0, 0, 0x30, 0x70, 0x01,
		0xbb, 0x9c, 0x40, 0, 0x1a, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V5, 1420);
	struct exchange exchange = exchange4();

	(void)state;
	exchange.side[SERVER].ip_octets = 2000;
	add(encoder, exchange, START + 15100);
	netflow_encoder_flush(encoder, START + 15700);
	expect_octets(expected, sizeof(expected));
	assert_int_equal(seen.message[0].records, 1);
	assert_int_equal(seen.message[0].step, 2);
	netflow_encoder_free(&encoder);
}

static void
version_5_has_neither_templates_nor_ipv6(void **state)
{
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V5, 1420);
	struct exchange exchange = exchange6();

	(void)state;
	assert_null(netflow_encoder_templates(encoder));
	assert_int_equal(netflow_encoder_add(encoder, &exchange, START), -1);
	netflow_encoder_flush(encoder, START);
	assert_int_equal(seen.count, 0);
	netflow_encoder_free(&encoder);
}

static void
an_interface_beyond_16_bits_is_unknown_to_version_5(void **state)
{
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V5, 1420);
	struct exchange exchange = exchange4();

	(void)state;
	exchange.side[SERVER] = (struct exchange_side){ 0 };
	exchange.interface = 65535;
	add(encoder, exchange, START);
	exchange.interface = 65537;
	add(encoder, exchange, START);
	netflow_encoder_flush(encoder, START);
	assert_int_equal(get16(seen.octets[0] + 24 + 12), 65535);
	assert_int_equal(get16(seen.octets[0] + 24 + 48 + 12), 0);
	netflow_encoder_free(&encoder);
}

/* --- records and datagrams */

static void
a_silent_side_has_no_record(void **state)
{
	for (int silent = CLIENT; silent <= SERVER; silent++) {
		struct netflow_encoder *encoder = encoder_of(NETFLOW_V9, 1420);
		struct exchange exchange = exchange4();

		exchange.side[silent] = (struct exchange_side){ 0 };
		add(encoder, exchange, START + 15000);
		netflow_encoder_flush(encoder, START + 15000);
		assert_int_equal(get16(seen.octets[0] + 2), 1);
		assert_int_equal(
		    seen.octets[0][24], silent == CLIENT ? 192 : 10);
		assert_int_equal(seen.message[0].records, 1);
		netflow_encoder_free(&encoder);
	}
	(void)state;
}

/* It was that of what the client sent, 8, echo request. */
static void
the_icmp_type_of_an_answer_is_not_known(void **state)
{
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V9, 1420);
	struct exchange exchange = exchange4();

	(void)state;
	exchange.protocol = PROTOCOL_ICMP;
	exchange.port[CLIENT] = exchange.port[SERVER] = 0;
	exchange.icmp_type_code = 0x0801;
	add(encoder, exchange, START + 15000);
	netflow_encoder_flush(encoder, START + 15000);
	assert_int_equal(get16(seen.octets[0] + 24 + 10), 0x0801);
	assert_int_equal(get16(seen.octets[0] + 24 + RECORD4_OCTETS + 10), 0);
	netflow_encoder_free(&encoder);
}

/* Both records stay together, and no datagram is longer than allowed. */
static void
full_datagrams_are_handed_on_between_exchanges(void **state)
{
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V9, 512);

	(void)state;
	for (int i = 0; i < 13; i++)
		add(encoder, exchange4(), START + 15000);
	netflow_encoder_flush(encoder, START + 15000);
	/* (512 - 24) / 88 is 5 of 13 */
	assert_int_equal(seen.count, 3);
	for (size_t i = 0; i < 3; i++) {
		uint32_t exchanges = i < 2 ? 5 : 3;

		assert_int_equal(seen.message[i].records, exchanges);
		assert_int_equal(seen.message[i].step, 1);
		assert_int_equal(get16(seen.octets[i] + 2), 2 * exchanges);
		assert_int_equal(seen.message[i].length,
		    24 + 2 * RECORD4_OCTETS * exchanges);
	}
	netflow_encoder_free(&encoder);
}

static void
a_change_of_the_ip_version_fits_too(void **state)
{
	/* 20 of the header, then sets of 48 (IPv4) and 72 (IPv6); 1 lacks. */
	struct netflow_encoder *encoder =
	    encoder_of(NETFLOW_V9, 20 + 4 * (48 + 72) + 47);
	struct exchange exchange = exchange4();

	(void)state;
	exchange.side[SERVER] = (struct exchange_side){ 0 };
	for (int i = 0; i < 10; i++)
		add(encoder, i % 2 == 0 ? exchange : exchange6(),
		    START + 15000);
	netflow_encoder_flush(encoder, START + 15000);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.message[0].length, 20 + 4 * (48 + 72));
	assert_int_equal(seen.message[1].length, 20 + 48 + 72);
	netflow_encoder_free(&encoder);
}

static void
version_5_has_at_most_30_records(void **state)
{
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V5, 9000);
	struct exchange exchange = exchange4();

	(void)state;
	exchange.side[SERVER].ip_octets = 2000;
	for (int i = 0; i < 16; i++)
		add(encoder, exchange, START + 15000);
	netflow_encoder_flush(encoder, START + 15000);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.message[0].length, 24 + 30 * RECORD5_OCTETS);
	assert_int_equal(seen.message[0].records, 15);
	assert_int_equal(seen.message[0].step, 30);
	assert_int_equal(seen.message[1].step, 2);
	netflow_encoder_free(&encoder);
}

/* --- counters of 32 bit */

/* Octets and packets of all records of version 5 from this address octet. */
static void
sum_of(uint8_t first, uint64_t *packets, uint64_t *octets)
{
	*packets = *octets = 0;
	for (size_t i = 0; i < seen.count; i++)
		for (size_t r = 0; r < get16(seen.octets[i] + 2); r++) {
			const uint8_t *record =
			    seen.octets[i] + 24 + r * RECORD5_OCTETS;

			if (record[0] != first)
				continue;
			*packets += get32(record + 16);
			*octets += get32(record + 20);
		}
}

static void
more_than_32_bits_become_records_that_add_up(void **state)
{
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V5, 1420);
	struct exchange exchange = exchange4();
	uint64_t packets, octets;

	(void)state;
	exchange.side[CLIENT].ip_octets = UINT32_MAX;
	exchange.side[SERVER].ip_octets = 3 * (uint64_t)UINT32_MAX + 1;
	exchange.side[SERVER].packets = 10000001;
	add(encoder, exchange, START + 15000);
	netflow_encoder_flush(encoder, START + 15000);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.message[0].step, 1 + 4);
	assert_int_equal(seen.message[0].records, 1);
	sum_of(10, &packets, &octets);
	assert_int_equal(packets, 5);
	assert_int_equal(octets, UINT32_MAX);
	sum_of(192, &packets, &octets);
	assert_int_equal(packets, 10000001);
	assert_true(octets == 3 * (uint64_t)UINT32_MAX + 1);
	netflow_encoder_free(&encoder);
}

/* More than a datagram holds: the exchange counts where the last record is. */
static void
an_exchange_of_several_datagrams_counts_once(void **state)
{
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V5, 1464);
	struct exchange exchange = exchange4();
	uint64_t packets, octets;
	uint32_t records = 0, steps = 0;

	(void)state;
	exchange.side[SERVER].ip_octets = 70 * (uint64_t)UINT32_MAX;
	exchange.side[SERVER].packets = 1000000000;
	add(encoder, exchange, START + 15000);
	netflow_encoder_flush(encoder, START + 15000);
	assert_int_equal(seen.count, 3);
	for (size_t i = 0; i < 3; i++) {
		records += seen.message[i].records;
		steps += seen.message[i].step;
	}
	assert_int_equal(records, 1);
	assert_int_equal(seen.message[2].records, 1);
	assert_int_equal(steps, 71);
	sum_of(192, &packets, &octets);
	assert_int_equal(packets, 1000000000);
	assert_true(octets == 70 * (uint64_t)UINT32_MAX);
	netflow_encoder_free(&encoder);
}

/* --- times */

/* As a reader does: from header and record of a datagram, milliseconds. */
static uint64_t
time_of(size_t datagram, size_t at)
{
	const uint8_t *header = seen.octets[datagram];
	uint64_t boot = get32(header + 8) * UINT64_C(1000) - get32(header + 4);

	return boot + get32(header + at);
}

/* The first record's times of a datagram are these, behind START. */
static void
expect_times(size_t datagram, int64_t first, int64_t last)
{
	const uint8_t *header = seen.octets[datagram];
	size_t at = 24 + 30; /* in set and record */

	assert_int_equal(time_of(datagram, at), START + (uint64_t)first);
	assert_int_equal(time_of(datagram, at + 4), START + (uint64_t)last);
	/* No reader has to think of a wrap. */
	assert_true(get32(header + at) <= get32(header + at + 4));
	assert_true(get32(header + at + 4) <= get32(header + 4));
}

static void
an_exchange_that_ends_now_is_not_ahead_of_the_header(void **state)
{
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V9, 1420);

	(void)state;
	add(encoder, exchange4(), START + 12501);
	netflow_encoder_flush(encoder, START + 12501);
	expect_times(0, 10250, 12500);
	assert_int_equal(get32(seen.octets[0] + 4), 13000);
	/* The header's time never goes back. */
	add(encoder, moved(exchange4(), -9000), START + 12700);
	netflow_encoder_flush(encoder, START + 12700);
	expect_times(1, 1250, 3500);
	assert_int_equal(get32(seen.octets[1] + 4), 13000);
	netflow_encoder_free(&encoder);
}

static void
an_exchange_from_before_the_start_has_times_too(void **state)
{
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V9, 1420);

	(void)state;
	add(encoder, exchange4(), START + 15000);
	add(encoder, moved(exchange4(), -10251), START + 15000);
	add(encoder, moved(exchange4(), -20000), START + 15000);
	netflow_encoder_flush(encoder, START + 15000);
	/* The second one ends the datagram, the third one needs no other. */
	assert_int_equal(seen.count, 2);
	expect_times(0, 10250, 12500);
	expect_times(1, -1, 2249);
	assert_int_equal(seen.message[1].records, 2);
	assert_int_equal(get32(seen.octets[1] + 24 + 30), DAY);
	assert_int_equal(get32(seen.octets[1] + 8), START / 1000 + 15);
	netflow_encoder_free(&encoder);
}

/* A file of long ago: the header's time is that of the records. */
static void
an_old_file_has_the_times_of_its_records(void **state)
{
	const int64_t year = 365 * (int64_t)DAY;
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V9, 1420);

	(void)state;
	add(encoder, moved(exchange4(), -year), START);
	add(encoder, moved(exchange4(), -year + 60000), START);
	netflow_encoder_flush(encoder, START);
	assert_int_equal(seen.count, 1);
	expect_times(0, -year + 10250, -year + 12500);
	assert_int_equal(get32(seen.octets[0] + 8),
	    (START - (uint64_t)year) / 1000 + 60 + 13);
	netflow_encoder_free(&encoder);
}

static void
a_file_of_1970_begins_at_0(void **state)
{
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V9, 1420);

	(void)state;
	add(encoder, moved(exchange4(), -(int64_t)START - 10250), START);
	netflow_encoder_flush(encoder, START);
	expect_times(0, -(int64_t)START, -(int64_t)START + 2250);
	assert_int_equal(get32(seen.octets[0] + 4), 3000);
	netflow_encoder_free(&encoder);
}

/* The probe runs for months. */
static void
sysuptime_over_49_days_begins_again_a_day_before_the_record(void **state)
{
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V9, 1420);
	/* Of the last record that fits, and one a millisecond behind it. */
	int64_t fits = (int64_t)(WRAP - WRAP % 1000) - 12500;

	(void)state;
	add(encoder, moved(exchange4(), fits), START + WRAP);
	add(encoder, moved(exchange4(), fits + 1), START + WRAP);
	add(encoder, moved(exchange4(), fits - 5000), START + WRAP);
	netflow_encoder_flush(encoder, START + WRAP + 5000);
	assert_int_equal(seen.count, 2);
	expect_times(0, fits + 10250, fits + 12500);
	assert_int_equal(get32(seen.octets[0] + 4), WRAP - WRAP % 1000);
	/* The third one is older, and needs no datagram of its own. */
	expect_times(1, fits + 10251, fits + 12501);
	assert_int_equal(seen.message[1].records, 2);
	assert_int_equal(get32(seen.octets[1] + 24 + 30), DAY);
	assert_int_equal(
	    get32(seen.octets[1] + 8), (START + WRAP + 5000) / 1000);
	netflow_encoder_free(&encoder);
}

static void
records_50_days_apart_are_in_datagrams_of_their_own(void **state)
{
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V9, 1420);
	const int64_t apart = 50 * (int64_t)DAY;

	(void)state;
	for (int64_t i = 0; i < 6; i++)
		add(encoder, moved(exchange4(), i % 2 * apart), START);
	netflow_encoder_flush(encoder, START);
	assert_int_equal(seen.count, 6);
	for (int64_t i = 0; i < 6; i++)
		expect_times(
		    (size_t)i, 10250 + i % 2 * apart, 12500 + i % 2 * apart);
	netflow_encoder_free(&encoder);
}

/* A client 49 days long fits with any start; of 60 days the end is right. */
static void
a_record_of_more_than_49_days_loses_its_beginning(void **state)
{
	struct netflow_encoder *encoder = encoder_of(NETFLOW_V9, 1420);
	struct exchange exchange = exchange4();

	(void)state;
	exchange.side[SERVER] = (struct exchange_side){ 0 };
	exchange.side[CLIENT].last =
	    at_ms(START + 10250 + (WRAP - WRAP % 1000 - 1000));
	add(encoder, moved(exchange, -20000), START);
	exchange.side[CLIENT].last = at_ms(START + 60 * DAY);
	add(encoder, exchange, START);
	netflow_encoder_flush(encoder, START);
	assert_int_equal(seen.count, 2);
	expect_times(0, -9750, -9750 + (int64_t)(WRAP - WRAP % 1000 - 1000));
	expect_times(
	    1, 60 * (int64_t)DAY - (int64_t)WRAP + 1, 60 * (int64_t)DAY);
	netflow_encoder_free(&encoder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_of_version_9_are_these_octets),
		cmocka_unit_test(data_of_version_9_are_these_octets),
		cmocka_unit_test(data_of_version_5_are_these_octets),
		cmocka_unit_test(version_5_has_neither_templates_nor_ipv6),
		cmocka_unit_test(
		    an_interface_beyond_16_bits_is_unknown_to_version_5),
		cmocka_unit_test(a_silent_side_has_no_record),
		cmocka_unit_test(the_icmp_type_of_an_answer_is_not_known),
		cmocka_unit_test(
		    full_datagrams_are_handed_on_between_exchanges),
		cmocka_unit_test(a_change_of_the_ip_version_fits_too),
		cmocka_unit_test(version_5_has_at_most_30_records),
		cmocka_unit_test(more_than_32_bits_become_records_that_add_up),
		cmocka_unit_test(an_exchange_of_several_datagrams_counts_once),
		cmocka_unit_test(
		    an_exchange_that_ends_now_is_not_ahead_of_the_header),
		cmocka_unit_test(
		    an_exchange_from_before_the_start_has_times_too),
		cmocka_unit_test(an_old_file_has_the_times_of_its_records),
		cmocka_unit_test(a_file_of_1970_begins_at_0),
		cmocka_unit_test(
		    sysuptime_over_49_days_begins_again_a_day_before_the_record),
		cmocka_unit_test(
		    records_50_days_apart_are_in_datagrams_of_their_own),
		cmocka_unit_test(
		    a_record_of_more_than_49_days_loses_its_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

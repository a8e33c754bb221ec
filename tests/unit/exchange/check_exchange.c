/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exflow/exchange/exchange.h"

static struct exchange
whole(void)
{
	return (struct exchange){
		.address = { { 10, 1, 2, 3 }, { 192, 0, 2, 80 } },
		.port = { 40000, 443 },
		.protocol = PROTOCOL_TCP,
		.ip_version = 4,
		.vlan = 12,
		.icmp_type_code = 0x0800,
		.interface = 7,
		.end = END_FINISHED,
		.end_reason = 3,
		.direction = DIRECTION_INITIATOR,
		.flow_id = 99,
		.side = { { .first = { 10 },
		              .last = { 30 },
		              .packets = 5,
		              .ip_octets = 1000,
		              .payload_octets = 100,
		              .data_packets = 2,
		              .flag_packets = { 1, 2 } },
		    { .first = { 20 },
		        .last = { 25 },
		        .packets = 3,
		        .ip_octets = 2000,
		        .payload_octets = 200,
		        .data_packets = 1,
		        .flag_packets = { 3, 4 } } },
	};
}

static void
assert_side(const struct exchange_side *side, const struct exchange_side *want)
{
	assert_int_equal(side->first.ns, want->first.ns);
	assert_int_equal(side->last.ns, want->last.ns);
	assert_int_equal(side->packets, want->packets);
	assert_int_equal(side->ip_octets, want->ip_octets);
	assert_int_equal(side->payload_octets, want->payload_octets);
	assert_int_equal(side->data_packets, want->data_packets);
	assert_memory_equal(
	    side->flag_packets, want->flag_packets, sizeof(side->flag_packets));
}

/* What both halves have of the whole. */
static void
assert_of_whole(const struct exchange *half, const struct exchange *exchange)
{
	static const struct exchange_side silent;

	assert_int_equal(half->protocol, exchange->protocol);
	assert_int_equal(half->ip_version, exchange->ip_version);
	assert_int_equal(half->vlan, exchange->vlan);
	assert_int_equal(half->interface, exchange->interface);
	assert_int_equal(half->end, exchange->end);
	assert_int_equal(half->end_reason, exchange->end_reason);
	assert_int_equal(half->flow_id, exchange->flow_id);
	assert_side(&half->side[SERVER], &silent);
	assert_false(exchange_two_way(half));
}

static void
a_half_has_what_its_side_sent(void **state)
{
	const struct exchange exchange = whole();
	struct exchange half;

	(void)state;
	assert_true(exchange_two_way(&exchange));
	exchange_one_way(&exchange, CLIENT, &half);
	assert_of_whole(&half, &exchange);
	assert_memory_equal(
	    half.address, exchange.address, sizeof(half.address));
	assert_int_equal(half.port[CLIENT], 40000);
	assert_int_equal(half.port[SERVER], 443);
	assert_int_equal(half.icmp_type_code, 0x0800);
	assert_int_equal(half.direction, DIRECTION_INITIATOR);
	assert_side(&half.side[CLIENT], &exchange.side[CLIENT]);
	exchange_one_way(&exchange, SERVER, &half);
	assert_of_whole(&half, &exchange);
	assert_memory_equal(half.address[CLIENT], exchange.address[SERVER], 16);
	assert_memory_equal(half.address[SERVER], exchange.address[CLIENT], 16);
	assert_int_equal(half.port[CLIENT], 443);
	assert_int_equal(half.port[SERVER], 40000);
	assert_int_equal(half.icmp_type_code, ICMP_TYPE_CODE_UNKNOWN);
	assert_int_equal(half.direction, DIRECTION_RESPONDER);
	assert_side(&half.side[CLIENT], &exchange.side[SERVER]);
}

static void
a_guess_stays_one_in_both_halves(void **state)
{
	struct exchange exchange = whole(), half;

	(void)state;
	exchange.direction = DIRECTION_GUESSED;
	for (int side = CLIENT; side <= SERVER; side++) {
		exchange_one_way(&exchange, side, &half);
		assert_int_equal(half.direction, DIRECTION_GUESSED);
	}
}

static void
one_side_alone_is_not_two_way(void **state)
{
	(void)state;
	for (int side = CLIENT; side <= SERVER; side++) {
		struct exchange exchange = whole();

		exchange.side[side].packets = 0;
		assert_false(exchange_two_way(&exchange));
	}
}

static struct exchange_quality
some_figures(void)
{
	struct exchange_quality quality;

	quality_figures_init(&quality);
	quality.side[CLIENT].handshake_rtt = 1000;
	quality.side[SERVER].handshake_rtt = 2000;
	quality.side[CLIENT].segments[LOSS_FAST] = 3;
	quality.side[SERVER].segments[LOSS_FAST] = 4;
	quality.response_time = 5000;
	quality.idle_time = 6000;
	return quality;
}

static void
a_half_has_the_figures_of_its_side(void **state)
{
	struct exchange_quality quality = some_figures(), room[2];
	struct exchange exchange = whole(), half[2];

	(void)state;
	exchange.quality = &quality;
	for (int side = CLIENT; side <= SERVER; side++) {
		const struct quality_side *own = room[side].side;

		half[side].quality = &room[side];
		exchange_one_way(&exchange, side, &half[side]);
		assert_ptr_equal(half[side].quality, &room[side]);
		assert_int_equal(
		    own[CLIENT].handshake_rtt, side == CLIENT ? 1000 : 2000);
		assert_int_equal(
		    own[SERVER].handshake_rtt, side == CLIENT ? 2000 : 1000);
		assert_int_equal(
		    own[CLIENT].segments[LOSS_FAST], side == CLIENT ? 3 : 4);
		assert_int_equal(room[side].idle_time, 6000);
	}
	/* Measured once, so in one of them. */
	assert_int_equal(room[CLIENT].response_time, 5000);
	assert_int_equal(room[SERVER].response_time, QUALITY_UNKNOWN);
	/* The whole keeps what it has. */
	assert_ptr_equal(exchange.quality, &quality);
	assert_int_equal(quality.side[CLIENT].handshake_rtt, 1000);
}

static void
a_half_without_room_has_no_figures(void **state)
{
	struct exchange_quality quality = some_figures(), room;
	struct exchange exchange = whole(), half = { .quality = NULL };

	(void)state;
	exchange.quality = &quality;
	exchange_one_way(&exchange, SERVER, &half);
	assert_null(half.quality);
	/* Nor has one of an exchange without any. */
	exchange.quality = NULL;
	half.quality = &room;
	exchange_one_way(&exchange, SERVER, &half);
	assert_null(half.quality);
}

/* Else the copy would point to what somebody else frees or writes. */
static void
a_copy_has_figures_of_its_own(void **state)
{
	struct exchange_quality quality = some_figures(), room;
	struct exchange exchange = whole(), copy = { .quality = &room };

	(void)state;
	exchange.quality = &quality;
	exchange_copy(&copy, &exchange);
	assert_ptr_equal(copy.quality, &room);
	memset(&quality, 0, sizeof(quality));
	assert_int_equal(copy.quality->response_time, 5000);
	assert_int_equal(copy.flow_id, 99);
	exchange.quality = NULL;
	exchange_copy(&copy, &exchange);
	assert_null(copy.quality);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_half_has_what_its_side_sent),
		cmocka_unit_test(a_guess_stays_one_in_both_halves),
		cmocka_unit_test(one_side_alone_is_not_two_way),
		cmocka_unit_test(a_half_has_the_figures_of_its_side),
		cmocka_unit_test(a_half_without_room_has_no_figures),
		cmocka_unit_test(a_copy_has_figures_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

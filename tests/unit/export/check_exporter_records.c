/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which records of an exchange an output gets, and counts: its halves, its
 * share in a balance, and what cannot be encoded.
 */
#include <config.h>

#include "exflow/ipfix/encoder.h"

#include "../../../src/export/balance.h"
#include "mock.h"

/* A kind that skips protocols without ports, as csv does. */
static void
ports_only_exchanges(
    struct destination *d, const struct exchange *exchange, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (segment_has_ports(exchange[i].protocol))
			mock_take(d, 1);
}

static void
what_a_kind_has_no_place_for_is_not_due(void **state)
{
	static const uint8_t protocols[] = { PROTOCOL_TCP, PROTOCOL_ICMP, 47,
		PROTOCOL_UDP, PROTOCOL_ICMP6 };
	struct destination_ops ops = mock_ops;
	struct seen seen[2];
	struct destination *d[] = { mock_new(&seen[0], 0),
		mock_new(&seen[1], 1420) };
	struct exporter_port *port;
	struct exporter *exporter;

	(void)state;
	ops.ports_only = true;
	ops.exchanges = ports_only_exchanges;
	d[0]->ops = &ops;
	d[1]->options.record.other = true;
	exporter = exporter_of(d, 2);
	port = exporter_port_new(exporter);
	for (size_t i = 0; i < sizeof(protocols); i++) {
		struct exchange exchange = numbered(0, i);

		exchange.protocol = protocols[i];
		exporter_put(port, &exchange);
	}
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	assert_int_equal(counts_of(exporter, 0)->records_due, 2);
	assert_int_equal(counts_of(exporter, 0)->left_out, 3);
	fixture_assert_finished(
	    exporter_destination(exporter, 0), 2, LOSS_SEND, 0);
	assert_int_equal(counts_of(exporter, 1)->records_due, 5);
	assert_int_equal(counts_of(exporter, 1)->left_out, 0);
	assert_int_equal(seen[1].records, 5);
	assert_int_equal(seen[1].templates, IPFIX_SHAPES_WITHOUT_MACS);
	exporter_free(&exporter);
}

/* As numbered(), every third one answered: two records of uniflow. */
static void
put_conversations(struct exporter_port *port, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		struct exchange exchange = numbered(0, i);

		exchange.port[CLIENT] = (uint16_t)i;
		if (i % 3 == 0)
			exchange.side[SERVER] =
			    (struct exchange_side){ .packets = 2,
				    .ip_octets = 80 };
		exporter_put(port, &exchange);
	}
}

/* A uniflow output, one with biflows and one that takes exchanges. */
static void
uniflow_of_three(struct seen seen[3], struct destination *d[3])
{
	for (size_t i = 0; i < 3; i++)
		d[i] = mock_new(&seen[i], i < 2 ? 1420 : 0);
	d[0]->options.record.biflow = false;
	d[2]->options.record.biflow = false;
}

static void
expect_uniflow_counts(
    const struct destination_counts *counts, uint64_t due, uint64_t split)
{
	assert_int_equal(counts->records_due, due);
	assert_int_equal(counts->split, split);
	assert_true(destination_balanced(counts));
}

static void
uniflow_counts_a_record_for_each_side_that_sent_something(void **state)
{
	struct seen seen[3];
	struct destination *d[3];
	struct exporter *exporter;
	struct exporter_port *port;

	(void)state;
	uniflow_of_three(seen, d);
	exporter = exporter_of(d, 3);
	port = exporter_port_new(exporter);
	put_conversations(port, 900);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	expect_uniflow_counts(counts_of(exporter, 0), 1200, 300);
	expect_uniflow_counts(counts_of(exporter, 1), 900, 0);
	expect_uniflow_counts(counts_of(exporter, 2), 900, 0);
	assert_int_equal(seen[0].records, 1200);
	assert_int_equal(seen[1].records, 900);
	assert_int_equal(seen[2].exchanges, 900);
	for (size_t i = 0; i < 3; i++)
		fixture_assert_finished(exporter_destination(exporter, i),
		    i == 0 ? 1200 : 900, LOSS_ENCODE, 0);
	exporter_free(&exporter);
}

/* Both records of an exchange go to the same one. */
static void
uniflow_shares_in_balance_are_whole_exchanges(void **state)
{
	struct seen seen[2];
	struct destination *d[2];
	struct exporter *exporter;
	struct exporter_port *port;
	uint64_t exchanges = 0, split = 0;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		d[i] = mock_new(&seen[i], 1420);
		d[i]->options.balance = true;
		d[i]->options.record.biflow = false;
	}
	exporter = exporter_of(d, 2);
	port = exporter_port_new(exporter);
	put_conversations(port, 900);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	for (size_t i = 0; i < 2; i++) {
		const struct destination_counts *counts =
		    counts_of(exporter, i);

		fixture_assert_finished(exporter_destination(exporter, i),
		    seen[i].records, LOSS_ENCODE, 0);
		assert_int_equal(counts->records_due, seen[i].records);
		assert_true(counts->split > 0);
		exchanges += counts->records_due - counts->split;
		split += counts->split;
	}
	assert_int_equal(exchanges, 900);
	assert_int_equal(split, 300);
	exporter_free(&exporter);
}

static void
a_full_queue_loses_both_records_of_uniflow(void **state)
{
	struct seen seen[3];
	struct destination *d[3];
	struct exporter *exporter;
	uint64_t n = EXPORT_CHUNK * (EXPORT_QUEUE_CHUNKS + 50);
	struct exporter_port *port;

	(void)state;
	uniflow_of_three(seen, d);
	exporter = exporter_of(d, 3);
	exporter_never_wait(exporter, true);
	port = exporter_port_new(exporter);
	pthread_mutex_lock(&seen[2].lock);
	put_conversations(port, n);
	pthread_mutex_unlock(&seen[2].lock);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), -1);
	expect_uniflow_counts(
	    counts_of(exporter, 0), n + (n + 2) / 3, (n + 2) / 3);
	expect_uniflow_counts(counts_of(exporter, 1), n, 0);
	assert_true(
	    counts_of(exporter, 0)->lost[LOSS_QUEUE] >= EXPORT_CHUNK * 53);
	assert_int_equal(counts_of(exporter, 0)->delivered, seen[0].records);
	exporter_free(&exporter);
}

/* All records of a 5-tuple, whichever end is the client, at one place. */
static void
balance_is_by_the_5_tuple_and_even(void **state)
{
	size_t shares[3] = { 0 };

	(void)state;
	for (uint16_t port = 0; port < 3000; port++) {
		struct exchange there = numbered(0, port), back;
		size_t share;

		there.port[CLIENT] = port;
		share = balance_choose(&there, 3);
		assert_true(share < 3);
		shares[share]++;
		back = there;
		memcpy(back.address[CLIENT], there.address[SERVER], 16);
		memcpy(back.address[SERVER], there.address[CLIENT], 16);
		back.port[CLIENT] = there.port[SERVER];
		back.port[SERVER] = there.port[CLIENT];
		back.flow_id++;
		assert_int_equal(balance_choose(&back, 3), share);
	}
	for (size_t i = 0; i < 3; i++)
		assert_in_range(shares[i], 800, 1200);
}

/* Two with the same limit share messages; another limit, others. */
static void
each_class_gets_its_messages_and_every_record(void **state)
{
	static const uint32_t limits[] = { 1420, 8192, 1420, 0 };
	struct seen seen[4];
	struct destination *d[4];
	struct exporter *exporter;
	struct exporter_port *port;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		d[i] = mock_new(&seen[i], limits[i]);
	exporter = exporter_of(d, 4);
	port = exporter_port_new(exporter);
	put_numbered(port, 0, 1000);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	for (size_t i = 0; i < 4; i++)
		fixture_assert_finished(
		    exporter_destination(exporter, i), 1000, LOSS_ENCODE, 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(seen[i].misplaced, 0);
		assert_true(seen[i].templates >= 4);
		assert_true(seen[i].types > 0);
		assert_int_equal(seen[i].records, 1000);
		assert_true(seen[i].longest <= limits[i]);
	}
	assert_true(seen[0].checksum == seen[2].checksum);
	assert_true(seen[0].messages > seen[1].messages);
	assert_int_equal(seen[3].exchanges, 1000);
	exporter_free(&exporter);
}

/* They got a copy of each, and counted all as due. */
static void
balance_is_also_for_outputs_that_take_exchanges(void **state)
{
	const uint32_t limits[3] = { 0, 1420, 0 };
	struct seen seen[3];
	struct destination *d[3];
	struct exporter *exporter;
	struct exporter_port *port;
	uint64_t records[3], sum = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		d[i] = mock_new(&seen[i], limits[i]);
		d[i]->options.balance = true;
	}
	exporter = exporter_of(d, 3);
	port = exporter_port_new(exporter);
	for (uint16_t i = 0; i < 900; i++) {
		struct exchange exchange = numbered(0, i);

		exchange.port[CLIENT] = i;
		exporter_put(port, &exchange);
	}
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	for (size_t i = 0; i < 3; i++) {
		records[i] =
		    limits[i] == 0 ? seen[i].exchanges : seen[i].records;
		assert_in_range(records[i], 200, 400);
		fixture_assert_finished(exporter_destination(exporter, i),
		    records[i], LOSS_ENCODE, 0);
		sum += records[i];
	}
	assert_int_equal(sum, 900);
	exporter_free(&exporter);
}

static uint64_t refused_number = UINT64_MAX;

int __real_ipfix_encoder_add_shape(struct ipfix_encoder *encoder,
    const struct exchange *exchange, unsigned shape);

int __wrap_ipfix_encoder_add_shape(struct ipfix_encoder *encoder,
    const struct exchange *exchange, unsigned shape);

/* One exchange that no encoder takes. */
int
__wrap_ipfix_encoder_add_shape(struct ipfix_encoder *encoder,
    const struct exchange *exchange, unsigned shape)
{
	if (exchange->flow_id == refused_number)
		return -1;
	return __real_ipfix_encoder_add_shape(encoder, exchange, shape);
}

static void
a_record_that_cannot_be_encoded_is_counted_as_lost(void **state)
{
	struct seen seen[2];
	struct destination *d[2] = { mock_new(&seen[0], 1420),
		mock_new(&seen[1], 0) };
	struct exporter *exporter = exporter_of(d, 2);
	struct exporter_port *port = exporter_port_new(exporter);

	(void)state;
	refused_number = 7;
	put_numbered(port, 0, 100);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), -1);
	refused_number = UINT64_MAX;
	/* All but one; whoever takes exchanges needs no encoder. */
	assert_int_equal(seen[0].records, 99);
	fixture_assert_finished(
	    exporter_destination(exporter, 0), 99, LOSS_ENCODE, 1);
	assert_non_null(
	    strstr(exporter_destination(exporter, 0)->error, "cannot encode"));
	fixture_assert_finished(
	    exporter_destination(exporter, 1), 100, LOSS_ENCODE, 0);
	exporter_free(&exporter);
}

static void
halves_that_cannot_be_encoded_are_two_lost_records(void **state)
{
	struct seen seen[3];
	struct destination *d[3];
	struct exporter *exporter;
	struct exporter_port *port;

	(void)state;
	uniflow_of_three(seen, d);
	exporter = exporter_of(d, 3);
	port = exporter_port_new(exporter);
	refused_number = 6; /* it is answered */
	put_conversations(port, 9);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), -1);
	refused_number = UINT64_MAX;
	fixture_assert_finished(
	    exporter_destination(exporter, 0), 10, LOSS_ENCODE, 2);
	fixture_assert_finished(
	    exporter_destination(exporter, 1), 8, LOSS_ENCODE, 1);
	exporter_free(&exporter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_kind_has_no_place_for_is_not_due),
		cmocka_unit_test(
		    uniflow_counts_a_record_for_each_side_that_sent_something),
		cmocka_unit_test(uniflow_shares_in_balance_are_whole_exchanges),
		cmocka_unit_test(a_full_queue_loses_both_records_of_uniflow),
		cmocka_unit_test(balance_is_by_the_5_tuple_and_even),
		cmocka_unit_test(
		    balance_is_also_for_outputs_that_take_exchanges),
		cmocka_unit_test(each_class_gets_its_messages_and_every_record),
		cmocka_unit_test(
		    a_record_that_cannot_be_encoded_is_counted_as_lost),
		cmocka_unit_test(
		    halves_that_cannot_be_encoded_are_two_lost_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

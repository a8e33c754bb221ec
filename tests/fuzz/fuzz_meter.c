/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream of segments made from the input: the books must balance after
 * every step, and with room for every exchange each record must be the
 * naive model's.
 *
 * The first two octets choose the options; then every five octets are a
 * segment: the step of time, the two endpoints, the flags, and more.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meter_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

#define SEGMENT_OCTETS 5

static const double steps[16] = { 0, 0, 0, 0.001, 0.001, 0.3, 1, 4.999999999, 5,
	29.999999999, 30, 60, 299, 300, -1, 31536000 };

struct driver {
	struct meter_options options;
	struct flow_hash hash;
	struct network_set *networks;
	struct meter *meter;
	struct model *model;
	struct rows rows;
	struct segment batch[METER_BATCH];
	size_t filled, batch_size;
	timestamp time, now;
	uint64_t number;
};

static void
keep(void *context, const struct exchange *exchange)
{
	rows_add(context, exchange);
}

static void
expect(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "fuzz_meter: %s\n", what);
	abort();
}

static void
choose_options(struct driver *d, const uint8_t *octets)
{
	struct meter_options *o = &d->options;

	o->inbound = octets[0] & 1;
	o->midstream = octets[0] & 2;
	o->udp_idle_either = octets[0] & 4;
	if (octets[0] & 8)
		o->active_timeout = duration_seconds(60);
	if (octets[0] & 16)
		o->tcp_opening_timeout = duration_seconds(400);
	if (octets[0] & 32)
		o->tcp_half_closed_timeout = duration_seconds(20);
	if (octets[0] & 64)
		o->tcp_idle_timeout = duration_seconds(900);
	o->max_exchanges = octets[0] & 128 ? MAX_EXCHANGES_MIN : 1 << 16;
	d->batch_size = octets[1] % METER_BATCH + 1;
}

static void
start(struct driver *d, const uint8_t *octets)
{
	char error[128];

	meter_options_init(&d->options);
	expect(flow_hash_init(&d->hash) == 0, "no randomness");
	d->networks = network_set_new();
	network_set_add(d->networks, "10.0.0.0/8", error, sizeof(error));
	network_set_freeze(d->networks);
	d->options.networks = d->networks;
	d->options.hash = &d->hash;
	choose_options(d, octets);
	d->meter = meter_new(&d->options, keep, &d->rows);
	d->model = model_new(&d->options);
	expect(d->meter != NULL, "no meter");
	d->time = timestamp_from(1000000000, 0);
}

static void
flush(struct driver *d)
{
	struct ledger ledger;

	meter_segments(d->meter, d->batch, d->filled);
	d->filled = 0;
	ledger = *meter_ledger(d->meter);
	ledger.packets_read = d->number;
	expect(ledger_balanced(&ledger), "the books do not balance");
	expect(ledger.exchanges_live <= d->options.max_exchanges,
	    "more exchanges live than allowed");
	expect(ledger.records == d->rows.count, "records are not counted");
}

static void
add(struct driver *d, const uint8_t *octets)
{
	struct segment s;
	uint8_t a[4] = { 10, 0, 0, 1 }, b[4] = { 10, 0, 0, 2 };
	double step = steps[octets[0] & 15];

	memset(&s, 0, sizeof(s));
	if (octets[1] & 1)
		a[0] = 192;
	if (octets[1] & 2)
		b[0] = 198;
	a[3] = (uint8_t)(1 + (octets[1] >> 2 & 3));
	b[3] = (uint8_t)(1 + (octets[1] >> 4 & 3));
	if (octets[1] & 64)
		segment_set_endpoints(
		    &s, b, 80, a, (uint16_t)(79 + (octets[4] & 3)), 4);
	else
		segment_set_endpoints(
		    &s, a, (uint16_t)(79 + (octets[4] & 3)), b, 80, 4);
	s.key.protocol = octets[1] & 128 ? PROTOCOL_UDP : PROTOCOL_TCP;
	if (s.key.protocol == PROTOCOL_TCP)
		s.tcp_flags = octets[2];
	s.sequence = octets[3] & 3;
	s.payload_octets = octets[3] >> 2 & 1 ? octets[3] : 0;
	s.ip_octets = s.payload_octets + 40u;
	s.later_fragment = octets[3] >> 6 == 3;
	if (s.later_fragment)
		s.tcp_flags = 0;
	s.vlan = octets[4] >> 2;
	if (d->time.ns + (int64_t)(step * 1e9) > 0)
		d->time.ns += (int64_t)(step * 1e9);
	d->now = timestamp_max(d->now, d->time);
	s.time = d->time;
	s.now = d->now;
	s.number = ++d->number;
	s.hash = flow_hash(&d->hash, &s.key);
	model_segment(d->model, &s);
	d->batch[d->filled++] = s;
	if (d->filled == d->batch_size)
		flush(d);
}

static void
compare(struct driver *d)
{
	struct rows *expected = model_rows(d->model);
	const struct ledger *ledger = meter_ledger(d->meter);

	if (d->options.max_exchanges == MAX_EXCHANGES_MIN)
		return;
	rows_sort(expected);
	rows_sort(&d->rows);
	expect(d->rows.count == expected->count, "another number of records");
	expect(
	    d->rows.count == 0 || memcmp(d->rows.row, expected->row,
	                              d->rows.count * sizeof(struct row)) == 0,
	    "a record differs from the model's");
	expect(memcmp(ledger, model_ledger(d->model), sizeof(*ledger)) == 0,
	    "the books differ from the model's");
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	struct driver d = { 0 };

	if (size < 2)
		return 0;
	start(&d, octets);
	for (size_t i = 2; i + SEGMENT_OCTETS <= size; i += SEGMENT_OCTETS)
		add(&d, &octets[i]);
	flush(&d);
	meter_advance(d.meter, d.now);
	model_advance(d.model, d.now);
	meter_finish(d.meter);
	model_finish(d.model);
	flush(&d);
	compare(&d);
	model_free(d.model);
	meter_free(&d.meter);
	network_set_free(&d.networks);
	rows_clear(&d.rows);
	return 0;
}

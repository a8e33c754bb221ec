/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream of segments made from the input, for the meter and for a naive model
 * of it.  After every call the books must balance, the bounds hold, and every
 * eviction must be one that the rules allow; whenever the input says so, and at
 * the end, every record and every live exchange must be the model's.  Quality
 * may be on, and is turned on and off; fuzz_quality has the model of its
 * figures, here its segments must have their classes (the books' fourth
 * equation) and nothing else may change.
 *
 * The first two octets choose the options; then every five octets are a
 * segment: the step of time and what else is done, the two endpoints, the
 * flags, and more.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/meter/table.h"
#include "meter_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

#define SEGMENT_OCTETS 5
#define BURST 250
#define BURSTS 3 /* the index grows within the third */
/* What a meter takes at the least: a chunk of each array, and an index. */
#define OCTETS_LEAST (((uint64_t)17) << 20)
#define OCTETS_LEAST_OF_QUALITY (((uint64_t)32) << 20)

static const double steps[16] = { 0, 0, 0, 0.001, 0.001, 0.3, 1, 4.999999999, 5,
	29.999999999, 30, 60, 299, 300, -1, 31536000 };
static const double starts[4] = { 1000000000, 0, 4294967200, 1700000000.9 };
static const uint32_t sequences[4] = { 0, 1, 0x80000000, 0xffffffff };

static const unsigned kinds[8] = { 0, METER_OUTBOUND | METER_MIDSTREAM,
	METER_ALL | METER_OTHER, METER_INBOUND | METER_LOCAL | METER_MIDSTREAM,
	METER_LOCAL_TCP | METER_FOREIGN, METER_ALL, METER_OTHER,
	METER_OUTBOUND | METER_INBOUND | METER_LOCAL | METER_FOREIGN };

/* What is done before a segment: the high half of its first octet. */
enum {
	DO_SYNC = 15,
	DO_CUT = 14,
	DO_CONFIGURE = 13,
	DO_BURST = 12,
	DO_STEP_BACK = 11,
	DO_STAMPS = 10
};
#define STEP_BACK (INT64_C(3600) * NS_PER_SECOND)
/* How far packets' own stamps are ahead of now, in nanoseconds. */
static const int64_t stamps[8] = { 0, 1, -1, 250, -250, 3600 * NS_PER_SECOND,
	-3600 * NS_PER_SECOND, 31536000 * NS_PER_SECOND };

struct driver {
	struct meter_options options;
	struct flow_hash hash;
	struct network_set *networks;
	struct meter *meter;
	struct model *model;
	struct rows rows;  /* since they were last compared */
	uint64_t compared; /* rows before those */
	bool following;    /* evictions: one segment a call */
	struct flow_key kept[MAX_EXCHANGES_MIN];
	size_t kept_count, kept_resumable;
	unsigned more_kinds;
	bool quality, measured; /* it is on, it ever was */
	struct segment batch[METER_BATCH];
	struct segment_detail details[METER_BATCH];
	size_t filled, batch_size;
	unsigned bursts;
	uint64_t most; /* live, remembered and resumable */
	timestamp time, now;
	int64_t stamps_ahead;
	uint64_t number;
};

static void
expect(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "fuzz_meter: %s\n", what);
	abort();
}

static void
keep(void *context, const struct exchange *exchange)
{
	rows_add(context, exchange);
}

static void
choose_options(struct driver *d, uint8_t octet)
{
	struct meter_options *o = &d->options;

	meter_options_init(o);
	o->networks = d->networks;
	o->hash = &d->hash;
	o->kinds = kinds[(octet & 3) | d->more_kinds];
	o->udp_idle_either = octet & 4;
	if (octet & 8)
		o->active_timeout = duration_seconds(60);
	if (octet & 16)
		o->tcp_opening_timeout = duration_seconds(400);
	if (octet & 32)
		o->tcp_half_closed_timeout = duration_seconds(20);
	if (octet & 64) {
		o->tcp_idle_timeout = duration_seconds(900);
		o->tcp_resume = duration_seconds(100);
	}
	o->quality = d->quality;
	d->measured |= d->quality;
	o->max_exchanges = d->following ? MAX_EXCHANGES_MIN : 1 << 16;
}

static void
start(struct driver *d, const uint8_t *octets)
{
	char error[128];

	expect(flow_hash_init(&d->hash) == 0, "no randomness");
	d->networks = network_set_new();
	network_set_add(d->networks, "10.0.0.0/8", error, sizeof(error));
	network_set_freeze(d->networks);
	d->following = octets[0] & 128;
	d->batch_size = d->following ? 1 : octets[1] % METER_BATCH + 1;
	d->more_kinds = octets[1] & 4;
	d->quality = octets[1] & 8;
	choose_options(d, octets[0]);
	d->meter = meter_new(&d->options, keep, &d->rows);
	d->model = model_new(&d->options);
	expect(d->meter != NULL, "no meter");
	d->time.ns = (int64_t)(starts[octets[1] / METER_BATCH] * 1e9);
	d->now = d->time;
}

/* --- after every call */

static void
check_bounds(struct driver *d)
{
	struct ledger ledger = *meter_ledger(d->meter);
	struct meter_load load;
	uint64_t all, octets;

	ledger.packets_read = d->number - d->filled;
	expect(ledger_balanced(&ledger), "the books do not balance");
	expect(ledger.records == d->compared + d->rows.count,
	    "records are not counted");
	meter_load(d->meter, &load);
	all = load.live + load.remembered + load.resumable;
	expect(all <= d->options.max_exchanges, "more than allowed");
	if (all > d->most)
		d->most = all;
	expect(load.live == ledger.exchanges_live &&
	           load.bound == d->options.max_exchanges,
	    "the load is not that of the books");
	expect(load.slots_used <= load.slots, "an index beyond its places");
	octets = OCTETS_LEAST + d->most * METER_OCTETS_PER_EXCHANGE;
	if (d->measured)
		octets +=
		    OCTETS_LEAST_OF_QUALITY + d->most * METER_OCTETS_OF_QUALITY;
	expect(load.octets <= octets, "more memory than the formula says");
}

static void
keep_key(struct driver *d, const struct flow_key *key)
{
	expect(d->kept_count < MAX_EXCHANGES_MIN, "more kept than allowed");
	d->kept[d->kept_count++] = *key;
}

/* The keys of all that the meter has; what is resumable comes first. */
static void
keep_keys(struct driver *d)
{
	const struct meter *meter = d->meter;
	const struct resumables *resumables = &meter->resumables;

	d->kept_count = 0;
	for (uint32_t i = resumables->oldest; i != RESUMABLE_NONE;
	     i = resumable_at(resumables, i)->newer)
		keep_key(d, &resumable_at(resumables, i)->key);
	d->kept_resumable = d->kept_count;
	for (uint32_t i = 0; i < meter->pool.used; i++) {
		const struct live *live = pool_live(&meter->pool, i);

		if (live->state & LIVE_IN_USE)
			keep_key(d, &live->key);
	}
}

/* Evictions are the meter's choice; the model judges, and follows. */
static void
follow(struct driver *d, const struct segment *segment)
{
	const char *wrong = NULL;
	int evicted;

	keep_keys(d);
	evicted = model_follow(d->model, segment, d->kept, d->kept_count,
	    d->kept_resumable, &wrong);
	expect(evicted >= 0, wrong);
	expect(evicted == 0 || d->kept_count == MAX_EXCHANGES_MIN,
	    "evicted, but there was room");
}

/* SYN-ACKs whose second is over may open exchanges, and evict others. */
static void
advance(struct driver *d, timestamp now)
{
	struct segment none = { .number = 0 };

	meter_advance(d->meter, now);
	model_advance(d->model, now);
	if (d->following)
		follow(d, &none);
	check_bounds(d);
}

static void
flush(struct driver *d)
{
	const struct segment *batch = d->batch;
	size_t n = d->filled;

	/* Else one call could evict an exchange, and then open it again. */
	if (d->following && n > 0 && d->meter->waiting.count > 0)
		advance(d, batch[0].now);
	meter_set_details(d->meter, batch, n, d->details);
	meter_segments(d->meter, batch, n);
	meter_set_details(d->meter, NULL, 0, NULL);
	d->filled = 0;
	check_bounds(d);
	for (size_t i = 0; i < n; i++) {
		model_advance(d->model, batch[i].now);
		if (d->following)
			follow(d, &batch[i]);
		model_segment(d->model, &batch[i]);
	}
}

static void
show_row(const char *whose, const struct rows *rows, size_t i)
{
	fprintf(stderr, "%s:", whose);
	for (size_t n = 0; i < rows->count && n < ROW_NUMBERS; n++)
		fprintf(stderr, " %llx",
		    (unsigned long long)rows->row[i].number[n]);
	fprintf(stderr, "\n");
}

/* The first that differs. */
static void
show_difference(const struct rows *is, const struct rows *should)
{
	size_t i = 0;

	while (i < is->count && i < should->count &&
	       memcmp(&is->row[i], &should->row[i], sizeof(struct row)) == 0)
		i++;
	if (i == is->count && i == should->count)
		return;
	show_row("meter", is, i);
	show_row("model", should, i);
}

static void
compare_rows(struct rows *is, struct rows *should, const char *what)
{
	rows_sort(is);
	rows_sort(should);
	show_difference(is, should);
	expect(is->count == should->count, what);
	expect(is->count == 0 || memcmp(is->row, should->row,
	                             is->count * sizeof(struct row)) == 0,
	    what);
}

/* The model measures nothing: what belongs to quality is taken out. */
static struct ledger
without_quality(const struct ledger *ledger)
{
	struct ledger rest = *ledger;

	expect(rest.quality_lost == 0, "there was memory for quality");
	rest.sequenced = 0;
	memset(rest.segments, 0, sizeof(rest.segments));
	return rest;
}

/* A ledger is nothing but counts of 64 bits. */
static void
compare_books(
    const struct ledger *ledger, const struct ledger *should, bool measured)
{
	struct ledger is = measured ? without_quality(ledger) : *ledger;
	const uint64_t *a = (const uint64_t *)&is;
	const uint64_t *b = (const uint64_t *)should;
	bool same = true;

	for (size_t i = 0; i < sizeof(is) / sizeof(*a); i++) {
		if (a[i] == b[i])
			continue;
		fprintf(stderr, "count %zu: meter %llu, model %llu\n", i,
		    (unsigned long long)a[i], (unsigned long long)b[i]);
		same = false;
	}
	expect(same, "the books differ from the model's");
}

static void
compare(struct driver *d)
{
	struct rows *expected = model_rows(d->model);
	struct rows live = { 0 }, model_rows_live = { 0 };
	struct meter_load load, expected_load;
	struct meter_walk walk = { 0 };

	compare_rows(&d->rows, expected, "a record differs from the model's");
	d->compared += d->rows.count;
	d->rows.count = expected->count = 0;
	while (meter_visit(d->meter, &walk, 7, keep, &live))
		;
	model_live(d->model, &model_rows_live);
	compare_rows(&live, &model_rows_live,
	    "a live exchange differs from the model's");
	rows_clear(&live);
	rows_clear(&model_rows_live);
	meter_load(d->meter, &load);
	model_load(d->model, &expected_load);
	expect(load.remembered == expected_load.remembered,
	    "what is remembered differs from the model's");
	expect(load.resumable >= expected_load.resumable,
	    "what may be resumed differs from the model's");
	compare_books(
	    meter_ledger(d->meter), model_ledger(d->model), d->measured);
}

/*
 * On to where the meter has looked at all that is overdue, which is right to
 * a tick; false where the two would differ by right.
 */
static bool
sync(struct driver *d)
{
	timestamp tick = { (d->now.ns / MODEL_TICK + 1) * MODEL_TICK };

	flush(d);
	if (model_due_at(d->model, tick))
		return false;
	d->now = tick;
	advance(d, tick);
	compare(d);
	return true;
}

/* --- the stream */

static void
cut(struct driver *d)
{
	struct meter_walk walk = { 0 };

	while (meter_flush(d->meter, &walk, 5))
		;
	model_cut(d->model);
	compare(d);
}

/* The clock is set back by an hour. */
static void
step_back(struct driver *d)
{
	timestamp to = timestamp_shift(d->now, (duration){ -STEP_BACK });

	flush(d);
	if (d->now.ns < STEP_BACK)
		return;
	meter_clock_step(d->meter, d->now, to);
	model_step(d->model, d->now, to);
	d->now = d->time = to;
	check_bounds(d);
}

/* Segments that wait in the batch are stamped as before. */
static void
stamp_ahead(struct driver *d, int64_t ns)
{
	d->stamps_ahead = ns;
	meter_stamps_ahead(d->meter, ns);
	check_bounds(d);
}

/*
 * The meter may still have what is too old to be resumed.  With a longer
 * tcp_resume it is not too old any more, and is resumed by right; but the
 * model has forgotten it.
 */
static bool
has_too_old(const struct driver *d)
{
	struct meter_load load, expected;

	meter_load(d->meter, &load);
	model_load(d->model, &expected);
	return load.resumable > expected.resumable;
}

static void
configure(struct driver *d, uint8_t octet)
{
	struct meter_walk walk = { 0 };
	duration resume = d->options.tcp_resume;

	if (octet & 128)
		d->quality = !d->quality;
	choose_options(d, octet);
	if (d->options.tcp_resume.ns > resume.ns && has_too_old(d))
		d->options.tcp_resume = resume;
	meter_reconfigure(d->meter, &d->options);
	while (meter_rearm(d->meter, &walk, 9))
		;
	model_configure(d->model, &d->options);
}

/* What quality looks at, of all that is known already. */
static void
make_detail(struct segment_detail *detail, const struct segment *s)
{
	*detail = (struct segment_detail){ .known = (uint8_t)~s->tos,
		.timestamp_value = (uint32_t)s->number,
		.timestamp_echo = (uint32_t)s->number - (s->tos & 7),
		.window = (uint16_t)(s->tos & 8 ? 0 : s->tos * 257u),
		.maximum_segment_size = 1400,
		.ip_id = (uint16_t)(s->number - (s->tos & 1)),
		.window_scale = s->tos,
		.sack_blocks = s->tos & 16 ? 1 : 0,
		.sack[0] = {
		    s->acknowledgement + 10, s->acknowledgement + 100 } };
}

static void
add(struct driver *d, struct segment *s)
{
	s->time = timestamp_shift(d->time, (duration){ d->stamps_ahead });
	s->now = d->now;
	s->number = ++d->number;
	s->hash = flow_hash(&d->hash, &s->key);
	s->ttl = s->tos;
	make_detail(&d->details[d->filled], s);
	d->batch[d->filled++] = *s;
	if (d->filled == d->batch_size)
		flush(d);
}

/* Openings of which only the client's port differs. */
static void
burst(struct driver *d)
{
	static const uint8_t a[4] = { 10, 9, 9, 9 }, b[4] = { 10, 0, 0, 2 };

	if (d->bursts++ >= BURSTS)
		return;
	for (unsigned i = 0; i < BURST; i++) {
		struct segment s = { .ip_octets = 40, .tcp_flags = TCP_SYN };

		segment_set_endpoints(
		    &s, a, (uint16_t)(1000 + d->bursts * BURST + i), b, 80, 4);
		s.key.protocol = PROTOCOL_TCP;
		add(d, &s);
	}
}

static void
make_segment(struct segment *s, const uint8_t *octets)
{
	uint8_t a[4] = { octets[1] & 1 ? 192 : 10, 0, 0, 1 };
	uint8_t b[4] = { octets[1] & 2 ? 198 : 10, 0, 0, 2 };
	uint16_t port = (uint16_t)(1022 + (octets[4] & 3));

	memset(s, 0, sizeof(*s));
	a[3] = (uint8_t)(1 + (octets[1] >> 2 & 3));
	b[3] = (uint8_t)(1 + (octets[1] >> 4 & 3));
	if (octets[1] & 64)
		segment_set_endpoints(s, b, 80, a, port, 4);
	else
		segment_set_endpoints(s, a, port, b, 80, 4);
	s->key.protocol = octets[1] & 128 ? PROTOCOL_UDP : PROTOCOL_TCP;
	s->sequence = sequences[octets[3] & 3];
	s->payload_octets = octets[3] >> 2 & 1 ? octets[3] : 0;
	s->ip_octets = s->payload_octets + 40u;
	s->later_fragment = octets[3] >> 6 == 3;
	if (s->key.protocol == PROTOCOL_TCP && !s->later_fragment)
		s->tcp_flags = octets[2];
	s->vlan = octets[4] >> 2;
	s->tos = (uint8_t)(octets[3] * 37 ^ octets[4]);
	s->acknowledgement = sequences[octets[4] >> 2 & 3] + 1 +
	                     (octets[4] & 16 ? octets[3] : 0);
	if (s->key.protocol == PROTOCOL_UDP && (octets[2] & 7) == 7) {
		s->key.protocol = PROTOCOL_ICMP;
		s->key.port[0] = port;
		s->key.port[1] = 1;
	}
}

static void
step(struct driver *d, const uint8_t *octets)
{
	int64_t by = (int64_t)(steps[octets[0] & 15] * 1e9);
	unsigned what = octets[0] >> 4;
	struct segment s;

	if (what == DO_BURST)
		burst(d);
	else if (what == DO_STEP_BACK)
		step_back(d);
	else if (what == DO_STAMPS)
		stamp_ahead(d, stamps[octets[2] & 7]);
	else if (what >= DO_CONFIGURE && sync(d)) {
		if (what == DO_CUT)
			cut(d);
		if (what == DO_CONFIGURE)
			configure(d, octets[2]);
	}
	if (by >= 0 || d->time.ns >= (uint64_t)-by)
		d->time = timestamp_shift(d->time, (duration){ by });
	d->now = timestamp_max(d->now, d->time);
	make_segment(&s, octets);
	add(d, &s);
}

static void
finish(struct driver *d)
{
	flush(d);
	(void)sync(d);
	d->now = timestamp_add(d->now, duration_seconds(2));
	advance(d, d->now);
	(void)sync(d);
	meter_finish(d->meter);
	model_finish(d->model);
	check_bounds(d);
	compare(d);
	model_free(d->model);
	meter_free(&d->meter);
	network_set_free(&d->networks);
	rows_clear(&d->rows);
	free(d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	struct driver *d;

	if (size < 2)
		return 0;
	d = calloc(1, sizeof(*d));
	expect(d != NULL, "no memory");
	start(d, octets);
	for (size_t i = 2; i + SEGMENT_OCTETS <= size; i += SEGMENT_OCTETS)
		step(d, &octets[i]);
	finish(d);
	return 0;
}

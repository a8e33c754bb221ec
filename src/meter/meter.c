/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of live exchanges and its timers.
 *
 * A live exchange is a numbered place in the pool, found through the index,
 * looked at by the wheel when its timeout may have passed, and, while it is
 * one of those that are evicted first, linked into one of two queues: those
 * that linger, and those that nobody has answered, oldest first.
 *
 * Timeouts run on the greatest timestamp seen so far ("now"), not on the
 * packets' own timestamps, which may go backwards; the recorded first and
 * last are the packets' own.
 */
#include <config.h>

#include "exflow/meter/meter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "count.h"
#include "sequence.h"
#include "table.h"

void
meter_options_init(struct meter_options *options)
{
	*options = (struct meter_options){
		.tcp_opening_timeout =
		    duration_seconds(TCP_OPENING_TIMEOUT_DEFAULT),
		.tcp_idle_timeout = duration_seconds(TCP_IDLE_TIMEOUT_DEFAULT),
		.tcp_half_closed_timeout =
		    duration_seconds(TCP_HALF_CLOSED_TIMEOUT_DEFAULT),
		.tcp_linger = duration_seconds(TCP_LINGER_DEFAULT),
		.udp_idle_timeout = duration_seconds(UDP_IDLE_TIMEOUT_DEFAULT),
		.active_timeout = duration_seconds(ACTIVE_TIMEOUT_DEFAULT),
	};
}

/* A quarter of the machine's memory. */
static uint32_t
max_by_memory(void)
{
	uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);
	uint64_t octets = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t max = octets / 4 / METER_OCTETS_PER_EXCHANGE;

	return max < MAX_EXCHANGES_MIN   ? MAX_EXCHANGES_MIN
	       : max > MAX_EXCHANGES_MAX ? MAX_EXCHANGES_MAX
	                                 : (uint32_t)max;
}

uint32_t
meter_share(uint32_t max_exchanges, unsigned meters)
{
	uint32_t all = max_exchanges != 0 ? max_exchanges : max_by_memory();

	return all > meters ? all / meters : 1;
}

struct meter *
meter_new(const struct meter_options *options, exchange_handler *handler,
    void *context)
{
	struct meter *meter = calloc(1, sizeof(*meter));

	if (meter == NULL)
		return NULL;
	meter->options = *options;
	meter->handler = handler;
	meter->context = context;
	meter->max_exchanges = meter_share(options->max_exchanges, 1);
	for (int i = 0; i < QUEUE_COUNT; i++)
		meter->queues[i] = (struct queue){ LIVE_NONE, LIVE_NONE };
	rules_timeouts(&meter->timeouts, options);
	wheel_init(&meter->wheel);
	meter->populate = populate_new();
	if (meter->populate == NULL ||
	    pool_init(&meter->pool, meter->max_exchanges, meter->populate) ==
	        -1 ||
	    index_init(&meter->index, meter->populate) == -1)
		meter_free(&meter);
	return meter;
}

void
meter_free(struct meter **meter)
{
	if (*meter == NULL)
		return;
	populate_free(&(*meter)->populate);
	pool_clear(&(*meter)->pool);
	index_clear(&(*meter)->index);
	free(*meter);
	*meter = NULL;
}

const struct ledger *
meter_ledger(const struct meter *meter)
{
	return &meter->ledger;
}

/* --- opening */

/*
 * Of those that are neither lingering nor unanswered: the next to expire, to
 * a tick of the wheel.  Each one that turns out to have moved on is put
 * where it belongs now.
 */
static uint32_t
nearest_to_expiry(struct meter *meter)
{
	struct pool *pool = &meter->pool;
	uint32_t number;

	while ((number = wheel_first(&meter->wheel)) != LIVE_NONE) {
		uint16_t slot = pool_cold(pool, number)->wheel_slot;

		wheel_remove(&meter->wheel, pool, number);
		wheel_add(
		    &meter->wheel, pool, number, table_deadline(meter, number));
		if (pool_cold(pool, number)->wheel_slot == slot)
			break;
	}
	return number;
}

/* SEMANTICS, "evicted": one that lingers, else unanswered, else the nearest. */
static void
evict(struct meter *meter)
{
	uint32_t number = meter->queues[QUEUE_LINGERING].head;
	const struct live *live;

	if (number == LIVE_NONE)
		number = meter->queues[QUEUE_UNANSWERED].head;
	if (number == LIVE_NONE)
		number = nearest_to_expiry(meter);
	if (number == LIVE_NONE || table_settle(meter, number, true))
		return;
	live = pool_live(&meter->pool, number);
	table_end(meter, number,
	    live->state & LIVE_CLOSING ? table_closing_end(live) : END_EVICTED);
}

static uint32_t
take_place(struct meter *meter)
{
	uint32_t number;

	while (meter->ledger.exchanges_live >= meter->max_exchanges &&
	       table_expiry_pending(meter))
		table_expire(meter, EXPIRE_PER_PACKET);
	if (meter->ledger.exchanges_live >= meter->max_exchanges)
		evict(meter);
	number = pool_take(&meter->pool);
	if (number == LIVE_NONE) { /* no memory for another chunk */
		evict(meter);
		number = pool_take(&meter->pool);
	}
	return number;
}

/* An index that is full and cannot grow has room for one in place of one. */
static int
index_put(struct meter *meter, uint64_t hash, uint32_t value)
{
	if (index_insert(&meter->index, hash, value) == 0)
		return 0;
	evict(meter);
	return index_insert(&meter->index, hash, value);
}

static uint32_t
open_exchange(struct meter *meter, const struct segment *segment,
    const struct opening *opening)
{
	uint32_t number = take_place(meter);
	struct live *live;
	struct live_cold *cold;

	if (number == LIVE_NONE)
		return LIVE_NONE;
	if (index_put(meter, segment->hash,
	        table_index_value(number, opening->client)) == -1) {
		pool_give(&meter->pool, number);
		return LIVE_NONE;
	}
	live = pool_live(&meter->pool, number);
	cold = pool_cold(&meter->pool, number);
	live->key = segment->key;
	live->clock[CLIENT] = live->clock[SERVER] = segment->now;
	live->initial_sequence = segment->sequence;
	live->state = LIVE_IN_USE;
	if (opening->midstream)
		live->state |= LIVE_MIDSTREAM;
	live->class = segment->key.protocol == PROTOCOL_UDP ? CLASS_UDP
	                                                    : CLASS_TCP_OPENING;
	live->client = opening->client;
	live->wide = 0;
	live->side[CLIENT].next_sequence = 0;
	count_clear(&meter->pool, number);
	cold->flow_id = segment->number;
	cold->vlan = segment->vlan;
	cold->interface = segment->interface;
	meter->ledger.exchanges_opened++;
	meter->ledger.exchanges_live++;
	table_queue_append(meter, QUEUE_UNANSWERED, number);
	cold->part_start = segment->now;
	wheel_add(
	    &meter->wheel, &meter->pool, number, table_deadline(meter, number));
	return number;
}

/* --- one segment */

/* Without a branch, which could only be guessed. */
static inline int
sender_side(const struct segment *segment, unsigned client)
{
	return (int)(segment->sender ^ client);
}
_Static_assert(CLIENT == 0 && SERVER == 1, "sides are told by exclusive or");

static bool
has_key(const struct live *live, const struct flow_key *key)
{
	return memcmp(&live->key, key, sizeof(*key)) == 0;
}

static uint32_t
find(const struct meter *meter, const struct segment *segment)
{
	struct index_cursor cursor;
	uint32_t value;

	index_find(&meter->index, segment->hash, &cursor);
	while ((value = index_next(&meter->index, &cursor)) != LIVE_NONE)
		if (has_key(pool_live(&meter->pool, value >> 1), &segment->key))
			return value >> 1;
	return LIVE_NONE;
}

/* A live exchange's key is its alone: where it fits, the guess was right. */
static bool
guessed(
    const struct meter *meter, const struct segment *segment, uint32_t guess)
{
	const struct live *live;

	if (guess == LIVE_NONE)
		return false;
	live = pool_live(&meter->pool, guess);
	return live->state & LIVE_IN_USE && has_key(live, &segment->key);
}

/* The live exchange that the segment belongs to, if any. */
static uint32_t
find_live(struct meter *meter, const struct segment *segment, uint32_t guess)
{
	uint32_t number =
	    guessed(meter, segment, guess) ? guess : find(meter, segment);

	if (number == LIVE_NONE || (!table_goes_on(meter, number) &&
	                               table_settle(meter, number, true)))
		return LIVE_NONE;
	if (rules_replaces(
	        &meter->options, pool_live(&meter->pool, number), segment)) {
		table_end(meter, number, END_REPLACED);
		return LIVE_NONE;
	}
	return number;
}

static void
count(struct meter *meter, uint32_t number, int side,
    const struct segment *segment)
{
	if (count_segment(&meter->pool, number, side, segment))
		return;
	/* No memory for wider counters: a record of these, and on from 0. */
	table_cut_part(meter, number);
	pool_cold(&meter->pool, number)->part_start = segment->now;
	count_segment(&meter->pool, number, side, segment);
}

static void
add(struct meter *meter, uint32_t number, const struct segment *segment)
{
	struct live *live = pool_live(&meter->pool, number);
	int side = sender_side(segment, live->client);
	int queue = table_queue_of(live);

	/* Also without active_timeout: a reload may bring it. */
	if (table_part_empty(live)) {
		pool_cold(&meter->pool, number)->part_start = segment->now;
		if (meter->options.active_timeout.ns != 0)
			wheel_hasten(&meter->wheel, &meter->pool, number,
			    timestamp_add(
			        segment->now, meter->options.active_timeout));
	}
	count(meter, number, side, segment);
	live->clock[side] = segment->now;
	if (segment->tcp_flags & TCP_RST &&
	    sequence_out_of_window(&live->side[side], segment))
		meter->ledger.resets_out_of_window++;
	meter->ledger.packets_in_exchanges++;
	if (rules_advance(live, side, segment))
		wheel_hasten(&meter->wheel, &meter->pool, number,
		    table_deadline(meter, number));
	table_queue_change(meter, number, queue, table_queue_of(live));
}

/* guess: which exchange it is likely to belong to, LIVE_NONE if none. */
static void
meter_segment(
    struct meter *meter, const struct segment *segment, uint32_t guess)
{
	struct opening opening;
	enum unmatched reason;
	uint32_t number;

	if (segment->now.ns > meter->now.ns)
		table_set_now(meter, segment->now);
	if (table_expiry_pending(meter))
		table_expire(meter, EXPIRE_PER_PACKET);
	number = find_live(meter, segment, guess);
	if (number == LIVE_NONE) {
		if (!rules_opens(&meter->options, segment, &opening, &reason)) {
			meter->ledger.unmatched[reason]++;
			return;
		}
		number = open_exchange(meter, segment, &opening);
		if (number == LIVE_NONE) {
			meter->ledger.unmatched[UNMATCHED_NO_MEMORY]++;
			return;
		}
	}
	add(meter, number, segment);
}

/* --- many segments */

/*
 * Three passes, each a burst ahead of the next: fetch the index, fetch the
 * exchanges, update them.  So memory has the time of a burst to come.  Of
 * longer bursts some fetches are let go: measured, of 64 a sixth.
 */
#define BURST ((size_t)8)

struct passes {
	const struct segment *segments;
	size_t count;
	uint32_t guesses[2][BURST]; /* of even and odd bursts */
};

/* One behind the last segment of the burst that begins at first. */
static inline size_t
burst_end(const struct passes *passes, size_t first)
{
	return first + BURST < passes->count ? first + BURST : passes->count;
}

static inline uint32_t *
guess_of(struct passes *passes, size_t i)
{
	return &passes->guesses[i / BURST % 2][i % BURST];
}

static inline __attribute__((always_inline)) void
fetch_index(
    const struct meter *meter, const struct passes *passes, size_t first)
{
	for (size_t i = first; i < burst_end(passes, first); i++)
		index_prefetch(&meter->index, passes->segments[i].hash);
}

/* Guesses may be out of date when they are used: they are only guesses. */
static inline void
fetch_exchanges(const struct meter *meter, struct passes *passes, size_t first)
{
	struct index_cursor cursor;

	for (size_t i = first; i < burst_end(passes, first); i++) {
		const struct segment *segment = &passes->segments[i];
		uint32_t value;

		index_find(&meter->index, segment->hash, &cursor);
		value = index_next(&meter->index, &cursor);
		*guess_of(passes, i) =
		    value == LIVE_NONE ? LIVE_NONE : value >> 1;
		if (value != LIVE_NONE)
			table_prefetch(
			    meter, value >> 1, sender_side(segment, value & 1));
	}
}

void
meter_segments(struct meter *meter, const struct segment *segments, size_t n)
{
	struct passes passes = { .segments = segments, .count = n };

	fetch_index(meter, &passes, 0);
	fetch_index(meter, &passes, BURST);
	fetch_exchanges(meter, &passes, 0);
	for (size_t first = 0; first < n; first += BURST) {
		fetch_index(meter, &passes, first + 2 * BURST);
		fetch_exchanges(meter, &passes, first + BURST);
		for (size_t i = first; i < burst_end(&passes, first); i++)
			meter_segment(
			    meter, &segments[i], *guess_of(&passes, i));
	}
}

void
meter_advance(struct meter *meter, timestamp now)
{
	table_set_now(meter, now);
	while (table_expiry_pending(meter))
		table_expire(meter, EXPIRE_PER_PACKET);
}

void
meter_finish(struct meter *meter)
{
	table_finish(meter);
}

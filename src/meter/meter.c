/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments go into exchanges here: each is found by its key, and counted, or
 * handed to opening.c.  table.c counts for both.
 *
 * Timeouts run on the greatest timestamp seen so far ("now"), not on the
 * packets' own timestamps, which may go backwards; the recorded first and
 * last are the packets' own.
 */
#include <config.h>

#include "exflow/meter/meter.h"

#include <stdlib.h>
#include <string.h>

#include "count.h"
#include "details.h"
#include "measure.h"
#include "naming.h"
#include "sequence.h"
#include "table.h"

struct meter *
meter_new(const struct meter_options *options, exchange_handler *handler,
    void *context)
{
	struct meter *meter = calloc(1, sizeof(*meter));

	if (meter == NULL)
		return NULL;
	rules_options(&meter->options, options);
	meter->handler = handler;
	meter->context = context;
	meter->max_exchanges = meter_share(options, 1);
	for (int i = 0; i < QUEUE_COUNT; i++)
		meter->queues[i] = (struct queue){ LIVE_NONE, LIVE_NONE };
	rules_timeouts(&meter->timeouts, options);
	meter->careful = table_careful(options);
	wheel_init(&meter->wheel);
	meter->populate = populate_new();
	if (meter->populate == NULL ||
	    pool_init(&meter->pool, meter->max_exchanges, options->mac,
	        meter->populate) == -1 ||
	    index_init(&meter->index, meter->populate) == -1 ||
	    waiting_init(&meter->waiting, meter->max_exchanges) == -1 ||
	    (options->mac && waiting_want_details(&meter->waiting) == -1) ||
	    resumables_init(&meter->resumables, meter->max_exchanges,
	        meter->populate) == -1)
		meter_free(&meter);
	else
		measure_configure(meter);
	if (meter != NULL && options->quality && !meter->options.quality)
		meter_free(&meter);
	if (meter != NULL && naming_configure(meter) != 0)
		meter_free(&meter);
	if (meter != NULL)
		table_configure_totals(meter);
	return meter;
}

void
meter_free(struct meter **meter)
{
	if (*meter == NULL)
		return;
	quality_totals_free(&(*meter)->totals);
	naming_free(&(*meter)->naming);
	populate_free(&(*meter)->populate);
	pool_clear(&(*meter)->pool);
	index_clear(&(*meter)->index);
	waiting_clear(&(*meter)->waiting);
	resumables_clear(&(*meter)->resumables);
	part_sums_clear(&(*meter)->sums);
	if (quality_pool_ready(&(*meter)->quality))
		quality_pool_clear(&(*meter)->quality);
	free(*meter);
	*meter = NULL;
}

void
meter_set_room(struct meter *meter, exchange_room *room)
{
	meter->room = room;
}

const struct ledger *
meter_ledger(const struct meter *meter)
{
	return &meter->ledger;
}

void
meter_add_names(const struct meter *meter, struct ledger *sum)
{
	if (naming_on(meter))
		ledger_add_names(
		    &sum->names, names_counts(meter->naming->names));
}

const struct quality_totals *
meter_totals(const struct meter *meter)
{
	return meter->totals;
}

/* --- finding */

/* What the index had for a segment, some segments ago. */
struct guess {
	uint32_t value;       /* LIVE_NONE: nothing, … */
	struct index_end end; /* … and there the search ended */
};

static const struct guess no_guess = { LIVE_NONE, { .place = SIZE_MAX } };

/* No two live exchanges have the same key: if it fits, the guess is right. */
static inline bool
guessed(const struct meter *meter, const struct segment *segment,
    const struct guess *guess)
{
	if (guess->value == LIVE_NONE)
		return index_ends_at(&meter->index, &guess->end);
	return table_is_live(guess->value) &&
	       table_live(meter, guess->value)->state & LIVE_IN_USE &&
	       table_belongs_to(segment, table_live(meter, guess->value));
}

/* --- one segment */

/* SYN_ACCEPTS: the exchange lingers no more, so it leaves that queue. */
static void
reopen(struct meter *meter, uint32_t number)
{
	struct live *live = pool_live(&meter->pool, number);
	int queue = table_queue_of(live);

	rules_reopen(live);
	table_queue_change(meter, number, queue, table_queue_of(live));
}

/*
 * What a SYN or SYN-ACK does to the exchange that has its key.  True where it
 * is to be counted there; false where it waits, or the exchange has ended.
 */
static bool
take_syn(struct meter *meter, uint32_t number, const struct segment *segment,
    bool *waits)
{
	struct live *live = pool_live(&meter->pool, number);

	switch (
	    rules_syn(live, count_syn_payload(&meter->pool, number), segment)) {
	case SYN_COUNTS:
		break;
	case SYN_AGAIN:
		live->state |= LIVE_SYN_AGAIN;
		break;
	case SYN_ACCEPTS:
		reopen(meter, number);
		break;
	case SYN_NEXT:
		table_end(meter, number,
		    live->state & LIVE_CLOSING ? table_closing_end(live)
		                               : END_REPLACED);
		return false;
	case SYN_TOO_EARLY:
		*waits = true;
		return false;
	}
	return true;
}

/*
 * The number of the live exchange that the segment goes into, if any; else
 * value is what the index has for its key.
 */
static inline __attribute__((always_inline)) uint32_t
number_of(struct meter *meter, const struct segment *segment,
    const struct guess *guess, uint32_t *value)
{
	uint32_t number;

	if (guessed(meter, segment, guess))
		*value = guess->value;
	else
		*value = table_find(meter, segment);
	if (!table_is_live(*value))
		return LIVE_NONE;
	number = *value >> INDEX_VALUE_SHIFT;
	if (__builtin_expect(
	        table_goes_on(meter, table_live(meter, *value)), 1) ||
	    !table_settle(meter, number, true))
		return number;
	/* It has ended, and may be resumable now. */
	*value = table_find(meter, segment);
	return LIVE_NONE;
}

/* Is it no SYN, and can it not end the waiting of a SYN-ACK? */
static inline bool
is_plain(const struct meter *meter, const struct live *live,
    const struct segment *segment)
{
	return !(segment->tcp_flags & TCP_SYN) &&
	       (meter->waiting.count == 0 || !(live->state & LIVE_CLOSING));
}

/* Decide about such a segment.  False: another exchange has its key now. */
static bool
take_special(
    struct meter *meter, uint32_t number, const struct segment *segment)
{
	bool waits = false;

	if (meter->waiting.count > 0 &&
	    pool_live(&meter->pool, number)->state & LIVE_CLOSING &&
	    table_open_waiting(meter, segment, number))
		return false;
	if (take_syn(meter, number, segment, &waits))
		table_add(meter, number, segment);
	else if (waits)
		table_wait(meter, segment);
	else
		return table_open(meter, segment, LIVE_NONE, &no_guess.end);
	return true;
}

/*
 * Count what most segments are (count_plain).  detail: NULL without quality.
 * False: not counted.
 */
static inline __attribute__((always_inline)) bool
add_plain(struct meter *meter, uint32_t number, struct live *live,
    const struct segment *segment, const struct segment_detail *detail)
{
	int side = table_side(segment, live->client);

	if (!count_plain(&meter->pool, number, live, side, segment))
		return false;
	live->last = segment->now;
	table_account_packet(meter, live);
	if (detail != NULL &&
	    !measure_segment(meter, number, side, segment, detail))
		table_cut_part(meter, number);
	return true;
}

/* False: another exchange has the segment's key now, look again. */
static inline __attribute__((always_inline)) bool
take(struct meter *meter, const struct segment *segment,
    const struct segment_detail *detail, const struct guess *guess)
{
	uint32_t value, number = number_of(meter, segment, guess, &value);
	struct live *live;

	if (number == LIVE_NONE)
		return table_open(meter, segment, value, &guess->end);
	live = pool_live(&meter->pool, number);
	if (__builtin_expect(!is_plain(meter, live, segment), 0))
		return take_special(meter, number, segment);
	if (!add_plain(meter, number, live, segment, detail))
		table_add(meter, number, segment);
	return true;
}

/* A SYN-ACK that waited has opened an exchange of its key. */
static __attribute__((noinline)) void
take_again(struct meter *meter, const struct segment *segment,
    const struct segment_detail *detail)
{
	(void)take(meter, segment, detail, &no_guess);
}

static inline __attribute__((always_inline)) void
meter_segment(struct meter *meter, const struct segment *segment,
    const struct segment_detail *detail, const struct guess *guess)
{
	if (segment->now.ns > meter->now.ns)
		table_set_now(meter, segment->now);
	if (table_expiry_pending(meter))
		table_expire(meter, EXPIRE_PER_PACKET);
	if (__builtin_expect(meter->waiting.due.ns <= meter->now.ns, 0))
		table_decide_waiting(meter, false);
	if (!take(meter, segment, detail, guess))
		take_again(meter, segment, detail);
}

/* --- many segments */

/*
 * Each segment passes three stages: fetch its index entry, fetch its exchange,
 * count it.  Between two stages so many other segments pass, which gives memory
 * the time to come.
 */
#define AHEAD ((size_t)8)

/*
 * The head and, where they are there, the counts of the side.  Always inline:
 * gcc takes a function that only prefetches for one without an effect, and
 * leaves its call out.
 */
static inline __attribute__((always_inline)) void
prefetch(
    const struct meter *meter, uint32_t value, const struct segment *segment)
{
	uint32_t number = value >> INDEX_VALUE_SHIFT;

	if (!table_is_live(value)) {
		__builtin_prefetch(resumable_at(&meter->resumables, number));
		return;
	}
	__builtin_prefetch(pool_live(&meter->pool, number));
	if (meter->pool.sides.chunks[number >> POOL_SIDES_BITS] != NULL)
		__builtin_prefetch(pool_side(
		    &meter->pool, number, table_side(segment, value & 1)));
}

/* A guess may be out of date when it is used; guessed() checks that. */
static inline __attribute__((always_inline)) void
fetch_exchange(const struct meter *meter, const struct segment *segment,
    struct guess *guess)
{
	struct index_cursor cursor;

	index_find(&meter->index, segment->hash, &cursor);
	guess->value = index_next(&meter->index, &cursor);
	guess->end = index_end_of(&meter->index, &cursor, guess->value);
	if (guess->value != LIVE_NONE)
		prefetch(meter, guess->value, segment);
}

static inline __attribute__((always_inline)) void
fetch_state(const struct meter *meter, const struct segment *segment,
    const struct guess *guess)
{
	if (table_is_live(guess->value))
		measure_prefetch_state(meter, guess->value >> INDEX_VALUE_SHIFT,
		    table_side(segment, guess->value & 1));
}

/*
 * The same with quality, whose head is fetched with the exchange, and whose
 * state half of the way on, when the head is there.  named: the index of the
 * next segment with a payload.
 */
static __attribute__((noinline)) void
measured_segments(
    struct meter *meter, const struct segment *segments, size_t n, size_t named)
{
	struct guess guesses[2 * AHEAD];
	bool detailed = details_of(meter, segments) == meter->details;

	for (size_t i = 0; i < 2 * AHEAD; i++)
		guesses[i] = no_guess;
	for (size_t i = 0; i < n + 3 * AHEAD; i++) {
		size_t second = i - AHEAD, third = i - 2 * AHEAD;
		size_t fourth = i - 3 * AHEAD;

		if (fourth < n) {
			meter_segment(meter, &segments[fourth],
			    detailed ? &meter->details[fourth]
			             : &meter->early_detail,
			    &guesses[fourth % (2 * AHEAD)]);
			if (__builtin_expect(fourth == named, 0))
				named =
				    naming_payload(meter, &segments[fourth]);
		}
		if (third < n)
			fetch_state(meter, &segments[third],
			    &guesses[third % (2 * AHEAD)]);
		if (second < n) {
			struct guess *guess = &guesses[second % (2 * AHEAD)];

			fetch_exchange(meter, &segments[second], guess);
			if (table_is_live(guess->value))
				measure_prefetch_head(
				    meter, guess->value >> INDEX_VALUE_SHIFT);
		}
		if (i < n)
			index_prefetch(&meter->index, segments[i].hash);
	}
}

/* Before the first segment the numbers wrap around: no segment has them. */
static inline __attribute__((always_inline)) void
plain_segments(struct meter *meter, const struct segment *segments, size_t n,
    const bool names)
{
	size_t named = names ? naming_next(meter->naming) : 0;
	struct guess guesses[AHEAD];

	for (size_t i = 0; i < AHEAD; i++)
		guesses[i] = no_guess;
	for (size_t i = 0; i < n + 2 * AHEAD; i++) {
		size_t second = i - AHEAD, third = i - 2 * AHEAD;

		if (third < n)
			meter_segment(
			    meter, &segments[third], NULL, &guesses[i % AHEAD]);
		if (names && third < n && third == named)
			named = naming_payload(meter, &segments[third]);
		if (second < n)
			fetch_exchange(
			    meter, &segments[second], &guesses[i % AHEAD]);
		if (i < n)
			index_prefetch(&meter->index, segments[i].hash);
	}
}

#define NOT_NAMED SIZE_MAX /* no segment has it */

static __attribute__((noinline)) void
named_segments(struct meter *meter, const struct segment *segments, size_t n)
{
	if (measure_on(meter))
		measured_segments(
		    meter, segments, n, naming_next(meter->naming));
	else
		plain_segments(meter, segments, n, true);
	meter_set_payloads(meter, NULL, NULL, 0);
}

void
meter_segments(struct meter *meter, const struct segment *segments, size_t n)
{
	if (naming_on(meter))
		named_segments(meter, segments, n);
	else if (measure_on(meter))
		measured_segments(meter, segments, n, NOT_NAMED);
	else
		plain_segments(meter, segments, n, false);
}

void
meter_advance(struct meter *meter, timestamp now)
{
	table_set_now(meter, now);
	while (table_expiry_pending(meter))
		table_expire(meter, EXPIRE_PER_PACKET);
	table_decide_waiting(meter, false);
}

void
meter_finish(struct meter *meter)
{
	table_decide_waiting(meter, true);
	table_finish(meter);
}

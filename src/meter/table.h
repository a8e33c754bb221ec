/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The meter's inside, for the files that it is made of:
 *
 *	meter.c    segments, and what is fetched for them ahead
 *	table.c    counting a segment in its exchange
 *	opening.c  what opens, waits or is unmatched; eviction
 *	ending.c   deadlines, queues, ends
 *	visit.c    what is done to all exchanges at once; the clock that is set
 *	details.c, macs.c, measure.c, naming.c   what is there only on request
 *
 * Everything hangs together like this:
 *
 *	hash of the key ─► index ─┬─► pool: heads, cold, sides   (live.h)
 *	                          │     ▲         ▲
 *	                          │     wheel     queues
 *	                          └─► resumables  (resumable.h)
 *	                 waiting: SYN-ACKs without their SYN (waiting.h)
 *
 * Invariants:
 * - A key is in the index once: live (remembered ones included) or resumable.
 * - Every live exchange stands in one slot of the wheel, at the tick of its
 *   deadline or before.  Whoever is found there too early is put back.
 * - Live ones that are evicted before others stand in one queue, oldest
 *   first: those remembered; else those that linger; else the unanswered.
 * - Live, remembered and resumable together are at most max_exchanges.
 *
 * What can go wrong is that memory runs out.  Then an exchange is evicted for
 * the one that opens; a part is cut where wide counters cannot be had; and
 * what cannot be counted at all is unmatched, as no_memory.
 */
#ifndef EXFLOW_SRC_METER_TABLE_H
#define EXFLOW_SRC_METER_TABLE_H

#include <stdbool.h>

#include "exflow/memory/index.h"
#include "exflow/memory/pool.h"
#include "exflow/memory/populate.h"
#include "exflow/memory/quality_pool.h"
#include "exflow/memory/resumable.h"
#include "exflow/memory/waiting.h"
#include "exflow/memory/wheel.h"
#include "exflow/meter/meter.h"

#include "rules.h"
#include "sums.h"

/*
 * The wheel hands out at most so many exchanges at a packet.  A packet opens
 * one at most, so the wheel catches up; and none is held up for long.
 */
#define EXPIRE_PER_PACKET 16

enum {
	QUEUE_REMEMBERED,
	QUEUE_LINGERING,
	QUEUE_UNANSWERED,
	QUEUE_COUNT
};

struct queue {
	uint32_t head, tail;
};

struct meter {
	struct meter_options options; /* after rules_options */
	struct timeouts timeouts;
	bool careful; /* table_careful */
	exchange_handler *handler;
	exchange_room *room; /* or NULL */
	void *context;
	timestamp now;
	uint32_t max_exchanges;
	uint32_t remembered;
	struct queue queues[QUEUE_COUNT];
	struct ledger ledger;
	struct quality_totals *totals; /* NULL: quality was never on */
	struct populate *populate;     /* NULL: not yet */
	struct pool pool;
	struct index index;
	struct wheel wheel;
	struct waiting waiting;
	struct resumables resumables;
	struct sums sums;
	/* Of this call, with mac or quality (details.h): */
	const struct segment *detailed;
	size_t detail_count;
	const struct segment_detail *details;
	struct segment_detail early_detail; /* of a SYN-ACK that waited */
	/* With names (naming.h): */
	struct naming *naming;      /* NULL: off */
	struct names_options names; /* that it was made with */
	/* With quality (measure.h): */
	struct quality_pool quality;
	struct exchange_quality figures; /* where there is no room */
};

/* ending.c: the options have changed. */
void table_configure_totals(struct meter *meter);

/*
 * Index values: the number of a live exchange or of what is resumable, which
 * of both it is, and which endpoint is the client.  With the last, the counts
 * of the right side are fetched before the exchange has been looked at.
 */
#define INDEX_VALUE_SHIFT 2
#define INDEX_VALUE_RESUMABLE 2

static inline uint32_t
table_live_value(uint32_t number, uint8_t client)
{
	return number << INDEX_VALUE_SHIFT | client;
}

static inline uint32_t
table_resumable_value(uint32_t number, uint8_t client)
{
	return number << INDEX_VALUE_SHIFT | INDEX_VALUE_RESUMABLE | client;
}

static inline bool
table_is_live(uint32_t value)
{
	return value != LIVE_NONE && !(value & INDEX_VALUE_RESUMABLE);
}

static inline uint64_t
table_count(const struct meter *meter)
{
	return meter->ledger.exchanges_live + meter->remembered +
	       meter->resumables.count;
}

static inline int
table_queue_of(const struct live *live)
{
	if (live->state & LIVE_LEFT_OUT)
		return QUEUE_REMEMBERED;
	if (live->state & LIVE_CLOSING)
		return QUEUE_LINGERING;
	return live->state & LIVE_ANSWERED ? QUEUE_COUNT : QUEUE_UNANSWERED;
}

static inline bool
table_part_empty(const struct meter *meter, uint32_t number)
{
	const struct live *live = pool_live(&meter->pool, number);

	return live->state & LIVE_RUN
	           ? pool_cold(&meter->pool, number)->run.packets == 0
	           : (live->state & LIVE_COUNTS) == 0;
}

/* udp_idle = "either": when the side that was silent for longer was heard. */
static inline timestamp
table_heard(const struct meter *meter, uint32_t number)
{
	const struct live *live = pool_live(&meter->pool, number);
	const struct live_side *sides;

	if (live->state & LIVE_RUN)
		return timestamp_min(
		    live->last, pool_cold(&meter->pool, number)->part_start);
	sides = pool_side(&meter->pool, number, CLIENT);
	return timestamp_min(sides[CLIENT].heard, sides[SERVER].heard);
}

static inline duration
table_timeout(const struct meter *meter, const struct live *live)
{
	return meter->timeouts.after[live->class];
}

/* When the exchange is over unless a packet comes. */
static inline timestamp
table_deadline_end(const struct meter *meter, uint32_t number)
{
	const struct live *live = pool_live(&meter->pool, number);
	timestamp last = live->last;

	if (live->class == CLASS_DATAGRAM && meter->options.udp_idle_either)
		last = table_heard(meter, number);
	return timestamp_add(last, table_timeout(meter, live));
}

/*
 * When the part is cut.  An exchange that lingers is not cut: its record is
 * about to be made anyway.
 */
static inline timestamp
table_deadline_part(const struct meter *meter, uint32_t number)
{
	const struct live *live = pool_live(&meter->pool, number);

	if (meter->options.active_timeout.ns == 0 ||
	    live->state & (LIVE_CLOSING | LIVE_LEFT_OUT) ||
	    table_part_empty(meter, number))
		return TIMESTAMP_MAX;
	return timestamp_add(pool_cold(&meter->pool, number)->part_start,
	    meter->options.active_timeout);
}

static inline timestamp
table_deadline(const struct meter *meter, uint32_t number)
{
	return timestamp_min(table_deadline_end(meter, number),
	    table_deadline_part(meter, number));
}

static inline bool
table_expiry_pending(const struct meter *meter)
{
	return meter->wheel.cursor < wheel_tick(meter->now);
}

/* Is there more to a deadline than a timeout since the last packet? */
static inline bool
table_careful(const struct meter_options *options)
{
	return options->active_timeout.ns != 0 || options->udp_idle_either;
}

#define CUT_TICKS 64 /* that live->reason_or_cut tells apart */

static inline unsigned
table_cut_tick(timestamp time)
{
	return (unsigned)((uint64_t)wheel_tick(time) % CUT_TICKS);
}

/*
 * When a part has begun, or its cut is at another time.  A SYN-ACK that has
 * waited may open an exchange whose cut is overdue already.
 */
static inline void
table_note_cut(struct meter *meter, uint32_t number)
{
	struct live *live = pool_live(&meter->pool, number);
	timestamp cut;

	if (live->state & LIVE_LEFT_OUT)
		return;
	cut = timestamp_add(pool_cold(&meter->pool, number)->part_start,
	    meter->options.active_timeout);
	live->reason_or_cut =
	    table_cut_tick(timestamp_max(cut, meter->now)) & (CUT_TICKS - 1);
}

/*
 * May the part be due?  The wheel has cut those that were due in the ticks
 * before this one, unless it is behind.  So the start of the part, which is
 * cold, is looked at in one tick of so many only.
 */
static inline bool
table_cut_near(const struct meter *meter, const struct live *live)
{
	return meter->options.active_timeout.ns != 0 &&
	       (live->reason_or_cut == table_cut_tick(meter->now) ||
	           table_expiry_pending(meter));
}

/* True: nothing is overdue.  False: look at the deadlines. */
static inline bool
table_goes_on(const struct meter *meter, const struct live *live)
{
	if (__builtin_expect(meter->careful, 0) &&
	    (table_cut_near(meter, live) ||
	        (live->class == CLASS_DATAGRAM &&
	            meter->options.udp_idle_either)))
		return false;
	return meter->now.ns - live->last.ns <
	       (uint64_t)table_timeout(meter, live).ns;
}

static inline enum exchange_end
table_closing_end(const struct live *live)
{
	return live->state & LIVE_RESET ? END_RESET : END_FINISHED;
}

/* CLIENT or SERVER, without a branch: no processor could predict it. */
static inline int
table_side(const struct segment *segment, unsigned client)
{
	return (int)(segment->sender ^ client);
}
_Static_assert(CLIENT == 0 && SERVER == 1, "sides are told by exclusive or");

static inline const struct live *
table_live(const struct meter *meter, uint32_t value)
{
	return pool_live(&meter->pool, value >> INDEX_VALUE_SHIFT);
}

/* Does a segment belong to a live exchange? */
static inline __attribute__((always_inline)) bool
table_belongs_to(const struct segment *segment, const struct live *live)
{
	return segment_has_key(segment, &live->key, live_vlan(live),
	    live_customer_vlan(live), live->tunnel);
}

/* Does a segment belong to what this index value stands for? */
static inline bool
table_belongs(
    const struct meter *meter, const struct segment *segment, uint32_t value)
{
	if (table_is_live(value))
		return table_belongs_to(segment, table_live(meter, value));
	const struct resumable *one =
	    resumable_at(&meter->resumables, value >> INDEX_VALUE_SHIFT);

	return segment_has_key(
	    segment, &one->key, one->vlan, one->customer_vlan, one->tunnel);
}

/* The value that the index has for the segment's key; LIVE_NONE: none. */
static inline uint32_t
table_find(const struct meter *meter, const struct segment *segment)
{
	struct index_cursor cursor;
	uint32_t value;

	index_find(&meter->index, segment->hash, &cursor);
	while ((value = index_next(&meter->index, &cursor)) != LIVE_NONE)
		if (table_belongs(meter, segment, value))
			return value;
	return LIVE_NONE;
}

static inline void
table_account_packet(struct meter *meter, const struct live *live)
{
	if (live->state & LIVE_LEFT_OUT)
		meter->ledger.unmatched[live->reason_or_cut]++;
	else
		meter->ledger.packets_in_exchanges++;
}

static inline void
table_set_now(struct meter *meter, timestamp now)
{
	meter->now = timestamp_max(meter->now, now);
	wheel_leap(&meter->wheel, meter->now);
}

/* --- table.c */

/* Count a segment in its exchange. */
void table_add(
    struct meter *meter, uint32_t number, const struct segment *segment);

/* --- opening.c */

/*
 * Decide about a segment that belongs to no live exchange: it opens one, waits,
 * or is unmatched.  value: what the index has for its key, LIVE_NONE or
 * resumable; end: where the search for it ended.  False where a SYN-ACK that
 * waited has opened an exchange of its key instead: then the caller looks at
 * the segment again.
 */
bool table_open(struct meter *meter, const struct segment *segment,
    uint32_t value, const struct index_end *end);
/* Let a SYN-ACK wait for its SYN; what lingers under its key goes on. */
void table_wait(struct meter *meter, const struct segment *syn_ack);
/*
 * A segment of a lingering exchange ends the waiting of a SYN-ACK that may
 * open the next one: that opens.  False where none waits, or it may not open.
 */
bool table_open_waiting(
    struct meter *meter, const struct segment *segment, uint32_t number);
/* Decide about SYN-ACKs whose second is over, or about all that wait. */
void table_decide_waiting(struct meter *meter, bool all);
/* Remove what is resumable. */
void table_forget(struct meter *meter, uint32_t number);

/* --- ending.c */

/* Empty the lists, the index and the wheel. */
void table_clear(struct meter *meter);
void table_queue_append(struct meter *meter, int which, uint32_t number);
void table_queue_change(struct meter *meter, uint32_t number, int from, int to);

/* End a live exchange that stands in the wheel, not by a timeout. */
void table_end(struct meter *meter, uint32_t number, enum exchange_end end);
/* Hand on the record so far; counting begins again. */
void table_cut_part(struct meter *meter, uint32_t number);
/*
 * Do what is overdue: cut the part, end the exchange, in the order of their
 * deadlines.  in_wheel: it stands in the wheel.  True where the exchange has
 * ended; then it is out of the wheel.
 */
bool table_settle(struct meter *meter, uint32_t number, bool in_wheel);
/* Look at what the wheel says is due, at most so many exchanges. */
void table_expire(struct meter *meter, unsigned limit);
/* End all exchanges; places are given out from the first one again. */
void table_finish(struct meter *meter);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The meter's inside, for the files that it is made of: meter.c opens
 * exchanges and counts segments, ending.c has their deadlines, queues and
 * ends, and visit.c what is done to all of them at once.
 */
#ifndef EXFLOW_SRC_METER_TABLE_H
#define EXFLOW_SRC_METER_TABLE_H

#include <stdbool.h>

#include "exflow/meter/meter.h"

#include "index.h"
#include "pool.h"
#include "populate.h"
#include "rules.h"
#include "wheel.h"

/*
 * How many exchanges the wheel may hand out at a packet: more than a packet
 * can open, so that it catches up, and few enough to never hold one up.
 */
#define EXPIRE_PER_PACKET 16

enum {
	QUEUE_LINGERING,
	QUEUE_UNANSWERED,
	QUEUE_COUNT
};

struct queue {
	uint32_t head, tail;
};

struct meter {
	struct meter_options options;
	struct timeouts timeouts;
	exchange_handler *handler;
	void *context;
	timestamp now;
	uint32_t max_exchanges;
	struct queue queues[QUEUE_COUNT];
	struct ledger ledger;
	struct populate *populate; /* NULL: not yet */
	struct pool pool;
	struct index index;
	struct wheel wheel;
};

/*
 * What the index holds of an exchange: which endpoint is its client, too, so
 * that the right counts are fetched before the exchange has been seen.
 */
static inline uint32_t
table_index_value(uint32_t number, uint8_t client)
{
	return number << 1 | client;
}

static inline int
table_queue_of(const struct live *live)
{
	if (live->state & LIVE_CLOSING)
		return QUEUE_LINGERING;
	return live->state & LIVE_ANSWERED ? QUEUE_COUNT : QUEUE_UNANSWERED;
}

static inline bool
table_part_empty(const struct live *live)
{
	return !(live->state & LIVE_SERVER_COUNTS) &&
	       live->side[CLIENT].last.ns < 0;
}

/* When the exchange is over unless a packet comes. */
static inline timestamp
table_deadline_end(const struct meter *meter, const struct live *live)
{
	timestamp last = live_last(live);

	if (live->class == CLASS_UDP && meter->options.udp_idle_either)
		last = timestamp_min(live->clock[CLIENT], live->clock[SERVER]);
	return timestamp_add(last, meter->timeouts.after[live->class]);
}

/*
 * When the part is cut.  One that lingers is not: its record is about to be
 * made anyway.
 */
static inline timestamp
table_deadline_part(const struct meter *meter, uint32_t number)
{
	const struct live *live = pool_live(&meter->pool, number);

	if (meter->options.active_timeout.ns == 0 || table_part_empty(live) ||
	    live->state & LIVE_CLOSING)
		return TIMESTAMP_MAX;
	return timestamp_add(pool_cold(&meter->pool, number)->part_start,
	    meter->options.active_timeout);
}

static inline timestamp
table_deadline(const struct meter *meter, uint32_t number)
{
	return timestamp_min(
	    table_deadline_end(meter, pool_live(&meter->pool, number)),
	    table_deadline_part(meter, number));
}

/* At a glance: nothing is overdue.  False says nothing. */
static inline bool
table_goes_on(const struct meter *meter, uint32_t number)
{
	const struct live *live = pool_live(&meter->pool, number);

	return meter->options.active_timeout.ns == 0 &&
	       table_deadline_end(meter, live).ns > meter->now.ns;
}

static inline enum exchange_end
table_closing_end(const struct live *live)
{
	return live->state & LIVE_RESET ? END_RESET : END_FINISHED;
}

/*
 * Always inline: gcc takes a function that only prefetches for one without
 * an effect, and leaves its call out.
 */
static inline __attribute__((always_inline)) void
table_prefetch(const struct meter *meter, uint32_t number, int side)
{
	const struct live *live = pool_live(&meter->pool, number);

	__builtin_prefetch(live);
	__builtin_prefetch(&live->side[side]);
}

static inline bool
table_expiry_pending(const struct meter *meter)
{
	return meter->wheel.cursor < wheel_tick(meter->now);
}

static inline void
table_set_now(struct meter *meter, timestamp now)
{
	meter->now = timestamp_max(meter->now, now);
	wheel_leap(&meter->wheel, meter->now);
}

/* --- ending.c */

/* No exchange is live: nothing is in the lists, the index and the wheel. */
void table_clear(struct meter *meter);
void table_queue_append(struct meter *meter, int which, uint32_t number);
void table_queue_change(struct meter *meter, uint32_t number, int from, int to);

/* A live exchange that stands in the wheel is over. */
void table_end(struct meter *meter, uint32_t number, enum exchange_end end);
/* Its record so far goes out, and counting begins again. */
void table_cut_part(struct meter *meter, uint32_t number);
/*
 * Do what is overdue: cut the part, end the exchange, in the order of their
 * deadlines.  True where it has ended; then it is also out of the wheel,
 * unless it was not in it.
 */
bool table_settle(struct meter *meter, uint32_t number, bool in_wheel);
/* Look at what the wheel says is due, at most limit of them. */
void table_expire(struct meter *meter, unsigned limit);
/* All of them end; the places that they had are taken from the start again. */
void table_finish(struct meter *meter);

#endif

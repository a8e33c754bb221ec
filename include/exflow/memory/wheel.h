/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A wheel of timers: a list of exchanges for each tick of 0.27 s.
 *
 *	        cursor: the first tick that is not done
 *	           ▼
 *	│ … │ done │ 17:03.2 │ 17:03.5 │ 17:03.7 │ … │ + 549 s │ done …
 *	               │          │
 *	               A ─ B      C
 *
 * A packet does not move its exchange.  The slot only says when to look at it
 * again; whoever finds there that the deadline has moved on puts it further
 * ahead.  So a packet costs nothing here, and each exchange is looked at about
 * once a timeout.
 *
 * Invariant: an exchange stands in the slot of its deadline or in one before
 * that, never behind it.  So wheel_hasten is called where a deadline comes
 * nearer, and a deadline beyond the horizon stands in the last slot.
 */
#ifndef EXFLOW_MEMORY_WHEEL_H
#define EXFLOW_MEMORY_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"
#include "exflow/memory/pool.h"

#define WHEEL_TICK_BITS 28 /* of a tick in nanoseconds: 0.27 s */
#define WHEEL_SLOTS 2048u  /* a horizon of 549 s; live_cold has 11 bits */

struct wheel_slot {
	uint32_t head, tail;
};

struct wheel {
	int64_t cursor; /* the first tick that is not yet done */
	struct wheel_slot slots[WHEEL_SLOTS];
};

void wheel_init(struct wheel *wheel);

static inline int64_t
wheel_tick(timestamp time)
{
	return (int64_t)(time.ns >> WHEEL_TICK_BITS);
}

/*
 * Before now moves on, by however much: the cursor is never more than a
 * horizon behind it.
 */
static inline void
wheel_leap(struct wheel *wheel, timestamp now)
{
	int64_t behind = wheel_tick(now) - (int64_t)WHEEL_SLOTS;

	if (wheel->cursor < behind)
		wheel->cursor = behind;
}

void wheel_add(struct wheel *wheel, struct pool *pool, uint32_t number,
    timestamp deadline);
void wheel_remove(struct wheel *wheel, struct pool *pool, uint32_t number);
/* The deadline has come nearer: move the exchange, if it stands behind it. */
void wheel_hasten(struct wheel *wheel, struct pool *pool, uint32_t number,
    timestamp deadline);

/*
 * Take out the first exchange of a tick that is over at now; LIVE_NONE where
 * there is none.  Its deadline is for the caller to check.
 */
uint32_t wheel_pop(struct wheel *wheel, struct pool *pool, timestamp now);

/* What wheel_pop may return next, for prefetching; LIVE_NONE where unknown. */
static inline uint32_t
wheel_peek(const struct wheel *wheel)
{
	return wheel->slots[(uint64_t)wheel->cursor % WHEEL_SLOTS].head;
}

/* The first exchange in the order of the wheel, over or not; not taken out. */
uint32_t wheel_first(const struct wheel *wheel);

#endif

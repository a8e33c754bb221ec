/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A wheel of timers: one slot for each tick of about a quarter of a second.
 * A packet does not move its exchange: the slot is where to look again, and
 * whoever finds there that the deadline has moved on puts it further ahead.
 * So a packet costs nothing here, and each exchange is looked at about once
 * a timeout.  A deadline beyond the wheel's horizon goes to its far end.
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
	return time.ns >> WHEEL_TICK_BITS;
}

/* The clock's first reading, or a leap: nothing may lie behind the horizon. */
void wheel_leap(struct wheel *wheel, timestamp now);

void wheel_add(struct wheel *wheel, struct pool *pool, uint32_t number,
    timestamp deadline);
void wheel_remove(struct wheel *wheel, struct pool *pool, uint32_t number);
/* Deadline has come nearer: move it there, if it stands behind. */
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

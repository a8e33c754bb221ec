/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/memory/wheel.h"

static inline unsigned
slot_of(int64_t tick)
{
	return (unsigned)((uint64_t)tick % WHEEL_SLOTS);
}

void
wheel_init(struct wheel *wheel)
{
	wheel->cursor = 0;
	for (unsigned i = 0; i < WHEEL_SLOTS; i++)
		wheel->slots[i] = (struct wheel_slot){ LIVE_NONE, LIVE_NONE };
}

static void
wheel_append(
    struct wheel *wheel, struct pool *pool, uint32_t number, unsigned slot)
{
	struct live_cold *cold = pool_cold(pool, number);
	struct wheel_slot *list = &wheel->slots[slot];

	cold->wheel_slot = slot & (WHEEL_SLOTS - 1);
	cold->wheel_next = LIVE_NONE;
	cold->wheel_prev = list->tail;
	if (list->tail == LIVE_NONE)
		list->head = number;
	else
		pool_cold(pool, list->tail)->wheel_next = number;
	list->tail = number;
}

static int64_t
clamp_tick(const struct wheel *wheel, timestamp deadline)
{
	int64_t tick = wheel_tick(deadline);
	int64_t last = wheel->cursor + (int64_t)WHEEL_SLOTS - 1;

	if (tick < wheel->cursor)
		return wheel->cursor;
	return tick > last ? last : tick;
}

void
wheel_add(
    struct wheel *wheel, struct pool *pool, uint32_t number, timestamp deadline)
{
	wheel_append(wheel, pool, number, slot_of(clamp_tick(wheel, deadline)));
}

void
wheel_remove(struct wheel *wheel, struct pool *pool, uint32_t number)
{
	struct live_cold *cold = pool_cold(pool, number);
	struct wheel_slot *list = &wheel->slots[cold->wheel_slot];

	if (cold->wheel_prev == LIVE_NONE)
		list->head = cold->wheel_next;
	else
		pool_cold(pool, cold->wheel_prev)->wheel_next =
		    cold->wheel_next;
	if (cold->wheel_next == LIVE_NONE)
		list->tail = cold->wheel_prev;
	else
		pool_cold(pool, cold->wheel_next)->wheel_prev =
		    cold->wheel_prev;
}

void
wheel_hasten(
    struct wheel *wheel, struct pool *pool, uint32_t number, timestamp deadline)
{
	unsigned now = slot_of(wheel->cursor);
	unsigned stands = pool_cold(pool, number)->wheel_slot;
	unsigned wanted = slot_of(clamp_tick(wheel, deadline));

	/* Distances from the cursor, around the wheel. */
	if ((wanted - now) % WHEEL_SLOTS >= (stands - now) % WHEEL_SLOTS)
		return;
	wheel_remove(wheel, pool, number);
	wheel_append(wheel, pool, number, wanted);
}

uint32_t
wheel_pop(struct wheel *wheel, struct pool *pool, timestamp now)
{
	int64_t over = wheel_tick(now);

	for (; wheel->cursor < over; wheel->cursor++) {
		uint32_t number = wheel->slots[slot_of(wheel->cursor)].head;

		if (number != LIVE_NONE) {
			wheel_remove(wheel, pool, number);
			return number;
		}
	}
	return LIVE_NONE;
}

uint32_t
wheel_first(const struct wheel *wheel)
{
	for (unsigned i = 0; i < WHEEL_SLOTS; i++) {
		uint32_t number = wheel->slots[slot_of(wheel->cursor + i)].head;

		if (number != LIVE_NONE)
			return number;
	}
	return LIVE_NONE;
}

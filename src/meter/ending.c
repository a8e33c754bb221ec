/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How exchanges end: the queues of those that are evicted first, what is
 * overdue, and the record that is made of it.
 */
#include <config.h>

#include "count.h"
#include "table.h"

void
table_queue_append(struct meter *meter, int which, uint32_t number)
{
	struct queue *queue = &meter->queues[which];
	struct live_cold *cold = pool_cold(&meter->pool, number);

	cold->queue_next = LIVE_NONE;
	cold->queue_prev = queue->tail;
	if (queue->tail == LIVE_NONE)
		queue->head = number;
	else
		pool_cold(&meter->pool, queue->tail)->queue_next = number;
	queue->tail = number;
}

static void
queue_remove(struct meter *meter, int which, uint32_t number)
{
	struct queue *queue = &meter->queues[which];
	struct pool *pool = &meter->pool;
	struct live_cold *cold = pool_cold(pool, number);

	if (cold->queue_prev == LIVE_NONE)
		queue->head = cold->queue_next;
	else
		pool_cold(pool, cold->queue_prev)->queue_next =
		    cold->queue_next;
	if (cold->queue_next == LIVE_NONE)
		queue->tail = cold->queue_prev;
	else
		pool_cold(pool, cold->queue_next)->queue_prev =
		    cold->queue_prev;
}

void
table_queue_change(struct meter *meter, uint32_t number, int from, int to)
{
	if (from == to)
		return;
	if (from != QUEUE_COUNT)
		queue_remove(meter, from, number);
	if (to != QUEUE_COUNT)
		table_queue_append(meter, to, number);
}

static void
emit(struct meter *meter, uint32_t number, enum exchange_end end)
{
	const struct live *live = pool_live(&meter->pool, number);
	struct exchange exchange;

	if (table_part_empty(live))
		return;
	count_read(&meter->pool, number, &exchange);
	exchange.end = (uint8_t)end;
	exchange.end_reason = rules_end_reason(end, live->state & LIVE_CLOSING);
	meter->ledger.records++;
	meter->handler(meter->context, &exchange);
}

static enum exchange_end
timeout_end(const struct meter *meter, const struct live *live)
{
	return live->class == CLASS_TCP_CLOSING
	           ? table_closing_end(live)
	           : (enum exchange_end)meter->timeouts.end[live->class];
}

/* The exchange is over; it stands in the wheel no more. */
static void
end_unlinked(struct meter *meter, uint32_t number, enum exchange_end end)
{
	struct live *live = pool_live(&meter->pool, number);

	emit(meter, number, end);
	meter->ledger.exchanges_ended[end]++;
	meter->ledger.exchanges_live--;
	table_queue_change(meter, number, table_queue_of(live), QUEUE_COUNT);
	index_remove(&meter->index, flow_hash(meter->options.hash, &live->key),
	    table_index_value(number, live->client));
	if (live->wide)
		pool_drop_wide(&meter->pool, number);
	pool_give(&meter->pool, number);
}

void
table_end(struct meter *meter, uint32_t number, enum exchange_end end)
{
	wheel_remove(&meter->wheel, &meter->pool, number);
	end_unlinked(meter, number, end);
}

void
table_cut_part(struct meter *meter, uint32_t number)
{
	emit(meter, number, END_ACTIVE);
	meter->ledger.active_parts++;
	count_clear(&meter->pool, number);
}

bool
table_settle(struct meter *meter, uint32_t number, bool in_wheel)
{
	const struct live *live = pool_live(&meter->pool, number);
	timestamp over = table_deadline_end(meter, live);
	timestamp cut = table_deadline_part(meter, number);

	if (timestamp_before(cut, over) && cut.ns <= meter->now.ns)
		table_cut_part(meter, number);
	if (over.ns > meter->now.ns)
		return false;
	if (in_wheel)
		table_end(meter, number, timeout_end(meter, live));
	else
		end_unlinked(meter, number, timeout_end(meter, live));
	return true;
}

void
table_expire(struct meter *meter, unsigned limit)
{
	struct pool *pool = &meter->pool;
	uint32_t number;

	while (limit-- > 0 && (number = wheel_pop(&meter->wheel, pool,
	                           meter->now)) != LIVE_NONE) {
		uint32_t next = wheel_peek(&meter->wheel);

		if (next != LIVE_NONE)
			table_prefetch(meter, next, CLIENT);
		if (!table_settle(meter, number, false))
			wheel_add(&meter->wheel, pool, number,
			    table_deadline(meter, number));
	}
}

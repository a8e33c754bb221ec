/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How exchanges end: the queues of those that are evicted first, what is
 * overdue, and the record that is made of it.
 */
#include <config.h>

#include "count.h"
#include "table.h"

void
table_clear(struct meter *meter)
{
	pool_reset(&meter->pool);
	index_reset(&meter->index);
	wheel_init(&meter->wheel);
	for (int i = 0; i < QUEUE_COUNT; i++)
		meter->queues[i] = (struct queue){ LIVE_NONE, LIVE_NONE };
}

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

/* Its record, and what the ledger says of it. */
static void
account_end(struct meter *meter, uint32_t number, enum exchange_end end)
{
	emit(meter, number, end);
	meter->ledger.exchanges_ended[end]++;
	meter->ledger.exchanges_live--;
	if (pool_live(&meter->pool, number)->wide)
		pool_drop_wide(&meter->pool, number);
}

/* The exchange is over; it stands in the wheel no more. */
static void
end_unlinked(struct meter *meter, uint32_t number, enum exchange_end end)
{
	const struct live *live = pool_live(&meter->pool, number);

	account_end(meter, number, end);
	table_queue_change(meter, number, table_queue_of(live), QUEUE_COUNT);
	index_remove(&meter->index, flow_hash(meter->options.hash, &live->key),
	    table_index_value(number, live->client));
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

/* Cut what is to be cut; how the exchange has ended, 0: it has not. */
static enum exchange_end
overdue(struct meter *meter, uint32_t number)
{
	const struct live *live = pool_live(&meter->pool, number);
	timestamp over = table_deadline_end(meter, live);
	timestamp cut = table_deadline_part(meter, number);

	if (timestamp_before(cut, over) && cut.ns <= meter->now.ns)
		table_cut_part(meter, number);
	return over.ns > meter->now.ns ? 0 : timeout_end(meter, live);
}

bool
table_settle(struct meter *meter, uint32_t number, bool in_wheel)
{
	enum exchange_end end = overdue(meter, number);

	if (end == 0)
		return false;
	if (in_wheel)
		table_end(meter, number, end);
	else
		end_unlinked(meter, number, end);
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

void
table_finish(struct meter *meter)
{
	for (uint32_t number = 0; number < meter->pool.used; number++) {
		struct live *live = pool_live(&meter->pool, number);
		enum exchange_end end;

		if (!(live->state & LIVE_IN_USE))
			continue;
		end = overdue(meter, number);
		if (end == 0)
			end = live->state & LIVE_CLOSING
			          ? table_closing_end(live)
			          : END_SHUTDOWN;
		account_end(meter, number, end);
		live->state = 0;
	}
	table_clear(meter);
}

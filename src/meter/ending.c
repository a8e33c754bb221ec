/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How exchanges end: the queues of those that are evicted first, what is
 * overdue, the record that is made of it, and what is left to be resumed.
 */
#include <config.h>

#include "count.h"
#include "measure.h"
#include "naming.h"
#include "table.h"

void
table_clear(struct meter *meter)
{
	pool_reset(&meter->pool);
	if (measure_on(meter))
		quality_pool_reset(&meter->quality);
	resumables_reset(&meter->resumables);
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

/* --- quality */

/* Without memory for them there are no totals. */
void
table_configure_totals(struct meter *meter)
{
	if (meter->options.quality && meter->totals == NULL)
		meter->totals = quality_totals_new();
	if (meter->totals != NULL)
		quality_totals_networks(meter->totals, meter->options.networks);
}

/* Which ends are in a local network: nobody asks where quality is off. */
static void
read_local(const struct meter *meter, struct exchange *exchange)
{
	const struct network_set *networks = meter->options.networks;

	for (int i = CLIENT; i <= SERVER && networks != NULL; i++)
		if (network_set_contains(
		        networks, exchange->address[i], exchange->ip_version))
			exchange->local |= (uint8_t)(1 << i);
}

/*
 * Figures go where the exchange has room for them, or into the meter's.  In the
 * handler's room they may be brief, but not where they are to be added up.
 */
static void
read_figures(struct meter *meter, uint32_t number, struct exchange *exchange)
{
	bool room = exchange->quality != NULL, known;

	if (!meter->options.quality) {
		exchange->quality = NULL;
		return;
	}
	if (!room)
		exchange->quality = &meter->figures;
	if (room && !meter->options.sums)
		known = measure_read_brief(meter, number, exchange);
	else
		known = measure_read(meter, number, exchange);
	if (!known)
		exchange->quality = NULL;
}

/* exchange->quality is room for figures, or NULL. */
static void
read_record(struct meter *meter, uint32_t number, enum exchange_end end,
    struct exchange *exchange)
{
	const struct live *live = pool_live(&meter->pool, number);

	count_read(&meter->pool, number, exchange);
	exchange->names = naming_on(meter) ? naming_read(meter, number) : NULL;
	read_figures(meter, number, exchange);
	if (meter->options.quality)
		read_local(meter, exchange);
	exchange->end = (uint8_t)end;
	exchange->end_reason = rules_end_reason(end);
	exchange->extent = end == END_ACTIVE || live->state & LIVE_CUT
	                       ? EXTENT_PART
	                       : EXTENT_WHOLE;
}

static struct exchange *
room_for_record(const struct meter *meter, struct exchange *spare)
{
	struct exchange *room =
	    meter->room != NULL ? meter->room(meter->context) : NULL;

	spare->quality = NULL;
	return room != NULL ? room : spare;
}

/* An exchange that was silent since its last cut makes no record of its end. */
static void
account_silent(struct meter *meter, uint32_t number, enum exchange_end end)
{
	struct exchange exchange = { .quality = NULL };

	if (end == END_ACTIVE || meter->totals == NULL)
		return;
	read_record(meter, number, end, &exchange);
	quality_totals_count(meter->totals, &exchange);
}

static void
add_to_sum(struct meter *meter, uint32_t number, const struct exchange *part)
{
	switch (part_sums_add(&meter->sums, number, part)) {
	case SUMS_ADDED:
		break;
	case SUMS_NO_QUALITY:
		meter->ledger.quality_lost++;
		break;
	case SUMS_NO_MEMORY:
		meter->ledger.parts_not_summed++;
		break;
	}
}

static void
emit(struct meter *meter, uint32_t number, enum exchange_end end)
{
	struct exchange *exchange, spare;

	if (table_part_empty(meter, number)) {
		account_silent(meter, number, end);
		return;
	}
	exchange = room_for_record(meter, &spare);
	read_record(meter, number, end, exchange);
	meter->ledger.records++;
	if (exchange->quality != NULL)
		measure_account(meter, number, exchange);
	if (end == END_ACTIVE && meter->options.sums)
		add_to_sum(meter, number, exchange);
	if (meter->totals != NULL && end == END_ACTIVE)
		quality_totals_part(meter->totals, exchange);
	else if (meter->totals != NULL)
		quality_totals_count(meter->totals, exchange);
	if (end != END_ACTIVE && exchange->names != NULL)
		naming_account(meter, exchange->names);
	meter->handler(meter->context, exchange);
}

/* Hand on the whole of an exchange that was cut. */
static void
emit_sum(struct meter *meter, uint32_t number, enum exchange_end end)
{
	struct exchange exchange = { .quality = NULL };

	if (!meter->options.sums && meter->sums.count == 0)
		return;
	read_record(meter, number, end, &exchange);
	exchange.extent = EXTENT_SUM;
	part_sums_take(&meter->sums, number, &exchange);
	/* Sums that begin late (a reload) may find nothing of what was cut. */
	if (meter->options.sums && (exchange.side[CLIENT].packets > 0 ||
	                               exchange.side[SERVER].packets > 0))
		meter->handler(meter->context, &exchange);
}

static enum exchange_end
timeout_end(const struct meter *meter, const struct live *live)
{
	return live->class == CLASS_TCP_CLOSING
	           ? table_closing_end(live)
	           : (enum exchange_end)meter->timeouts.end[live->class];
}

/* Hand its record on and count the end. */
static void
account_end(struct meter *meter, uint32_t number, enum exchange_end end)
{
	const struct live *live = pool_live(&meter->pool, number);

	if (live->state & LIVE_LEFT_OUT) {
		meter->remembered--;
		return;
	}
	emit(meter, number, end);
	if (__builtin_expect(live->state & LIVE_CUT, 0))
		emit_sum(meter, number, end);
	meter->ledger.exchanges_ended[end]++;
	meter->ledger.exchanges_live--;
	if (live->wide)
		pool_drop_wide(&meter->pool, number);
}

/* Free the place of an exchange that is out of the wheel. */
static void
give_back(struct meter *meter, uint32_t number)
{
	const struct live *live = pool_live(&meter->pool, number);

	table_queue_change(meter, number, table_queue_of(live), QUEUE_COUNT);
	index_remove(&meter->index, flow_hash(meter->options.hash, &live->key),
	    table_live_value(number, live->client));
	if (measure_on(meter))
		measure_end(meter, number);
	if (naming_on(meter))
		naming_end(meter, number);
	pool_give(&meter->pool, number);
}

void
table_end(struct meter *meter, uint32_t number, enum exchange_end end)
{
	wheel_remove(&meter->wheel, &meter->pool, number);
	account_end(meter, number, end);
	give_back(meter, number);
}

/* --- what may be resumed */

void
table_forget(struct meter *meter, uint32_t number)
{
	const struct resumable *one = resumable_at(&meter->resumables, number);

	index_remove(&meter->index, flow_hash(meter->options.hash, &one->key),
	    table_resumable_value(number, one->client));
	if (naming_on(meter))
		naming_forget(meter, number);
	resumables_remove(&meter->resumables, number);
}

static bool
leaves_resumable(const struct meter *meter, const struct live *live,
    enum exchange_end end, timestamp ended)
{
	return (end == END_IDLE || end == END_HALF_CLOSED) &&
	       live_is_tcp(live) && live->state & LIVE_ANSWERED &&
	       timestamp_add(ended, meter->options.tcp_resume).ns >
	           meter->now.ns;
}

/*
 * Its number; RESUMABLE_NONE: without memory for it the exchange cannot be
 * resumed.
 */
static uint32_t
leave_resumable(struct meter *meter, const struct live *live, timestamp ended)
{
	uint32_t number = resumables_add(&meter->resumables);
	struct resumable *one;

	if (number == RESUMABLE_NONE)
		return number;
	one = resumable_at(&meter->resumables, number);
	one->key = live->key;
	one->tunnel = live->tunnel;
	one->vlan = live_vlan(live);
	one->customer_vlan = live_customer_vlan(live);
	one->ended = ended;
	one->client = live->client;
	one->guessed = (live->state & LIVE_GUESSED) != 0;
	if (index_insert(&meter->index,
	        flow_hash(meter->options.hash, &one->key),
	        table_resumable_value(number, one->client)) != -1)
		return number;
	resumables_remove(&meter->resumables, number);
	return RESUMABLE_NONE;
}

/* End an exchange by its timeout; it is out of the wheel. */
static void
end_by_timeout(struct meter *meter, uint32_t number, enum exchange_end end)
{
	struct live live = *pool_live(&meter->pool, number);
	timestamp ended = table_deadline_end(meter, number);
	uint32_t left = RESUMABLE_NONE;
	struct names_head names = { 0 };

	account_end(meter, number, end);
	if (naming_on(meter))
		names = naming_take(meter, number);
	give_back(meter, number);
	if (leaves_resumable(meter, &live, end, ended))
		left = leave_resumable(meter, &live, ended);
	if (naming_on(meter))
		naming_leave(meter, left, names);
}

/* Forget a few that are too old to be resumed. */
static void
forget_old(struct meter *meter, unsigned limit)
{
	struct resumables *all = &meter->resumables;

	while (limit-- > 0 && all->count > 0 &&
	       resumable_age(resumable_at(all, all->oldest), meter->now) >=
	           (uint64_t)meter->options.tcp_resume.ns)
		table_forget(meter, all->oldest);
}

/* --- what is overdue */

void
table_cut_part(struct meter *meter, uint32_t number)
{
	emit(meter, number, END_ACTIVE);
	meter->ledger.active_parts++;
	pool_live(&meter->pool, number)->state |= LIVE_CUT;
	if (measure_on(meter)) {
		measure_unfold(meter, number);
		measure_part(meter, number);
	}
	count_clear(&meter->pool, number);
}

/* Cut a part that is due.  Returns how the exchange ended, 0 if it lives. */
static enum exchange_end
overdue(struct meter *meter, uint32_t number)
{
	const struct live *live = pool_live(&meter->pool, number);
	timestamp over = table_deadline_end(meter, number);
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
		wheel_remove(&meter->wheel, &meter->pool, number);
	end_by_timeout(meter, number, end);
	return true;
}

void
table_expire(struct meter *meter, unsigned limit)
{
	struct pool *pool = &meter->pool;
	uint32_t number;

	forget_old(meter, limit);
	while (limit-- > 0 && (number = wheel_pop(&meter->wheel, pool,
	                           meter->now)) != LIVE_NONE) {
		uint32_t next = wheel_peek(&meter->wheel);

		if (next != LIVE_NONE)
			__builtin_prefetch(pool_live(pool, next));
		if (naming_on(meter))
			naming_prefetch(meter, number, next);
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

		if (naming_on(meter))
			naming_prefetch_behind(meter, number);
		if (!(live->state & LIVE_IN_USE))
			continue;
		end = overdue(meter, number);
		if (end == 0)
			end = live->state & LIVE_CLOSING
			          ? table_closing_end(live)
			          : END_SHUTDOWN;
		account_end(meter, number, end);
		if (naming_on(meter))
			naming_end(meter, number);
		live->state = 0;
	}
	while (naming_on(meter) && meter->resumables.count > 0)
		table_forget(meter, meter->resumables.oldest);
	table_clear(meter);
}

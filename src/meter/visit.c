/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is done to every live exchange: a few places at a time, or to all of
 * them at once where the clock was set.
 */
#include <config.h>

#include "count.h"
#include "measure.h"
#include "naming.h"
#include "table.h"

/* The next place in use; LIVE_NONE after so many places, or the last. */
static uint32_t
walk_next(const struct meter *meter, struct meter_walk *walk, uint32_t *places)
{
	while (*places > 0 && walk->next < meter->pool.used) {
		uint32_t number = walk->next++;

		--*places;
		if (pool_live(&meter->pool, number)->state & LIVE_IN_USE)
			return number;
	}
	return LIVE_NONE;
}

static bool
walk_more(const struct meter *meter, const struct meter_walk *walk)
{
	return walk->next < meter->pool.used;
}

bool
meter_flush(struct meter *meter, struct meter_walk *walk, uint32_t places)
{
	uint32_t number;

	while ((number = walk_next(meter, walk, &places)) != LIVE_NONE) {
		const struct live *live = pool_live(&meter->pool, number);

		if (!(live->state & (LIVE_CLOSING | LIVE_LEFT_OUT)) &&
		    !table_part_empty(meter, number))
			table_cut_part(meter, number);
	}
	return walk_more(meter, walk);
}

bool
meter_visit(struct meter *meter, struct meter_walk *walk, uint32_t places,
    exchange_handler *handler, void *context)
{
	struct exchange exchange = { 0 };
	uint32_t number;

	while ((number = walk_next(meter, walk, &places)) != LIVE_NONE) {
		if (pool_live(&meter->pool, number)->state & LIVE_LEFT_OUT)
			continue;
		count_read(&meter->pool, number, &exchange);
		exchange.quality = &meter->figures;
		if (!meter->options.quality ||
		    !measure_read(meter, number, &exchange))
			exchange.quality = NULL;
		exchange.names =
		    naming_on(meter) ? naming_read(meter, number) : NULL;
		exchange.extent =
		    pool_live(&meter->pool, number)->state & LIVE_CUT
		        ? EXTENT_PART
		        : EXTENT_WHOLE;
		handler(context, &exchange);
	}
	return walk_more(meter, walk);
}

bool
meter_rearm(struct meter *meter, struct meter_walk *walk, uint32_t places)
{
	uint32_t number;

	while ((number = walk_next(meter, walk, &places)) != LIVE_NONE) {
		table_note_cut(meter, number);
		wheel_hasten(&meter->wheel, &meter->pool, number,
		    table_deadline(meter, number));
	}
	return walk_more(meter, walk);
}

void
meter_reconfigure(struct meter *meter, const struct meter_options *options)
{
	const struct flow_hash *hash = meter->options.hash;

	/* The pool has or has no addresses, whatever options->mac is now. */
	rules_options(&meter->options, options);
	meter->options.hash = hash;
	rules_timeouts(&meter->timeouts, options);
	meter->careful = table_careful(options);
	measure_configure(meter);
	if (naming_configure(meter) != 0)
		meter->ledger.names_lost++;
	table_configure_totals(meter);
}

/* --- the clock was set */

/*
 * A run, and an opening with it, assume how far ahead of the meter's now their
 * packets are dated.  That is no longer so: they go into the sides and a state.
 * False: without memory for these the exchange has ended.
 */
static bool
unfold_one(struct meter *meter, uint32_t number)
{
	if (measure_on(meter))
		measure_unfold(meter, number);
	if (!(pool_live(&meter->pool, number)->state & LIVE_RUN) ||
	    count_unfold(&meter->pool, number))
		return true;
	table_end(meter, number, END_EVICTED);
	return false;
}

/* A remembered exchange moves along; a live one counts as last seen now. */
static void
step_one(struct meter *meter, uint32_t number, duration by)
{
	struct live *live = pool_live(&meter->pool, number);
	bool remembered = live->state & LIVE_LEFT_OUT;
	struct live_side *sides;
	struct live_cold *cold;

	if (!unfold_one(meter, number))
		return;
	if (measure_on(meter))
		measure_clock_step(meter, number);
	sides = pool_side(&meter->pool, number, CLIENT);
	cold = pool_cold(&meter->pool, number);
	cold->part_start = timestamp_shift(cold->part_start, by);
	table_note_cut(meter, number);
	live->last = remembered ? timestamp_shift(live->last, by) : meter->now;
	for (int i = 0; i < 2 && !live_is_tcp(live); i++)
		sides[i].heard = remembered
		                     ? timestamp_shift(sides[i].heard, by)
		                     : meter->now;
}

/* Put all live exchanges where their deadlines are now. */
static void
rebuild_wheel(struct meter *meter)
{
	struct meter_walk walk = { 0 };
	uint32_t places = meter->pool.used, number;

	wheel_init(&meter->wheel);
	meter->wheel.cursor = wheel_tick(meter->now);
	while ((number = walk_next(meter, &walk, &places)) != LIVE_NONE)
		wheel_add(&meter->wheel, &meter->pool, number,
		    table_deadline(meter, number));
}

void
meter_clock_step(struct meter *meter, timestamp from, timestamp to)
{
	duration by = timestamp_since(to, from);
	struct meter_walk walk = { 0 };
	uint32_t places = meter->pool.used, number;

	meter_advance(meter, timestamp_max(from, to));
	if (by.ns >= 0)
		return;
	while ((number = walk_next(meter, &walk, &places)) != LIVE_NONE)
		(void)table_settle(meter, number, true);
	meter->now = to;
	walk = (struct meter_walk){ 0 };
	places = meter->pool.used;
	while ((number = walk_next(meter, &walk, &places)) != LIVE_NONE)
		step_one(meter, number, by);
	rebuild_wheel(meter);
	waiting_shift(&meter->waiting, by);
	resumables_shift(&meter->resumables, by);
}

void
meter_stamps_ahead(struct meter *meter, int64_t ns)
{
	struct meter_walk walk = { 0 };
	uint32_t places = meter->pool.used, number;

	if (ns == meter->pool.stamps_ahead)
		return;
	while ((number = walk_next(meter, &walk, &places)) != LIVE_NONE)
		(void)unfold_one(meter, number);
	meter->pool.stamps_ahead = ns;
}

void
meter_load(const struct meter *meter, struct meter_load *load)
{
	*load = (struct meter_load){
		.live = meter->ledger.exchanges_live,
		.remembered = meter->remembered,
		.resumable = meter->resumables.count,
		.bound = meter->max_exchanges,
		.slots = index_slots(&meter->index),
		.slots_used = meter->index.count,
		.octets =
		    pool_octets(&meter->pool) + index_octets(&meter->index) +
		    resumables_octets(&meter->resumables) +
		    part_sums_octets(&meter->sums) +
		    waiting_octets(&meter->waiting) + naming_octets(meter) +
		    (meter->options.quality
		            ? quality_pool_octets(&meter->quality)
		            : 0),
	};
}

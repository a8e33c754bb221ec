/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is done to every live exchange: a few places at a time.
 */
#include <config.h>

#include "count.h"
#include "table.h"

/* The next place in use, LIVE_NONE where places are used up or none is left. */
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

		if (!table_part_empty(live) && !(live->state & LIVE_CLOSING))
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
		count_read(&meter->pool, number, &exchange);
		handler(context, &exchange);
	}
	return walk_more(meter, walk);
}

bool
meter_rearm(struct meter *meter, struct meter_walk *walk, uint32_t places)
{
	uint32_t number;

	while ((number = walk_next(meter, walk, &places)) != LIVE_NONE)
		wheel_hasten(&meter->wheel, &meter->pool, number,
		    table_deadline(meter, number));
	return walk_more(meter, walk);
}

void
meter_reconfigure(struct meter *meter, const struct meter_options *options)
{
	const struct flow_hash *hash = meter->options.hash;

	meter->options = *options;
	meter->options.hash = hash;
	rules_timeouts(&meter->timeouts, options);
}

void
meter_load(const struct meter *meter, struct meter_load *load)
{
	*load = (struct meter_load){
		.live = meter->ledger.exchanges_live,
		.bound = meter->max_exchanges,
		.slots = index_slots(&meter->index),
		.slots_used = meter->index.count,
		.octets =
		    pool_octets(&meter->pool) + index_octets(&meter->index),
	};
}

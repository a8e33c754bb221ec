/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counting a segment in its exchange, for meter.c and opening.c alike.  Most
 * segments are counted by a shorter way, in meter.c (count_plain); what comes
 * here may move the exchange to another state.
 */
#include <config.h>

#include "count.h"
#include "details.h"
#include "measure.h"
#include "sequence.h"
#include "table.h"

/* Note when a part began, also without active_timeout: a reload may set it. */
static void
begin_part(struct meter *meter, uint32_t number, timestamp now)
{
	pool_cold(&meter->pool, number)->part_start = now;
	if (meter->options.active_timeout.ns == 0)
		return;
	table_note_cut(meter, number);
	wheel_hasten(&meter->wheel, &meter->pool, number,
	    timestamp_add(now, meter->options.active_timeout));
}

/* False: there is no memory to count the segment in. */
static bool
count(struct meter *meter, uint32_t number, int side,
    const struct segment *segment)
{
	enum count_result result =
	    count_segment(&meter->pool, number, side, segment);

	if (result == COUNT_FULL) {
		/* Hand on what is counted, and count on from 0. */
		table_cut_part(meter, number);
		begin_part(meter, number, segment->now);
		result = count_segment(&meter->pool, number, side, segment);
	}
	return result == COUNTED;
}

/* Would the other side believe a reset?  If not, the ledger counts it. */
static bool
believed(struct meter *meter, uint32_t number, int side,
    const struct segment *segment)
{
	const struct live *live = pool_live(&meter->pool, number);

	if (!sequence_out_of_window(
	        live, pool_side(&meter->pool, number, CLIENT), side, segment))
		return true;
	if (!(live->state & LIVE_LEFT_OUT))
		meter->ledger.resets_out_of_window++;
	return false;
}

void
table_add(struct meter *meter, uint32_t number, const struct segment *segment)
{
	struct live *live = pool_live(&meter->pool, number);
	int side = table_side(segment, live->client);
	int queue = table_queue_of(live);
	bool ends = true, in_run, kept;

	if (table_part_empty(meter, number))
		begin_part(meter, number, segment->now);
	in_run = live->state & LIVE_RUN &&
	         count_in_run(&meter->pool, number, side, segment);
	kept = measure_on(meter) &&
	       measure_keep(meter, number, side, segment, in_run);
	if (!in_run && !count(meter, number, side, segment)) {
		meter->ledger.unmatched[UNMATCHED_NO_MEMORY]++;
		table_end(meter, number, END_EVICTED);
		return;
	}
	if (measure_on(meter) && !kept &&
	    !measure_segment(
	        meter, number, side, segment, details_of(meter, segment)))
		table_cut_part(meter, number);
	if (segment->tcp_flags & TCP_RST)
		ends = believed(meter, number, side, segment);
	table_account_packet(meter, live);
	live->last = segment->now;
	if (rules_advance(live, side, segment, ends))
		wheel_hasten(&meter->wheel, &meter->pool, number,
		    table_deadline(meter, number));
	table_queue_change(meter, number, queue, table_queue_of(live));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first segment of an exchange, kept in little room until another one
 * comes: a flood of openings takes no more.  Then it is replayed into a state
 * of its own, as if it had come there.
 */
#include <config.h>

#include "basic.h"
#include "stream.h"

void
quality_opening_keep(
    struct quality_opening *opening, const struct segment_detail *detail)
{
	*opening = (struct quality_opening){
		.timestamp_value = detail->timestamp_value,
		.window = detail->window,
		.maximum_segment_size = detail->maximum_segment_size,
		.ip_id = detail->ip_id,
		.ttl = detail->ttl,
		.window_scale = detail->window_scale,
		.known = detail->known,
	};
}

void
quality_opening_detail(
    const struct quality_opening *opening, struct segment_detail *detail)
{
	*detail = (struct segment_detail){
		.timestamp_value = opening->timestamp_value,
		.window = opening->window,
		.maximum_segment_size = opening->maximum_segment_size,
		.ip_id = opening->ip_id,
		.ttl = opening->ttl,
		.window_scale = opening->window_scale,
		.known = opening->known,
	};
}

static void
read_syn(const struct quality_opening *opening, const struct segment *segment,
    struct quality_side *to)
{
	to->segments[LOSS_NONE] = 1;
	to->unique_octets = segment->payload_octets;
	if (segment->payload_octets > 0)
		to->first_payload = to->last_payload = segment->time;
	if (opening->known & DETAIL_MSS)
		to->maximum_segment_size = opening->maximum_segment_size;
	if (opening->known & DETAIL_WINDOW_SCALE)
		to->window_scale = opening->window_scale;
	if (opening->known & DETAIL_OPTIONS)
		to->tcp_options = stream_options(opening->known);
	if (opening->known & DETAIL_WINDOW)
		to->window_minimum = to->window_maximum = opening->window;
}

void
quality_opening_read(const struct quality_opening *opening,
    const struct segment *segment, struct exchange_quality *figures)
{
	struct quality_side *client = &figures->side[0];
	struct quality_basic basic;
	struct segment_detail detail;

	quality_figures_init(figures);
	quality_opening_detail(opening, &detail);
	basic_begin(&basic);
	basic_segment(&basic, segment, &detail);
	basic_read(&basic, client);
	if (segment->tcp_flags & TCP_SYN)
		read_syn(opening, segment, client);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first segment of an exchange, kept in little room until another one
 * comes, and the one datagram that answers a datagram: a flood of openings and
 * the queries to a name server take no more.  What comes then replays them into
 * a state of its own, as if they had come there.
 */
#include <config.h>

#include "exflow/quality/brief.h"
#include "exflow/quality/quality.h"

void
quality_opening_detail(
    const struct quality_opening *opening, struct segment_detail *detail)
{
	*detail = (struct segment_detail){
		.timestamp_value = opening->timestamp_value,
		.window = opening->window,
		.maximum_segment_size = opening->maximum_segment_size,
		.ip_id = opening->ip_id,
		.window_scale = opening->window_scale,
		.known = opening->known,
	};
}

void
quality_opening_read_payload(
    uint32_t octets, timestamp time, struct exchange_quality *figures)
{
	struct quality_side *client = &figures->side[0];

	quality_figures_expand(figures);
	client->unique_octets = octets;
	client->first_payload = client->last_payload = time;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SYN of an exchange, kept in little room until another segment comes: a
 * flood of openings takes no more.  What comes then replays it into a state of
 * its own, as if it had come there.
 */
#include <config.h>

#include "exflow/quality/quality.h"

void
quality_opening_detail(
    const struct quality_opening *opening, struct segment_detail *detail)
{
	*detail = (struct segment_detail){
		.timestamp_value = opening->timestamp_value,
		.window = opening->syn.window,
		.maximum_segment_size = opening->syn.maximum_segment_size,
		.ip_id = opening->ip_id,
		.window_scale = opening->syn.window_scale,
		.known = opening->syn.known,
	};
}

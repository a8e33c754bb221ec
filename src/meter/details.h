/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What segments say beyond their struct segment, for who wants it:
 *
 *	segments │ 0 │ 1 │ 2 │ …	of one call of meter_segments
 *	details  │ 0 │ 1 │ 2 │ …	set before it by meter_set_details
 *
 * A segment is as long with them as without.  A SYN-ACK that waits for its SYN
 * takes its detail along (waiting.h), and has it back when it waits no more.
 */
#ifndef EXFLOW_SRC_METER_DETAILS_H
#define EXFLOW_SRC_METER_DETAILS_H

#include "table.h"

/*
 * The detail of a segment of this call, or of the SYN-ACK that was the last one
 * to wait no more (meter->early_detail), which is a copy outside of the array.
 */
static inline const struct segment_detail *
details_of(const struct meter *meter, const struct segment *segment)
{
	uintptr_t offset = (uintptr_t)segment - (uintptr_t)meter->detailed;

	return offset < meter->detail_count * sizeof(*segment)
	           ? &meter->details[offset / sizeof(*segment)]
	           : &meter->early_detail;
}

/* Are there details? */
static inline bool
details_kept(const struct meter *meter)
{
	return meter->waiting.details != NULL;
}

#endif

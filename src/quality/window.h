/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The window that a segment offers, and the options of a SYN, for stream.c.
 */
#ifndef EXFLOW_SRC_QUALITY_WINDOW_H
#define EXFLOW_SRC_QUALITY_WINDOW_H

#include "stream.h"

#define SCALE_MAX 14 /* RFC 7323, 2.3 */

/* Its SYN had no window scale, so neither side's windows are scaled. */
static inline bool
never_scales(const struct quality_tcp_side *side)
{
	return side->flags & SIDE_OPTIONS &&
	       !(side->tcp_options & QUALITY_WINDOW_SCALE);
}

/* RFC 7323, 2.2: windows are scaled where both SYNs said so. */
static inline __attribute__((always_inline)) uint32_t
scaled(struct quality_tcp_side *side, const struct quality_tcp_side *other,
    uint32_t window)
{
	if (__builtin_expect(
	        (side->flags & other->flags & SIDE_OPTIONS) != 0, 1))
		return side->tcp_options & other->tcp_options &
		               QUALITY_WINDOW_SCALE
		           ? window << (side->window_scale < SCALE_MAX
		                            ? side->window_scale
		                            : SCALE_MAX)
		           : window;
	if (!never_scales(side) && !never_scales(other))
		side->flags |= SIDE_UNSCALED;
	return window;
}

static inline __attribute__((always_inline)) void
take_window(struct quality_tcp_side *side, uint32_t window, uint16_t raw)
{
	if (window < side->window_minimum)
		side->window_minimum = window;
	if (window > side->window_maximum)
		side->window_maximum = window;
	if (window == 0)
		side->zero_windows++;
	side->window = raw;
	side->flags |= SIDE_WINDOW;
}

/* Of any segment but a SYN, whose window stands in its header as `raw`. */
static inline __attribute__((always_inline)) void
note_window(struct quality_tcp_side *side, const struct quality_tcp_side *other,
    uint16_t raw)
{
	uint32_t window = scaled(side, other, raw);

	take_window(side, window, raw);
}

/* A SYN's is not scaled. */
static inline void
note_any_window(struct quality_stream *stream, const struct placed *placed)
{
	struct quality_tcp_side *side = &stream->side[placed->side];
	uint16_t raw = placed->detail->window;

	if (!(placed->detail->known & DETAIL_WINDOW))
		return;
	if (placed->segment->tcp_flags & TCP_SYN)
		take_window(side, raw, raw);
	else
		note_window(side, &stream->side[!placed->side], raw);
}

static inline void
note_options(struct quality_tcp_side *side, const struct segment_detail *detail)
{
	if (detail->known & DETAIL_MSS)
		side->maximum_segment_size = detail->maximum_segment_size;
	if (detail->known & DETAIL_WINDOW_SCALE)
		side->window_scale = detail->window_scale;
	if (!(detail->known & DETAIL_OPTIONS))
		return;
	/* A SYN that is sent again may leave out what was not answered. */
	if (!(detail->known & DETAIL_MSS))
		side->maximum_segment_size = QUALITY_UNKNOWN_16;
	if (!(detail->known & DETAIL_WINDOW_SCALE))
		side->window_scale = QUALITY_UNKNOWN_8;
	side->flags |= SIDE_OPTIONS;
	side->tcp_options = quality_syn_options(detail->known);
}

#endif

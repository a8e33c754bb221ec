/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Octets that were not seen here: the holes below a side's highest octet.
 *
 *	│████████│ hole │█████│ hole │███████│ highest
 *	                  ▲ the segment that opened the first one
 *
 * A segment that begins beyond the highest octet opens one; what falls into
 * it later fills it, and may split it.  A hole that the other side has
 * acknowledged stays, for its octets may still come here; what is left of it
 * when the figures are read counts as acknowledged but never seen.
 *
 * What can go wrong: there are more holes than places, of both directions
 * together.  Then one is forgotten: one that is acknowledged, else the oldest.
 * Its acknowledged octets have counted as missed by then; what fills it later
 * looks like a retransmission.
 */
#include <config.h>

#include "stream.h"

enum {
	HOLE_USED = 1 << 0,
	HOLE_SERVER = 1 << 1, /* of side 1 */
	HOLE_STAMP = 1 << 2,  /* stamp is a TSval, */
	HOLE_ID = 1 << 3      /* or an IPv4 id */
};

static int
side_of(uint8_t kind)
{
	return (kind & HOLE_SERVER) != 0;
}

/* How much of a hole the other side has acknowledged. */
static uint32_t
acknowledged(const struct quality_stream *stream, int hole)
{
	const struct quality_range *range = &stream->holes[hole].range;
	const struct quality_tcp_side *side =
	    &stream->side[side_of(stream->hole_kinds[hole])];

	if (!(side->flags & SIDE_ACKED) ||
	    ahead(side->acked, range->begin) <= 0)
		return 0;
	return ahead(side->acked, range->end) >= 0 ? range->end - range->begin
	                                           : side->acked - range->begin;
}

/* What of a hole is acknowledged counts now, as it is about to be forgotten. */
static void
count_missed(struct quality_stream *stream, int hole)
{
	struct quality_tcp_side *side =
	    &stream->side[side_of(stream->hole_kinds[hole])];

	if (__builtin_add_overflow(side->missed_octets,
	        acknowledged(stream, hole), &side->missed_octets))
		side->missed_octets = UINT32_MAX;
}

static void
forget(struct quality_stream *stream, int hole)
{
	count_missed(stream, hole);
	stream->hole_kinds[hole] = 0;
}

static int
free_place(const struct quality_stream *stream)
{
	for (int i = 0; i < QUALITY_HOLES; i++)
		if (stream->hole_kinds[i] == 0)
			return i;
	return -1;
}

/* A free place, or that of the hole that is missed least. */
static int
make_place(struct quality_stream *stream)
{
	int place = free_place(stream), oldest = 0;

	if (place != -1)
		return place;
	for (int i = 0; i < QUALITY_HOLES && place == -1; i++) {
		if (acknowledged(stream, i) > 0)
			place = i;
		if (stream->holes[i].time < stream->holes[oldest].time)
			oldest = i;
	}
	if (place == -1)
		place = oldest;
	forget(stream, place);
	return place;
}

void
holes_open(struct quality_stream *stream, const struct placed *placed,
    uint32_t begin, uint32_t end)
{
	int place = make_place(stream);
	uint8_t kind = placed->side == 1 ? HOLE_USED | HOLE_SERVER : HOLE_USED;
	uint32_t stamp = 0;

	if (has_stamp(placed)) {
		stamp = placed->detail->timestamp_value;
		kind |= HOLE_STAMP;
	} else if (has_id(placed)) {
		stamp = placed->detail->ip_id;
		kind |= HOLE_ID;
	}
	stream->hole_kinds[place] = kind;
	stream->holes[place] = (struct quality_hole){
		.range = { begin, end },
		.time = placed->time,
		.stamp = stamp,
	};
}

static bool
overlaps(
    const struct quality_stream *stream, int hole, const struct placed *placed)
{
	const struct quality_range *range = &stream->holes[hole].range;

	return stream->hole_kinds[hole] != 0 &&
	       side_of(stream->hole_kinds[hole]) == placed->side &&
	       ahead(range->end, placed->begin) > 0 &&
	       ahead(placed->end, range->begin) > 0;
}

int
holes_find(const struct quality_stream *stream, const struct placed *placed)
{
	const struct quality_hole *holes = stream->holes;
	int first = -1;

	for (int i = 0; i < QUALITY_HOLES; i++)
		if (overlaps(stream, i, placed) &&
		    (first == -1 || ahead(holes[first].range.begin,
		                        holes[i].range.begin) > 0))
			first = i;
	return first;
}

bool
holes_contain(
    const struct quality_stream *stream, int hole, const struct placed *placed)
{
	const struct quality_range *range = &stream->holes[hole].range;

	return ahead(placed->begin, range->begin) >= 0 &&
	       ahead(range->end, placed->end) >= 0;
}

bool
holes_older(
    const struct quality_stream *stream, int hole, const struct placed *placed)
{
	uint32_t stamp = stream->holes[hole].stamp;
	uint8_t kind = stream->hole_kinds[hole];

	if (kind & HOLE_STAMP && has_stamp(placed))
		return ahead(placed->detail->timestamp_value, stamp) < 0;
	return kind & HOLE_ID && has_id(placed) &&
	       (int16_t)(placed->detail->ip_id - (uint16_t)stamp) < 0;
}

/* What lies behind a segment becomes a hole of its own, if there is room. */
static void
split(struct quality_stream *stream, int hole, uint32_t begin)
{
	struct quality_hole *from = &stream->holes[hole];
	uint32_t front = from->range.begin;
	int place = free_place(stream);

	if (place != -1) {
		stream->holes[place] = *from;
		stream->holes[place].range.begin = begin;
		stream->hole_kinds[place] = stream->hole_kinds[hole];
		return;
	}
	from->range.begin = begin;
	count_missed(stream, hole);
	from->range.begin = front;
}

/* Cut a segment out of one hole, which it overlaps; how many octets. */
static uint32_t
cut(struct quality_stream *stream, int hole, const struct placed *placed)
{
	struct quality_range *range = &stream->holes[hole].range;
	bool before = ahead(placed->begin, range->begin) > 0;
	bool behind = ahead(range->end, placed->end) > 0;
	uint32_t begin = before ? placed->begin : range->begin;
	uint32_t end = behind ? placed->end : range->end;

	if (before && behind)
		split(stream, hole, end);
	if (before)
		range->end = begin;
	else if (behind)
		range->begin = end;
	else
		stream->hole_kinds[hole] = 0;
	return end - begin;
}

uint32_t
holes_fill(struct quality_stream *stream, const struct placed *placed)
{
	uint32_t filled = 0;

	for (int i = 0; i < QUALITY_HOLES; i++)
		if (overlaps(stream, i, placed))
			filled += cut(stream, i, placed);
	return filled;
}

uint64_t
holes_missed(const struct quality_stream *stream, int side)
{
	uint64_t missed = 0;

	for (int i = 0; i < QUALITY_HOLES; i++)
		if (stream->hole_kinds[i] != 0 &&
		    side_of(stream->hole_kinds[i]) == side)
			missed += acknowledged(stream, i);
	return missed;
}

void
holes_part(struct quality_stream *stream)
{
	for (int i = 0; i < QUALITY_HOLES; i++) {
		struct quality_range *range = &stream->holes[i].range;

		if (stream->hole_kinds[i] == 0)
			continue;
		range->begin += acknowledged(stream, i);
		if (range->begin == range->end)
			stream->hole_kinds[i] = 0;
	}
}

void
holes_trim(struct quality_stream *stream, int side)
{
	uint32_t highest = stream->side[side].highest;

	for (int i = 0; i < QUALITY_HOLES; i++)
		if (stream->hole_kinds[i] != 0 &&
		    side_of(stream->hole_kinds[i]) == side &&
		    highest - stream->holes[i].range.begin > SEQUENCE_FAR)
			forget(stream, i);
}

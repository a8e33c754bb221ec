/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Setting a mark, and finding it (exflow/quality/marks.h).
 */
#ifndef EXFLOW_SRC_QUALITY_MARKS_H
#define EXFLOW_SRC_QUALITY_MARKS_H

#include <string.h>

#include "stream.h"

/* Of the marks that give way one of so many is looked at. */
#define MARKS_SAMPLED 64

/* The lower bits of quality_mark_set.sent: */
enum {
	MARK_SIDE = 1 << 0,
	MARK_SECOND = 1 << 1, /* it took the second choice */
	MARK_THIRD = 1 << 2,  /* or the third one */
	MARK_TIME_SHIFT = 3
};
#define MARK_KINDS (1u << MARK_TIME_SHIFT)

/* A time of the stream, as marks have it. */
static inline uint32_t
marks_clock(const struct quality_stream *stream, uint32_t time)
{
	return ((uint32_t)stream->base + time) << MARK_TIME_SHIFT;
}

/* From an owner to another choice, and the other way round. */
static inline uint32_t
marks_across(const struct quality_marks *marks, uint32_t number, uint32_t kind,
    uint32_t end)
{
	uint64_t hash =
	    ((uint64_t)end << 1 | (kind & MARK_SIDE)) * marks->secret;
	uint32_t apart;

	/* Equal steps, as segments make them, meet no pattern in both. */
	hash ^= hash >> 32;
	if (kind & MARK_THIRD)
		hash >>= QUALITY_OWNER_BITS;
	apart = (uint32_t)hash & (QUALITY_MARK_SETS - 1);
	return number ^ (apart > 0 ? apart : 1);
}

static inline struct quality_mark_set *
marks_choice(const struct placed *placed, uint32_t kind, uint32_t end)
{
	return quality_marks_first(placed->marks,
	    marks_across(placed->marks, placed->owner, kind, end));
}

/*
 * The age of the newest one, where it was set since then, or in the future
 * (then QUALITY_MARK_LIFE and more); QUALITY_UNKNOWN: there is none.
 */
static inline uint32_t
marks_find(const struct quality_mark_set *set, uint32_t end, uint32_t now,
    uint32_t since)
{
	for (unsigned i = 0; i < QUALITY_MARKS; i++) {
		uint32_t apart = now - set->sent[i];
		uint32_t age = apart >> MARK_TIME_SHIFT;

		/* Places that were never used are 0. */
		if (set->end[i] == end && apart % MARK_KINDS == 0 &&
		    set->sent[i] != 0)
			return age <= since || age >= QUALITY_MARK_LIFE
			           ? age
			           : QUALITY_UNKNOWN;
	}
	return QUALITY_UNKNOWN;
}

/*
 * Microseconds since the newest mark of a side for that end was set, or as
 * above; QUALITY_UNKNOWN: there is none that means anything.
 */
static inline uint32_t
marks_age(const struct quality_stream *stream, const struct placed *placed,
    int side, uint32_t end)
{
	const struct quality_marks *marks = placed->marks;
	uint32_t since = elapsed(placed->time, stream->side[side].marks_since);
	uint32_t now = placed->clock | (unsigned)side;
	uint32_t age = marks_find(
	    quality_marks_first(marks, placed->owner), end, now, since);

	if (age != QUALITY_UNKNOWN || !stream->marks_spread[side])
		return age;
	for (uint32_t kind = MARK_SECOND;
	     age == QUALITY_UNKNOWN && kind <= MARK_THIRD; kind <<= 1)
		age =
		    marks_find(marks_choice(placed, kind | (unsigned)side, end),
		        end, now | kind, since);
	return age;
}

/* Set one for the segment's side; clock: that of the time when it was sent. */
void marks_put(struct quality_stream *stream, const struct placed *placed,
    uint32_t end, uint32_t clock);

#endif

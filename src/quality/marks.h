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
marks_choice(const struct quality_marks *marks, uint32_t owner, uint32_t kind,
    uint32_t end)
{
	return quality_marks_first(
	    marks, marks_across(marks, owner, kind, end));
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

/* The same as marks_age(), among the other choices.  time: now. */
uint32_t marks_age_elsewhere(const struct quality_stream *stream,
    const struct quality_marks *marks, uint32_t owner, int side, uint32_t time,
    uint32_t end);

/*
 * Microseconds since the newest mark of a side for that end was set, or as
 * above; QUALITY_UNKNOWN: there is none that means anything.
 */
static inline __attribute__((always_inline)) uint32_t
marks_age(const struct quality_stream *stream, const struct placed *placed,
    int side, uint32_t end)
{
	uint32_t since = elapsed(placed->time, stream->side[side].marks_since);
	uint32_t age =
	    marks_find(quality_marks_first(placed->marks, placed->owner), end,
	        placed->clock | (unsigned)side, since);

	return age == QUALITY_UNKNOWN && stream->marks_spread[side]
	           ? marks_age_elsewhere(stream, placed->marks, placed->owner,
	                 side, placed->time, end)
	           : age;
}

/*
 * A SYN that was sent again is about to set the first marks of the side, also
 * in the past.  Those that are there, of the first choice, are of an exchange
 * that had the owner's number before, and may be later: they are removed.
 */
void marks_forget(const struct placed *placed);

/* Marks of the side that are set from now on count. */
static inline void
marks_begin(struct quality_tcp_side *side, const struct placed *placed)
{
	if (__builtin_expect(side->marks_since == QUALITY_UNKNOWN, 0))
		side->marks_since = side->passed = placed->time;
}

/* By one place, in words: an array of its own would have to be guarded. */
static inline __attribute__((always_inline)) void
marks_shift(uint32_t *numbers)
{
	uint64_t first, second, third;
	uint32_t last = numbers[6];

	memcpy(&first, numbers, sizeof(first));
	memcpy(&second, numbers + 2, sizeof(second));
	memcpy(&third, numbers + 4, sizeof(third));
	memcpy(numbers + 1, &first, sizeof(first));
	memcpy(numbers + 3, &second, sizeof(second));
	memcpy(numbers + 5, &third, sizeof(third));
	numbers[7] = last;
}
_Static_assert(QUALITY_MARKS == 8, "so many are moved");

static inline __attribute__((always_inline)) void
marks_push(struct quality_mark_set *set, uint32_t end, uint32_t sent)
{
	marks_shift(set->end);
	marks_shift(set->sent);
	set->end[0] = end;
	set->sent[0] = sent;
}

/* Is the oldest mark of the stream's own set its own, and acknowledged? */
static inline bool
marks_over(
    const struct quality_stream *stream, const struct quality_mark_set *set)
{
	uint32_t end = set->end[QUALITY_MARKS - 1];
	uint32_t sent = set->sent[QUALITY_MARKS - 1];

	return !(sent & (MARK_SECOND | MARK_THIRD)) &&
	       ahead(end, stream->side[sent & MARK_SIDE].acked) <= 0;
}

/* The same as marks_put(), where another mark may have to give way. */
void marks_put_full(struct quality_stream *stream,
    const struct quality_marks *marks, uint32_t owner, int side, uint32_t time,
    uint32_t end, uint32_t clock);

/* Set one for the segment's side; clock: that of the time when it was sent. */
static inline __attribute__((always_inline)) void
marks_put(struct quality_stream *stream, const struct placed *placed,
    uint32_t end, uint32_t clock)
{
	struct quality_mark_set *set =
	    quality_marks_first(placed->marks, placed->owner);

	if (set->sent[QUALITY_MARKS - 1] == 0 || marks_over(stream, set))
		marks_push(set, end, clock | (unsigned)placed->side);
	else
		marks_put_full(stream, placed->marks, placed->owner,
		    placed->side, placed->time, end, clock);
}

#endif

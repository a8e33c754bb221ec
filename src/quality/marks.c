/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a mark is put, and what gives way (exflow/quality/marks.h).
 *
 * Those of a side that nobody ever acknowledged are not waited for: where only
 * one direction is seen, they would fill the table.
 *
 * Most marks that give way are not waited for any more: their octets were
 * acknowledged.  Whether they were is in the state of their exchange, which
 * for those of others would have to be fetched from memory.  So only one of
 * MARKS_SAMPLED is looked at, and counts for as many.
 */
#include <config.h>

#include "marks.h"

#include <stddef.h>

/* Is the oldest mark of a set, if it is the stream's, not acknowledged yet? */
static inline bool
is_waited_for(const struct quality_stream *stream,
    const struct quality_mark_set *set, uint64_t now)
{
	const uint16_t known = SIDE_SEEN | SIDE_ACKED;
	uint32_t end = set->end[QUALITY_MARKS - 1];
	uint32_t sent = set->sent[QUALITY_MARKS - 1];
	const struct quality_tcp_side *side = &stream->side[sent & MARK_SIDE];
	uint32_t age =
	    ((uint32_t)now << MARK_TIME_SHIFT | sent % MARK_KINDS) - sent;

	age >>= MARK_TIME_SHIFT;
	return ahead(end, side->acked) > 0 && ahead(end, side->highest) <= 0 &&
	       (side->flags & known) == known && age < QUALITY_MARK_LIFE &&
	       side->marks_since != QUALITY_UNKNOWN &&
	       now - age >= stream->base + side->marks_since;
}

/* The stream whose mark is the oldest one of a set. */
static const struct quality_stream *
owner_of(const struct quality_stream *stream, const struct quality_marks *marks,
    uint32_t owner, const struct quality_mark_set *set)
{
	uint32_t own = owner % QUALITY_MARK_SETS;
	uint32_t sent = set->sent[QUALITY_MARKS - 1];
	uint32_t number =
	    (uint32_t)(set - quality_marks_first(marks, owner - own));

	if (sent & (MARK_SECOND | MARK_THIRD))
		number = marks_across(
		    marks, number, sent, set->end[QUALITY_MARKS - 1]);
	return stream + ((ptrdiff_t)number - (ptrdiff_t)own);
}

/* The oldest one gives way. */
static inline void
give_way(const struct quality_stream *stream, const struct quality_marks *marks,
    uint32_t owner, const struct quality_mark_set *set, uint64_t now)
{
	uint32_t end = set->end[QUALITY_MARKS - 1];

	/* Any bits of it do. */
	if ((end * UINT32_C(0x9e3779b1) >> 16) % MARKS_SAMPLED == 0 &&
	    is_waited_for(owner_of(stream, marks, owner, set), set, now))
		*marks->evicted += MARKS_SAMPLED;
}

void
marks_forget(const struct placed *placed)
{
	struct quality_mark_set *set =
	    quality_marks_first(placed->marks, placed->owner);

	for (unsigned i = 0; i < QUALITY_MARKS; i++)
		if (set->sent[i] % MARK_KINDS == (unsigned)placed->side)
			set->sent[i] = 0;
}

/* For how long the oldest mark of a set is there. */
static inline uint32_t
oldest_age(const struct quality_mark_set *set, uint32_t clock)
{
	uint32_t sent = set->sent[QUALITY_MARKS - 1];

	return sent == 0 ? UINT32_MAX : clock - sent;
}

/*
 * The set of its owner is full.  If the owner waits for the oldest mark there,
 * the mark goes to that of two others whose oldest mark is older.
 */
void
marks_put_full(struct quality_stream *stream, const struct quality_marks *marks,
    uint32_t owner, int side, uint32_t time, uint32_t end, uint32_t clock)
{
	struct quality_mark_set *set = quality_marks_first(marks, owner),
	                        *third;
	uint64_t now = stream->base + time;
	uint32_t kind = (unsigned)side, from = marks_clock(stream, time);

	if (!(set->sent[QUALITY_MARKS - 1] & (MARK_SECOND | MARK_THIRD)) &&
	    is_waited_for(stream, set, now)) {
		set = marks_choice(marks, owner, MARK_SECOND | kind, end);
		third = marks_choice(marks, owner, MARK_THIRD | kind, end);
		stream->marks_spread[kind] = true;
		if (oldest_age(third, from) > oldest_age(set, from)) {
			set = third;
			kind |= MARK_THIRD;
		} else {
			kind |= MARK_SECOND;
		}
	}
	if (set->sent[QUALITY_MARKS - 1] != 0)
		give_way(stream, marks, owner, set, now);
	marks_push(set, end, clock | kind);
}

uint32_t
marks_age_elsewhere(const struct quality_stream *stream,
    const struct quality_marks *marks, uint32_t owner, int side, uint32_t time,
    uint32_t end)
{
	uint32_t since = elapsed(time, stream->side[side].marks_since);
	uint32_t own = (unsigned)side, now = marks_clock(stream, time) | own;
	uint32_t age = QUALITY_UNKNOWN;

	for (uint32_t kind = MARK_SECOND;
	     age == QUALITY_UNKNOWN && kind <= MARK_THIRD; kind <<= 1)
		age = marks_find(marks_choice(marks, owner, kind | own, end),
		    end, now | kind, since);
	return age;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A SYN that is sent again, and is not answered: its copies are kept in little
 * room (struct quality_copies), as the SYN itself is (opening.c).  Whatever
 * else comes replays all of them into a state, as if they had come there; and
 * so does whoever reads the figures before, into a state that is thrown away.
 */
#include <config.h>

#include "exflow/quality/quality.h"

#include "stream.h"

/* The SYN's own hop limit comes first. */
void
quality_copies_begin(struct quality_copies *copies, uint8_t ttl)
{
	*copies = (struct quality_copies){ .ttl = { ttl } };
}

/* What is kept once for all must be the same. */
static bool
says_the_same(
    const struct quality_syn *syn, const struct segment_detail *detail)
{
	return detail->known == syn->known &&
	       detail->window_scale == syn->window_scale &&
	       (!(syn->known & DETAIL_WINDOW) ||
	           detail->window == syn->window) &&
	       (!(syn->known & DETAIL_MSS) ||
	           detail->maximum_segment_size == syn->maximum_segment_size);
}

/* Without a TSval there is nothing to keep of it. */
static uint32_t
stamp_after(
    const struct quality_opening *opening, const struct segment_detail *detail)
{
	return detail->known & DETAIL_TIMESTAMPS
	           ? detail->timestamp_value - opening->timestamp_value
	           : 0;
}

bool
quality_copies_keep(struct quality_copies *copies,
    const struct quality_opening *opening, const struct segment *syn,
    const struct segment *segment, const struct segment_detail *detail)
{
	/* Of what came before the SYN it is a very great number. */
	uint64_t after = segment->time.ns / 1000 - syn->time.ns / 1000;
	uint32_t stamp = stamp_after(opening, detail);

	if (copies->count == QUALITY_COPIES || segment->tos != syn->tos ||
	    after >> QUALITY_COPY_AFTER_BITS != 0 ||
	    stamp >> QUALITY_COPY_STAMP_BITS != 0 ||
	    !says_the_same(&opening->syn, detail))
		return false;
	copies->copy[copies->count] = (struct quality_copy){
		.after = after & ((1u << QUALITY_COPY_AFTER_BITS) - 1),
		.stamp = stamp & ((1u << QUALITY_COPY_STAMP_BITS) - 1),
		.ip_id = detail->ip_id,
	};
	copies->ttl[++copies->count] = segment->ttl;
	return true;
}

void
quality_copies_replay(const struct quality_copies *copies,
    const struct quality_opening *opening, const struct segment *syn,
    struct quality_stream *stream, const struct quality_marks *marks,
    uint32_t owner)
{
	struct segment segment = *syn;
	struct segment_detail detail;

	quality_opening_detail(opening, &detail);
	segment.ttl = copies->ttl[0];
	quality_stream_segment(stream, marks, owner, CLIENT, &segment, &detail);
	for (unsigned i = 0; i < copies->count; i++) {
		const struct quality_copy *copy = &copies->copy[i];
		uint64_t us = syn->time.ns / 1000 + copy->after;

		segment.time.ns = us * 1000;
		segment.ttl = copies->ttl[i + 1];
		detail.timestamp_value =
		    opening->timestamp_value + (uint32_t)copy->stamp;
		detail.ip_id = copy->ip_id;
		quality_stream_segment(
		    stream, marks, owner, CLIENT, &segment, &detail);
	}
}

/*
 * One set of marks is enough: nobody has acknowledged, so that none of them is
 * waited for, and none goes to another set.
 */
void
quality_copies_read(const struct quality_copies *copies,
    const struct quality_opening *opening, const struct segment *syn,
    bool whole, struct exchange_quality *figures)
{
	struct quality_mark_set set = { .end = { 0 } };
	void *const chunks[] = { &set };
	uint64_t evicted = 0;
	const struct quality_marks marks = {
		.chunks = chunks,
		.secret = 1,
		.evicted = &evicted,
	};
	struct quality_stream stream;

	quality_stream_begin(&stream, syn->time, whole);
	quality_copies_replay(copies, opening, syn, &stream, &marks, 0);
	quality_stream_read(&stream, figures);
}

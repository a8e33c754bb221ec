/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the segments of one exchange, in the order in which they were captured,
 * to its figures.  Pure: no clock, no memory of its own, no input or output.
 * Whoever has the exchange keeps its state, and says which side sent a segment
 * (CLIENT 0, SERVER 1).
 *
 *	begin ─► segment, segment, … ─► read ─► part ─► segment … ─► read
 *
 * Figures are read at any time.  A part begins with counts of nothing, while
 * sequence numbers, round-trip times and what the SYNs said go on.
 */
#ifndef EXFLOW_QUALITY_QUALITY_H
#define EXFLOW_QUALITY_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/decode/segment.h"
#include "exflow/decode/segment_detail.h"
#include "exflow/quality/brief.h"
#include "exflow/quality/figures.h"
#include "exflow/quality/state.h"

/* --- an opening, while nothing but an answer has come */

/* A SYN; detail: what else it said. */
static inline void
quality_opening_keep(
    struct quality_opening *opening, const struct segment_detail *detail)
{
	*opening = (struct quality_opening){
		.timestamp_value = detail->timestamp_value,
		.ip_id = detail->ip_id,
		.syn = { .window = detail->window,
		    .maximum_segment_size = detail->maximum_segment_size,
		    .window_scale = detail->window_scale,
		    .known = detail->known },
	};
}

/* The detail that was kept of a SYN; it had no SACK block, nor an echo. */
void quality_opening_detail(
    const struct quality_opening *opening, struct segment_detail *detail);

/* --- its copies, while nothing but these has come */

/* ttl: of the SYN itself. */
void quality_copies_begin(struct quality_copies *copies, uint8_t ttl);
/*
 * A segment of the SYN's sequence number, lengths and flags; syn: the SYN
 * itself, but for its hop limit.  False: it is not kept, as there is no room for
 * it, or it says something else.
 */
bool quality_copies_keep(struct quality_copies *copies,
    const struct quality_opening *opening, const struct segment *syn,
    const struct segment *segment, const struct segment_detail *detail);
/* The SYN and its copies go into a stream, which has no segment yet. */
void quality_copies_replay(const struct quality_copies *copies,
    const struct quality_opening *opening, const struct segment *syn,
    struct quality_stream *stream, const struct quality_marks *marks,
    uint32_t owner);
/* The figures as they stand; whole: as in quality_stream_begin(). */
void quality_copies_read(const struct quality_copies *copies,
    const struct quality_opening *opening, const struct segment *syn,
    bool whole, struct exchange_quality *figures);
/* Segments that have a class. */
static inline uint32_t
quality_copies_sequenced(const struct quality_copies *copies)
{
	return copies->count + 1u;
}

/* --- TCP */

/* whole: the exchange begins here, it was not joined in the middle. */
void quality_stream_begin(
    struct quality_stream *stream, timestamp now, bool whole);
/* owner: the number of the stream among those that share the marks. */
void quality_stream_segment(struct quality_stream *stream,
    const struct quality_marks *marks, uint32_t owner, int side,
    const struct segment *segment, const struct segment_detail *detail);
void quality_stream_part(struct quality_stream *stream);
/*
 * After a segment: are counters to be carried over now?  Then they go into
 * figures, which the caller adds to those read later, and begin again in the
 * same part.
 */
static inline bool
quality_stream_full(const struct quality_stream *stream)
{
	return stream->packets >= QUALITY_PACKETS_FULL;
}
void quality_stream_carry(
    struct quality_stream *stream, struct exchange_quality *figures);
/* The clock was set: no time that was measured before it means anything. */
void quality_stream_clock_step(struct quality_stream *stream);
void quality_stream_read(
    const struct quality_stream *stream, struct exchange_quality *figures);

/*
 * A segment of that side comes soon: fetch what it will look at.  Always
 * inline, as in the meter.
 */
static inline __attribute__((always_inline)) void
quality_stream_prefetch(const struct quality_stream *stream, int side)
{
	const char *own = (const char *)&stream->side[side];
	const char *peer = (const char *)&stream->side[!side];

	__builtin_prefetch(stream, 1);
	__builtin_prefetch(own, 1);
	__builtin_prefetch(own + 64, 1);
	__builtin_prefetch(peer, 1);
}

/* And its marks, where they are at first. */
static inline __attribute__((always_inline)) void
quality_marks_prefetch(const struct quality_marks *marks, uint32_t owner)
{
	__builtin_prefetch(quality_marks_first(marks, owner), 1);
}

/* --- UDP and other protocols */

void quality_datagrams_begin(struct quality_datagrams *datagrams);
void quality_datagrams_segment(struct quality_datagrams *datagrams, int side,
    const struct segment *segment);
void quality_datagrams_part(struct quality_datagrams *datagrams);
static inline bool
quality_datagrams_full(const struct quality_datagrams *datagrams)
{
	return datagrams->packets == UINT16_MAX;
}
void quality_datagrams_carry(
    struct quality_datagrams *datagrams, struct exchange_quality *figures);
void quality_datagrams_clock_step(struct quality_datagrams *datagrams);
void quality_datagrams_read(const struct quality_datagrams *datagrams,
    struct exchange_quality *figures);

#endif

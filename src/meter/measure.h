/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The quality of exchanges (`quality`): which state each one has, and the
 * figures that go with its record.
 *
 *	opening ──► stream (TCP), datagrams (other)	the second packet
 *	   │ └────► copies ──► stream			the SYN again
 *	   └──────► record				or none
 *
 * A run (live.h) of one packet has an opening, and so has one that is answered:
 * the opening remembers what the answer said.  A run of SYNs has copies
 * beside its opening, as long as there is room for them.  Whatever else
 * lengthens the run, or ends it, makes the opening a state first, and its
 * packets the state's first segments.
 *
 * An exchange has no state, and no figures, where there was no memory for it,
 * or where it began before quality was turned on.
 */
#ifndef EXFLOW_SRC_METER_MEASURE_H
#define EXFLOW_SRC_METER_MEASURE_H

#include "table.h"

/* An exchange has been opened by a segment, which is counted. */
void measure_open(struct meter *meter, uint32_t number, int side,
    const struct segment *segment);
/* measure_keep() of an opening. */
bool measure_keep_opening(struct meter *meter, uint32_t number,
    struct quality_head *head, int side, const struct segment *segment,
    bool in_run);
/*
 * A segment is about to be counted, or was counted in its run.  True: an
 * opening keeps what it says.  Else the opening, if it is one, becomes a state,
 * and measure_segment() is to follow.
 */
static inline bool
measure_keep(struct meter *meter, uint32_t number, int side,
    const struct segment *segment, bool in_run)
{
	struct quality_head *head = quality_pool_head(&meter->quality, number);

	return head != NULL &&
	       (head->kind == QUALITY_OPENING ||
	           head->kind == QUALITY_SYN_COPIES) &&
	       measure_keep_opening(meter, number, head, side, segment, in_run);
}
/* An opening becomes a state, before its run is unfolded. */
void measure_unfold(struct meter *meter, uint32_t number);
/* The next part begins. */
void measure_part(struct meter *meter, uint32_t number);
/* The exchange is over: its state is free. */
void measure_end(struct meter *meter, uint32_t number);
/* The clock was set back. */
void measure_clock_step(struct meter *meter, uint32_t number);
/*
 * The figures as they stand go where exchange->quality points; the counts of the
 * same exchange are in it, which count_read() has read.  False: there are none.
 */
bool measure_read(
    struct meter *meter, uint32_t number, struct exchange *exchange);
/* The same, with a brief instead where that says all (figures.h). */
bool measure_read_brief(
    struct meter *meter, uint32_t number, struct exchange *exchange);
/*
 * Those of a record go into the ledger.  Segments that have a class are counted
 * apart from their classes, too.
 */
void measure_account_state(
    struct meter *meter, uint32_t number, const struct exchange *exchange);
static inline void
measure_account(
    struct meter *meter, uint32_t number, const struct exchange *exchange)
{
	unsigned syn = exchange->brief.kind == BRIEF_SYN;

	if (exchange->brief.kind == BRIEF_NONE) {
		measure_account_state(meter, number, exchange);
		return;
	}
	meter->ledger.sequenced += syn;
	meter->ledger.segments[LOSS_NONE] += syn;
}

/*
 * After the options have changed: states go where it was turned off, and there
 * are none yet where it was turned on.  Without memory it stays off.
 */
void measure_configure(struct meter *meter);

/*
 * Fetch what a segment will look at, in two steps: the head, and then, where
 * that is there, the state.  number: of its exchange, as far as is known.
 */
static inline __attribute__((always_inline)) void
measure_prefetch_head(const struct meter *meter, uint32_t number)
{
	const struct quality_head *head =
	    quality_pool_head(&meter->quality, number);

	if (head != NULL)
		__builtin_prefetch(head);
}

static inline __attribute__((always_inline)) void
measure_prefetch_state(const struct meter *meter, uint32_t number, int side)
{
	const struct quality_head *head =
	    quality_pool_head(&meter->quality, number);

	if (head == NULL)
		return;
	if (head->kind == QUALITY_STREAM) {
		quality_stream_prefetch(
		    quality_pool_stream(&meter->quality, head), side);
		quality_marks_prefetch(&meter->quality.marks, head->number);
	} else if (head->kind > QUALITY_OPENING) {
		const char *state =
		    (const char *)quality_pool_small(&meter->quality, head);

		__builtin_prefetch(state, 1);
		__builtin_prefetch(state + sizeof(union quality_small) - 1, 1);
	}
}

/* Is it on? */
static inline bool
measure_on(const struct meter *meter)
{
	return __builtin_expect(meter->options.quality, 0);
}

/* measure_segment() of what has no state of TCP. */
bool measure_other(struct meter *meter, uint32_t number, int side,
    const struct segment *segment);
/* Counters are full: they go into the wide ones.  False: no memory for these. */
bool measure_carry_over(
    struct meter *meter, uint32_t number, const struct quality_head *head);

/*
 * A segment was counted in its exchange.  False: its counters are full, and
 * there is no memory for wider ones, so that the part is to be cut.
 */
static inline bool
measure_segment(struct meter *meter, uint32_t number, int side,
    const struct segment *segment, const struct segment_detail *detail)
{
	const struct quality_head *head =
	    quality_pool_head(&meter->quality, number);
	struct quality_stream *stream;

	if (head == NULL || head->kind != QUALITY_STREAM)
		return measure_other(meter, number, side, segment);
	stream = quality_pool_stream(&meter->quality, head);
	quality_stream_segment(
	    stream, &meter->quality.marks, head->number, side, segment, detail);
	return __builtin_expect(!quality_stream_full(stream), 1) ||
	       measure_carry_over(meter, number, head);
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time within an exchange, for stream.c: microseconds in 32 bits since a base
 * that moves along, 0 where a time is not known.  Inline, since every segment
 * needs it.
 */
#ifndef EXFLOW_SRC_QUALITY_STREAM_TIME_H
#define EXFLOW_SRC_QUALITY_STREAM_TIME_H

#include "stream.h"

/* The first packet's place in time: earlier ones still fit before it. */
#define BASE_BEFORE UINT64_C(60000000)
#define BASE_STEP (UINT32_C(1) << 31)

static inline void
shift(uint32_t *time, uint32_t by)
{
	*time = *time > by ? *time - by : 0;
}

/* All times, by so much; what does not fit any more is not known. */
static inline void
shift_times(struct quality_stream *stream, uint32_t by)
{
	for (int i = 0; i < 2; i++) {
		struct quality_tcp_side *side = &stream->side[i];

		if (by == UINT32_MAX)
			rtt_forget(side);
		else if (side->marks_since != QUALITY_UNKNOWN)
			shift(&side->marks_since, by);
		shift(&side->passed, by);
		shift(&side->again_time, by);
		shift(&side->last_time, by);
	}
	for (unsigned i = 0; i < QUALITY_HOLES; i++)
		shift(&stream->holes[i].time, by);
	shift(&stream->last, by);
	if (stream->response_state != RESPONSE_ASKED)
		return;
	shift(&stream->response, by);
	if (stream->response == 0)
		stream->response_state = RESPONSE_UNKNOWN;
}

/* Now is so long after the base: the last packet is about to be forgotten. */
static inline void
note_idle(struct quality_stream *stream, uint64_t now)
{
	if (stream->last != 0 && now - stream->last > QUALITY_IDLE_US)
		stream->idle += now - stream->last;
	stream->last = 0;
}

/* A time beyond what 32 bits reach, or before the base: the base moves. */
static __attribute__((noinline)) uint32_t
move_base(struct quality_stream *stream, uint64_t us)
{
	if (us <= stream->base) { /* the clock went back by more than that */
		shift_times(stream, UINT32_MAX);
		stream->base = us > BASE_BEFORE ? us - BASE_BEFORE : 0;
		return (uint32_t)(us - stream->base);
	}
	note_idle(stream, us - stream->base);
	if (us - stream->base - BASE_STEP <= UINT32_MAX) {
		shift_times(stream, BASE_STEP);
		stream->base += BASE_STEP;
	} else {
		shift_times(stream, UINT32_MAX);
		stream->base = us - BASE_STEP;
	}
	return (uint32_t)(us - stream->base);
}

static inline uint32_t
time_of(struct quality_stream *stream, timestamp time)
{
	uint64_t us = time.ns / 1000;

	if (__builtin_expect(us - stream->base - 1 < UINT32_MAX, 1))
		return (uint32_t)(us - stream->base);
	return move_base(stream, us);
}

/* The first time of its kind; its lower part is where few segments look. */
static inline void
note_first(struct quality_tcp_side *side, unsigned which, uint64_t us)
{
	if (__builtin_expect(side->times_high[which] == 0, 0) &&
	    stream_time(side, which) == 0)
		stream_set_time(side, which, us);
}

static inline void
note_time(struct quality_stream *stream, uint32_t now)
{
	if (now <= stream->last)
		return;
	if (stream->last != 0 && now - stream->last > QUALITY_IDLE_US)
		stream->idle += now - stream->last;
	stream->last = now;
}

#endif

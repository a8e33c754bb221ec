/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a sample of the round-trip time adds to.  Inline, since nearly every
 * acknowledgement of data is one.
 */
#ifndef EXFLOW_SRC_QUALITY_SAMPLES_H
#define EXFLOW_SRC_QUALITY_SAMPLES_H

#include "stream.h"

/* RFC 6298, 2, in whole microseconds.  side: which acknowledges. */
static inline void
smooth(struct quality_stream *stream, struct quality_tcp_side *side,
    const struct quality_tcp_side *peer, uint32_t sample)
{
	uint64_t sum, apart;
	uint32_t whole;

	side->rtt_last = sample > 0 ? sample : 1;
	sum = (uint64_t)side->rtt_last + peer->rtt_last;
	whole = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
	if (__builtin_expect(stream->smoothed == 0, 0)) {
		stream->smoothed = whole;
		stream->variation = whole / 2;
		return;
	}
	apart = whole > stream->smoothed ? whole - stream->smoothed
	                                 : stream->smoothed - whole;
	stream->variation =
	    (uint32_t)(((uint64_t)stream->variation * 3 + apart) / 4);
	stream->smoothed =
	    (uint32_t)(((uint64_t)stream->smoothed * 7 + whole) / 8);
	stream->smoothed += stream->smoothed == 0;
}

/*
 * Welford's way: the sum of squares stays exact where the mean is large.  What
 * a sample adds, (sample - mean before) * (sample - mean after), is written with
 * the sum before, s of n samples: (n * sample - s)^2 / (n * (n + 1)).
 */
static inline __attribute__((always_inline)) void
add_sample(struct quality_stream *stream, struct quality_tcp_side *side,
    const struct quality_tcp_side *peer, struct quality_moments *moments,
    uint32_t sample)
{
	struct quality_rtt *rtt = &side->rtt;
	double n = rtt->samples, apart;

	smooth(stream, side, peer, sample);
	apart = n * sample - (double)(int64_t)moments->sum;
	moments->sum += sample;
	if (++rtt->samples > 1)
		moments->squares += apart * apart / (n * (n + 1));
	if (sample < rtt->minimum)
		rtt->minimum = sample;
	if (sample > rtt->maximum)
		rtt->maximum = sample;
}

#endif

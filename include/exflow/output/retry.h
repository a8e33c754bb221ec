/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When to try again what failed: after 100 ms, then each time twice as long,
 * up to 5 s.  Functions tell the first failure and the first success from
 * later ones, as only those are logged.  Times are of clock_ms.
 */
#ifndef EXFLOW_OUTPUT_RETRY_H
#define EXFLOW_OUTPUT_RETRY_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 5000

struct retry {
	uint64_t delay_ms; /* before the next try; 0: the last one worked */
	uint64_t at_ms;    /* the next try */
	uint64_t since_ms; /* no progress since */
};

static inline bool
retry_troubled(const struct retry *retry)
{
	return retry->delay_ms != 0;
}

static inline bool
retry_due(const struct retry *retry, uint64_t now_ms)
{
	return retry->delay_ms == 0 || now_ms >= retry->at_ms;
}

/* Whether a write that failed with this errno may succeed later. */
static inline bool
retry_may_help(int code)
{
	return code == ENOSPC || code == EDQUOT || code == EIO ||
	       code == EWOULDBLOCK;
}

/* It failed; progress: part of it worked.  True: the one before worked. */
static inline bool
retry_failed(struct retry *retry, uint64_t now_ms, bool progress)
{
	bool first = retry->delay_ms == 0;

	if (first || progress)
		retry->since_ms = now_ms;
	retry->delay_ms = first ? RETRY_MIN_MS : 2 * retry->delay_ms;
	if (retry->delay_ms > RETRY_MAX_MS)
		retry->delay_ms = RETRY_MAX_MS;
	retry->at_ms = now_ms + retry->delay_ms;
	return first;
}

/* It worked.  True: the one before had failed. */
static inline bool
retry_succeeded(struct retry *retry)
{
	bool troubled = retry->delay_ms != 0;

	*retry = (struct retry){ 0 };
	return troubled;
}

/* There has been no progress for this long. */
static inline bool
retry_hopeless(
    const struct retry *retry, uint64_t now_ms, uint32_t timeout_seconds)
{
	return retry->delay_ms != 0 &&
	       now_ms - retry->since_ms >= (uint64_t)timeout_seconds * 1000;
}

#endif

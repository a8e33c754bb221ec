/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trying again what failed, ever more seldom; and whether it is news that it
 * failed, or that it works again.  Times are of clock_ms.
 */
#ifndef EXFLOW_OUTPUT_RETRY_H
#define EXFLOW_OUTPUT_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 5000

struct retry {
	uint64_t delay_ms; /* before the next try; 0: no trouble */
	uint64_t at_ms;    /* the next try */
	uint64_t since_ms; /* nothing has worked since */
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

/* It failed; progress: but not all of it.  True: it is the first time. */
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

/* It worked.  True: it had failed before. */
static inline bool
retry_succeeded(struct retry *retry)
{
	bool troubled = retry->delay_ms != 0;

	*retry = (struct retry){ 0 };
	return troubled;
}

/* Nothing has worked for so long. */
static inline bool
retry_hopeless(
    const struct retry *retry, uint64_t now_ms, uint32_t timeout_seconds)
{
	return retry->delay_ms != 0 &&
	       now_ms - retry->since_ms >= (uint64_t)timeout_seconds * 1000;
}

#endif

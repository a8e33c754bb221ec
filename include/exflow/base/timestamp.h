/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Points in time and spans of time are two types, so that the compiler rejects
 * adding or comparing one with the other.  Both count nanoseconds; a timestamp
 * counts them from 1970-01-01 00:00:00 UTC and is never negative.
 */
#ifndef EXFLOW_BASE_TIMESTAMP_H
#define EXFLOW_BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

typedef struct {
	int64_t ns;
} timestamp;
typedef struct {
	int64_t ns;
} duration;

/* The last point in time that fits: 2262-04-11. */
#define TIMESTAMP_MAX ((timestamp){ INT64_MAX })
/* The last one of a packet: a timeout of a day can still be added. */
#define TIMESTAMP_LAST ((timestamp){ INT64_MAX - 100000 * NS_PER_SECOND })

static inline bool
timestamp_before(timestamp a, timestamp b)
{
	return a.ns < b.ns;
}

static inline timestamp
timestamp_min(timestamp a, timestamp b)
{
	return a.ns < b.ns ? a : b;
}

static inline timestamp
timestamp_max(timestamp a, timestamp b)
{
	return a.ns > b.ns ? a : b;
}

/* t + d, at most TIMESTAMP_MAX; d >= 0. */
static inline timestamp
timestamp_add(timestamp t, duration d)
{
	return (timestamp){ t.ns > INT64_MAX - d.ns ? INT64_MAX : t.ns + d.ns };
}

/* The span from a to b, negative where b is before a. */
static inline duration
timestamp_since(timestamp b, timestamp a)
{
	return (duration){ b.ns - a.ns };
}

static inline duration
duration_seconds(int64_t seconds)
{
	return (duration){ seconds * NS_PER_SECOND };
}

/*
 * From a capture's seconds and nanoseconds.  Values out of range, which
 * damaged captures have, become the nearest end of the range.
 */
static inline timestamp
timestamp_from(int64_t seconds, int64_t nanoseconds)
{
	int64_t ns;

	if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &ns))
		ns = seconds < 0 ? 0 : INT64_MAX;
	else if (__builtin_add_overflow(ns, nanoseconds, &ns))
		ns = nanoseconds < 0 ? 0 : INT64_MAX;
	return timestamp_min((timestamp){ ns < 0 ? 0 : ns }, TIMESTAMP_LAST);
}

#endif

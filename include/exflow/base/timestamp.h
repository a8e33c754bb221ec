/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Points in time and spans of time are two types, so that the compiler rejects
 * adding or comparing one with the other.  Both count nanoseconds; a timestamp
 * counts them from 1970-01-01 00:00:00 UTC without a sign, so that it lasts
 * until 2554.  The difference of two is timestamp_since(), never a minus, which
 * would be without a sign, too.
 */
#ifndef EXFLOW_BASE_TIMESTAMP_H
#define EXFLOW_BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

typedef struct {
	uint64_t ns;
} timestamp;
typedef struct {
	int64_t ns;
} duration;

/* The last point in time that fits: 2554-07-21. */
#define TIMESTAMP_MAX ((timestamp){ UINT64_MAX })
/* The last one of a packet: a timeout of a day can still be added. */
#define TIMESTAMP_LAST ((timestamp){ UINT64_MAX - 100000 * NS_PER_SECOND })

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
	uint64_t ns = t.ns + (uint64_t)d.ns;

	return (timestamp){ ns < t.ns ? UINT64_MAX : ns };
}

/* t + d, held at both ends of what a timestamp can be. */
static inline timestamp
timestamp_shift(timestamp t, duration d)
{
	uint64_t back;

	if (d.ns >= 0)
		return timestamp_add(t, d);
	back = (uint64_t)(-(d.ns + 1)) + 1; /* also of the least span */
	return (timestamp){ t.ns < back ? 0 : t.ns - back };
}

/* The span between a and b, without a sign. */
static inline uint64_t
timestamp_gap(timestamp a, timestamp b)
{
	return a.ns > b.ns ? a.ns - b.ns : b.ns - a.ns;
}

/*
 * The span from a to b, negative where b is before a; held at both ends of
 * what a duration can be, 292 years.
 */
static inline duration
timestamp_since(timestamp b, timestamp a)
{
	uint64_t gap = timestamp_gap(a, b);
	int64_t ns = gap > INT64_MAX ? INT64_MAX : (int64_t)gap;

	return (duration){ a.ns > b.ns ? -ns : ns };
}

static inline duration
duration_seconds(int64_t seconds)
{
	return (duration){ seconds * NS_PER_SECOND };
}

static inline double
duration_as_seconds(duration span)
{
	return (double)span.ns / (double)NS_PER_SECOND;
}

/* Before 1970, but for nanoseconds that may make up for it. */
static inline timestamp
timestamp_from_negative(int64_t seconds, int64_t nanoseconds)
{
	int64_t ns;

	if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, nanoseconds, &ns) || ns < 0)
		ns = 0;
	return (timestamp){ (uint64_t)ns };
}

/*
 * From a capture's seconds and nanoseconds.  Values out of range, which
 * damaged captures have, become 0 or TIMESTAMP_LAST.
 */
static inline timestamp
timestamp_from(int64_t seconds, int64_t nanoseconds)
{
	const uint64_t most = UINT64_MAX / (uint64_t)NS_PER_SECOND;
	timestamp of_seconds;

	if (seconds < 0)
		return timestamp_from_negative(seconds, nanoseconds);
	if ((uint64_t)seconds > most)
		return TIMESTAMP_LAST;
	of_seconds.ns = (uint64_t)seconds * (uint64_t)NS_PER_SECOND;
	return timestamp_min(
	    timestamp_shift(of_seconds, (duration){ nanoseconds }),
	    TIMESTAMP_LAST);
}

#endif

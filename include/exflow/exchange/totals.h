/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The quality of all exchanges together: histograms of round-trip times,
 * response times and retransmissions, for the metrics, and medians for the
 * summary.  Bounded: so many buckets, and so many names of networks.
 *
 * Each exchange counts once, when it ends: its round-trip times and response
 * time are those of all of it, its rate of retransmissions, where
 * active_timeout has cut it, that of its last part.
 *
 * An exchange belongs to the network of its client, or else of its server, by
 * the names in the setting `networks`; to "" where neither has a name.  Names
 * stay when the configuration changes.
 */
#ifndef EXFLOW_METER_TOTALS_H
#define EXFLOW_METER_TOTALS_H

#include <stdint.h>

#include "exflow/exchange/exchange.h"
#include "exflow/network/network.h"

/* What is counted; the first four are by half, the last two by sender. */
enum quality_measure {
	MEASURE_HANDSHAKE_CLIENT, /* microseconds, as those below */
	MEASURE_HANDSHAKE_SERVER,
	MEASURE_RTT_CLIENT, /* the exchange's mean */
	MEASURE_RTT_SERVER,
	MEASURE_RESPONSE,
	MEASURE_RETRANSMITTED_CLIENT, /* of a million segments */
	MEASURE_RETRANSMITTED_SERVER, /* next to it */
	MEASURE_COUNT
};

/* How many buckets a histogram has beside that of all. */
#define QUALITY_BUCKETS 15

struct quality_histogram {
	uint64_t sum;
	/* Values up to this bound, and above the one before; behind the last
	 * bound those that exceed it. */
	uint64_t within[QUALITY_BUCKETS + 1];
};

/* All values that were counted. */
static inline uint64_t
quality_histogram_count(const struct quality_histogram *histogram)
{
	uint64_t values = 0;

	for (unsigned i = 0; i <= QUALITY_BUCKETS; i++)
		values += histogram->within[i];
	return values;
}

/*
 * The bounds of a measure's buckets, in ascending order; the last one may be
 * exceeded.  *count: how many there are, up to QUALITY_BUCKETS.
 */
const uint32_t *quality_bounds(enum quality_measure measure, unsigned *count);

/* What there is a median of; of both halves together. */
enum quality_median {
	MEDIAN_HANDSHAKE,
	MEDIAN_RTT,
	MEDIAN_RESPONSE,
	MEDIAN_RETRANSMITTED,
	MEDIAN_COUNT
};

struct quality_totals;

/* NULL without memory. */
struct quality_totals *quality_totals_new(void);
void quality_totals_free(struct quality_totals **totals); /* sets NULL */

/*
 * From now on exchanges are told apart by the names of these networks (NULL:
 * none), which must outlive the next call.  A name for which there is no room
 * any more, after many changes, counts as "".
 */
void quality_totals_networks(
    struct quality_totals *totals, const struct network_set *networks);
/* An exchange ends. */
void quality_totals_count(
    struct quality_totals *totals, const struct exchange *exchange);
/* It goes on (active_timeout): only the segments of all together count now. */
void quality_totals_part(
    struct quality_totals *totals, const struct exchange *part);
void quality_totals_add(
    struct quality_totals *sum, const struct quality_totals *part);

/* TCP and UDP exchanges that were counted. */
uint64_t quality_totals_exchanges(const struct quality_totals *totals);
/* Networks: "" is number 0, and always there. */
unsigned quality_totals_network_count(const struct quality_totals *totals);
const char *quality_totals_network(
    const struct quality_totals *totals, unsigned number);
const struct quality_histogram *quality_totals_histogram(
    const struct quality_totals *totals, unsigned number,
    enum quality_measure measure);
/*
 * A median, within an eighth; 0, or -1 where nothing was counted.  Microseconds,
 * or of a million segments.
 */
int quality_totals_median(const struct quality_totals *totals,
    enum quality_median median, uint32_t *value);
/* Of a million segments of all exchanges, how many were retransmitted. */
uint32_t quality_totals_retransmitted(const struct quality_totals *totals);

#endif

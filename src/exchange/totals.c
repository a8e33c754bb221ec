/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two kinds of histograms:
 *
 *	of each network	 few buckets with round bounds, for Prometheus
 *	of all together	 bins of constant relative width, for medians:
 *
 *	bin    0 … 15   16 … 23      24 … 31      …   232 … 239
 *	value  itself   16, 18, … 30 32, 36, … 60 …   up to 2^32 - 1
 *
 * Eight bins an octave, and the mean of what is in one is reported: a median is
 * within 1/8 of the true one, mostly much nearer, and exact where all values of
 * its bin are the same.
 */
#include <config.h>

#include "exflow/exchange/totals.h"

#include <stdlib.h>
#include <string.h>

#include "exflow/quality/brief.h"

#define BINS 240
#define OCTAVES 32
#define MILLION 1000000

struct network_totals {
	char name[NETWORK_NAME_SIZE];
	struct quality_histogram histograms[MEASURE_COUNT];
};

/* Counts and sums apart: next to each other they would be added as a vector. */
struct bins {
	uint64_t count[BINS], sum[BINS];
};

struct quality_totals {
	/* The first one has no name.  Others are never forgotten. */
	struct network_totals networks[1 + NETWORK_NAMES];
	unsigned network_count;
	const struct network_set *set; /* NULL: no names */
	/* By the number of a name in the set: its place above. */
	uint8_t places[1 + NETWORK_NAMES];
	/* By the octave of a time, of a rate: the first bound in it or above. */
	uint8_t first_time[OCTAVES], first_rate[OCTAVES];
	uint64_t exchanges;
	uint64_t segments, retransmitted;
	struct bins bins[MEDIAN_COUNT];
};

/* An octave has one bound at most (OCTAVES).  The last one stands for none. */
#define TIMES 15
static const uint32_t time_bounds[TIMES + 1] = { 100, 200, 500, 1000, 2000,
	5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000, 2000000,
	5000000, UINT32_MAX };
/* The first one is for none: count_rate_0() counts there. */
#define RATES 11
static const uint32_t rate_bounds[RATES + 1] = { 0, 1000, 2000, 5000, 10000,
	20000, 50000, 100000, 200000, 500000, MILLION, UINT32_MAX };
#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))
_Static_assert(TIMES <= QUALITY_BUCKETS && RATES <= QUALITY_BUCKETS,
    "a histogram has room for its buckets");

static inline bool
is_rate(enum quality_measure measure)
{
	return measure == MEASURE_RETRANSMITTED_CLIENT ||
	       measure == MEASURE_RETRANSMITTED_SERVER;
}

const uint32_t *
quality_bounds(enum quality_measure measure, unsigned *count)
{
	*count = is_rate(measure) ? RATES : TIMES;
	return is_rate(measure) ? rate_bounds : time_bounds;
}

/* The number of the highest bit of a value that is not 0. */
static inline unsigned
octave_of(uint32_t value)
{
	return (unsigned)__builtin_clz(value) ^ (OCTAVES - 1);
}

static void
find_first(uint8_t first[OCTAVES], const uint32_t *bounds)
{
	unsigned i = 0;

	for (unsigned octave = 0; octave < OCTAVES; octave++) {
		while (bounds[i] < UINT32_C(1) << octave)
			i++;
		first[octave] = (uint8_t)i;
	}
}

struct quality_totals *
quality_totals_new(void)
{
	struct quality_totals *totals = calloc(1, sizeof(*totals));

	if (totals == NULL)
		return NULL;
	totals->network_count = 1;
	find_first(totals->first_time, time_bounds);
	find_first(totals->first_rate, rate_bounds);
	return totals;
}

void
quality_totals_free(struct quality_totals **totals)
{
	free(*totals);
	*totals = NULL;
}

/* --- networks */

/* The place of a name, which may be new; 0: there is no room. */
static unsigned
place_of(struct quality_totals *totals, const char *name)
{
	for (unsigned i = 0; i < totals->network_count; i++)
		if (strcmp(totals->networks[i].name, name) == 0)
			return i;
	if (totals->network_count == COUNT_OF(totals->networks))
		return 0;
	memcpy(totals->networks[totals->network_count].name, name,
	    strlen(name) + 1);
	return totals->network_count++;
}

void
quality_totals_networks(
    struct quality_totals *totals, const struct network_set *networks)
{
	unsigned names = networks != NULL ? network_set_names(networks) : 0;

	totals->set = names > 0 ? networks : NULL;
	for (unsigned i = 1; i <= names; i++)
		totals->places[i] = (uint8_t)place_of(
		    totals, network_set_name_text(networks, i));
}

static struct network_totals *
network_of(struct quality_totals *totals, const struct exchange *exchange)
{
	unsigned name = 0;

	if (totals->set == NULL)
		return &totals->networks[0];
	for (int i = CLIENT; i <= SERVER && name == 0; i++)
		if (exchange->local >> i & 1)
			name = network_set_name(totals->set,
			    exchange->address[i], exchange->ip_version);
	return &totals->networks[totals->places[name]];
}

/* --- counting: for every exchange, so without a branch where one is spared */

/* The value is not 0, or there is no bound of 0. */
QUALITY_INLINE void
histogram_count(struct quality_histogram *histogram,
    const uint8_t first[OCTAVES], const uint32_t *bounds, uint32_t value)
{
	unsigned i = first[octave_of(value | 1)];

	histogram->sum += value;
	histogram->within[i + (value > bounds[i])]++;
}

QUALITY_INLINE void
count_time(const struct quality_totals *totals, struct network_totals *network,
    enum quality_measure measure, uint32_t value)
{
	if (value != QUALITY_UNKNOWN)
		histogram_count(&network->histograms[measure],
		    totals->first_time, time_bounds, value);
}

/* Up to 15 a value has a bin of its own, as in an octave of eight. */
QUALITY_INLINE unsigned
bin_of(uint32_t value)
{
	unsigned shift = octave_of(value | 8) - 3;

	return 8 * shift + (value >> shift);
}

QUALITY_INLINE void
median_count(
    struct quality_totals *totals, enum quality_median median, uint32_t value)
{
	struct bins *bins = &totals->bins[median];
	unsigned bin = bin_of(value);

	bins->count[bin]++;
	bins->sum[bin] += value;
}

/* Where both halves are known. */
QUALITY_INLINE void
median_count_sum(struct quality_totals *totals, enum quality_median median,
    uint32_t client, uint32_t server)
{
	uint64_t sum = (uint64_t)client + server;

	if (client != QUALITY_UNKNOWN && server != QUALITY_UNKNOWN)
		median_count(totals, median,
		    sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX);
}

QUALITY_INLINE void
count_response(struct quality_totals *totals, struct network_totals *network,
    uint32_t response)
{
	if (response == QUALITY_UNKNOWN)
		return;
	count_time(totals, network, MEASURE_RESPONSE, response);
	median_count(totals, MEDIAN_RESPONSE, response);
}

QUALITY_INLINE void
count_round_trips(struct quality_totals *totals, struct network_totals *network,
    const struct exchange_quality *quality)
{
	const struct quality_side *client = &quality->side[CLIENT];
	const struct quality_side *server = &quality->side[SERVER];

	count_time(
	    totals, network, MEASURE_HANDSHAKE_CLIENT, client->handshake_rtt);
	count_time(
	    totals, network, MEASURE_HANDSHAKE_SERVER, server->handshake_rtt);
	count_time(totals, network, MEASURE_RTT_CLIENT, client->rtt_mean);
	count_time(totals, network, MEASURE_RTT_SERVER, server->rtt_mean);
	median_count_sum(totals, MEDIAN_HANDSHAKE, client->handshake_rtt,
	    server->handshake_rtt);
	median_count_sum(
	    totals, MEDIAN_RTT, client->rtt_mean, server->rtt_mean);
}

/* A side that sent segments, and none of them again. */
QUALITY_INLINE void
count_rate_0(struct network_totals *network, int side)
{
	network->histograms[MEASURE_RETRANSMITTED_CLIENT + side].within[0]++;
}

/* A SYN without payload, or datagrams without more than one answer. */
static void
count_brief(struct quality_totals *totals, struct network_totals *network,
    const struct exchange *exchange)
{
	uint64_t took;

	if (exchange->brief.kind == BRIEF_SYN) {
		count_rate_0(network, CLIENT);
		median_count(totals, MEDIAN_RETRANSMITTED, 0);
		totals->segments++;
	} else if (exchange_brief_answer(exchange, &took)) {
		count_response(totals, network, quality_response(took));
	}
}

/* A side that sent some segments again. */
static __attribute__((noinline)) void
count_rate(const struct quality_totals *totals, struct network_totals *network,
    int side, uint64_t segments, uint64_t repeated)
{
	uint32_t rate = (uint32_t)(repeated * MILLION / segments);

	if (rate == 0)
		count_rate_0(network, side);
	else
		histogram_count(
		    &network->histograms[MEASURE_RETRANSMITTED_CLIENT + side],
		    totals->first_rate, rate_bounds, rate);
}

QUALITY_INLINE void
count_retransmissions(struct quality_totals *totals,
    struct network_totals *network, const struct exchange_quality *quality)
{
	uint64_t all = 0, again = 0;

#pragma GCC unroll 2
	for (int i = CLIENT; i <= SERVER; i++) {
		const struct quality_side *side = &quality->side[i];
		uint64_t segments = quality_segments(side), repeated = 0;

		if (segments == 0)
			continue;
		if (segments != side->segments[LOSS_NONE])
			repeated = quality_retransmitted(side);
		if (repeated == 0)
			count_rate_0(network, i);
		else
			count_rate(totals, network, i, segments, repeated);
		all += segments;
		again += repeated;
	}
	if (all == 0)
		return;
	median_count(totals, MEDIAN_RETRANSMITTED,
	    again == 0 ? 0 : (uint32_t)(again * MILLION / all));
	totals->segments += all;
	totals->retransmitted += again;
}

void
quality_totals_count(
    struct quality_totals *totals, const struct exchange *exchange)
{
	const struct exchange_quality *quality = exchange->quality;
	struct network_totals *network;

	if (quality == NULL)
		return;
	network = network_of(totals, exchange);
	totals->exchanges++;
	if (exchange->brief.kind != BRIEF_NONE) {
		count_brief(totals, network, exchange);
		return;
	}
	count_round_trips(totals, network, quality);
	count_response(totals, network, quality->response_time);
	if (exchange->protocol == PROTOCOL_TCP)
		count_retransmissions(totals, network, quality);
}

void
quality_totals_part(struct quality_totals *totals, const struct exchange *part)
{
	if (part->quality == NULL)
		return;
	if (part->brief.kind != BRIEF_NONE) {
		totals->segments += part->brief.kind == BRIEF_SYN;
		return;
	}
	for (int i = CLIENT; i <= SERVER; i++) {
		const struct quality_side *side = &part->quality->side[i];

		totals->segments += quality_segments(side);
		totals->retransmitted += quality_retransmitted(side);
	}
}

/* --- sums of several meters */

static void
histogram_add(
    struct quality_histogram *sum, const struct quality_histogram *part)
{
	sum->sum += part->sum;
	for (unsigned i = 0; i <= QUALITY_BUCKETS; i++)
		sum->within[i] += part->within[i];
}

void
quality_totals_add(
    struct quality_totals *sum, const struct quality_totals *part)
{
	for (unsigned i = 0; i < part->network_count; i++) {
		const struct network_totals *from = &part->networks[i];
		struct network_totals *to =
		    &sum->networks[place_of(sum, from->name)];

		for (unsigned j = 0; j < MEASURE_COUNT; j++)
			histogram_add(&to->histograms[j], &from->histograms[j]);
	}
	sum->exchanges += part->exchanges;
	sum->segments += part->segments;
	sum->retransmitted += part->retransmitted;
	for (unsigned i = 0; i < MEDIAN_COUNT; i++)
		for (unsigned j = 0; j < BINS; j++) {
			sum->bins[i].count[j] += part->bins[i].count[j];
			sum->bins[i].sum[j] += part->bins[i].sum[j];
		}
}

/* --- reading */

uint64_t
quality_totals_exchanges(const struct quality_totals *totals)
{
	return totals->exchanges;
}

unsigned
quality_totals_network_count(const struct quality_totals *totals)
{
	return totals->network_count;
}

const char *
quality_totals_network(const struct quality_totals *totals, unsigned number)
{
	return totals->networks[number].name;
}

const struct quality_histogram *
quality_totals_histogram(const struct quality_totals *totals, unsigned number,
    enum quality_measure measure)
{
	return &totals->networks[number].histograms[measure];
}

int
quality_totals_median(const struct quality_totals *totals,
    enum quality_median median, uint32_t *value)
{
	const struct bins *bins = &totals->bins[median];
	uint64_t counted = 0, sum = 0;

	for (unsigned i = 0; i < BINS; i++)
		counted += bins->count[i];
	for (unsigned i = 0; i < BINS; i++) {
		sum += bins->count[i];
		if (sum == 0 || sum < (counted + 1) / 2)
			continue;
		*value = (uint32_t)(bins->sum[i] / bins->count[i]);
		return 0;
	}
	return -1;
}

uint32_t
quality_totals_retransmitted(const struct quality_totals *totals)
{
	return totals->segments == 0 ? 0
	                             : (uint32_t)(totals->retransmitted *
	                                          MILLION / totals->segments);
}

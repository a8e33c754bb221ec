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
#define BITS 33 /* of a value: 0 to 32 */
#define MILLION 1000000

struct network_totals {
	char name[NETWORK_NAME_SIZE];
	struct quality_histogram histograms[MEASURE_COUNT];
};

struct bin {
	uint64_t count, sum;
};

struct quality_totals {
	/* The first one has no name.  Others are never forgotten. */
	struct network_totals networks[1 + NETWORK_NAMES];
	unsigned network_count;
	const struct network_set *set; /* NULL: no names */
	/* By the number of a name in the set: its place above. */
	uint8_t places[1 + NETWORK_NAMES];
	/* Of times, of rates: the first bound that has so many bits or more. */
	uint8_t first_bound[2][BITS];
	uint64_t exchanges;
	uint64_t segments, retransmitted;
	struct bin bins[MEDIAN_COUNT][BINS];
	uint64_t counted[MEDIAN_COUNT];
};

/* Of values with the same number of bits there is one bound at most (BITS). */
#define TIMES 15
static const uint32_t time_bounds[TIMES] = { 100, 200, 500, 1000, 2000, 5000,
	10000, 20000, 50000, 100000, 200000, 500000, 1000000, 2000000,
	5000000 };
/* The first one is for none: count_brief() counts there. */
#define RATES 11
static const uint32_t rate_bounds[RATES] = { 0, 1000, 2000, 5000, 10000, 20000,
	50000, 100000, 200000, 500000, MILLION };
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

static inline unsigned
bits_of(uint32_t value)
{
	return value == 0 ? 0 : 32 - (unsigned)__builtin_clz(value);
}

static void
find_first(uint8_t first[BITS], const uint32_t *bounds, unsigned count)
{
	unsigned i = 0;

	for (unsigned bits = 0; bits < BITS; bits++) {
		while (i < count && bits_of(bounds[i]) < bits)
			i++;
		first[bits] = (uint8_t)i;
	}
}

struct quality_totals *
quality_totals_new(void)
{
	struct quality_totals *totals = calloc(1, sizeof(*totals));

	if (totals == NULL)
		return NULL;
	totals->network_count = 1;
	find_first(totals->first_bound[false], time_bounds, TIMES);
	find_first(totals->first_bound[true], rate_bounds, RATES);
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

/* --- counting */

static inline void
histogram_count(const struct quality_totals *totals,
    struct network_totals *network, enum quality_measure measure,
    uint32_t value)
{
	struct quality_histogram *histogram = &network->histograms[measure];
	unsigned count, i;
	const uint32_t *bounds = quality_bounds(measure, &count);

	histogram->count++;
	histogram->sum += value;
	i = totals->first_bound[is_rate(measure)][bits_of(value)];
	if (i < count)
		i += value > bounds[i];
	if (i < count)
		histogram->within[i]++;
}

static void
count_known(const struct quality_totals *totals, struct network_totals *network,
    enum quality_measure measure, uint32_t value)
{
	if (value != QUALITY_UNKNOWN)
		histogram_count(totals, network, measure, value);
}

static unsigned
bin_of(uint32_t value)
{
	unsigned octave;

	if (value < 16)
		return value;
	octave = 31 - (unsigned)__builtin_clz(value);
	return 16 + (octave - 4) * 8 + (value >> (octave - 3) & 7);
}

static inline void
median_count(
    struct quality_totals *totals, enum quality_median median, uint32_t value)
{
	struct bin *bin = &totals->bins[median][bin_of(value)];

	bin->count++;
	bin->sum += value;
	totals->counted[median]++;
}

/* Where both halves are known. */
static void
median_count_sum(struct quality_totals *totals, enum quality_median median,
    uint32_t client, uint32_t server)
{
	uint64_t sum = (uint64_t)client + server;

	if (client != QUALITY_UNKNOWN && server != QUALITY_UNKNOWN)
		median_count(totals, median,
		    sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX);
}

static void
count_round_trips(struct quality_totals *totals, struct network_totals *network,
    const struct exchange_quality *quality)
{
	const struct quality_side *client = &quality->side[CLIENT];
	const struct quality_side *server = &quality->side[SERVER];

	count_known(
	    totals, network, MEASURE_HANDSHAKE_CLIENT, client->handshake_rtt);
	count_known(
	    totals, network, MEASURE_HANDSHAKE_SERVER, server->handshake_rtt);
	count_known(totals, network, MEASURE_RTT_CLIENT, client->rtt_mean);
	count_known(totals, network, MEASURE_RTT_SERVER, server->rtt_mean);
	count_known(totals, network, MEASURE_RESPONSE, quality->response_time);
	median_count_sum(totals, MEDIAN_HANDSHAKE, client->handshake_rtt,
	    server->handshake_rtt);
	median_count_sum(
	    totals, MEDIAN_RTT, client->rtt_mean, server->rtt_mean);
	if (quality->response_time != QUALITY_UNKNOWN)
		median_count(totals, MEDIAN_RESPONSE, quality->response_time);
}

static uint64_t
segments_of(const struct quality_side *side)
{
	uint64_t sum = 0;

	for (int i = 0; i < LOSS_CLASS_COUNT; i++)
		sum += side->segments[i];
	return sum;
}

/* A SYN without payload, or datagrams without more than one answer. */
static void
count_brief(struct quality_totals *totals, struct network_totals *network,
    const struct exchange *exchange)
{
	uint64_t took;

	if (exchange->brief.kind == BRIEF_SYN) {
		struct quality_histogram *histogram =
		    &network->histograms[MEASURE_RETRANSMITTED_CLIENT];

		histogram->count++;
		histogram->within[0]++;
		median_count(totals, MEDIAN_RETRANSMITTED, 0);
		totals->segments++;
	} else if (exchange_brief_answer(exchange, &took)) {
		uint32_t response = quality_response(took);

		histogram_count(totals, network, MEASURE_RESPONSE, response);
		median_count(totals, MEDIAN_RESPONSE, response);
	}
}

static void
count_retransmissions(struct quality_totals *totals,
    struct network_totals *network, const struct exchange_quality *quality)
{
	uint64_t all = 0, again = 0;

	for (int i = CLIENT; i <= SERVER; i++) {
		uint64_t segments = segments_of(&quality->side[i]);
		uint64_t repeated = quality_retransmitted(&quality->side[i]);

		if (segments > 0)
			histogram_count(totals, network,
			    i == CLIENT ? MEASURE_RETRANSMITTED_CLIENT
			                : MEASURE_RETRANSMITTED_SERVER,
			    (uint32_t)(repeated * MILLION / segments));
		all += segments;
		again += repeated;
	}
	if (all == 0)
		return;
	median_count(
	    totals, MEDIAN_RETRANSMITTED, (uint32_t)(again * MILLION / all));
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

		totals->segments += segments_of(side);
		totals->retransmitted += quality_retransmitted(side);
	}
}

/* --- sums of several meters */

static void
histogram_add(
    struct quality_histogram *sum, const struct quality_histogram *part)
{
	sum->count += part->count;
	sum->sum += part->sum;
	for (unsigned i = 0; i < QUALITY_BUCKETS; i++)
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
	for (unsigned i = 0; i < MEDIAN_COUNT; i++) {
		sum->counted[i] += part->counted[i];
		for (unsigned j = 0; j < BINS; j++) {
			sum->bins[i][j].count += part->bins[i][j].count;
			sum->bins[i][j].sum += part->bins[i][j].sum;
		}
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
	uint64_t half = (totals->counted[median] + 1) / 2, sum = 0;

	if (half == 0)
		return -1;
	for (unsigned i = 0; i < BINS; i++) {
		const struct bin *bin = &totals->bins[median][i];

		sum += bin->count;
		if (sum < half)
			continue;
		*value = (uint32_t)(bin->sum / bin->count);
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

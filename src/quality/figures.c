/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/quality/figures.h"

#include "exflow/quality/brief.h"

static const char *const class_names[LOSS_CLASS_COUNT] = {
	[LOSS_NONE] = "new",
	[LOSS_KEEP_ALIVE] = "keep_alive",
	[LOSS_WINDOW_PROBE] = "window_probe",
	[LOSS_GAP] = "gap",
	[LOSS_REORDERED] = "reordered",
	[LOSS_DUPLICATED] = "duplicated",
	[LOSS_SPURIOUS] = "spurious",
	[LOSS_FAST] = "fast",
	[LOSS_TIMEOUT] = "timeout",
	[LOSS_OTHER] = "other",
};

const char *quality_class_name(enum loss_class class)
{
	return class_names[class];
}

void
quality_figures_init(struct exchange_quality *figures)
{
	figures->response_time = QUALITY_UNKNOWN;
	figures->idle_time = 0;
	quality_side_init(&figures->side[0]);
	quality_side_init(&figures->side[1]);
}

/* The lesser one; what is not known is the greatest number. */
#define LOWER(into, later) ((into) = (later) < (into) ? (later) : (into))
/* The greater one of what is known. */
#define RAISE(into, later, unknown)                                            \
	((into) = (later) != (unknown) &&                                      \
	                  ((into) == (unknown) || (later) > (into))            \
	              ? (later)                                                \
	              : (into))

static void
add_counts(struct quality_side *sum, const struct quality_side *later)
{
	for (int class = 0; class < LOSS_CLASS_COUNT; class ++)
		sum->segments[class] += later->segments[class];
	sum->retransmitted_octets += later->retransmitted_octets;
	sum->unique_octets += later->unique_octets;
	sum->missed_octets += later->missed_octets;
	sum->hole_fills += later->hole_fills;
	sum->spurious_late += later->spurious_late;
	sum->syn_retransmissions += later->syn_retransmissions;
	sum->zero_window_packets += later->zero_window_packets;
	sum->sack_packets += later->sack_packets;
	sum->pure_acks += later->pure_acks;
	sum->ect_packets += later->ect_packets;
	sum->ce_packets += later->ce_packets;
	for (int bin = 0; bin < QUALITY_SIZE_BINS; bin++)
		sum->size_bins[bin] += later->size_bins[bin];
}

static void
add_extremes(struct quality_side *sum, const struct quality_side *later)
{
	LOWER(sum->window_minimum, later->window_minimum);
	RAISE(sum->window_maximum, later->window_maximum, QUALITY_UNKNOWN);
	LOWER(sum->in_flight_minimum, later->in_flight_minimum);
	RAISE(
	    sum->in_flight_maximum, later->in_flight_maximum, QUALITY_UNKNOWN);
	LOWER(sum->payload_minimum, later->payload_minimum);
	RAISE(sum->payload_maximum, later->payload_maximum, QUALITY_UNKNOWN_16);
	if (sum->ttl_minimum == QUALITY_TTL_UNKNOWN ||
	    (later->ttl_minimum != QUALITY_TTL_UNKNOWN &&
	        later->ttl_minimum < sum->ttl_minimum))
		sum->ttl_minimum = later->ttl_minimum;
	RAISE(sum->ttl_maximum, later->ttl_maximum, QUALITY_TTL_UNKNOWN);
}

static timestamp
first_of(timestamp a, timestamp b)
{
	if (a.ns == 0 || b.ns == 0)
		return timestamp_max(a, b);
	return timestamp_min(a, b);
}

static void
add_side(struct quality_side *sum, const struct quality_side *later)
{
	add_counts(sum, later);
	add_extremes(sum, later);
	sum->handshake_rtt = later->handshake_rtt;
	sum->rtt_minimum = later->rtt_minimum;
	sum->rtt_mean = later->rtt_mean;
	sum->rtt_maximum = later->rtt_maximum;
	sum->rtt_deviation = later->rtt_deviation;
	sum->rtt_samples = later->rtt_samples;
	sum->maximum_segment_size = later->maximum_segment_size;
	sum->window_scale = later->window_scale;
	sum->tcp_options = later->tcp_options;
	sum->initial_in_flight = later->initial_in_flight;
	sum->first_ack = first_of(sum->first_ack, later->first_ack);
	sum->first_payload = first_of(sum->first_payload, later->first_payload);
	sum->last_payload =
	    timestamp_max(sum->last_payload, later->last_payload);
}

void
quality_figures_add(
    struct exchange_quality *sum, const struct exchange_quality *later)
{
	for (int i = 0; i < 2; i++)
		add_side(&sum->side[i], &later->side[i]);
	sum->response_time = later->response_time;
	sum->idle_time += later->idle_time;
}

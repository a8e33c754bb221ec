/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/quality/figures.h"

static const struct quality_side unknown_side = {
	.handshake_rtt = QUALITY_UNKNOWN,
	.rtt_minimum = QUALITY_UNKNOWN,
	.rtt_mean = QUALITY_UNKNOWN,
	.rtt_maximum = QUALITY_UNKNOWN,
	.rtt_deviation = QUALITY_UNKNOWN,
	.maximum_segment_size = QUALITY_UNKNOWN_16,
	.window_scale = QUALITY_UNKNOWN_8,
	.tcp_options = QUALITY_UNKNOWN_8,
	.window_minimum = QUALITY_UNKNOWN,
	.window_maximum = QUALITY_UNKNOWN,
	.in_flight_minimum = QUALITY_UNKNOWN,
	.in_flight_maximum = QUALITY_UNKNOWN,
	.initial_in_flight = QUALITY_UNKNOWN,
	.payload_minimum = QUALITY_UNKNOWN_16,
	.payload_maximum = QUALITY_UNKNOWN_16,
	.ttl_minimum = QUALITY_UNKNOWN_8,
	.ttl_maximum = QUALITY_UNKNOWN_8,
};

void
quality_figures_init(struct exchange_quality *figures)
{
	*figures = (struct exchange_quality){
		.side = { unknown_side, unknown_side },
		.response_time = QUALITY_UNKNOWN,
	};
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UDP and other protocols: what every packet has, and the response time, from
 * the client's first datagram to the server's first answer behind it.  A name
 * server's is the time that resolving the name took.
 */
#include <config.h>

#include "exflow/base/clear.h"

#include "basic.h"

#define CLIENT 0
#define SERVER 1

void
quality_datagrams_begin(struct quality_datagrams *datagrams)
{
	clear_object(datagrams, sizeof(*datagrams));
	datagrams->response = QUALITY_UNKNOWN;
	basic_begin(&datagrams->basic[CLIENT]);
	basic_begin(&datagrams->basic[SERVER]);
}

static inline void
note_response(struct quality_datagrams *datagrams, int side, timestamp time)
{
	uint64_t took;

	if (side == CLIENT) {
		if (datagrams->request.ns == 0)
			datagrams->request = time;
		return;
	}
	if (datagrams->request.ns == 0 || time.ns < datagrams->request.ns ||
	    datagrams->response != QUALITY_UNKNOWN)
		return;
	took = time.ns / 1000 - datagrams->request.ns / 1000;
	datagrams->response =
	    took < QUALITY_UNKNOWN ? (uint32_t)took : QUALITY_UNKNOWN - 1;
}

void
quality_datagrams_segment(struct quality_datagrams *datagrams, int side,
    const struct segment *segment)
{
	uint64_t last = datagrams->last.ns;
	uint64_t gap = segment->time.ns / 1000 - last / 1000;

	if (last != 0 && segment->time.ns > last && gap > QUALITY_IDLE_US)
		datagrams->idle += gap;
	datagrams->last = timestamp_max(datagrams->last, segment->time);
	datagrams->packets++;
	note_response(datagrams, side, segment->time);
	basic_segment(&datagrams->basic[side], segment);
}

void
quality_datagrams_part(struct quality_datagrams *datagrams)
{
	datagrams->idle = 0;
	datagrams->packets = 0;
	basic_begin(&datagrams->basic[CLIENT]);
	basic_begin(&datagrams->basic[SERVER]);
}

void
quality_datagrams_carry(
    struct quality_datagrams *datagrams, struct exchange_quality *figures)
{
	quality_datagrams_read(datagrams, figures);
	quality_datagrams_part(datagrams);
}

/* What was asked before has no answer that could be timed. */
void
quality_datagrams_clock_step(struct quality_datagrams *datagrams)
{
	datagrams->last = (timestamp){ 0 };
	if (datagrams->request.ns != 0 &&
	    datagrams->response == QUALITY_UNKNOWN)
		datagrams->request = TIMESTAMP_MAX;
}

void
quality_datagrams_read(
    const struct quality_datagrams *datagrams, struct exchange_quality *figures)
{
	quality_figures_init(figures);
	basic_read(&datagrams->basic[CLIENT], &figures->side[CLIENT]);
	basic_read(&datagrams->basic[SERVER], &figures->side[SERVER]);
	figures->response_time = datagrams->response;
	figures->idle_time = datagrams->idle;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Losses in the log while the program runs. */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exflow/base/log.h"

#include "outputs.h"

#define TELL_MS 60000

/* "queue 3, send 4": since the last time; how many in all. */
static uint64_t
describe(const struct output *output, char *text, size_t size)
{
	const uint64_t *lost = output->destination->counts.lost;
	uint64_t all = 0;
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < LOSS_COUNT; i++) {
		uint64_t more = lost[i] - output->lost_logged[i];

		all += more;
		if (more > 0 && used < size)
			used += (size_t)snprintf(text + used, size - used,
			    "%s%s %" PRIu64, used > 0 ? ", " : "", loss_name(i),
			    more);
	}
	return all;
}

static void
tell(struct output *output, uint64_t now_ms)
{
	const struct destination *d = output->destination;
	char text[160];
	uint64_t all;

	if (output->logged_ms != 0 && now_ms - output->logged_ms < TELL_MS)
		return;
	all = describe(output, text, sizeof(text));
	if (all == 0)
		return;
	log_warning("output %s: %" PRIu64 " records lost (%s)%s%s", d->name,
	    all, text, d->error[0] != '\0' ? ": " : "", d->error);
	memcpy(
	    output->lost_logged, d->counts.lost, sizeof(output->lost_logged));
	output->logged_ms = now_ms;
}

static void
tell_queue(struct outputs *outputs, uint64_t lost, uint64_t now_ms)
{
	if (lost == outputs->queue_lost_logged ||
	    (outputs->queue_logged_ms != 0 &&
	        now_ms - outputs->queue_logged_ms < TELL_MS))
		return;
	log_warning("the export queue is full: %" PRIu64
	            " records lost to every output",
	    lost - outputs->queue_lost_logged);
	outputs->queue_lost_logged = lost;
	outputs->queue_logged_ms = now_ms;
}

void
outputs_log_losses(
    struct outputs *outputs, uint64_t queue_lost, uint64_t now_ms)
{
	tell_queue(outputs, queue_lost, now_ms);
	for (size_t i = 0; i < outputs->count; i++)
		tell(&outputs->list[i], now_ms);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Losses of the outputs: counted for a full export queue, logged while the
 * program runs (at most a line a minute for each output) and at the end.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exflow/base/log.h"

#include "message_class.h"
#include "outputs.h"

#define LOG_INTERVAL_MS 60000

/* "queue 3, send 4", since the last line; how many in all. */
static uint64_t
describe_losses(const struct output *output, char *text, size_t size)
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
log_output(struct output *output, uint64_t now_ms)
{
	const struct destination *d = output->destination;
	char text[160];
	uint64_t all;

	if (d->reader_gone) /* "| head": nothing to report */
		return;
	if (output->logged_ms != 0 &&
	    now_ms - output->logged_ms < LOG_INTERVAL_MS)
		return;
	all = describe_losses(output, text, sizeof(text));
	if (all == 0)
		return;
	log_warning("output %s: %" PRIu64 " records lost (%s)%s%s", d->name,
	    all, text, d->error[0] != '\0' ? ": " : "", d->error);
	memcpy(
	    output->lost_logged, d->counts.lost, sizeof(output->lost_logged));
	output->logged_ms = now_ms;
}

static void
log_queue(struct outputs *outputs, uint64_t lost, uint64_t now_ms)
{
	if (lost == outputs->queue_lost_logged ||
	    (outputs->queue_logged_ms != 0 &&
	        now_ms - outputs->queue_logged_ms < LOG_INTERVAL_MS))
		return;
	log_warning("the export queue is full: %" PRIu64
	            " exchanges lost to every output",
	    lost - outputs->queue_lost_logged);
	outputs->queue_lost_logged = lost;
	outputs->queue_logged_ms = now_ms;
}

void
outputs_log_losses(
    struct outputs *outputs, uint64_t queue_lost, uint64_t now_ms)
{
	log_queue(outputs, queue_lost, now_ms);
	for (size_t i = 0; i < outputs->count; i++)
		log_output(&outputs->list[i], now_ms);
}

/*
 * With balance nobody knows whose share they were: the first one's output
 * counts them.
 */
void
outputs_lose(struct outputs *outputs, const struct queue_losses *losses)
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		struct destination *d = output->destination;
		uint64_t split =
		    output_is_uniflow(output) ? losses->two_way : 0;
		uint64_t records = losses->records + split;

		if (output->share > 0)
			continue;
		if (d->ops->whole) {
			records += losses->sums - losses->parts;
			d->counts.parts += losses->parts;
			d->counts.sums += losses->sums;
		}
		d->counts.records_due += records;
		d->counts.split += split;
		d->counts.lost[LOSS_QUEUE] += records;
		if (records > 0 && d->error[0] == '\0')
			snprintf(d->error, sizeof(d->error),
			    "the export queue was full");
	}
}

/* --- at the end */

int
output_report(const struct output *output)
{
	const struct destination *d = output->destination;
	uint64_t due = d->counts.records_due + d->counts.recovered;
	uint64_t missing = due - d->counts.delivered - d->counts.in_spool;

	if (d->counts.in_spool > 0)
		log_error("output %s: %" PRIu64 " records wait in the spool "
		          "for the next start: %s",
		    d->name, d->counts.in_spool, d->error);
	if (d->counts.unconfirmed > 0)
		log_warning("output %s: %" PRIu64 " of the records that were "
		            "delivered are unconfirmed: the collector's "
		            "program may not have read them",
		    d->name, d->counts.unconfirmed);
	/* Without a reason: nobody reads the pipe any more (reader_gone). */
	if (missing > 0 && d->error[0] != '\0')
		log_error("output %s: %" PRIu64 " of %" PRIu64
		          " records were not delivered: %s",
		    d->name, missing, due, d->error);
	else if (missing == 0 && output->result != 0 && d->counts.in_spool == 0)
		log_error("output %s: %s", d->name, d->error);
	return missing > 0 || d->counts.in_spool > 0 || output->result != 0 ? -1
	                                                                    : 0;
}

int
outputs_report(const struct outputs *outputs)
{
	int result = 0;

	for (size_t i = 0; i < outputs->count; i++)
		if (output_report(&outputs->list[i]) != 0)
			result = -1;
	return result;
}

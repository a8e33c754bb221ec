/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outputs.
 */
#include <config.h>

#include "outputs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"
#include "exflow/ipfix/encoder.h"

#include "balance.h"
#include "classes.h"

int
outputs_init(
    struct outputs *outputs, struct destination **destinations, size_t n)
{
	outputs->list = calloc(n + 1, sizeof(*outputs->list));
	if (outputs->list == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		outputs->list[i].destination = destinations[i];
	outputs->count = n;
	outputs->turn_at = TIMESTAMP_MAX;
	return 0;
}

void
outputs_clear(struct outputs *outputs)
{
	struct message_class *next;

	for (size_t i = 0; i < outputs->count; i++)
		destination_free(&outputs->list[i].destination);
	for (struct message_class *class = outputs->classes; class != NULL;
	     class = next) {
		next = class->next;
		class_free(class);
	}
	free(outputs->list);
	*outputs = (struct outputs){ .list = NULL };
}

static int
output_classify(struct outputs *outputs, struct output *output, char *error,
    size_t error_size)
{
	const struct destination *d = output->destination;
	struct ipfix_options options = {
		.record = d->options.record,
		.domain = d->options.domain,
	};

	if (d->ops->message_octets != NULL)
		options.message_octets = d->ops->message_octets(d);
	if (options.message_octets == 0)
		return 0;
	output->class =
	    class_for(outputs, &options, d->options.balance, error, error_size);
	if (output->class == NULL)
		return -1;
	output->class->users++;
	return 0;
}

/* Who takes which share, in the order of the outputs. */
static void
outputs_share_out(struct outputs *outputs)
{
	outputs->shares = 0;
	for (size_t i = 0; i < outputs->count; i++) {
		struct message_class *class = outputs->list[i].class;

		if (class != NULL && class->balance)
			class->share = outputs->shares++;
	}
}

int
outputs_start(struct outputs *outputs, char *error, size_t error_size)
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		struct destination *d = output->destination;

		if (d->ops->start(d) != 0) {
			snprintf(error, error_size, "output %s: %s", d->name,
			    d->error);
			return -1;
		}
		if (output_classify(outputs, output, error, error_size) != 0)
			return -1;
		/* It is told the first time that there is. */
		if (d->ops->turn != NULL)
			outputs->turn_at = (timestamp){ 0 };
	}
	outputs_share_out(outputs);
	return 0;
}

/* From here on the shares are others. */
static void
outputs_shares_are_late(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (outputs->list[i].destination->options.balance)
			outputs->list[i].late = true;
}

static void
output_announce(struct output *output)
{
	struct destination *d = output->destination;
	const struct message *templates, *types;
	size_t templates_count, types_count;

	if (output->class == NULL)
		return;
	templates =
	    ipfix_encoder_templates(output->class->encoder, &templates_count);
	types = ipfix_encoder_types(output->class->encoder, &types_count);
	d->ops->templates(d, templates, templates_count, types, types_count);
}

void
outputs_announce(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++)
		output_announce(&outputs->list[i]);
}

/* --- coming and going */

size_t
outputs_remove(
    struct outputs *outputs, const bool *stale, struct output *removed)
{
	size_t kept = 0, gone = 0;
	bool balanced = false;

	outputs_flush(outputs);
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];

		if (!stale[i]) {
			outputs->list[kept++] = *output;
			continue;
		}
		if (output->class != NULL) {
			balanced |= output->class->balance;
			output->class->users--;
		}
		removed[gone++] = *output;
	}
	outputs->count = kept;
	outputs_share_out(outputs);
	if (balanced)
		outputs_shares_are_late(outputs);
	return gone;
}

int
outputs_add(struct outputs *outputs, struct destination *destination,
    char *error, size_t error_size)
{
	struct output *grown = reallocarray(
	    outputs->list, outputs->count + 1, sizeof(*outputs->list));
	struct output output = { .destination = destination, .late = true };

	if (grown == NULL) {
		snprintf(error, error_size, "output %s: no memory",
		    destination->name);
		return -1;
	}
	outputs->list = grown;
	if (output_classify(outputs, &output, error, error_size) != 0)
		return -1;
	outputs->list[outputs->count++] = output;
	if (destination->ops->turn != NULL)
		outputs->turn_at = (timestamp){ 0 };
	outputs_share_out(outputs);
	if (destination->options.balance)
		outputs_shares_are_late(outputs);
	output_announce(&outputs->list[outputs->count - 1]);
	return 0;
}

/* --- exchanges */

/* How many of these are a destination's. */
static uint64_t
output_share(const struct outputs *outputs, const struct output *output,
    const struct exchange *exchanges, size_t n)
{
	const struct message_class *class = output->class;
	uint64_t records = 0;

	if (class == NULL || !class->balance)
		return n;
	for (size_t i = 0; i < n; i++)
		records += balance_choose(&exchanges[i], outputs->shares) ==
		           class->share;
	return records;
}

static void
outputs_due(struct outputs *outputs, const struct exchange *exchanges, size_t n)
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		struct destination_counts *counts =
		    &output->destination->counts;
		uint64_t records = output_share(outputs, output, exchanges, n);

		counts->records_due += records;
		counts->waiting += records;
	}
}

/* Tell who wants to know of a time; records before it go out before that. */
static void
outputs_turn(struct outputs *outputs)
{
	timestamp next = TIMESTAMP_MAX;

	outputs_flush(outputs);
	for (size_t i = 0; i < outputs->count; i++) {
		struct destination *d = outputs->list[i].destination;

		if (d->ops->turn != NULL)
			next =
			    timestamp_min(next, d->ops->turn(d, outputs->now));
	}
	outputs->turn_at = next;
}

/* How many come before the time that somebody waits for. */
static size_t
outputs_before_turn(
    struct outputs *outputs, const struct exchange *exchanges, size_t n)
{
	size_t i = 0;

	if (outputs->turn_at.ns == TIMESTAMP_MAX.ns)
		return n;
	for (; i < n; i++) {
		timestamp now =
		    timestamp_max(outputs->now, exchange_last(&exchanges[i]));

		if (!timestamp_before(now, outputs->turn_at) && i > 0)
			break;
		outputs->now = now;
		if (!timestamp_before(now, outputs->turn_at))
			outputs_turn(outputs);
	}
	return i;
}

static void
outputs_take(
    struct outputs *outputs, const struct exchange *exchanges, size_t n)
{
	outputs_due(outputs, exchanges, n);
	for (struct message_class *class = outputs->classes; class != NULL;
	     class = class->next)
		class_encode_all(class, exchanges, n);
	for (size_t i = 0; i < outputs->count; i++) {
		struct destination *d = outputs->list[i].destination;

		if (outputs->list[i].class == NULL)
			d->ops->exchanges(d, exchanges, n);
	}
}

void
outputs_chunk(
    struct outputs *outputs, const struct exchange *exchanges, size_t n)
{
	while (n > 0) {
		size_t taken = outputs_before_turn(outputs, exchanges, n);

		outputs_take(outputs, exchanges, taken);
		exchanges += taken;
		n -= taken;
	}
}

uint64_t
outputs_tick(struct outputs *outputs, uint64_t now_ms)
{
	uint64_t next = 0;

	for (size_t i = 0; i < outputs->count; i++) {
		struct destination *d = outputs->list[i].destination;
		uint64_t at = 0;

		if (d->ops->tick != NULL)
			at = d->ops->tick(d, now_ms);
		if (at != 0 && (next == 0 || at < next))
			next = at;
	}
	return next;
}

void
outputs_statistics(struct outputs *outputs, const struct message *message)
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct destination *d = outputs->list[i].destination;

		if (d->ops->statistics != NULL)
			d->ops->statistics(d, message);
	}
}

bool
outputs_can_rotate(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (outputs->list[i].destination->ops->rotate != NULL)
			return true;
	return false;
}

void
outputs_rotate(struct outputs *outputs)
{
	outputs_flush(outputs);
	for (size_t i = 0; i < outputs->count; i++) {
		struct destination *d = outputs->list[i].destination;

		if (d->ops->rotate != NULL)
			d->ops->rotate(d);
	}
}

void
outputs_flush(struct outputs *outputs)
{
	for (struct message_class *class = outputs->classes; class != NULL;
	     class = class->next)
		class_flush(class);
}

/* All have the same time to finish, not one after the other. */
static void
outputs_ending(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct destination *d = outputs->list[i].destination;

		if (d->ops->ending != NULL)
			d->ops->ending(d);
	}
}

void
outputs_finish(struct outputs *outputs)
{
	outputs_ending(outputs);
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];

		output->result =
		    output->destination->ops->finish(output->destination);
	}
}

/* Whose share they were is not known: the first one's. */
void
outputs_lose(struct outputs *outputs, uint64_t records)
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		struct destination *d = output->destination;

		if (output->class != NULL && output->class->share > 0)
			continue;
		d->counts.records_due += records;
		d->counts.lost[LOSS_QUEUE] += records;
		if (records > 0 && d->error[0] == '\0')
			snprintf(d->error, sizeof(d->error),
			    "the export queue was full");
	}
}

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
	/* No reason: whoever read standard output had seen enough. */
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

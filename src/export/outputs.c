/* SPDX-License-Identifier: BSD-2-Clause */
/* See outputs.h. */
#include <config.h>

#include "outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/export/exporter.h"

#include "message_class.h"
#include "share.h"

/* --- life */

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
	outputs->next_boundary = TIMESTAMP_MAX;
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
		message_class_free(class);
	}
	free(outputs->list);
	*outputs = (struct outputs){ .list = NULL };
}

int
output_join_class(struct outputs *outputs, struct output *output, char *error,
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
	output->class = message_class_for(
	    outputs, &options, &d->options, error, error_size);
	if (output->class == NULL)
		return -1;
	output->class->users++;
	return 0;
}

void
outputs_share_out(struct outputs *outputs)
{
	outputs->shares = 0;
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];

		if (!output->destination->options.balance)
			continue;
		output->share = outputs->shares++;
		if (output->class != NULL)
			output->class->share = output->share;
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
		if (output_join_class(outputs, output, error, error_size) != 0)
			return -1;
		/* Its first boundary is the first record. */
		if (d->ops->turn != NULL)
			outputs->next_boundary = (timestamp){ 0 };
	}
	outputs_share_out(outputs);
	return 0;
}

void
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

/* --- exchanges */

/* Whether an output takes parts of an exchange, or the sums over them. */
static bool
output_takes(const struct output *output, enum exchange_extent extent)
{
	return extent == EXTENT_WHOLE ||
	       output->destination->ops->whole == (extent == EXTENT_SUM);
}

/*
 * Count these as due and waiting at each output that they are for, or as left
 * out where the kind of output has no place for them.
 */
static void
outputs_count_due(struct outputs *outputs, const struct exchange *exchanges,
    size_t n, enum exchange_extent extent)
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		struct destination_counts *counts =
		    &output->destination->counts;
		struct due due;

		if (!output_takes(output, extent)) {
			counts->parts += extent == EXTENT_PART ? n : 0;
			continue;
		}
		due = output_due(outputs, output, exchanges, n);
		counts->sums += extent == EXTENT_SUM ? n : 0;
		counts->records_due += due.records + due.split;
		counts->split += due.split;
		counts->left_out += due.left_out;
		counts->waiting += due.records + due.split;
	}
}

/*
 * The time of the records has reached a boundary: flush those before it, then
 * call the outputs that want to hear of it, as archives that end their files.
 */
static void
outputs_cross_boundary(struct outputs *outputs)
{
	timestamp next = TIMESTAMP_MAX;

	outputs_flush(outputs);
	for (size_t i = 0; i < outputs->count; i++) {
		struct destination *d = outputs->list[i].destination;

		if (d->ops->turn != NULL)
			next =
			    timestamp_min(next, d->ops->turn(d, outputs->now));
	}
	outputs->next_boundary = next;
}

/* How many of these come before the next boundary, at least one. */
static size_t
outputs_before_boundary(
    struct outputs *outputs, const struct exchange *exchanges, size_t n)
{
	size_t i = 0;

	if (outputs->next_boundary.ns == TIMESTAMP_MAX.ns)
		return n;
	for (; i < n; i++) {
		timestamp now =
		    timestamp_max(outputs->now, exchange_last(&exchanges[i]));

		if (!timestamp_before(now, outputs->next_boundary) && i > 0)
			break;
		outputs->now = now;
		if (!timestamp_before(now, outputs->next_boundary))
			outputs_cross_boundary(outputs);
	}
	return i;
}

/* Exchanges of one extent.  Messages have parts, never the sums over them. */
static void
outputs_export(struct outputs *outputs, const struct exchange *exchanges,
    size_t n, enum exchange_extent extent)
{
	outputs_count_due(outputs, exchanges, n, extent);
	for (struct message_class *class = outputs->classes;
	     class != NULL && extent != EXTENT_SUM; class = class->next)
		message_class_encode(class, exchanges, n);
	for (size_t i = 0; i < outputs->count; i++)
		if (outputs->list[i].class == NULL &&
		    output_takes(&outputs->list[i], extent))
			output_exchanges(
			    outputs, &outputs->list[i], exchanges, n);
}

/* An exchange that another processor wrote will soon be read here. */
static inline __attribute__((always_inline)) void
prefetch(const struct exchange *exchange)
{
	for (size_t at = 0; at < sizeof(*exchange); at += 64)
		__builtin_prefetch((const char *)exchange + at);
}

/* How many of these begin the list and have the extent of the first. */
static size_t
same_extent(const struct exchange *exchanges, size_t n)
{
	size_t i = 1;

	for (; i < n && exchanges[i].extent == exchanges[0].extent; i++)
		if (i + 2 < n)
			prefetch(&exchanges[i + 2]);
	return i;
}

/*
 * Brief figures are for the encoder: does somebody else look at the exchanges,
 * be it a filter, or at halves of them?
 */
static bool
wants_whole_figures(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		const struct message_class *class = outputs->list[i].class;

		if (class == NULL || class->filter != NULL ||
		    output_is_uniflow(&outputs->list[i]))
			return true;
	}
	return false;
}

static void
expand_figures(struct exchange *exchanges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		exchange_expand(&exchanges[i]);
}

void
outputs_chunk(struct outputs *outputs, struct exchange *exchanges, size_t n)
{
	if (wants_whole_figures(outputs))
		expand_figures(exchanges, n);
	while (n > 0) {
		size_t some = n < EXPORT_CHUNK ? n : EXPORT_CHUNK;
		size_t taken = outputs_before_boundary(
		    outputs, exchanges, same_extent(exchanges, some));

		outputs_export(outputs, exchanges, taken,
		    (enum exchange_extent)exchanges->extent);
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
outputs_rotate(struct outputs *outputs, bool reopen)
{
	outputs_flush(outputs);
	for (size_t i = 0; i < outputs->count; i++) {
		struct destination *d = outputs->list[i].destination;

		if (reopen && d->ops->reopen != NULL)
			d->ops->reopen(d);
		else if (d->ops->rotate != NULL)
			d->ops->rotate(d);
	}
}

void
outputs_flush(struct outputs *outputs)
{
	for (struct message_class *class = outputs->classes; class != NULL;
	     class = class->next)
		message_class_flush(class);
}

/* All begin to finish at once, so that their timeouts run side by side. */
static void
outputs_begin_to_finish(struct outputs *outputs)
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
	outputs_begin_to_finish(outputs);
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];

		output->result =
		    output->destination->ops->finish(output->destination);
	}
}

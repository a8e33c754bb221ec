/* SPDX-License-Identifier: BSD-2-Clause */
/* See message_class.h. */
#include <config.h>

#include "message_class.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "exflow/export/exporter.h"
#include "exflow/ipfix/shape_set.h"

#include "balance.h"

/* Halves of exchanges that a class splits at once: they stay in the cache. */
#define HALVES 128

/* An ipfix_encoder's handler: a message for each output of the class. */
static void
class_message(void *context, const struct message *message)
{
	struct message_class *class = context;
	struct outputs *outputs = class->outputs;

	if (message->kind == MESSAGE_DATA)
		class->emitted += message->records;
	for (size_t i = 0; i < outputs->count; i++) {
		struct destination *d = outputs->list[i].destination;

		if (outputs->list[i].class == class)
			d->ops->message(d, message);
	}
}

/* The encoder lost so many records: for each output of the class. */
static void
class_lose(struct message_class *class, uint64_t records)
{
	struct outputs *outputs = class->outputs;

	for (size_t i = 0; i < outputs->count; i++) {
		struct destination *d = outputs->list[i].destination;

		if (outputs->list[i].class != class)
			continue;
		d->counts.waiting -= records;
		d->counts.lost[LOSS_ENCODE] += records;
		snprintf(d->error, sizeof(d->error), "cannot encode: %s",
		    ipfix_encoder_error(class->encoder));
	}
}

/* Tell the outputs of the class how many records have texts that were cut. */
static void
class_count_cut(struct message_class *class)
{
	uint64_t cut = ipfix_encoder_cut(class->encoder) - class->cut;
	struct outputs *outputs = class->outputs;

	if (cut == 0)
		return;
	class->cut += cut;
	for (size_t i = 0; i < outputs->count; i++)
		if (outputs->list[i].class == class)
			outputs->list[i].destination->counts.cut += cut;
}

static bool
same_options(const struct ipfix_options *a, const struct ipfix_options *b)
{
	const struct record_options *r = &a->record, *s = &b->record;

	return a->domain == b->domain &&
	       a->message_octets == b->message_octets &&
	       r->enterprise_number == s->enterprise_number &&
	       r->biflow == s->biflow && r->flags_own == s->flags_own &&
	       r->flags_iana == s->flags_iana && r->interface == s->interface &&
	       r->vlan == s->vlan && r->mac == s->mac && r->other == s->other &&
	       r->quality == s->quality && r->profiles == s->profiles &&
	       r->names == s->names && r->payload == s->payload;
}

void
message_class_free(struct message_class *class)
{
	ipfix_encoder_free(&class->encoder);
	filter_free(&class->filter);
	free(class->record_filter);
	free(class->halves);
	free(class->figures);
	free(class);
}

/* Uniflow needs room for halves, and for their figures.  False: no memory. */
static bool
class_make_halves(
    struct message_class *class, const struct record_options *options)
{
	if (options->biflow)
		return true;
	class->halves = calloc(HALVES, sizeof(*class->halves));
	if (options->quality)
		class->figures = calloc(HALVES, sizeof(*class->figures));
	return class->halves != NULL &&
	       (!options->quality || class->figures != NULL);
}

/* A filter of its own, as it may outlive its outputs.  False: no memory. */
static bool
class_take_filter(struct message_class *class, const char *text)
{
	struct filter_error wrong;

	if (text == NULL)
		return true;
	class->record_filter = strdup(text);
	class->filter = filter_compile(
	    text, &(struct filter_options){ .resolver = NULL }, &wrong);
	return class->record_filter != NULL && class->filter != NULL;
}

static struct message_class *
class_new(struct outputs *outputs, const struct ipfix_options *options,
    const struct destination_options *wanted, char *error, size_t error_size)
{
	struct message_class *class = calloc(1, sizeof(*class));

	if (class == NULL || !class_make_halves(class, &options->record) ||
	    !class_take_filter(class, wanted->record_filter)) {
		snprintf(error, error_size, "no memory for an encoder");
		if (class != NULL)
			message_class_free(class);
		return NULL;
	}
	class->outputs = outputs;
	class->options = *options;
	class->balance = wanted->balance;
	class->encoder =
	    ipfix_encoder_new(options, class_message, class, error, error_size);
	if (class->encoder == NULL) {
		message_class_free(class);
		return NULL;
	}
	class->next = outputs->classes;
	outputs->classes = class;
	return class;
}

struct message_class *
message_class_for(struct outputs *outputs, const struct ipfix_options *options,
    const struct destination_options *wanted, char *error, size_t error_size)
{
	struct message_class *class = outputs->classes;
	bool balance = wanted->balance;

	for (; class != NULL; class = class->next)
		if (class->balance == balance &&
		    (!balance || class->users == 0) &&
		    g_strcmp0(class->record_filter, wanted->record_filter) ==
		        0 &&
		    same_options(&class->options, options))
			return class;
	return class_new(outputs, options, wanted, error, error_size);
}

static void
class_encode(struct message_class *class, const struct exchange *exchange,
    unsigned shape)
{
	if (class->balance &&
	    balance_choose(exchange, class->outputs->shares) != class->share)
		return;
	if (ipfix_encoder_add_shape(class->encoder, exchange, shape) == 0)
		class->encoded++;
	else
		class_lose(class, 1);
}

/* Lists of exchanges, each of one shape: of those that were seen. */
struct shape_lists {
	struct shape_set seen;
	uint16_t first[IPFIX_SHAPES], last[IPFIX_SHAPES];
	uint16_t next[EXPORT_CHUNK]; /* but of the last */
};

static inline void
list_append(struct shape_lists *lists, unsigned shape, size_t number)
{
	if (shape_set_has(&lists->seen, shape)) {
		lists->next[lists->last[shape]] = (uint16_t)number;
	} else {
		shape_set_add(&lists->seen, shape);
		lists->first[shape] = (uint16_t)number;
	}
	lists->last[shape] = (uint16_t)number;
}

/*
 * Encode those of these that the filter takes (NULL: all), EXPORT_CHUNK at
 * most, shape by shape, so that a message has one data set of each shape
 * instead of many.
 */
static void
class_encode_by_shape(struct message_class *class, const struct filter *filter,
    const struct exchange *exchanges, size_t n)
{
	const struct record_options *record = &class->options.record;
	struct shape_lists lists;

	lists.seen = (struct shape_set){ 0 };
	for (size_t i = 0; i < n; i++)
		if (filter == NULL ||
		    filter_takes_exchange(filter, &exchanges[i]))
			list_append(
			    &lists, ipfix_shape(&exchanges[i], record), i);
	while (!shape_set_empty(&lists.seen)) {
		unsigned shape = shape_set_take(&lists.seen);
		size_t last = lists.last[shape];

		for (size_t i = lists.first[shape];; i = lists.next[i]) {
			class_encode(class, &exchanges[i], shape);
			if (i == last)
				break;
		}
	}
}

static void
class_make_half(struct message_class *class, const struct exchange *exchange,
    int side, size_t n)
{
	struct exchange *half = &class->halves[n];

	half->quality = class->figures == NULL ? NULL : &class->figures[n];
	exchange_one_way(exchange, side, half);
}

/* Uniflow: what each side sent, as a record of its own. */
static void
class_encode_halves(
    struct message_class *class, const struct exchange *exchanges, size_t n)
{
	size_t halves = 0;

	for (size_t i = 0; i < n; i++) {
		if (class->filter != NULL &&
		    !filter_takes_exchange(class->filter, &exchanges[i]))
			continue;
		for (int side = CLIENT; side <= SERVER; side++)
			if (exchanges[i].side[side].packets > 0)
				class_make_half(
				    class, &exchanges[i], side, halves++);
		if (halves <= HALVES - 2)
			continue;
		class_encode_by_shape(class, NULL, class->halves, halves);
		halves = 0;
	}
	class_encode_by_shape(class, NULL, class->halves, halves);
}

void
message_class_encode(
    struct message_class *class, const struct exchange *exchanges, size_t n)
{
	if (class->users == 0)
		return;
	if (class->options.record.biflow)
		class_encode_by_shape(class, class->filter, exchanges, n);
	else
		class_encode_halves(class, exchanges, n);
	class_count_cut(class);
}

void
message_class_flush(struct message_class *class)
{
	(void)ipfix_encoder_flush(class->encoder);
	if (class->emitted < class->encoded)
		class_lose(class, class->encoded - class->emitted);
	class->encoded = class->emitted;
}

bool
output_is_uniflow(const struct output *output)
{
	return output->class != NULL && !output->class->options.record.biflow;
}

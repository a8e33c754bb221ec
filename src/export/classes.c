/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "classes.h"

#include <stdio.h>
#include <stdlib.h>

#include "exflow/ipfix/encoder.h"

#include "balance.h"

static void
class_message(void *context, const struct message *message)
{
	struct message_class *class = context;
	struct outputs *outputs = class->outputs;

	if (message->kind == MESSAGE_DATA)
		class->handed += message->records;
	for (size_t i = 0; i < outputs->count; i++) {
		struct destination *d = outputs->list[i].destination;

		if (outputs->list[i].class == class)
			d->ops->message(d, message);
	}
}

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

static bool
same_options(const struct ipfix_options *a, const struct ipfix_options *b)
{
	const struct record_options *r = &a->record, *s = &b->record;

	return a->domain == b->domain &&
	       a->message_octets == b->message_octets &&
	       r->enterprise_number == s->enterprise_number &&
	       r->flags_own == s->flags_own && r->flags_iana == s->flags_iana &&
	       r->interface == s->interface && r->vlan == s->vlan;
}

static struct message_class *
class_new(struct outputs *outputs, const struct ipfix_options *options,
    bool balance, char *error, size_t error_size)
{
	struct message_class *class = calloc(1, sizeof(*class));

	if (class == NULL) {
		snprintf(error, error_size, "no memory for an encoder");
		return NULL;
	}
	class->outputs = outputs;
	class->options = *options;
	class->balance = balance;
	class->encoder =
	    ipfix_encoder_new(options, class_message, class, error, error_size);
	if (class->encoder == NULL) {
		free(class);
		return NULL;
	}
	class->next = outputs->classes;
	outputs->classes = class;
	return class;
}

struct message_class *
class_for(struct outputs *outputs, const struct ipfix_options *options,
    bool balance, char *error, size_t error_size)
{
	struct message_class *class = outputs->classes;

	for (; class != NULL; class = class->next)
		if (class->balance == balance &&
		    (!balance || class->users == 0) &&
		    same_options(&class->options, options))
			return class;
	return class_new(outputs, options, balance, error, error_size);
}

void
class_free(struct message_class *class)
{
	ipfix_encoder_free(&class->encoder);
	free(class);
}

static void
class_encode(struct message_class *class, const struct exchange *exchange)
{
	if (class->balance &&
	    balance_choose(exchange, class->outputs->shares) != class->share)
		return;
	if (ipfix_encoder_add(class->encoder, exchange) == 0)
		class->encoded++;
	else
		class_lose(class, 1);
}

/*
 * Shape by shape, the first one's first: one set of each instead of many.
 * Mostly all have the same, and are looked at once.
 */
void
class_encode_all(
    struct message_class *class, const struct exchange *exchanges, size_t n)
{
	unsigned seen, shape, done = 0;

	if (class->users == 0 || n == 0)
		return;
	for (seen = 1u << ipfix_shape(&exchanges[0]); seen != done;
	     done |= 1u << shape) {
		shape = (unsigned)__builtin_ctz(seen & ~done);
		for (size_t i = 0; i < n; i++) {
			unsigned one = ipfix_shape(&exchanges[i]);

			seen |= 1u << one;
			if (one == shape)
				class_encode(class, &exchanges[i]);
		}
	}
}

void
class_flush(struct message_class *class)
{
	(void)ipfix_encoder_flush(class->encoder);
	if (class->handed < class->encoded)
		class_lose(class, class->encoded - class->handed);
	class->encoded = class->handed;
}

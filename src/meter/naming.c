/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "naming.h"

#include <stdlib.h>
#include <string.h>

/* --- on and off */

void
naming_free(struct naming **naming)
{
	if (*naming == NULL)
		return;
	names_free(&(*naming)->names);
	names_pool_clear(&(*naming)->pool);
	free((*naming)->room);
	free(*naming);
	*naming = NULL;
}

static struct naming *
naming_new(const struct meter *meter)
{
	struct naming *naming = calloc(1, sizeof(*naming));
	struct names_options options = meter->options.names;

	if (naming == NULL)
		return NULL;
	options.states = meter->max_exchanges;
	options.populate = meter->populate;
	naming->names = names_new(&options);
	naming->room = malloc(EXCHANGE_NAMES_OCTETS_MAX);
	if (naming->names == NULL || naming->room == NULL ||
	    names_pool_init(
	        &naming->pool, meter->max_exchanges, meter->populate) != 0)
		naming_free(&naming);
	return naming;
}

static bool
is_same(const struct names_options *a, const struct names_options *b)
{
	return a->kinds == b->kinds && a->payload == b->payload &&
	       a->buffers == b->buffers && a->quic_rate == b->quic_rate;
}

/* What has been counted so far stays in the ledger's sums. */
static void
keep_counts(struct meter *meter)
{
	if (naming_on(meter))
		ledger_add_names(
		    &meter->ledger.names, names_counts(meter->naming->names));
}

int
naming_configure(struct meter *meter)
{
	const struct names_options *options = &meter->options.names;

	if (naming_on(meter) && is_same(&meter->names, options))
		return 0;
	keep_counts(meter);
	naming_free(&meter->naming);
	meter->names = *options;
	if (!names_wanted(options))
		return 0;
	meter->naming = naming_new(meter);
	return meter->naming == NULL ? -1 : 0;
}

uint64_t
naming_octets(const struct meter *meter)
{
	return naming_on(meter) ? names_pool_octets(&meter->naming->pool) : 0;
}

void
meter_set_payloads(struct meter *meter, const struct segment *segments,
    const struct segment_payload *payloads, size_t n)
{
	struct naming *naming = meter->naming;

	if (naming == NULL)
		return;
	naming->segments = segments;
	naming->payloads = payloads;
	naming->count = n;
	naming->next = 0;
}

/* --- heads */

static void
drop(struct naming *naming, struct names_head *head)
{
	if (head->state != 0)
		names_end(naming->names, &head->state);
	if (head->hunted != 0)
		names_pool_drop(&naming->pool, head);
}

/* The payload of this segment, if it is the next that comes. */
static const struct segment_payload *
payload_of(const struct naming *naming, const struct segment *segment)
{
	const struct segment_payload *payload;

	if (naming->next >= naming->count)
		return NULL;
	payload = &naming->payloads[naming->next];
	return &naming->segments[payload->segment] == segment ? payload : NULL;
}

/* What the client had asked for. */
static void
keep(struct meter *meter, struct names_head *head,
    const struct segment_payload *payload)
{
	if (!names_pool_keep(&meter->naming->pool, head, payload->hunted,
	        payload->hunted_octets))
		meter->ledger.names_lost++;
}

void
naming_open(struct meter *meter, uint32_t number, const struct segment *segment)
{
	struct naming *naming = meter->naming;
	const struct segment_payload *payload = payload_of(naming, segment);
	struct names_head resumed = naming->resumed, *head;

	naming->resumed = (struct names_head){ 0 };
	if (resumed.state == 0 && resumed.hunted == 0 &&
	    (payload == NULL || payload->hunted_octets == 0))
		return;
	if (pool_live(&meter->pool, number)->state & LIVE_LEFT_OUT) {
		drop(naming, &resumed);
		return;
	}
	head = names_pool_make_head(&naming->pool, number);
	if (head == NULL) {
		meter->ledger.names_lost++;
		drop(naming, &resumed);
		return;
	}
	*head = resumed;
	if (payload != NULL && payload->hunted_octets > 0)
		keep(meter, head, payload);
}

struct names_head
naming_take(struct meter *meter, uint32_t number)
{
	struct names_head *head = names_pool_head(&meter->naming->pool, number);
	struct names_head taken = { 0 };

	if (head == NULL)
		return taken;
	taken = *head;
	*head = (struct names_head){ 0 };
	return taken;
}

void
naming_end(struct meter *meter, uint32_t number)
{
	struct names_head head = naming_take(meter, number);

	drop(meter->naming, &head);
}

void
naming_leave(struct meter *meter, uint32_t resumable, struct names_head head)
{
	struct naming *naming = meter->naming;
	struct names_head *left;

	if (head.state == 0 && head.hunted == 0)
		return;
	if (resumable == RESUMABLE_NONE) {
		drop(naming, &head);
		return;
	}
	left = names_pool_make_left(&naming->pool, resumable);
	if (left != NULL) {
		*left = head;
		return;
	}
	meter->ledger.names_lost++;
	drop(naming, &head);
}

static struct names_head
take_left(struct naming *naming, uint32_t resumable)
{
	struct names_head *left = names_pool_left(&naming->pool, resumable);
	struct names_head taken = { 0 };

	if (left == NULL)
		return taken;
	taken = *left;
	*left = (struct names_head){ 0 };
	return taken;
}

void
naming_resume(struct meter *meter, uint32_t resumable)
{
	struct naming *naming = meter->naming;

	drop(naming, &naming->resumed); /* of one that found no memory */
	naming->resumed = take_left(naming, resumable);
}

void
naming_forget(struct meter *meter, uint32_t resumable)
{
	struct names_head head = take_left(meter->naming, resumable);

	drop(meter->naming, &head);
}

/* --- payloads and records */

static void
look(struct meter *meter, uint32_t number, const struct segment *segment,
    const struct segment_payload *payload)
{
	const struct live *live = pool_live(&meter->pool, number);
	struct naming *naming = meter->naming;
	struct names_head *head;
	int side = table_side(segment, live->client);
	const struct names_packet packet = {
		.octets = payload->octets,
		.captured = payload->captured,
		.length = segment->payload_octets,
		.sequence = payload->sequence,
		.time = segment->time,
		.protocol = live->key.protocol,
		.side = (uint8_t)side,
		.first_known = payload->first_known,
		.first = payload->first,
		.port = live->key.port[!live->client],
		.client_port = live->key.port[live->client],
	};

	if (live->state & LIVE_LEFT_OUT)
		return;
	head = names_pool_make_head(&naming->pool, number);
	if (head == NULL) {
		meter->ledger.names_lost++;
		return;
	}
	if (payload->late && side == CLIENT && head->hunted == 0)
		keep(meter, head, payload);
	if (payload->captured > 0 &&
	    (head->state == 0 || names_wants(naming->names, head->state, side)))
		names_payload(naming->names, &head->state, &packet);
}

size_t
naming_payload(struct meter *meter, const struct segment *segment)
{
	struct naming *naming = meter->naming;
	const struct segment_payload *payload =
	    &naming->payloads[naming->next++];
	uint32_t value;

	if (payload->captured > 0 || payload->late) {
		value = table_find(meter, segment);
		if (table_is_live(value))
			look(meter, value >> INDEX_VALUE_SHIFT, segment,
			    payload);
	}
	return naming_next(naming);
}

#define AHEAD 8

/* The state of a place; 0: none. */
static names_state
state_of(const struct meter *meter, uint32_t number)
{
	const struct names_head *head = NULL;

	if (number < meter->pool.used)
		head = names_pool_head(&meter->naming->pool, number);
	return head == NULL ? 0 : head->state;
}

void
naming_prefetch_behind(const struct meter *meter, uint32_t number)
{
	const struct names *names = meter->naming->names;

	names_prefetch(names, state_of(meter, number + 2 * AHEAD));
	names_prefetch_texts(names, state_of(meter, number + AHEAD));
}

const struct exchange_names *
naming_read(struct meter *meter, uint32_t number)
{
	struct naming *naming = meter->naming;
	const struct names_head *head = names_pool_head(&naming->pool, number);
	char hunted[NAMES_KEPT_MAX];
	size_t octets;

	if (head == NULL || (head->state == 0 && head->hunted == 0))
		return NULL;
	octets = names_pool_kept(&naming->pool, head, hunted);
	return names_read(naming->names, head->state,
	           octets > 0 ? hunted : NULL, octets, naming->room)
	           ? naming->room
	           : NULL;
}

/* The parsers count what they have found themselves. */
void
naming_account(struct meter *meter, const struct exchange_names *names)
{
	if (names->source == NAME_SOURCE_DNS)
		meter->ledger.names.found[NAME_SOURCE_DNS - 1]++;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Halves wait in lists by their 5-tuple, which is the same for both directions:
 * the lesser endpoint stands first.  All of them are in one queue, too, for the
 * order at the end.
 */
#include "exflow/input/pair.h"

#include <glib.h>
#include <string.h>

#include "kept.h"

struct key {
	uint8_t address[2][16];
	uint16_t port[2];
	uint8_t protocol, ip_version;
	uint16_t vlan;
};

struct half {
	struct key key;
	struct half *next; /* of the same key */
	GList link;        /* in the queue */
	struct exchange exchange;
	struct exchange_quality figures;
	struct exchange_names *names; /* a copy of its own, or NULL */
	struct kept *record;          /* where records are kept */
	size_t octets;                /* of all that */
};

struct pairs {
	pair_handler *handler;
	void *context;
	uint64_t limit, memory;
	struct keeper *keeper; /* NULL: records are not kept */
	GHashTable *waiting;   /* key → the first half */
	GQueue queue;
};

/* --- keys */

static void
make_key(struct key *key, const struct exchange *exchange)
{
	int first =
	    memcmp(exchange->address[CLIENT], exchange->address[SERVER], 16);

	memset(key, 0, sizeof(*key));
	if (first == 0)
		first =
		    (int)exchange->port[CLIENT] - (int)exchange->port[SERVER];
	for (int i = 0; i < 2; i++) {
		int side = first <= 0 ? i : 1 - i;

		memcpy(key->address[i], exchange->address[side], 16);
		key->port[i] = exchange->port[side];
	}
	key->protocol = exchange->protocol;
	key->ip_version = exchange->ip_version;
	key->vlan = exchange->vlan;
}

static guint
hash_key(gconstpointer data)
{
	const uint8_t *octets = data;
	guint hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < sizeof(struct key); i++)
		hash = (hash ^ octets[i]) * 16777619u;
	return hash;
}

static gboolean
same_key(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct key)) == 0;
}

/* --- life */

struct pairs *
pairs_new(uint64_t memory, struct reader *reader, pair_handler *handler,
    void *context)
{
	struct pairs *pairs = g_new0(struct pairs, 1);

	pairs->handler = handler;
	pairs->context = context;
	pairs->limit = memory;
	if (reader != NULL)
		pairs->keeper = keeper_new(reader);
	pairs->waiting = g_hash_table_new(hash_key, same_key);
	g_queue_init(&pairs->queue);
	return pairs;
}

static void
half_free(struct half *half)
{
	if (half != NULL) {
		g_free(half->names);
		kept_free(half->record);
	}
	g_free(half);
}

/* Take a half out of the queue and of its list. */
static void
take_out(struct pairs *pairs, struct half *half)
{
	struct half *first = g_hash_table_lookup(pairs->waiting, &half->key);

	g_queue_unlink(&pairs->queue, &half->link);
	pairs->memory -= half->octets;
	if (first != half) {
		while (first->next != half)
			first = first->next;
		first->next = half->next;
		return;
	}
	g_hash_table_remove(pairs->waiting, &half->key);
	if (half->next != NULL)
		g_hash_table_insert(
		    pairs->waiting, &half->next->key, half->next);
}

void
pairs_free(struct pairs **pointer)
{
	struct pairs *pairs = *pointer;

	*pointer = NULL;
	if (pairs == NULL)
		return;
	while (pairs->queue.head != NULL) {
		struct half *half = pairs->queue.head->data;

		g_queue_unlink(&pairs->queue, &half->link);
		half_free(half);
	}
	g_hash_table_destroy(pairs->waiting);
	keeper_free(&pairs->keeper);
	g_free(pairs);
}

uint64_t
pairs_waiting(const struct pairs *pairs)
{
	return pairs->queue.length;
}

/* --- pairing */

static bool
are_opposite(const struct exchange *a, const struct exchange *b)
{
	return memcmp(a->address[CLIENT], b->address[SERVER], 16) == 0 &&
	       memcmp(a->address[SERVER], b->address[CLIENT], 16) == 0 &&
	       a->port[CLIENT] == b->port[SERVER] &&
	       a->port[SERVER] == b->port[CLIENT];
}

static bool
are_near(const struct exchange *a, const struct exchange *b)
{
	const struct exchange_side *x = &a->side[CLIENT], *y = &b->side[CLIENT];
	duration gap = { PAIR_GAP };

	if (a->flow_id != 0 && b->flow_id != 0)
		return a->flow_id == b->flow_id;
	return !timestamp_before(timestamp_add(x->last, gap), y->first) &&
	       !timestamp_before(timestamp_add(y->last, gap), x->first);
}

/* Whether the exchange's source is the end that opened. */
static bool
source_opened(const struct exchange *one, const struct exchange *other)
{
	if (one->direction != other->direction) {
		if (one->direction == DIRECTION_RESPONDER ||
		    other->direction == DIRECTION_INITIATOR)
			return false;
		return true;
	}
	return !timestamp_before(
	    other->side[CLIENT].first, one->side[CLIENT].first);
}

/* client is made whole by what its server sent, as an exchange of its own. */
static void
join(struct exchange *client, const struct exchange *server)
{
	client->side[SERVER] = server->side[CLIENT];
	client->macs =
	    (uint8_t)((client->macs & 1 << CLIENT) |
	              ((server->macs & 1 << CLIENT) != 0 ? 1 << SERVER : 0));
	if (client->quality != NULL && server->quality != NULL)
		client->quality->side[SERVER] = server->quality->side[CLIENT];
	if (client->names == NULL)
		client->names = server->names;
	if (client->end == 0)
		client->end = server->end;
}

/* The other way round: the server's half alone, seen from the client. */
static void
turn(struct exchange *exchange)
{
	struct exchange_side sent = exchange->side[CLIENT];
	uint8_t address[16];
	uint16_t port = exchange->port[CLIENT];

	memcpy(address, exchange->address[CLIENT], 16);
	memcpy(exchange->address[CLIENT], exchange->address[SERVER], 16);
	memcpy(exchange->address[SERVER], address, 16);
	exchange->port[CLIENT] = exchange->port[SERVER];
	exchange->port[SERVER] = port;
	exchange->side[CLIENT] = (struct exchange_side){ .packets = 0 };
	exchange->side[SERVER] = sent;
	exchange->macs = (uint8_t)(exchange->macs << 1 & 1 << SERVER);
	if (exchange->quality != NULL) {
		struct quality_side figures = exchange->quality->side[CLIENT];

		exchange->quality->side[CLIENT] =
		    exchange->quality->side[SERVER];
		exchange->quality->side[SERVER] = figures;
	}
	exchange->direction = DIRECTION_INITIATOR;
}

/* The record of a client's half, and of its server's if there is one. */
static const struct reader_record *
record_of(const struct pairs *pairs, const struct half *client,
    const struct half *server)
{
	if (pairs->keeper == NULL)
		return NULL;
	return keeper_join(pairs->keeper, client->record,
	    server == NULL ? NULL : server->record, &client->exchange);
}

static int
hand_over(struct pairs *pairs, struct half *first, struct half *second)
{
	struct half *client = first, *server = second;
	int result;

	if (second != NULL &&
	    !source_opened(&first->exchange, &second->exchange)) {
		client = second;
		server = first;
	}
	if (server != NULL)
		join(&client->exchange, &server->exchange);
	else if (client->exchange.direction == DIRECTION_RESPONDER)
		turn(&client->exchange);
	if (client->exchange.direction == DIRECTION_RESPONDER)
		client->exchange.direction = DIRECTION_GUESSED;
	result = pairs->handler(pairs->context, &client->exchange,
	    record_of(pairs, client, server));
	half_free(first);
	half_free(second);
	return result;
}

static struct half *
find_other(struct pairs *pairs, const struct half *half)
{
	struct half *other = g_hash_table_lookup(pairs->waiting, &half->key);

	while (other != NULL &&
	       !(are_opposite(&half->exchange, &other->exchange) &&
	           are_near(&half->exchange, &other->exchange)))
		other = other->next;
	return other;
}

/* Behind those of its key that wait already. */
static int
put_in(struct pairs *pairs, struct half *half)
{
	struct half *last = g_hash_table_lookup(pairs->waiting, &half->key);

	if (pairs->memory + half->octets > pairs->limit) {
		half_free(half);
		return -1;
	}
	pairs->memory += half->octets;
	half->link.data = half;
	g_queue_push_tail_link(&pairs->queue, &half->link);
	if (last == NULL) {
		g_hash_table_insert(pairs->waiting, &half->key, half);
		return 0;
	}
	while (last->next != NULL)
		last = last->next;
	last->next = half;
	return 0;
}

static void
take_names(struct half *half, const struct exchange_names *names)
{
	half->octets = sizeof(*half);
	if (names == NULL)
		return;
	half->names = g_memdup2(names, exchange_names_octets(names));
	half->exchange.names = half->names;
	half->octets += exchange_names_octets(names);
}

int
pairs_offer(struct pairs *pairs, const struct exchange *exchange,
    const struct reader_record *record)
{
	struct half *half, *other;

	if (exchange->side[SERVER].packets > 0)
		return pairs->handler(pairs->context, exchange, record);
	half = g_new0(struct half, 1);
	half->exchange.quality =
	    exchange->quality != NULL ? &half->figures : NULL;
	exchange_copy(&half->exchange, exchange);
	take_names(half, exchange->names);
	if (pairs->keeper != NULL) {
		half->record = keeper_keep(pairs->keeper, record);
		half->octets += kept_octets(half->record);
	}
	make_key(&half->key, exchange);
	other = find_other(pairs, half);
	if (other == NULL)
		return put_in(pairs, half);
	take_out(pairs, other);
	/* The one that came first decides where nothing else does. */
	return hand_over(pairs, other, half);
}

int
pairs_finish(struct pairs *pairs)
{
	int result = 0;

	while (result == 0 && pairs->queue.head != NULL) {
		struct half *half = pairs->queue.head->data;

		take_out(pairs, half);
		result = hand_over(pairs, half, NULL);
	}
	return result;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules for fragments.  An entry is a datagram in pieces, found by
 * (source, destination, id; in IPv4 the protocol; VLAN tags and tunnel id
 * where they are part of the key):
 *
 *	          later one            first one, with TCP's flags
 *	   (new) ───────────► HEADLESS ───────────────────────┐
 *	     │                   │ first one without them     │
 *	     │                   ▼                            ▼
 *	     ├─────────────────► TINY ───────────────────► SEGMENT
 *	     │   first one            the piece with them  (or UNWANTED)
 *	     └────────────────────────────────────────────────▲
 *
 * In HEADLESS and TINY all pieces wait, undecided.  In SEGMENT and UNWANTED
 * none does: those that waited are released in the order in which they came,
 * behind the first fragment, and every other piece is decided when it comes.
 * UNWANTED has the reason that the first fragment was refused for, or says
 * that it is an outer packet whose inside was metered (tunnel_fragment).
 *
 * An entry ends 30 s after its first piece; what waits in it then is
 * unmatched (fragment).  When all octets of the datagram have come, it ends a
 * second later: until then a piece is a copy, as a mirror makes them, and
 * behind that a piece with the same id belongs to another datagram.  A first
 * fragment that is no copy of the one before begins another datagram at once.
 *
 * What can go wrong: the table or the places for waiting pieces are full
 * (fragment_store.c; counted as evicted, the packets that waited as fragment);
 * no memory (likewise); a first fragment is never captured, or the one with
 * the flags (fragment); the flags are not captured (truncated_header); an id
 * comes again within 30 s of a datagram that lost a piece, and its later
 * fragments come first: they join the older one, as no receiver could tell.
 */
#include "fragment.h"

#include <stdlib.h>
#include <string.h>

#include "exflow/decode/cursor.h"

#include "fragment_store.h"

#define FLAGS_OCTETS 6 /* of the piece behind a tiny first one */
#define COPY_TICKS (FRAGMENT_COPY_SECONDS * (ticks)NS_PER_SECOND)
/* A longer step forward ends everything as well. */
#define STEP_MAX (INT64_C(2) * FRAGMENT_TIMEOUT_SECONDS * NS_PER_SECOND)

struct fragment_table {
	struct fragment_store store;
	timestamp now; /* as the caller said last */
	ticks ticks;
	/* Pieces that waited and have been decided: to be taken by _next. */
	uint32_t released;
	struct fragment_first released_first;
};

struct fragment_table *
fragment_table_new(size_t capacity)
{
	struct fragment_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	if (fragment_store_init(&table->store, capacity) == -1) {
		free(table);
		return NULL;
	}
	table->released = FRAGMENT_NONE;
	return table;
}

void
fragment_table_free(struct fragment_table **table)
{
	if (*table == NULL)
		return;
	fragment_store_clear(&(*table)->store);
	free(*table);
	*table = NULL;
}

void
fragment_table_advance(struct fragment_table *table, timestamp now)
{
	duration step = timestamp_since(now, table->now);

	table->now = now;
	if (step.ns > 0)
		table->ticks +=
		    (ticks)(step.ns < STEP_MAX ? step.ns : STEP_MAX);
	fragment_store_expire(&table->store, table->ticks);
}

/* The entry of a key, NULL where there is none; false: no memory. */
static bool
begin(struct fragment_table *table, const struct fragment_key *key,
    timestamp now, struct fragment_entry **entry)
{
	fragment_table_advance(table, now);
	if (fragment_store_allocate(&table->store) == -1) {
		table->store.counts.fragments_evicted++;
		return false;
	}
	*entry = fragment_store_find(&table->store, key);
	return true;
}

static void
cover(struct fragment_table *table, struct fragment_entry *entry,
    const struct fragment_piece *piece)
{
	bool decided = entry->state == FRAGMENT_SEGMENT ||
	               entry->state == FRAGMENT_UNWANTED;

	if (fragment_entry_cover(entry, piece) && decided &&
	    entry->queue == QUEUE_OPEN)
		fragment_store_complete(&table->store, entry, table->ticks);
}

/* --- pieces that become segments, or not */

static void
make_segment(const struct fragment_first *first,
    const struct fragment_piece *piece, struct segment *segment)
{
	uint64_t begins = piece->offset * UINT64_C(8);
	uint64_t ends = begins + piece->octets;
	uint64_t payload =
	    begins > first->header_octets ? begins : first->header_octets;

	segment->key = first->flow;
	segment->sender = first->sender;
	segment->time = piece->time;
	segment->tunnel = piece->tunnel;
	segment->vlan = piece->vlan;
	segment->customer_vlan = piece->customer_vlan;
	segment->tos = piece->tos;
	segment->ttl = 0;
	segment->ip_octets = piece->ip_octets;
	segment->payload_octets =
	    ends > payload ? (uint32_t)(ends - payload) : 0;
	segment->later_fragment = piece->offset != 0;
	segment->sequence = piece->offset != 0 ? 0 : first->sequence;
	segment->acknowledgement =
	    piece->offset != 0 ? 0 : first->acknowledgement;
	segment->tcp_flags = piece->offset != 0 ? 0 : first->tcp_flags;
}

/* What waits in an entry is decided. */
static void
release(struct fragment_table *table, struct fragment_entry *entry)
{
	struct fragment_store *store = &table->store;

	if (entry->state == FRAGMENT_UNWANTED) {
		fragment_store_give_up(store, fragment_store_take(store, entry),
		    entry->first.reason);
		return;
	}
	/* A caller that did not take all of the ones before loses them. */
	fragment_store_give_up(store, table->released, UNMATCHED_FRAGMENT);
	table->released = fragment_store_take(store, entry);
	table->released_first = entry->first;
}

bool
fragment_table_released(const struct fragment_table *table)
{
	return table->released != FRAGMENT_NONE;
}

void
fragment_table_next(struct fragment_table *table, struct segment *segment)
{
	struct fragment_piece piece =
	    fragment_store_pop(&table->store, &table->released);

	make_segment(&table->released_first, &piece, segment);
}

/* --- first fragments */

/* Is it the entry's own first fragment again, as a mirror makes copies? */
static bool
is_copy(const struct fragment_table *table, const struct fragment_entry *entry,
    enum fragment_state state, const struct fragment_first *first)
{
	if (entry->state != state || entry->first.octets != first->octets)
		return false;
	if (entry->queue == QUEUE_OPEN &&
	    table->ticks - entry->first_at >= COPY_TICKS)
		return false;
	if (state == FRAGMENT_UNWANTED)
		return entry->first.reason == first->reason;
	return entry->first.sender == first->sender &&
	       entry->first.sequence == first->sequence &&
	       memcmp(&entry->first.flow, &first->flow, sizeof(first->flow)) ==
	           0;
}

/* Of a complete datagram: its later fragments come again, too. */
static void
expect_copies(struct fragment_table *table, struct fragment_entry *entry)
{
	if (entry->queue == QUEUE_COMPLETE)
		fragment_store_complete(&table->store, entry, table->ticks);
}

/* The entry that a first fragment begins, or for which others wait. */
static struct fragment_entry *
begin_datagram(struct fragment_table *table, const struct fragment_key *key,
    struct fragment_entry *entry, const struct fragment_first *first)
{
	if (entry != NULL && entry->state != FRAGMENT_HEADLESS) {
		fragment_store_drop(&table->store, entry, UNMATCHED_FRAGMENT);
		entry = NULL;
	}
	if (entry == NULL)
		entry = fragment_store_insert(
		    &table->store, key, table->ticks, false);
	entry->first = *first;
	entry->first_at = table->ticks;
	return entry;
}

static void
decide(struct fragment_table *table, const struct fragment_key *key,
    const struct fragment_piece *piece, timestamp now,
    enum fragment_state state, const struct fragment_first *first)
{
	struct fragment_entry *entry;

	if (!begin(table, key, now, &entry))
		return;
	if (entry != NULL && is_copy(table, entry, state, first)) {
		expect_copies(table, entry);
		return;
	}
	entry = begin_datagram(table, key, entry, first);
	entry->state = state;
	release(table, entry);
	cover(table, entry, piece);
}

static struct fragment_first
first_of(const struct segment *segment, uint32_t header_octets)
{
	return (struct fragment_first){
		.flow = segment->key,
		.octets = segment->ip_octets,
		.header_octets = header_octets,
		.sequence = segment->sequence,
		.acknowledgement = segment->acknowledgement,
		.tcp_flags = segment->tcp_flags,
		.sender = segment->sender,
	};
}

void
fragment_table_first(struct fragment_table *table,
    const struct fragment_key *key, const struct fragment_piece *piece,
    timestamp now, const struct segment *segment, uint32_t header_octets)
{
	struct fragment_first first = first_of(segment, header_octets);

	decide(table, key, piece, now, FRAGMENT_SEGMENT, &first);
}

void
fragment_table_refuse(struct fragment_table *table,
    const struct fragment_key *key, const struct fragment_piece *piece,
    timestamp now, enum unmatched reason)
{
	struct fragment_first first = {
		.octets = piece->ip_octets,
		.reason = reason,
	};

	decide(table, key, piece, now, FRAGMENT_UNWANTED, &first);
}

/* --- a TCP header in pieces */

static bool
has_flags(
    const struct fragment_entry *entry, const struct fragment_piece *piece)
{
	return piece->offset * UINT32_C(8) == entry->first.header_octets;
}

/* The piece with the flags has come: what is the datagram? */
static void
read_flags(struct fragment_entry *entry, const struct fragment_piece *piece)
{
	unsigned offset = (piece->head[4] >> 4) * 4u;

	entry->state = FRAGMENT_UNWANTED;
	entry->first.reason = UNMATCHED_MALFORMED;
	if (piece->octets < FLAGS_OCTETS)
		return;
	if (piece->head_octets < FLAGS_OCTETS) {
		entry->first.reason = UNMATCHED_TRUNCATED_HEADER;
		return;
	}
	if (offset < 20)
		return;
	entry->state = FRAGMENT_SEGMENT;
	entry->first.acknowledgement = load32(piece->head);
	entry->first.tcp_flags = piece->head[5];
	entry->first.header_octets += offset - 8;
}

/* Among the pieces that came before the first one. */
static void
look_for_flags(struct fragment_table *table, struct fragment_entry *entry)
{
	const struct fragment_waiting *pieces = table->store.pieces;
	uint32_t i = entry->head;

	while (i != FRAGMENT_NONE && !has_flags(entry, &pieces[i].piece))
		i = pieces[i].next;
	if (i != FRAGMENT_NONE)
		read_flags(entry, &pieces[i].piece);
}

/* A piece of an entry that may have been decided by it. */
static enum fragment_fate
settle(struct fragment_table *table, struct fragment_entry *entry,
    const struct fragment_piece *piece, bool in_front, struct segment *segment,
    enum unmatched *reason)
{
	if (entry->state != FRAGMENT_UNWANTED)
		fragment_store_wait(&table->store, entry, piece, in_front);
	if (entry->state == FRAGMENT_SEGMENT ||
	    entry->state == FRAGMENT_UNWANTED)
		release(table, entry);
	cover(table, entry, piece);
	if (entry->state == FRAGMENT_SEGMENT) {
		fragment_table_next(table, segment);
		return FRAGMENT_JOINS;
	}
	*reason = entry->first.reason;
	return entry->state == FRAGMENT_UNWANTED ? FRAGMENT_REFUSED
	                                         : FRAGMENT_WAITS;
}

enum fragment_fate
fragment_table_tiny(struct fragment_table *table,
    const struct fragment_key *key, const struct fragment_piece *piece,
    timestamp now, uint32_t header_octets, struct segment *segment,
    enum unmatched *reason)
{
	struct fragment_first first = first_of(segment, header_octets);
	struct fragment_entry *entry;

	*reason = UNMATCHED_FRAGMENT;
	if (!begin(table, key, now, &entry))
		return FRAGMENT_REFUSED;
	if (entry != NULL && is_copy(table, entry, FRAGMENT_SEGMENT, &first)) {
		expect_copies(table, entry);
		make_segment(&entry->first, piece, segment);
		return FRAGMENT_JOINS;
	}
	fragment_store_reserve(&table->store);
	entry = fragment_store_find(&table->store, key);
	if (entry != NULL && is_copy(table, entry, FRAGMENT_TINY, &first))
		return settle(table, entry, piece, false, segment, reason);
	entry = begin_datagram(table, key, entry, &first);
	entry->state = FRAGMENT_TINY;
	look_for_flags(table, entry);
	return settle(table, entry, piece, true, segment, reason);
}

/* --- later fragments */

enum fragment_fate
fragment_table_later(struct fragment_table *table,
    const struct fragment_key *key, const struct fragment_piece *piece,
    timestamp now, struct segment *segment, enum unmatched *reason)
{
	struct fragment_entry *entry;

	*reason = UNMATCHED_FRAGMENT;
	if (!begin(table, key, now, &entry))
		return FRAGMENT_REFUSED;
	if (entry != NULL && entry->state == FRAGMENT_SEGMENT) {
		make_segment(&entry->first, piece, segment);
		cover(table, entry, piece);
		return FRAGMENT_JOINS;
	}
	if (entry != NULL && entry->state == FRAGMENT_UNWANTED) {
		*reason = entry->first.reason;
		cover(table, entry, piece);
		return FRAGMENT_REFUSED;
	}
	fragment_store_reserve(&table->store);
	entry = fragment_store_find(&table->store, key);
	if (entry == NULL)
		entry = fragment_store_insert(
		    &table->store, key, table->ticks, true);
	if (entry == NULL)
		return FRAGMENT_REFUSED;
	if (entry->state == FRAGMENT_TINY && has_flags(entry, piece))
		read_flags(entry, piece);
	return settle(table, entry, piece, false, segment, reason);
}

void
fragment_table_finish(struct fragment_table *table)
{
	table->ticks += STEP_MAX;
	fragment_store_expire(&table->store, table->ticks);
}

const struct decode_counts *
fragment_table_counts(const struct fragment_table *table)
{
	return &table->store.counts;
}

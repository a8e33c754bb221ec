/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counting has two steps, and of many records a second thread does the other
 * one:
 *
 *	          the caller                   the caller, or thread "count"
 *	records ──► key, sums ──► batch ─┐
 *	                          batch  │  place asked for
 *	                          batch ─┴► group asked for ──► counted
 *
 * Where there are many groups, nearly every record needs two pieces of memory
 * that no cache has: a place of the index, and the group.  They are asked for
 * some records before they are needed.
 *
 * Batches are counted in the order that they came, so the groups are the same
 * with and without the thread.  A batch is only begun while all that may be
 * under way will fit in the memory.  Where that is in doubt, everything is
 * counted, and then one record after the other, so that the first one too many
 * is told.
 */
#include <config.h>

#include "aggregate_internal.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/human.h"
#include "exflow/base/thread.h"

#define BATCHES ((size_t)4)
#define BATCH_RECORDS ((size_t)2048)
#define BATCH_OCTETS ((size_t)128 << 10)
#define AHEAD_SLOT 12 /* records, of which the place is asked for */
#define AHEAD_GROUP 6
#define THREAD_AFTER 16 /* batches: fewer are not worth a thread */

/* A record: its key, and what it adds to the sums. */
struct entry {
	uint64_t packets[2], octets[2];
	uint64_t order;
	uint16_t length; /* of key */
	uint8_t period;
	bool ordered;
	uint8_t key[];
};
#define ENTRY_OCTETS_MAX (sizeof(struct entry) + KEY_OCTETS_MAX + 8)

struct batch {
	size_t count, used;
	uint32_t at[BATCH_RECORDS]; /* of the entries, in octets */
	_Alignas(8) uint8_t octets[BATCH_OCTETS];
};

struct counting {
	struct groups *groups; /* the aggregate's */
	bool may_thread;
	struct batch *batches[BATCHES]; /* made when they are first needed */
	bool room;                      /* for BATCHES more of them */
	bool failed;                    /* a record was not counted */
	unsigned alone;                 /* batches counted without the thread */
	bool threaded;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below, room and failed */
	pthread_cond_t changed;
	uint64_t handed, counted; /* batches, of the thread */
	bool stop;
};

/* --- the second step */

static const struct entry *
entry_of(const struct batch *batch, size_t i)
{
	return (
	    const struct entry *)(const void *)(batch->octets + batch->at[i]);
}

/* False: the memory is used up. */
static bool
count_entry(struct groups *groups, uint64_t hash, const struct entry *entry)
{
	struct group *group =
	    groups_find_hashed(groups, hash, entry->key, entry->length);
	struct sums *sums;

	if (group == NULL)
		return false;
	sums = &group_sums(group)[entry->period];
	sums->records++;
	for (int side = CLIENT; side <= SERVER; side++) {
		sums->packets[side] += entry->packets[side];
		sums->octets[side] += entry->octets[side];
	}
	sums->order += entry->order;
	sums->ordered += entry->ordered;
	return true;
}

/* All of it fits in --memory.  False: the machine's is used up. */
static bool
count_batch(struct groups *groups, struct batch *batch)
{
	uint64_t hashes[BATCH_RECORDS];
	bool fits = true;

	for (size_t i = 0; i < batch->count; i++) {
		const struct entry *entry = entry_of(batch, i);

		hashes[i] = groups_hash(entry->key, entry->length);
	}
	for (size_t i = 0; i < batch->count; i++) {
		if (i + AHEAD_SLOT < batch->count)
			groups_ask_slot(groups, hashes[i + AHEAD_SLOT]);
		if (i + AHEAD_GROUP < batch->count)
			groups_ask_group(groups, hashes[i + AHEAD_GROUP]);
		fits &= count_entry(groups, hashes[i], entry_of(batch, i));
	}
	batch->count = batch->used = 0;
	return fits;
}

static bool
have_room(const struct counting *counting)
{
	return groups_have_room(
	    counting->groups, BATCHES * BATCH_RECORDS, BATCHES * BATCH_OCTETS);
}

static void *
count_batches(void *context)
{
	struct counting *counting = context;

	pthread_mutex_lock(&counting->lock);
	for (;;) {
		bool room, fits;

		while (counting->counted == counting->handed && !counting->stop)
			pthread_cond_wait(&counting->changed, &counting->lock);
		if (counting->stop)
			break;
		pthread_mutex_unlock(&counting->lock);
		/* Nobody else changes how many were counted. */
		fits = count_batch(counting->groups,
		    counting->batches[counting->counted % BATCHES]);
		room = have_room(counting);
		pthread_mutex_lock(&counting->lock);
		counting->room = room;
		counting->failed |= !fits;
		counting->counted++;
		pthread_cond_signal(&counting->changed);
	}
	pthread_mutex_unlock(&counting->lock);
	return NULL;
}

/* --- between them */

/* Without the thread it is slower, and the same. */
static void
start_thread(struct counting *counting)
{
	if (counting->may_thread && ++counting->alone == THREAD_AFTER &&
	    sysconf(_SC_NPROCESSORS_ONLN) > 1)
		counting->threaded = thread_start(&counting->thread, "count",
		                         count_batches, counting) == 0;
}

/* The batch that is filled; which one only the caller's thread changes. */
static struct batch *
present_batch(struct counting *counting)
{
	struct batch **batch = &counting->batches[counting->handed % BATCHES];

	if (*batch == NULL) {
		*batch = g_new(struct batch, 1);
		(*batch)->count = (*batch)->used = 0;
	}
	return *batch;
}

static void
hand_over(struct counting *counting)
{
	if (!counting->threaded) {
		counting->failed |=
		    !count_batch(counting->groups, present_batch(counting));
		counting->room = have_room(counting);
		start_thread(counting);
		return;
	}
	pthread_mutex_lock(&counting->lock);
	counting->handed++;
	pthread_cond_signal(&counting->changed);
	while (counting->handed - counting->counted == BATCHES)
		pthread_cond_wait(&counting->changed, &counting->lock);
	pthread_mutex_unlock(&counting->lock);
}

/* Count everything; the thread then waits, and the groups are the caller's. */
static void
settle(struct counting *counting)
{
	if (present_batch(counting)->count > 0)
		hand_over(counting);
	pthread_mutex_lock(&counting->lock);
	while (counting->counted < counting->handed)
		pthread_cond_wait(&counting->changed, &counting->lock);
	pthread_mutex_unlock(&counting->lock);
}

/* Is there room for the batch that is to be begun, and all before it? */
static bool
may_begin(struct counting *counting)
{
	bool room;

	pthread_mutex_lock(&counting->lock);
	room = counting->room && !counting->failed;
	pthread_mutex_unlock(&counting->lock);
	return room;
}

struct counting *
counting_new(struct groups *groups, bool may_thread)
{
	struct counting *counting = g_new0(struct counting, 1);

	counting->groups = groups;
	counting->may_thread = may_thread;
	pthread_mutex_init(&counting->lock, NULL);
	pthread_cond_init(&counting->changed, NULL);
	return counting;
}

void
counting_free(struct counting **pointer)
{
	struct counting *counting = *pointer;

	*pointer = NULL;
	if (counting == NULL)
		return;
	if (counting->threaded) {
		pthread_mutex_lock(&counting->lock);
		counting->stop = true;
		pthread_cond_signal(&counting->changed);
		pthread_mutex_unlock(&counting->lock);
		pthread_join(counting->thread, NULL);
	}
	for (size_t i = 0; i < BATCHES; i++)
		g_free(counting->batches[i]);
	pthread_mutex_destroy(&counting->lock);
	pthread_cond_destroy(&counting->changed);
	g_free(counting);
}

/* --- the first step */

static void
fill_in(const struct aggregate *aggregate, const struct subject *subject,
    unsigned period, struct entry *entry)
{
	const struct exchange_side *side = subject->exchange->side;
	struct attribute_value value;
	uint8_t *end = entry->key;

	for (int i = 0; i < aggregate->key_count; i++)
		end = key_write(&aggregate->keys[i], subject, end);
	entry->length = (uint16_t)(end - entry->key);
	entry->period = (uint8_t)period;
	for (int i = CLIENT; i <= SERVER; i++) {
		entry->packets[i] = side[i].packets;
		entry->octets[i] = side[i].ip_octets;
	}
	/* Nearly always they are ordered by octets. */
	if (aggregate->order_octets)
		value.number = entry->octets[CLIENT] + entry->octets[SERVER];
	entry->ordered = aggregate->order_octets ||
	                 (!aggregate->order_records &&
	                     attribute_get(&aggregate->order.attribute,
	                         aggregate->order.side, subject, &value));
	entry->order = entry->ordered ? value.number : 0;
}

static int
refuse(const struct aggregate *aggregate, char *error, size_t error_size)
{
	char count[32], octets[32];

	human_grouped(count, sizeof(count), groups_count(aggregate->groups));
	human_octets(octets, sizeof(octets), groups_memory(aggregate->groups));
	if (groups_starved(aggregate->groups)) {
		snprintf(error, error_size,
		    "there is no memory for more than %s groups (%s)", count,
		    octets);
		return -1;
	}
	snprintf(error, error_size,
	    "more than %s groups do not fit in the %s of %s; "
	    "expected more, a filter, or fewer keys",
	    count, octets, aggregate->memory_name);
	return -1;
}

/* The groups are the caller's, for now. */
static int
count_one(const struct aggregate *aggregate, const struct subject *subject,
    unsigned period, char *error, size_t error_size)
{
	struct counting *counting = aggregate->counting;
	struct entry *entry =
	    (struct entry *)(void *)present_batch(counting)->octets;

	settle(counting);
	fill_in(aggregate, subject, period, entry);
	if (!counting->failed)
		counting->failed = !count_entry(counting->groups,
		    groups_hash(entry->key, entry->length), entry);
	if (counting->failed)
		return refuse(aggregate, error, error_size);
	counting->room = have_room(counting);
	return 0;
}

int
aggregate_add(struct aggregate *aggregate, const struct subject *subject,
    unsigned period, char *error, size_t error_size)
{
	struct batch *batch = present_batch(aggregate->counting);
	struct entry *entry;

	if (batch->count == 0 && !may_begin(aggregate->counting))
		return count_one(aggregate, subject, period, error, error_size);
	entry = (struct entry *)(void *)(batch->octets + batch->used);
	fill_in(aggregate, subject, period, entry);
	batch->at[batch->count++] = (uint32_t)batch->used;
	batch->used += (sizeof(*entry) + entry->length + 7) & ~(size_t)7;
	if (batch->count == BATCH_RECORDS ||
	    batch->used > BATCH_OCTETS - ENTRY_OCTETS_MAX)
		hand_over(aggregate->counting);
	/* What is wrong with a batch is told with the next one. */
	return 0;
}

struct groups *
all_groups(const struct aggregate *aggregate)
{
	settle(aggregate->counting);
	return aggregate->counting->failed ? NULL : aggregate->groups;
}

struct group **
list_all(const struct aggregate *aggregate, size_t *count)
{
	settle(aggregate->counting);
	*count = groups_count(aggregate->groups);
	return aggregate->counting->failed ? NULL
	                                   : groups_list(aggregate->groups);
}

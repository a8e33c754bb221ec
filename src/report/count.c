/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counting.  Where there are many groups, nearly every record needs two pieces
 * of memory that no cache has: a place of the index, and the group.  So a record
 * is counted LATE_SLOTS + LATE_GROUPS records later: first its place is asked
 * for, then the group that is there, then it is counted:
 *
 *	records:  n   n-1 … n-4   n-5 … n-8   n-9 …
 *	asked:    place ──────►   group ───►  counted
 *
 * They are counted in the order that they came.
 */
#include <config.h>

#include "aggregate_internal.h"

#include <stdio.h>
#include <string.h>

#include "exflow/base/human.h"

#define LATE_SLOTS 4
#define LATE_GROUPS 4
#define LATE_MAX 16 /* a power of two, more than both */

struct late_record {
	uint64_t hash;
	struct sums more;
	uint16_t length;
	uint16_t period;
	uint8_t key[KEY_OCTETS_MAX + 16];
};

struct late {
	bool failed;                   /* one was not counted */
	uint64_t came, asked, counted; /* records */
	struct late_record records[LATE_MAX];
};

struct late *
late_new(void)
{
	return g_new0(struct late, 1);
}

static struct late_record *
record_of(struct late *late, uint64_t number)
{
	return &late->records[number % LATE_MAX];
}

static void
ask_group(const struct aggregate *aggregate)
{
	struct late *late = aggregate->late;

	groups_ask_group(
	    aggregate->groups, record_of(late, late->asked++)->hash);
}

/* False: the memory is used up, or the machine's is. */
static bool
count_one(const struct aggregate *aggregate)
{
	struct late *late = aggregate->late;
	const struct late_record *record = record_of(late, late->counted++);
	struct group *group = groups_find_hashed(
	    aggregate->groups, record->hash, record->key, record->length);

	late->failed |= group == NULL;
	if (group == NULL)
		return false;
	group_add(&group->sums[record->period], &record->more);
	return true;
}

/*
 * There is room for all of them in --memory (see aggregate_add), so only the
 * machine's can be used up.
 */
static void
settle(const struct aggregate *aggregate)
{
	struct late *late = aggregate->late;

	while (late->counted < late->came)
		(void)count_one(aggregate);
	late->asked = late->counted;
}

static void
fill_in(const struct aggregate *aggregate, const struct subject *subject,
    struct late_record *record)
{
	const struct exchange_side *side = subject->exchange->side;
	struct sums *more = &record->more;
	struct attribute_value value;
	uint8_t *end = record->key;

	for (int i = 0; i < aggregate->key_count; i++)
		end = key_write(&aggregate->keys[i], subject, end);
	record->length = (uint16_t)(end - record->key);
	record->hash = groups_hash(record->key, record->length);
	more->records = 1;
	for (int i = CLIENT; i <= SERVER; i++) {
		more->packets[i] = side[i].packets;
		more->octets[i] = side[i].ip_octets;
	}
	more->order = more->ordered = 0;
	if (!aggregate->order_records &&
	    attribute_get(&aggregate->order.attribute, aggregate->order.side,
	        subject, &value)) {
		more->order = value.number;
		more->ordered = 1;
	}
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

int
aggregate_add(struct aggregate *aggregate, const struct subject *subject,
    unsigned period, char *error, size_t error_size)
{
	struct late *late = aggregate->late;
	struct late_record *record = record_of(late, late->came);

	record->period = (uint16_t)period;
	fill_in(aggregate, subject, record);
	if (!groups_have_room(
	        aggregate->groups, LATE_MAX, LATE_MAX * sizeof(record->key))) {
		/* One after the other, so that the first too many is told. */
		settle(aggregate);
		late->asked = ++late->came;
		(void)count_one(aggregate);
		return late->failed ? refuse(aggregate, error, error_size) : 0;
	}
	late->came++;
	groups_ask_slot(aggregate->groups, record->hash);
	if (late->came - late->asked > LATE_SLOTS)
		ask_group(aggregate);
	if (late->came - late->counted > LATE_SLOTS + LATE_GROUPS)
		(void)count_one(aggregate);
	return late->failed ? refuse(aggregate, error, error_size) : 0;
}

struct group **
list_all(const struct aggregate *aggregate, size_t *count)
{
	settle(aggregate);
	*count = groups_count(aggregate->groups);
	return aggregate->late->failed ? NULL : groups_list(aggregate->groups);
}

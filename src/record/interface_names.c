/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	bucket, by number ─► newest entry ─► older ─► older
 *
 * An entry is complete before the bucket points to it (release, acquire), and
 * nothing of it changes afterwards.  The lock is for those who add.
 */
#include <config.h>

#include "exflow/record/interface_names.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/escape.h"

#define BUCKETS 1024

struct entry {
	struct entry *older;
	uint32_t number;
	char name[];
};

struct interface_names {
	pthread_mutex_t lock;
	size_t count;
	_Atomic(struct entry *) bucket[BUCKETS];
};

struct interface_names *
interface_names_new(void)
{
	struct interface_names *names = calloc(1, sizeof(*names));

	if (names != NULL)
		pthread_mutex_init(&names->lock, NULL);
	return names;
}

void
interface_names_free(struct interface_names **names)
{
	struct entry *entry, *older;

	if (*names == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		for (entry = atomic_load(&(*names)->bucket[i]); entry != NULL;
		     entry = older) {
			older = entry->older;
			free(entry);
		}
	pthread_mutex_destroy(&(*names)->lock);
	free(*names);
	*names = NULL;
}

static struct entry *
make_entry(uint32_t number, const char *name)
{
	size_t size = strlen(name) + 1;
	struct entry *entry = malloc(sizeof(*entry) + size);

	if (entry == NULL)
		return NULL;
	entry->number = number;
	memcpy(entry->name, name, size);
	escape_replace(entry->name);
	return entry;
}

static int
add(struct interface_names *names, uint32_t number, const char *name)
{
	_Atomic(struct entry *) *bucket = &names->bucket[number % BUCKETS];
	const char *before = interface_names_find(names, number);
	struct entry *entry;

	if (names->count == INTERFACE_NAMES_MAX) {
		errno = ENOSPC;
		return -1;
	}
	if ((entry = make_entry(number, name)) == NULL)
		return -1;
	if (before != NULL && strcmp(before, entry->name) == 0) {
		free(entry);
		return 0;
	}
	entry->older = atomic_load(bucket);
	atomic_store_explicit(bucket, entry, memory_order_release);
	names->count++;
	return 0;
}

int
interface_names_add(
    struct interface_names *names, uint32_t number, const char *name)
{
	int result;

	if (names == NULL)
		return 0;
	pthread_mutex_lock(&names->lock);
	result = add(names, number, name);
	pthread_mutex_unlock(&names->lock);
	return result;
}

const char *
interface_names_find(const struct interface_names *names, uint32_t number)
{
	const struct entry *entry = atomic_load_explicit(
	    &names->bucket[number % BUCKETS], memory_order_acquire);

	while (entry != NULL && entry->number != number)
		entry = entry->older;
	return entry == NULL ? NULL : entry->name;
}

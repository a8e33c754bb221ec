/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names for files whose own name is taken: x.1.ipfix, x.2.ipfix and so on.
 *
 * Who publishes many files remembers, for a few names, the number that follows
 * the last one used, so a file costs one look.  Where that number is taken, as
 * after a restart or when somebody else makes files, the distance doubles until
 * a free one is found, and halves again down to the taken ones:
 *
 *	taken  taken  taken  taken  taken  free  free  free
 *	  1      2      3      4      5     6     7     8
 *	  └──────┴─────────────┴───────────────────────►│	doubles
 *	                              └─────►│◄─────────┘	halves
 *
 * So 10,000 files cost some 30 looks.  Where retention has removed some of the
 * numbers, any free number that follows a taken one may be found.
 *
 * What can go wrong: somebody takes the number between the look and the rename,
 * which then fails with EEXIST and replaces nothing; the search goes on.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exflow/base/log.h"
#include "exflow/base/publish.h"

#define RACES_MAX 1000 /* numbers in a row that others take before us */
#define NUMBER_MAX (UINT64_C(1) << 60)

const char *const publish_suffixes[] = { ".gz", ".zst", NULL };

bool
publish_is_compressed(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; publish_suffixes[i] != NULL; i++) {
		size_t suffix = strlen(publish_suffixes[i]);

		if (length > suffix &&
		    strcmp(name + length - suffix, publish_suffixes[i]) == 0)
			return true;
	}
	return false;
}

/* 1: taken, 0: free, -1: no memory. */
static int
is_taken(const char *path)
{
	struct stat status;
	int taken = lstat(path, &status) == 0;

	for (size_t i = 0; taken == 0 && publish_suffixes[i] != NULL; i++) {
		char *other;

		if (asprintf(&other, "%s%s", path, publish_suffixes[i]) == -1)
			return -1;
		taken = lstat(other, &status) == 0;
		free(other);
	}
	return taken;
}

/* NULL: no memory. */
static char *
numbered_name(const char *path, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	return publish_inserted(path, text);
}

static int
number_is_taken(const char *path, uint64_t number)
{
	char *name = numbered_name(path, number);
	int taken = name == NULL ? -1 : is_taken(name);

	free(name);
	return taken;
}

/* A free number from *number on; 0, or -1 with errno. */
static int
find_free(const char *path, uint64_t *number)
{
	uint64_t used = *number - 1, unused = *number, step = 1;
	int taken;

	while ((taken = number_is_taken(path, unused)) > 0 &&
	       unused < NUMBER_MAX) {
		used = unused;
		unused += step;
		step *= 2;
	}
	while (taken == 0 && unused - used > 1) {
		uint64_t middle = used + (unused - used) / 2;

		taken = number_is_taken(path, middle);
		if (taken > 0)
			used = middle;
		else
			unused = middle;
		taken = taken < 0 ? -1 : 0;
	}
	*number = unused;
	errno = taken < 0 ? ENOMEM : EEXIST;
	return taken == 0 ? 0 : -1;
}

/* --- the numbers that are remembered */

static struct publish_number *
find_name(struct publish_numbers *numbers, const char *path)
{
	for (size_t i = 0; i < PUBLISH_NAMES; i++)
		if (numbers->names[i].path != NULL &&
		    strcmp(numbers->names[i].path, path) == 0)
			return &numbers->names[i];
	return NULL;
}

/* Without memory for the name it is not remembered. */
static void
remember(struct publish_numbers *numbers, const char *path, uint64_t next)
{
	struct publish_number *name = find_name(numbers, path);

	if (name == NULL) {
		name = &numbers->names[numbers->oldest];
		numbers->oldest = (numbers->oldest + 1) % PUBLISH_NAMES;
		free(name->path);
		name->path = strdup(path);
	}
	name->next = next;
}

void
publish_numbers_clear(struct publish_numbers *numbers)
{
	for (size_t i = 0; i < PUBLISH_NAMES; i++)
		free(numbers->names[i].path);
	*numbers = (struct publish_numbers){ .intend = numbers->intend,
		.context = numbers->context };
}

/* --- renaming */

/* Takes over the new name: it is returned, or NULL with errno. */
static char *
rename_to(
    const char *temporary, char *name, const struct publish_numbers *numbers)
{
	bool told = numbers != NULL && numbers->intend != NULL && name != NULL;
	int code = ENOMEM;

	if (told)
		numbers->intend(numbers->context, name, true);
	if (name != NULL && publish_rename(temporary, name) == 0)
		return name;
	if (name != NULL)
		code = errno;
	if (told)
		numbers->intend(numbers->context, name, false);
	free(name);
	errno = code;
	return NULL;
}

char *
publish_numbered(
    const char *temporary, const char *path, struct publish_numbers *numbers)
{
	const struct publish_number *known =
	    numbers == NULL ? NULL : find_name(numbers, path);
	uint64_t number = known == NULL ? 1 : known->next;

	for (int i = 0; i < RACES_MAX; i++) {
		char *name;

		if (find_free(path, &number) != 0)
			return NULL;
		name =
		    rename_to(temporary, numbered_name(path, number), numbers);
		if (name != NULL && numbers != NULL)
			remember(numbers, path, number + 1);
		if (name != NULL || errno != EEXIST)
			return name;
	}
	return NULL;
}

char *
publish_file(
    const char *temporary, const char *path, struct publish_numbers *numbers)
{
	char *name;

	if (is_taken(path) == 0) {
		name = rename_to(temporary, strdup(path), numbers);
		if (name != NULL || errno != EEXIST)
			return name;
	}
	return publish_numbered(temporary, path, numbers);
}

void
publish_tell(const char *path, const char *name)
{
	if (strcmp(path, name) != 0)
		log_warning("%s is there already: written to %s", path, name);
}

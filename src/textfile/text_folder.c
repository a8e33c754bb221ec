/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/textfile/text_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exflow/base/path.h"

static struct text_folder *
folder_of(struct destination *destination)
{
	return (struct text_folder *)destination;
}

static int
refuse_target(const char *spec, const char *what, enum target_kind kind,
    char error[DESTINATION_ERROR_SIZE])
{
	int scheme = (int)strcspn(spec, ":");

	if (kind == TARGET_STANDARD_OUTPUT)
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "%s: %.*s writes %s, which cannot share standard output; "
		    "expected %.*s:DIR, or json:-",
		    spec, scheme, spec, what, scheme, spec);
	else
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "%s: %.*s writes %s into a folder, and this is a pipe or a "
		    "device; expected %.*s:DIR",
		    spec, scheme, spec, what, scheme, spec);
	return -1;
}

int
text_folder_parse(const char *spec, const char *argument, const char *what,
    char name[TEXT_FOLDER_NAME_SIZE], char error[DESTINATION_ERROR_SIZE])
{
	enum target_kind kind;

	snprintf(name, TEXT_FOLDER_NAME_SIZE, "%s", argument);
	for (size_t n = strlen(name); n > 1 && name[n - 1] == '/'; n--)
		name[n - 1] = '\0';
	kind = target_kind(name);
	if (name[0] == '\0') {
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "%s: a folder was expected, as in %.*s:DIR", spec,
		    (int)strcspn(spec, ":"), spec);
		return -1;
	}
	if (kind != TARGET_FILE)
		return refuse_target(spec, what, kind, error);
	return text_name_check(spec, name, error);
}

int
text_folder_init(struct text_folder *folder, const char *name)
{
	folder->name = strdup(name);
	return folder->name == NULL ? -1 : 0;
}

int
text_folder_add(
    struct text_folder *folder, const char *file, const char *header)
{
	struct text_file *next = &folder->files[folder->count];
	char *path;
	int result;

	if (asprintf(&path, "%s/%s", folder->name, file) == -1)
		return -1;
	next->fd = -1;
	result = text_file_init(next, &folder->destination, path, header, true);
	folder->count++;
	free(path);
	return result;
}

const char *
text_folder_target(const struct destination *destination, size_t i)
{
	const struct text_folder *folder =
	    (const struct text_folder *)destination;

	return i < folder->count ? folder->files[i].pattern : NULL;
}

/* A folder whose name is made from the time is made when it is needed. */
static bool
is_fixed(const struct text_folder *folder)
{
	return strchr(folder->name, '%') == NULL;
}

static int
refuse_folder(const struct text_folder *folder, struct destination *destination)
{
	destination_fail(destination, "cannot make the folder %s: %s",
	    folder->name, strerror(errno));
	return -1;
}

int
text_folder_check(struct destination *destination)
{
	struct text_folder *folder = folder_of(destination);
	struct stat status;

	/* The start makes this folder, but none above it. */
	if (is_fixed(folder) && stat(folder->name, &status) != 0)
		return path_check_file(folder->name) == 0
		           ? 0
		           : refuse_folder(folder, destination);
	for (size_t i = 0; i < folder->count; i++)
		if (text_file_check(&folder->files[i]) != 0)
			return -1;
	return 0;
}

int
text_folder_start(struct destination *destination)
{
	struct text_folder *folder = folder_of(destination);

	if (is_fixed(folder) && mkdir(folder->name, 0777) < 0 &&
	    errno != EEXIST)
		return refuse_folder(folder, destination);
	for (size_t i = 0; i < folder->count; i++)
		if (text_file_start(&folder->files[i]) != 0)
			return -1;
	return 0;
}

void
text_folder_chunk(struct text_folder *folder)
{
	for (size_t i = 0; i < folder->count; i++)
		text_file_chunk(&folder->files[i]);
}

timestamp
text_folder_turn(struct destination *destination, timestamp now)
{
	struct text_folder *folder = folder_of(destination);
	timestamp next = TIMESTAMP_MAX;

	for (size_t i = 0; i < folder->count; i++)
		next =
		    timestamp_min(next, text_file_turn(&folder->files[i], now));
	return next;
}

uint64_t
text_folder_tick(struct destination *destination, uint64_t now_ms)
{
	struct text_folder *folder = folder_of(destination);
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < folder->count; i++) {
		uint64_t one = text_file_tick(&folder->files[i], now_ms);

		next = one < next ? one : next;
	}
	return next;
}

void
text_folder_rotate(struct destination *destination)
{
	struct text_folder *folder = folder_of(destination);

	for (size_t i = 0; i < folder->count; i++)
		text_file_rotate(&folder->files[i]);
}

void
text_folder_reopen(struct destination *destination)
{
	struct text_folder *folder = folder_of(destination);

	for (size_t i = 0; i < folder->count; i++)
		text_file_reopen(&folder->files[i]);
}

int
text_folder_finish(struct destination *destination)
{
	struct text_folder *folder = folder_of(destination);
	int result = 0;

	for (size_t i = 0; i < folder->count; i++)
		if (text_file_finish(&folder->files[i]) != 0)
			result = -1;
	return result;
}

void
text_folder_free(struct destination *destination)
{
	struct text_folder *folder = folder_of(destination);

	for (size_t i = 0; i < folder->count; i++)
		text_file_free(&folder->files[i]);
	free(folder->name);
}

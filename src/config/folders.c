/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A folder among the inputs stands for the captures in it: its regular files,
 * in the order of the octets of their names, as tcpdump -G and editcap number
 * them.  Subfolders are not read, nor are names that begin with a dot, which a
 * shell's * leaves out as well.
 */
#include <config.h>

#include "folders.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exflow/base/log.h"

static bool
is_folder(const char *path)
{
	struct stat status;

	return strcmp(path, "-") != 0 && stat(path, &status) == 0 &&
	       S_ISDIR(status.st_mode);
}

static int
is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
by_octets(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Add one entry, if it is a regular file or a link to one.  -1: no memory. */
static int
add_entry(struct settings *into, const char *folder, const char *name)
{
	const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
	struct stat status;
	char *path;
	int result = 0;

	if (asprintf(&path, "%s%s%s", folder, slash, name) == -1)
		return -1;
	if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
		result = text_list_add(&into->inputs, &into->input_count, path);
	free(path);
	return result;
}

static int
add_folder(struct settings *into, const char *folder)
{
	struct dirent **entries;
	size_t before = into->input_count;
	int count = scandir(folder, &entries, is_shown, by_octets), result = 0;

	if (count < 0) {
		log_error("%s: %s, expected a capture or a folder of captures",
		    folder, strerror(errno));
		return -1;
	}
	for (int i = 0; i < count; i++) {
		if (result == 0)
			result = add_entry(into, folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (result != 0)
		log_error("%s: %s", folder, strerror(ENOMEM));
	else if (into->input_count == before)
		log_error("%s: there is no file in this folder, expected "
		          "captures",
		    folder);
	return into->input_count > before ? result : -1;
}

int
captures_of_folders(struct settings *settings)
{
	struct settings expanded = { .inputs = NULL };
	int result = 0;

	for (size_t i = 0; result == 0 && i < settings->input_count; i++) {
		const char *path = settings->inputs[i];

		if (is_folder(path))
			result = add_folder(&expanded, path);
		else if ((result = text_list_add(&expanded.inputs,
		              &expanded.input_count, path)) != 0)
			log_error("%s: %s", path, strerror(ENOMEM));
	}
	text_list_clear(&settings->inputs, &settings->input_count);
	settings->inputs = expanded.inputs;
	settings->input_count = expanded.input_count;
	return result;
}

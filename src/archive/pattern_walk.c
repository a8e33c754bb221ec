/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pattern is walked part by part: below a folder those are looked at whose
 * names its next part makes.
 */
#include <config.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pattern.h"

struct walk {
	pattern_visitor *visit;
	void *context;
	bool no_memory; /* for a folder's name */
};

static void walk(struct walk *how, const char *folder, const char *rest);

static void
walk_below(struct walk *how, int fd, const char *folder, const char *entry,
    const char *rest)
{
	struct stat status;
	char *below;

	if (fstatat(fd, entry, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISDIR(status.st_mode))
		return;
	if (asprintf(&below, "%s%s/", folder, entry) == -1) {
		how->no_memory = true;
		return;
	}
	walk(how, below, rest);
	free(below);
}

/* folder ends with '/' or is empty; rest is what of the pattern is below. */
static void
walk(struct walk *how, const char *folder, const char *rest)
{
	size_t length = strcspn(rest, "/");
	DIR *directory = opendir(*folder == '\0' ? "." : folder);
	struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		if (rest[length] == '\0')
			how->visit(how->context, rest, folder, entry->d_name);
		else if (pattern_matches(rest, length, entry->d_name, false))
			walk_below(how, dirfd(directory), folder, entry->d_name,
			    rest + length + 1);
	}
	if (directory != NULL)
		closedir(directory);
}

int
pattern_walk(const char *pattern, pattern_visitor *visit, void *context)
{
	struct walk how = { visit, context, false };
	size_t constant = pattern_constant(pattern);
	char *folder = strndup(pattern, constant);

	if (folder == NULL)
		return -1;
	walk(&how, folder, pattern + constant);
	free(folder);
	return how.no_memory ? -1 : 0;
}

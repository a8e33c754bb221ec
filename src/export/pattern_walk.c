/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pattern is walked part by part: below a folder those are looked at whose
 * names its next part makes.
 */
#include <config.h>

#include <dirent.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>

#include "pattern.h"

struct walk {
	pattern_visitor *visit;
	void *context;
};

static void walk(const struct walk *how, const char *folder, const char *rest);

static void
walk_below(const struct walk *how, int fd, const char *folder,
    const char *entry, const char *rest)
{
	struct stat status;
	char *below;

	if (fstatat(fd, entry, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISDIR(status.st_mode))
		return;
	below = g_strconcat(folder, entry, "/", NULL);
	walk(how, below, rest);
	g_free(below);
}

/* folder ends with '/' or is empty; rest is what of the pattern is below. */
static void
walk(const struct walk *how, const char *folder, const char *rest)
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

void
pattern_walk(const char *pattern, pattern_visitor *visit, void *context)
{
	const struct walk how = { visit, context };
	size_t constant = pattern_constant(pattern);
	char *folder = g_strndup(pattern, constant);

	walk(&how, folder, pattern + constant);
	g_free(folder);
}

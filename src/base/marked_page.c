/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/marked_page.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool
is_mark(const char *line, const char *word, const char *title)
{
	char mark[64];

	snprintf(mark, sizeof(mark), ".\\\" %s: %s\n", word, title);
	return strcmp(line, mark) == 0;
}

/* The part whose mark the line is; count: it is none. */
static size_t
part_of(const char *line, const char *word, const struct marked_part *parts,
    size_t count)
{
	size_t i = 0;

	while (i < count && !is_mark(line, word, parts[i].title))
		i++;
	return i;
}

/* 0, or -1 where the page does not have the marks of each part once. */
static int
copy(
    FILE *page, const char *word, const struct marked_part *parts, size_t count)
{
	char line[1024];
	bool inside = false, there[MARKED_PARTS_MAX] = { false };
	size_t begins = 0, ends = 0;

	while (fgets(line, sizeof(line), page) != NULL) {
		size_t part = part_of(line, word, parts, count);

		if (is_mark(line, word, "end")) {
			inside = false;
			ends++;
		}
		if (!inside)
			fputs(line, stdout);
		if (part == count)
			continue;
		begins += !there[part];
		there[part] = inside = true;
		parts[part].print(parts[part].what);
	}
	return begins == count && ends == count ? 0 : -1;
}

int
marked_page_print(const char *path, const char *word,
    const struct marked_part *parts, size_t count)
{
	FILE *page = fopen(path, "r");
	int result;

	if (page == NULL) {
		perror(path);
		return 1;
	}
	result = copy(page, word, parts, count);
	if (result != 0)
		fprintf(stderr, "%s: expected a pair of marks for each part:\n",
		    path);
	for (size_t i = 0; result != 0 && i < count; i++)
		fprintf(stderr, ".\\\" %s: %s\n.\\\" %s: end\n", word,
		    parts[i].title, word);
	fclose(page);
	return result != 0;
}

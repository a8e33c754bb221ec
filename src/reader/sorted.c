/* SPDX-License-Identifier: BSD-2-Clause */
#include "sorted.h"

#include <glib.h>
#include <string.h>

struct entry {
	uint64_t weight; /* the greatest comes first */
	uint64_t serial; /* equal ones stay in their order */
	const char *header;
	char *line;
	bool known;
};

struct sorted {
	bool least_first;
	uint64_t head, limit, memory, serial;
	GArray *entries;
	GHashTable *headers; /* each text once */
};

/* What an entry takes beside its line, in the allocator, too. */
#define OVERHEAD (sizeof(struct entry) + 16)

static void
clear_entry(gpointer entry)
{
	g_free(((struct entry *)entry)->line);
}

struct sorted *
sorted_new(bool least_first, uint64_t head, uint64_t memory)
{
	struct sorted *sorted = g_new0(struct sorted, 1);

	sorted->least_first = least_first;
	sorted->head = head;
	sorted->limit = memory;
	sorted->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
	g_array_set_clear_func(sorted->entries, clear_entry);
	sorted->headers =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return sorted;
}

void
sorted_free(struct sorted **pointer)
{
	struct sorted *sorted = *pointer;

	*pointer = NULL;
	if (sorted == NULL)
		return;
	g_array_unref(sorted->entries);
	g_hash_table_destroy(sorted->headers);
	g_free(sorted);
}

static gint
compare(gconstpointer a, gconstpointer b)
{
	const struct entry *x = a, *y = b;

	if (x->known != y->known)
		return x->known ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->serial < y->serial ? -1 : 1;
}

/* Keep the first ones. */
static void
prune(struct sorted *sorted)
{
	g_array_sort(sorted->entries, compare);
	for (guint i = (guint)sorted->head; i < sorted->entries->len; i++)
		sorted->memory -=
		    strlen(
		        g_array_index(sorted->entries, struct entry, i).line) +
		    OVERHEAD;
	g_array_set_size(sorted->entries, (guint)sorted->head);
}

static const char *
keep_header(struct sorted *sorted, const char *header, size_t length)
{
	char *text = g_strndup(header, length), *kept;

	kept = g_hash_table_lookup(sorted->headers, text);
	if (kept != NULL) {
		g_free(text);
		return kept;
	}
	g_hash_table_add(sorted->headers, text);
	return text;
}

int
sorted_add(struct sorted *sorted, bool known, uint64_t number,
    const char *header, size_t header_length, const char *line)
{
	struct entry entry = { .known = known,
		.weight = sorted->least_first ? UINT64_MAX - number : number,
		.serial = sorted->serial++ };

	sorted->memory += strlen(line) + OVERHEAD;
	if (sorted->memory > sorted->limit)
		return -1;
	entry.line = g_strdup(line);
	if (header_length > 0)
		entry.header = keep_header(sorted, header, header_length);
	g_array_append_val(sorted->entries, entry);
	if (sorted->head > 0 && sorted->head < G_MAXUINT / 4 &&
	    sorted->entries->len > 2 * sorted->head + 1024)
		prune(sorted);
	return 0;
}

size_t
sorted_count(const struct sorted *sorted)
{
	return sorted->entries->len;
}

int
sorted_print(struct sorted *sorted, FILE *stream)
{
	const char *header = NULL;
	uint64_t count = sorted->entries->len;

	g_array_sort(sorted->entries, compare);
	if (sorted->head > 0 && sorted->head < count)
		count = sorted->head;
	for (guint i = 0; i < count; i++) {
		const struct entry *entry =
		    &g_array_index(sorted->entries, struct entry, i);

		if (entry->header != NULL && entry->header != header &&
		    fputs(entry->header, stream) == EOF)
			return -1;
		if (entry->header != NULL)
			header = entry->header;
		if (fputs(entry->line, stream) == EOF)
			return -1;
	}
	return 0;
}

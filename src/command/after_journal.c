/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "after_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "exflow/base/pattern.h"
#include "exflow/base/own.h"
#include "exflow/base/publish.h"
#include "exflow/base/write_all.h"

#define JOURNAL_MODE 0600
#define JOURNALS_MAX 16      /* of one pattern */
#define JOURNAL_LONG 65536   /* octets that may be of what is done */
#define LINE_MAX_OCTETS 9000 /* a path of PATH_MAX, all of it escaped */

struct after_journal {
	const char *pattern;
	char *path;
	int number; /* among those of the pattern */
	int fd;
	uint64_t octets; /* whole lines */
	uint64_t left;   /* of these: of paths that are left */
};

/* --- names */

/* FNV-1a: the same in every run. */
static uint32_t
hash_of(const char *text)
{
	uint32_t hash = 2166136261U;

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619U;
	return hash;
}

/* NULL: no memory. */
static char *
journal_path(const char *pattern, int number)
{
	int constant = (int)pattern_constant(pattern);
	char suffix[16] = "", *path;

	if (number > 0)
		snprintf(suffix, sizeof(suffix), ".%d", number);
	if (asprintf(&path, "%.*s.exflow-after-%08x%s", constant, pattern,
	        (unsigned)hash_of(pattern), suffix) == -1)
		return NULL;
	return path;
}

/* Whether the descriptor still is the file of that name. */
static bool
has_its_name(int fd, const char *path)
{
	struct stat open, named;

	return fstat(fd, &open) == 0 && lstat(path, &named) == 0 &&
	       open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

/* Locked; -1 with errno, EWOULDBLOCK: somebody writes it. */
static int
open_locked(const char *path, int flags)
{
	int fd = own_open(AT_FDCWD, path, O_RDWR | flags, JOURNAL_MODE);

	if (fd < 0)
		return -1;
	if (publish_lock(fd) == 0 && has_its_name(fd, path))
		return fd;
	close(fd);
	errno = EWOULDBLOCK;
	return -1;
}

/* --- lines */

/* "+PATH\n", where "\" and the end of a line are escaped.  Its octets. */
static size_t
put_line(char line[LINE_MAX_OCTETS], char sign, const char *path)
{
	size_t used = 0;

	line[used++] = sign;
	for (; *path != '\0' && used + 3 < LINE_MAX_OCTETS; path++) {
		char octet = *path;

		if (octet == '\\' || octet == '\n')
			line[used++] = '\\';
		if (octet == '\n')
			octet = 'n';
		line[used++] = octet;
	}
	line[used++] = '\n';
	return used;
}

/* In place; the end of the line is gone already. */
static void
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		char octet = *text;

		if (octet == '\\' && text[1] != '\0') {
			octet = *++text;
			if (octet == 'n')
				octet = '\n';
		}
		*to++ = octet;
	}
	*to = '\0';
}

/* A line that could not be written is cut off again. */
static int
append(struct after_journal *journal, char sign, const char *path)
{
	char line[LINE_MAX_OCTETS];
	size_t length = put_line(line, sign, path);
	int code;

	if (write_all_at(
	        journal->fd, line, length, (off_t)journal->octets, NULL) == 0) {
		journal->octets += length;
		return 0;
	}
	code = errno;
	(void)!ftruncate(journal->fd, (off_t)journal->octets);
	errno = code;
	return -1;
}

int
after_journal_add(struct after_journal *journal, const char *path)
{
	uint64_t before = journal->octets;

	if (append(journal, '+', path) != 0)
		return -1;
	journal->left += journal->octets - before;
	return publish_sync(journal->fd);
}

int
after_journal_remove(struct after_journal *journal, const char *path)
{
	uint64_t before = journal->octets, octets;

	if (append(journal, '-', path) != 0)
		return -1;
	octets = journal->octets - before;
	journal->left -= octets < journal->left ? octets : journal->left;
	return 0;
}

/* --- reading */

/* The first line of a journal of this pattern. */
static size_t
put_head(char line[LINE_MAX_OCTETS], const char *pattern)
{
	char text[LINE_MAX_OCTETS / 2];

	snprintf(text, sizeof(text), "fter 1 %s", pattern);
	return put_line(line, 'a', text);
}

/*
 * The paths that are left, each a key of the table, and the octets of whole
 * lines; NULL: it is no journal of this pattern.
 */
static GHashTable *
read_journal(int fd, const char *pattern, uint64_t *octets)
{
	GHashTable *left =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	char head[LINE_MAX_OCTETS], line[LINE_MAX_OCTETS + 1];
	size_t length = put_head(head, pattern);
	int copy = dup(fd);
	FILE *stream = copy < 0 ? NULL : fdopen(copy, "r");
	bool first = true;

	*octets = 0;
	if (stream != NULL)
		rewind(stream);
	while (stream != NULL && fgets(line, sizeof(line), stream) != NULL) {
		size_t used = strlen(line);

		if (used == 0 || line[used - 1] != '\n')
			break; /* torn */
		if (first && (used != length || memcmp(line, head, used) != 0))
			break;
		*octets += used;
		line[used - 1] = '\0';
		unescape(line);
		if (!first && line[0] == '+')
			g_hash_table_add(left, g_strdup(line + 1));
		else if (!first && line[0] == '-')
			g_hash_table_remove(left, line + 1);
		first = false;
	}
	if (stream != NULL)
		fclose(stream);
	else if (copy >= 0)
		close(copy);
	return left;
}

static void
visit_all(GHashTable *left, after_journal_visitor *visit, void *context)
{
	GHashTableIter iterator;
	gpointer path;

	g_hash_table_iter_init(&iterator, left);
	while (g_hash_table_iter_next(&iterator, &path, NULL))
		visit(context, path);
}

/* --- the whole journal */

static const char *
next_of_table(void *context)
{
	gpointer path;

	return g_hash_table_iter_next(context, &path, NULL) ? path : NULL;
}

static int
write_paths(
    struct after_journal *journal, after_journal_next *next, void *context)
{
	char line[LINE_MAX_OCTETS];
	size_t length = put_head(line, journal->pattern);
	const char *path;

	journal->octets = journal->left = 0;
	if (write_all_at(journal->fd, line, length, 0, NULL) != 0)
		return -1;
	journal->octets = length;
	while ((path = next(context)) != NULL) {
		if (append(journal, '+', path) != 0)
			return -1;
		journal->left = journal->octets - length;
	}
	return publish_sync(journal->fd);
}

/* Locked and empty; -1 with errno. */
static int
create_beside(const char *path, char **temporary)
{
	int fd = -1;

	if (asprintf(temporary, "%s.new", path) == -1) {
		*temporary = NULL;
		return -1;
	}
	fd = own_open(AT_FDCWD, *temporary, O_RDWR | O_CREAT, JOURNAL_MODE);
	if (fd >= 0 && (publish_lock(fd) != 0 || ftruncate(fd, 0) != 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Under another name, then in place of the present one. */
int
after_journal_rewrite(
    struct after_journal *journal, after_journal_next *next, void *context)
{
	struct after_journal fresh = *journal;
	char *temporary;
	int code;

	fresh.fd = create_beside(journal->path, &temporary);
	if (fresh.fd >= 0 && write_paths(&fresh, next, context) == 0 &&
	    rename(temporary, journal->path) == 0) {
		close(journal->fd);
		*journal = fresh;
		free(temporary);
		return 0;
	}
	code = errno;
	if (fresh.fd >= 0) {
		close(fresh.fd);
		unlink(temporary);
	}
	free(temporary);
	errno = code;
	return -1;
}

bool
after_journal_is_long(const struct after_journal *journal)
{
	return journal->octets > JOURNAL_LONG + 2 * journal->left;
}

/* Take over one that others have left, once it is in ours; then remove it. */
static void
adopt_one(struct after_journal *journal, const char *path,
    after_journal_visitor *visit, void *context)
{
	int fd = open_locked(path, 0);
	GHashTable *left;
	GHashTableIter iterator;
	gpointer one;
	uint64_t octets;
	bool kept = true;

	if (fd < 0)
		return;
	left = read_journal(fd, journal->pattern, &octets);
	g_hash_table_iter_init(&iterator, left);
	while (kept && g_hash_table_iter_next(&iterator, &one, NULL))
		kept = after_journal_add(journal, one) == 0;
	if (kept && octets > 0)
		unlink(path);
	visit_all(left, visit, context);
	g_hash_table_destroy(left);
	close(fd);
}

void
after_journal_adopt(
    struct after_journal *journal, after_journal_visitor *visit, void *context)
{
	for (int number = 0; number < JOURNALS_MAX; number++) {
		char *path = journal_path(journal->pattern, number);

		if (path != NULL && number != journal->number)
			adopt_one(journal, path, visit, context);
		free(path);
	}
}

/* What is there already; EEXIST: it is something else. */
static int
take_contents(
    struct after_journal *journal, after_journal_visitor *visit, void *context)
{
	GHashTableIter iterator;
	GHashTable *left =
	    read_journal(journal->fd, journal->pattern, &journal->octets);
	char head[LINE_MAX_OCTETS];
	off_t size = lseek(journal->fd, 0, SEEK_END);
	int result;

	g_hash_table_iter_init(&iterator, left);
	if (journal->octets == 0 &&
	    size >= (off_t)put_head(head, journal->pattern)) {
		errno = EEXIST;
		result = -1;
	} else {
		result =
		    after_journal_rewrite(journal, next_of_table, &iterator);
	}
	if (result == 0)
		visit_all(left, visit, context);
	g_hash_table_destroy(left);
	return result;
}

/* One of that number; -1 with errno, EEXIST: another one may do. */
static int
open_number(struct after_journal *journal, int number,
    after_journal_visitor *visit, void *context)
{
	free(journal->path);
	journal->number = number;
	journal->path = journal_path(journal->pattern, number);
	if (journal->path == NULL)
		return -1;
	journal->fd = open_locked(journal->path, O_CREAT);
	if (journal->fd < 0) {
		if (errno == EWOULDBLOCK)
			errno = EEXIST;
		return -1;
	}
	if (take_contents(journal, visit, context) == 0)
		return 0;
	close(journal->fd);
	journal->fd = -1;
	return -1;
}

struct after_journal *
after_journal_open(
    const char *pattern, after_journal_visitor *visit, void *context)
{
	struct after_journal *journal = calloc(1, sizeof(*journal));
	int code = ENOMEM;

	if (journal == NULL)
		return NULL;
	journal->pattern = pattern;
	for (int number = 0; number < JOURNALS_MAX; number++) {
		if (open_number(journal, number, visit, context) == 0)
			return journal;
		code = errno;
		if (code != EEXIST)
			break;
	}
	free(journal->path);
	free(journal);
	errno = code;
	return NULL;
}

void
after_journal_close(struct after_journal **pointer)
{
	struct after_journal *journal = *pointer;

	if (journal == NULL)
		return;
	if (journal->left == 0 && has_its_name(journal->fd, journal->path))
		unlink(journal->path);
	close(journal->fd);
	free(journal->path);
	free(journal);
	*pointer = NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "recovery.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/pattern.h"
#include "exflow/base/log.h"
#include "exflow/base/own.h"
#include "exflow/base/publish.h"
#include "exflow/ipfix/message_file.h"
#include "exflow/ipfix/preamble.h"

#include "magic.h"

/*
 * Open and lock a temporary file.  -1: it is in use, is no regular file of
 * ours, or somebody renamed or removed it before it was locked.
 */
static int
open_locked(const char *temporary, struct stat *status)
{
	int fd = own_open(AT_FDCWD, temporary, O_RDWR, 0);
	struct stat named;

	if (fd < 0)
		return -1;
	if (publish_lock(fd) == 0 && fstat(fd, status) == 0 &&
	    lstat(temporary, &named) == 0 && named.st_dev == status->st_dev &&
	    named.st_ino == status->st_ino)
		return fd;
	close(fd);
	return -1;
}

/* Count the records in whole messages, which end at *octets. */
static uint64_t
count_records(int fd, uint64_t *octets)
{
	uint8_t message[MESSAGE_MAX_OCTETS];
	struct preamble *templates = preamble_new(NULL, 0, NULL, 0);
	uint64_t records = 0;
	uint32_t length;

	*octets = 0;
	while (templates != NULL &&
	       (length = message_file_next(fd, *octets, message)) > 0) {
		uint32_t more = preamble_count(templates, message, length);

		/* Templates come before the data that needs them. */
		if (more == 0 && templates->shape_count < PREAMBLE_SHAPES &&
		    preamble_extend(templates, message, length) != 0)
			break;
		*octets += length;
		records += more;
	}
	if (templates != NULL)
		preamble_free(&templates);
	return records;
}

/* Cut the file back to so many octets and give it its name. */
static char *
cut_and_publish(int fd, uint64_t octets, const char *temporary,
    const char *path, bool numbered, struct publish_numbers *numbers)
{
	if (ftruncate(fd, (off_t)octets) != 0 || publish_sync(fd) != 0)
		return NULL;
	return numbered ? publish_numbered(temporary, path, numbers)
	                : publish_file(temporary, path, numbers);
}

char *
recovery_file(const char *output, const char *temporary, const char *path,
    bool numbered, struct publish_numbers *numbers,
    struct recovery_counts *recovered)
{
	struct stat status;
	int fd = open_locked(temporary, &status);
	uint64_t records, octets;
	char *name = NULL;

	if (fd < 0)
		return NULL;
	records = count_records(fd, &octets);
	if (records == 0 && magic_is_ours(fd)) {
		unlink(temporary);
	} else if (records > 0) {
		name = cut_and_publish(
		    fd, octets, temporary, path, numbered, numbers);
		if (name == NULL)
			log_error("output %s: cannot recover %s of a run that "
			          "was killed: %s",
			    output, temporary, strerror(errno));
	}
	if (name != NULL) {
		publish_sync_folder(name);
		log_warning(
		    "output %s: recovered %s, %" PRIu64
		    " records of a run that was killed; cut off %" PRIu64
		    " octets of an incomplete message",
		    output, name, records, (uint64_t)status.st_size - octets);
		recovered->files++;
		recovered->records += records;
	}
	close(fd);
	return name;
}

/* --- one path */

static void
recover_if_for(const char *output, const char *folder, const char *entry,
    const char *path, struct recovery_counts *recovered)
{
	char *name = publish_final_name(entry);
	const char *slash = strrchr(path, '/');
	char *whole;

	/* Without memory: the next start finds it again. */
	if (name != NULL &&
	    strcmp(name, slash == NULL ? path : slash + 1) == 0 &&
	    asprintf(&whole, "%s/%s", folder, entry) != -1) {
		free(recovery_file(output, whole, path, true, NULL, recovered));
		free(whole);
	}
	free(name);
}

void
recovery_beside(
    const char *output, const char *path, struct recovery_counts *recovered)
{
	char *folder = publish_folder(path);
	DIR *directory = folder != NULL ? opendir(folder) : NULL;
	struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL)
		recover_if_for(output, folder, entry->d_name, path, recovered);
	if (directory != NULL)
		closedir(directory);
	free(folder);
}

/* --- an archive */

struct walk {
	const char *output;
	recovery_compress *compress;
	void *context;
	struct publish_numbers *numbers;
	struct recovery_counts *recovered;
	time_t before; /* of text files: when they were changed last */
};

static void
remove_unless_locked(const char *temporary)
{
	struct stat status;
	int fd = open_locked(temporary, &status);

	if (fd < 0)
		return;
	if (magic_is_ours(fd))
		unlink(temporary);
	close(fd);
}

/* An unfinished compression: begin again if the plain file is there. */
static void
recover_compression(
    const struct walk *walk, const char *temporary, const char *compressed)
{
	size_t length = (size_t)(strrchr(compressed, '.') - compressed);
	char *path = strndup(compressed, length);

	remove_unless_locked(temporary);
	if (walk->compress != NULL && (path == NULL || access(path, R_OK) == 0))
		walk->compress(walk->context, path);
	else
		free(path);
}

static void
recover_plain(const struct walk *walk, const char *temporary, const char *path)
{
	char *name = recovery_file(walk->output, temporary, path, false,
	    walk->numbers, walk->recovered);

	if (name != NULL && walk->compress != NULL)
		walk->compress(walk->context, name);
	else
		free(name);
}

/* Without memory for a path the next start finds the file again. */
static void
visit_entry(
    void *context, const char *part, const char *folder, const char *entry)
{
	const struct walk *walk = context;
	char *name = publish_final_name(entry), *temporary = NULL, *path = NULL;

	if (name == NULL || !pattern_matches(part, strlen(part), name, true))
		; /* not a temporary file of this archive */
	else if (asprintf(&temporary, "%s%s", folder, entry) == -1)
		temporary = NULL;
	else if (asprintf(&path, "%s%s", folder, name) == -1)
		path = NULL;
	else if (publish_is_compressed(name))
		recover_compression(walk, temporary, path);
	else
		recover_plain(walk, temporary, path);
	free(path);
	free(temporary);
	free(name);
}

void
recovery_archive(const char *output, const char *pattern,
    recovery_compress *compress, void *context, struct publish_numbers *numbers,
    struct recovery_counts *recovered)
{
	struct walk walk = { .output = output,
		.compress = compress,
		.context = context,
		.numbers = numbers,
		.recovered = recovered };

	(void)pattern_walk(pattern, visit_entry, &walk);
}

/* --- text files */

/* A file that nobody writes is to be compressed. */
static void
compress_unless_locked(const struct walk *walk, const char *path)
{
	struct stat status;
	int fd = open_locked(path, &status);

	if (fd < 0)
		return;
	close(fd);
	if (status.st_mtime < walk->before)
		walk->compress(walk->context, strdup(path));
}

static void
visit_lines(
    void *context, const char *part, const char *folder, const char *entry)
{
	const struct walk *walk = context;
	char *name = publish_final_name(entry), *path = NULL;
	bool temporary = name != NULL;
	bool compressed = publish_is_compressed(temporary ? name : entry);

	/* Of temporary files only unfinished compressions are ours. */
	if (temporary == compressed &&
	    pattern_matches(
	        part, strlen(part), temporary ? name : entry, true) &&
	    asprintf(&path, "%s%s", folder, entry) == -1)
		path = NULL;
	if (path != NULL && temporary)
		remove_unless_locked(path);
	else if (path != NULL && walk->compress != NULL)
		compress_unless_locked(walk, path);
	free(path);
	free(name);
}

void
recovery_lines(const char *pattern, time_t before, recovery_compress *compress,
    void *context)
{
	struct walk walk = {
		.compress = compress, .context = context, .before = before
	};

	(void)pattern_walk(pattern, visit_lines, &walk);
}

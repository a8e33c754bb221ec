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

#include "exflow/base/log.h"
#include "exflow/base/publish.h"
#include "exflow/ipfix/message_file.h"
#include "exflow/ipfix/preamble.h"

/* Locked, and still the file of this name; -1: it is not ours to take. */
static int
take(const char *temporary, struct stat *status)
{
	int fd = open(temporary, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct stat named;

	if (fd < 0)
		return -1;
	if (publish_lock(fd) == 0 && fstat(fd, status) == 0 &&
	    S_ISREG(status->st_mode) && lstat(temporary, &named) == 0 &&
	    named.st_dev == status->st_dev && named.st_ino == status->st_ino)
		return fd;
	close(fd);
	return -1;
}

/* Records in whole messages, which end at *octets. */
static uint64_t
count(int fd, uint64_t *octets)
{
	uint8_t message[MESSAGE_MAX_OCTETS];
	struct preamble *templates = preamble_new(NULL, 0, NULL, 0);
	uint64_t records = 0;
	uint32_t length;

	*octets = 0;
	while (templates != NULL &&
	       (length = message_file_next(fd, *octets, message)) > 0) {
		uint32_t more = preamble_count(templates, message, length);

		if (more == 0 && records == 0 &&
		    preamble_extend(templates, message, length) != 0)
			break;
		*octets += length;
		records += more;
	}
	if (templates != NULL)
		preamble_free(&templates);
	return records;
}

static char *
publish(int fd, uint64_t octets, const char *temporary, const char *path,
    bool aside)
{
	if (ftruncate(fd, (off_t)octets) != 0 || publish_sync(fd) != 0)
		return NULL;
	return aside ? publish_numbered(temporary, path)
	             : publish_file(temporary, path);
}

char *
recovery_file(const char *log, const char *temporary, const char *path,
    bool aside, struct recovery_counts *recovered)
{
	struct stat status;
	int fd = take(temporary, &status);
	uint64_t records, octets;
	char *name = NULL;

	if (fd < 0)
		return NULL;
	records = count(fd, &octets);
	if (records == 0) {
		unlink(temporary);
	} else {
		name = publish(fd, octets, temporary, path, aside);
		if (name == NULL)
			log_error("output %s: %s of a run that was killed "
			          "stays as it is: %s",
			    log, temporary, strerror(errno));
	}
	if (name != NULL) {
		publish_sync_folder(name);
		log_warning("output %s: %s, %" PRIu64
		            " records of a run that was killed; %" PRIu64
		            " octets of a torn message are cut off",
		    log, name, records, (uint64_t)status.st_size - octets);
		recovered->files++;
		recovered->records += records;
	}
	close(fd);
	return name;
}

void
recovery_remove(const char *temporary)
{
	struct stat status;
	int fd = take(temporary, &status);

	if (fd < 0)
		return;
	unlink(temporary);
	close(fd);
}

static void
recover_entry(const char *log, const char *folder, const char *entry,
    const char *path, struct recovery_counts *recovered)
{
	char *name = publish_final_name(entry);
	const char *slash = strrchr(path, '/');
	char *whole;

	/* Without memory it is found again at the next start. */
	if (name != NULL &&
	    strcmp(name, slash == NULL ? path : slash + 1) == 0 &&
	    asprintf(&whole, "%s/%s", folder, entry) != -1) {
		free(recovery_file(log, whole, path, true, recovered));
		free(whole);
	}
	free(name);
}

void
recovery_beside(
    const char *log, const char *path, struct recovery_counts *recovered)
{
	char *folder = publish_folder(path);
	DIR *directory = folder != NULL ? opendir(folder) : NULL;
	struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL)
		recover_entry(log, folder, entry->d_name, path, recovered);
	if (directory != NULL)
		closedir(directory);
	free(folder);
}

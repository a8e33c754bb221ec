/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of earlier runs: found when the spool is opened, and settled when
 * the templates are known, as those tell what can be read.
 */
#include <config.h>

#include "spool_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"

/* A link, or what another user made: it stays, and is not read. */
static int
pass_over(const struct spool *spool, uint64_t number)
{
	char name[SPOOL_FILE_NAME_SIZE];

	if (errno != ELOOP && errno != EPERM && errno != ENXIO)
		return -1;
	spool_file_name(name, number);
	log_warning("spool %s: %s is not a file of the spool; it stays, and is "
	            "not read",
	    spool->path, name);
	return 0;
}

static int
recover_file(struct spool *spool, uint64_t number, bool newest)
{
	struct preamble *own = NULL;
	struct spool_file *file =
	    spool_file_open(spool->folder.fd, number, newest, &own);

	if (file == NULL)
		return pass_over(spool, number);
	own->next = spool->old;
	spool->old = own;
	spool->recovered += file->records + file->damaged;
	spool_add_last(spool, file);
	return 0;
}

const char *
spool_recover(struct spool *spool)
{
	size_t count = 0;
	uint64_t *numbers = spool_folder_numbers(&spool->folder, &count);
	int result = numbers == NULL ? -1 : 0;

	for (size_t i = 0; result == 0 && i < count; i++)
		result = recover_file(spool, numbers[i], i + 1 == count);
	free(numbers);
	return result == 0 ? NULL : "read the files";
}

/* What was found in a file of an earlier run goes to the log. */
static void
log_file(const struct spool *spool, const struct spool_file *file)
{
	if (file->damaged > 0)
		log_error("spool %s: file %" PRIu64 " is damaged: %" PRIu64
		          " records are lost, %" PRIu64 " can be read%s",
		    spool->path, file->number, file->damaged, file->records,
		    file->rescued ? " by the templates of today" : "");
	if (file->torn > 0)
		log_warning("spool %s: file %" PRIu64 " ends in %" PRIu64
		            " octets of a torn message, which are cut off",
		    spool->path, file->number, file->torn);
}

/* It takes no part any more; its file stays, or is deleted. */
static void
put_away(
    struct spool *spool, struct spool_file *file, enum spool_file_fate fate)
{
	if (fate == SPOOL_FILE_EMPTY) {
		spool_file_delete(&file);
		return;
	}
	if (fate == SPOOL_FILE_FOREIGN) {
		errno = EPERM;
		(void)pass_over(spool, file->number);
		file->damaged = 0;
	} else if (spool_file_set_aside(file) != 0) {
		log_error("spool %s: cannot rename file %" PRIu64 ": %s",
		    spool->path, file->number, strerror(errno));
	}
	spool->damaged += file->damaged;
	spool_file_free(&file);
}

void
spool_settle(struct spool *spool)
{
	struct spool_file *file = spool->first, *next;

	spool->settled = true;
	spool->first = spool->last = NULL;
	spool->octets = spool->recovered = 0;
	for (; file != NULL; file = next) {
		enum spool_file_fate fate =
		    spool_file_settle(file, spool->preamble);

		next = file->next;
		file->next = NULL;
		log_file(spool, file);
		if (fate != SPOOL_FILE_KEEP) {
			put_away(spool, file, fate);
			continue;
		}
		spool->damaged += file->damaged;
		spool->recovered += file->records;
		spool_file_sync(file);
		spool_add_last(spool, file);
	}
	spool->recovered += spool->damaged;
}

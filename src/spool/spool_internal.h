/* SPDX-License-Identifier: BSD-2-Clause */
/* What spool.c and spool_recover.c share. */
#ifndef EXFLOW_SRC_SPOOL_SPOOL_INTERNAL_H
#define EXFLOW_SRC_SPOOL_SPOOL_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/spool/spool.h"

#include "spool_file.h"
#include "spool_folder.h"

struct spool {
	char *path; /* for log messages */
	struct spool_folder folder;
	uint64_t bound, file_octets;
	uint32_t age_seconds;
	uint64_t octets;           /* of all files */
	uint64_t recovered;        /* records, at the start … */
	uint64_t damaged;          /* … and how many of them were lost */
	uint32_t missing;          /* records lost before the next to take */
	struct preamble *preamble; /* of what is put; borrowed */
	struct preamble *old;      /* of recovered files; ours */
	struct spool_file *first, *last;
	bool settled; /* the files of earlier runs are */
	bool sealed;  /* nothing more is appended to the last file */
};

static inline void
spool_add_last(struct spool *spool, struct spool_file *file)
{
	if (spool->last != NULL)
		spool->last->next = file;
	else
		spool->first = file;
	spool->last = file;
	spool->octets += file->octets;
}

/*
 * Put the files that the folder has into the list, unchanged.  NULL, or what
 * could not be done, with errno.
 */
const char *spool_recover(struct spool *spool);
/*
 * Once the preamble is set: make the best of these files.  Those without a
 * message go; what is damaged is counted and logged.
 */
void spool_settle(struct spool *spool);

#endif

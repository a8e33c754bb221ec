/* SPDX-License-Identifier: BSD-2-Clause */
/* Between spool.c and spool_open.c, which makes one from a folder. */
#ifndef EXFLOW_SRC_SPOOL_SPOOL_INTERNAL_H
#define EXFLOW_SRC_SPOOL_SPOOL_INTERNAL_H

#include "exflow/spool/spool.h"

#include "spool_file.h"

struct spool {
	char *path; /* for messages */
	int folder, lock;
	uint64_t bound, file_octets;
	uint32_t age_seconds;
	uint64_t octets; /* of all files */
	uint64_t recovered;
	uint32_t missing;          /* for the next queued that is taken */
	struct preamble *preamble; /* of what is put */
	struct preamble *old;      /* of files that were there, own */
	struct spool_file *first, *last;
	bool sealed; /* nothing more goes into the last file */
};

/* Behind all that are there. */
void spool_add(struct spool *spool, struct spool_file *file);

#endif

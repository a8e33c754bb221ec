/* SPDX-License-Identifier: BSD-2-Clause */
/* The queues of a finisher. */
#ifndef EXFLOW_SRC_ARCHIVE_JOBS_H
#define EXFLOW_SRC_ARCHIVE_JOBS_H

#include <stddef.h>

#include "writer.h"

/* A file in one of the queues; one allocation for both. */
struct job {
	struct job *next;
	struct writer writer; /* of a written file */
	char *path;           /* of a file that has its name */
};

/* First in, first out. */
struct jobs {
	struct job *head, **tail;
	size_t count;
};

void jobs_init(struct jobs *jobs);
void jobs_push(struct jobs *jobs, struct job *job);
/* NULL: there is none. */
struct job *jobs_pop(struct jobs *jobs);
/* Delete all. */
void jobs_clear(struct jobs *jobs);

void job_delete(struct job *job);

#endif

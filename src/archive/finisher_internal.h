/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of exflow/archive/finisher.h share. */
#ifndef EXFLOW_SRC_ARCHIVE_FINISHER_INTERNAL_H
#define EXFLOW_SRC_ARCHIVE_FINISHER_INTERNAL_H

#include <pthread.h>
#include <time.h>

#include "exflow/archive/finisher.h"
#include "exflow/base/publish.h"

#include "jobs.h"

#define TO_COMPRESS_MAX 1024 /* files in that queue */

enum finisher_end {
	FINISHER_RUNS,
	FINISHER_FINISH, /* end when both queues are empty */
	FINISHER_ABANDON /* end after the file at hand */
};

struct finisher {
	const char *name, *pattern;
	enum finisher_files files;
	time_t started; /* text files that are older are left over */
	const struct archive_options *options;
	struct publish_numbers numbers; /* of the thread */
	uint64_t retention_ms;          /* when it was applied */
	struct after *after;            /* NULL: no command for files */
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t work;  /* for the thread */
	pthread_cond_t room;  /* in a queue */
	bool warned;          /* that a queue is full */
	struct jobs to_name;
	struct jobs to_compress;
	enum finisher_end end;
	struct finisher_results results;
};

/* --- finisher_work.c: for the thread, which does not hold the lock */

/* Takes over the path; NULL: no memory, which is logged. */
struct job *finisher_compression_job(
    const struct finisher *finisher, char *path);
/* What a run that was killed left, and what files wait for their command. */
void finisher_recover(struct finisher *finisher);
/* Sync, name, and pass on to compression or to the command. */
void finisher_finish_written(struct finisher *finisher, struct job *job);
/* Compress, if files are to be; and pass on to the command. */
void finisher_compress_job(const struct finisher *finisher, struct job *job);
/* When it is time for it. */
void finisher_apply_retention(struct finisher *finisher);

#endif

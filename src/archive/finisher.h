/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an archive does with written files, on a thread of its own so that
 * export never waits for it: sync and rename, compress, and remove what is
 * older or more than is to be kept.  Renaming goes first; compressing waits
 * for it.  It begins with what a run that was killed left behind.
 */
#ifndef EXFLOW_SRC_ARCHIVE_FINISHER_H
#define EXFLOW_SRC_ARCHIVE_FINISHER_H

#include <stdint.h>

#include "exflow/output/destination.h"

#include "retention.h"
#include "writer.h"

struct finisher;

struct finisher_results {
	uint64_t delivered; /* records in files that got their name */
	uint64_t lost;      /* in files that did not */
	uint64_t recovered; /* in files of a run that was killed */
	uint64_t files;     /* that got their name */
	uint64_t removed;   /* by retention */
	char error[DESTINATION_ERROR_SIZE]; /* of the last loss, else "" */
};

/*
 * The name (for the log), the pattern and the options outlive the finisher.
 * NULL with errno.
 */
struct finisher *finisher_new(const char *name, const char *pattern,
    const struct archive_options *options);
/* A file that is written; takes over the writer.  0, or -1: no memory. */
int finisher_put(struct finisher *finisher, const struct writer *writer);
/* What was done since the last call. */
void finisher_collect(
    struct finisher *finisher, struct finisher_results *results);
/* Do all that is left and end the thread. */
void finisher_finish(struct finisher *finisher);
/* Without finisher_finish before it: what is not renamed goes. */
void finisher_free(struct finisher **finisher);

#endif

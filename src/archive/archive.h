/* SPDX-License-Identifier: BSD-2-Clause */
/* Between archive.c, which says what goes where, and archive_write.c. */
#ifndef EXFLOW_SRC_ARCHIVE_ARCHIVE_H
#define EXFLOW_SRC_ARCHIVE_ARCHIVE_H

#include "exflow/output/kind.h"
#include "exflow/output/retry.h"

#include "finisher.h"
#include "pattern.h"
#include "writer.h"

struct archive_file {
	struct writer writer;
	bool ended; /* takes no more messages */
	struct archive_file *next;
};

struct archive {
	struct destination base;
	char *pattern;
	struct archive_file *first, *last;
	struct interval interval; /* of the file that takes messages */
	timestamp now;            /* the greatest end of a record so far */
	const struct message *templates, *types;
	size_t templates_count, types_count;
	struct retry retry;
	uint64_t lost_before; /* when the trouble began */
	struct finisher *finisher;
};

/* Write what waits, file by file; those that have ended leave. */
void archive_write(struct archive *archive);
/* Keep what waits within its bound. */
void archive_bound(struct archive *archive);
/* The first file leaves as it is; what waits for it is lost. */
void archive_shift(struct archive *archive);
/* What the finisher has done meanwhile. */
void archive_collect(struct archive *archive);

#endif

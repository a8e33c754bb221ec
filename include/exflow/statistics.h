/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a run did: the exit summary for people, --stats as JSON, the progress
 * line.
 */
#ifndef EXFLOW_STATISTICS_H
#define EXFLOW_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "exflow/capture.h"
#include "exflow/exporter.h"
#include "exflow/ledger.h"

struct statistics {
	const struct ledger *ledger;
	const struct exporter *exporter;
	double seconds; /* wall clock, start to end */
};

/* The three equations; each one that fails is logged as an error. */
bool statistics_balanced(const struct statistics *statistics);
void statistics_print(const struct statistics *statistics, FILE *stream);
/* 0, or -1 with errno; the file appears complete or not at all. */
int statistics_write_json(
    const struct statistics *statistics, const char *path);

/*
 * The progress line: on a terminal, at most a few times a second; draws
 * nothing where stream is no terminal.  The caller says every few thousand
 * packets where it is.
 */
struct progress;
struct progress *progress_new(FILE *stream, uint64_t octets_total);
void progress_update(
    struct progress *progress, uint64_t octets, uint64_t packets);
void progress_free(struct progress **progress); /* clears the line */

#endif

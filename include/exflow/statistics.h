/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a run did: the exit summary for people, --stats as JSON, the progress
 * line.
 */
#ifndef EXFLOW_STATISTICS_H
#define EXFLOW_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
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

/*
 * The same with the destinations as an array.  Everything below is made from
 * it; the statistics_ functions collect it from the exporter.
 */
struct report {
	const struct ledger *ledger;
	const struct destination *const *outputs;
	size_t output_count;
	double seconds;
};
bool report_balanced(const struct report *report); /* logs nothing */
bool report_check(const struct report *report);    /* logs what fails */
void report_print(const struct report *report, FILE *stream);
void report_print_json(const struct report *report, FILE *stream);
/* 0, or -1 with errno. */
int report_write_json(const struct report *report, const char *path);

/* The three equations; each one that fails is logged as an error. */
bool statistics_balanced(const struct statistics *statistics);
void statistics_print(const struct statistics *statistics, FILE *stream);
/*
 * 0, or -1 with errno, which was logged; the file appears complete or not at
 * all.  "-" is standard output.
 */
int statistics_write_json(
    const struct statistics *statistics, const char *path);

/*
 * The progress line as text, cut to width columns: "  42 %  1.23 M packets
 * 850 k/s  0:12 left".  Octets so far and in all (0: not known), seconds
 * since the start.
 */
void progress_format(char *line, size_t size, unsigned width, uint64_t octets,
    uint64_t octets_total, uint64_t packets, double seconds);

/*
 * The progress line: on a terminal, at most a few times a second; draws
 * nothing where stream is no terminal.  The caller says every few thousand
 * packets where it is.
 */
struct progress;
struct progress *progress_new(FILE *stream, uint64_t octets_total);
void progress_update(
    struct progress *progress, uint64_t octets, uint64_t packets);
/* Take the line away: something else is about to be printed. */
void progress_clear(struct progress *progress);
void progress_free(struct progress **progress); /* clears the line */

#endif

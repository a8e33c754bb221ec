/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines that metrics are made of:
 *
 *	# HELP exflow_packets_read_total Packets read.     ─┐ metrics_family()
 *	# TYPE exflow_packets_read_total counter           ─┘
 *	exflow_packets_read_total 1234                     ── metrics_sample()
 *
 * Every name gets "exflow_" in front.
 */
#ifndef EXFLOW_SRC_STATUS_METRICS_LINES_H
#define EXFLOW_SRC_STATUS_METRICS_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct metrics_page {
	FILE *stream;
	bool openmetrics; /* else the text format of Prometheus */
};

#define METRICS_LABELS_MAX 3

/* Up to three labels: name, value, name, value; NULL behind the last one. */
#define METRICS_LABELS(...)                                                    \
	(const char * [2 * METRICS_LABELS_MAX])                                \
	{                                                                      \
		__VA_ARGS__                                                    \
	}

/* The two lines before the samples; a counter's name is without "_total". */
void metrics_family(const struct metrics_page *page, const char *name,
    const char *type, const char *help);
/* One sample, of a counter's name with "_total"; labels may be NULL. */
void metrics_sample(const struct metrics_page *page, const char *name,
    const char *labels[2 * METRICS_LABELS_MAX], uint64_t value);
/* The same up to the value and the end of the line, which the caller writes. */
void metrics_name(const struct metrics_page *page, const char *name,
    const char *labels[2 * METRICS_LABELS_MAX]);
/* A sample without labels, of seconds with so many digits behind the point. */
void metrics_seconds(const struct metrics_page *page, const char *name,
    double seconds, int digits);

/* A family with one sample, which has no labels. */
void metrics_counter(const struct metrics_page *page, const char *name,
    const char *help, uint64_t value);
void metrics_gauge(const struct metrics_page *page, const char *name,
    const char *help, uint64_t value);

#endif

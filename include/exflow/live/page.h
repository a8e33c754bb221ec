/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /status at the metrics' address: the top live exchanges as a page of HTML,
 * read-only, which the browser asks for again and again.
 */
#ifndef EXFLOW_LIVE_PAGE_H
#define EXFLOW_LIVE_PAGE_H

#include <stdio.h>

#include "exflow/probe/probe.h"

#define LIVE_PAGE_ROWS 50
#define LIVE_PAGE_REFRESH 5 /* seconds */

struct top; /* src/live/top.h */

/* Print a list that is sorted; found is how many exchanges are live. */
void live_page_print(const struct top *top, uint64_t found, FILE *stream);
/* As a page_source does, see exflow/status/metrics.h. */
int live_page(struct probe *probe, const char *order, FILE *stream);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The metrics page: HTTP by libmicrohttpd, read-only, one thread.  It has
 * /metrics, in the text format of Prometheus or, for clients that accept it,
 * of OpenMetrics 1.0; /health, which says "ok"; and /, a page of links and the
 * books for people.
 *
 * At most METRICS_CLIENTS are connected at once: a new one takes the place of
 * the one that has asked for nothing for longest, so that idle connections
 * keep nobody waiting.  Each request takes a snapshot of the status; there is
 * no cache.
 */
#ifndef EXFLOW_STATUS_METRICS_H
#define EXFLOW_STATUS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "exflow/status/status.h"

#define METRICS_PORT_DEFAULT "9100"
#define METRICS_CLIENTS 32
#define METRICS_TIMEOUT 10 /* seconds that a client may be silent */

/* Take a snapshot, in the page's thread: 0, or -1. */
typedef int status_source(void *context, struct status *status);

/* What /metrics and / answer. */
void metrics_print(const struct status *status, bool openmetrics, FILE *stream);
void page_print(const struct status *status, FILE *stream);

struct metrics;

/*
 * Listen on an address, "127.0.0.1:9100" or "[::1]:9100".  NULL with a message
 * in error.
 */
struct metrics *metrics_start(const char *address, status_source *source,
    void *context, char *error, size_t error_size);
void metrics_stop(struct metrics **metrics); /* idempotent, sets NULL */
/* Check an address: 0, or -1 with what was expected in error. */
int metrics_check(const char *address, char *error, size_t error_size);

#endif

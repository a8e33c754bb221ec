/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The metrics page: HTTP by libmicrohttpd, read-only, one thread.  It has
 * /metrics, in the text format of Prometheus or, for clients that accept it,
 * of OpenMetrics 1.0; /health, which says "ok"; /, a page of links and the
 * books for people; and /status, if it is asked for, a page of live exchanges.
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

/*
 * Write /status, in the page's thread; order is what the request's "by" says,
 * or NULL.  0, -1: no memory, or PAGE_NO_ORDER: there is no such order.
 */
#define PAGE_NO_ORDER (-2)
typedef int page_source(void *context, const char *order, FILE *stream);

struct metrics_sources {
	status_source *status;
	page_source *live; /* NULL: there is no /status */
	void *context;     /* of both */
};

/* What /metrics and / answer; live: there is a /status to link to. */
void metrics_print(const struct status *status, bool openmetrics, FILE *stream);
void page_print(const struct status *status, bool live, FILE *stream);
/*
 * Begin a page of HTML: up to its heading, which is the title.  refresh:
 * seconds after which the browser asks for it again; 0: it does not.  The
 * policy of the page allows no script and no request for anything else.
 */
void status_page_begin(FILE *stream, const char *title, unsigned refresh);
/* Text, escaped for HTML; octets that are not UTF-8 become U+FFFD. */
void status_page_text(FILE *stream, const char *text);

struct metrics;

/*
 * Listen on an address, "127.0.0.1:9100" or "[::1]:9100".  NULL with a message
 * in error.
 */
struct metrics *metrics_start(const char *address,
    const struct metrics_sources *sources, char *error, size_t error_size);
void metrics_stop(struct metrics **metrics); /* idempotent, sets NULL */
/*
 * Whether an address could be served, once nobody else serves it: binds a
 * socket, listens to nothing.  0, or -1 with errno.
 */
int metrics_try(const char *address);
/* Check an address: 0, or -1 with what was expected in error. */
int metrics_check(const char *address, char *error, size_t error_size);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP/1 (RFC 9112): the first request and the first answer. */
#ifndef EXFLOW_SRC_NAMES_HTTP_H
#define EXFLOW_SRC_NAMES_HTTP_H

#include "parsed.h"

struct http_request {
	struct span method;
	struct span target; /* up to the first '?' */
	struct span host;   /* with its port; empty: none was said */
};

/* Can these octets, or more behind them, be a request or an answer? */
bool http_looks_like_request(struct span octets);
bool http_looks_like_answer(struct span octets);

/*
 * The request line and the header up to Host.  PARSED_MORE: they go on, and
 * request has what was complete.
 */
enum parsed http_read_request(struct span octets, struct http_request *request);
/* status is 100 … 999 with PARSED_DONE. */
enum parsed http_read_answer(struct span octets, uint16_t *status);

#endif

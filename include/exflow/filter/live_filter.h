/* SPDX-License-Identifier: BSD-2-Clause */
/* Which live exchanges somebody wants to see. */
#ifndef EXFLOW_FILTER_LIVE_FILTER_H
#define EXFLOW_FILTER_LIVE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/meter/exchange.h"
#include "exflow/meter/network.h"

#define LIVE_FILTER_NETWORKS 8

struct live_filter {
	uint8_t protocol; /* 0: both */
	/* Each is that of the client or of the server. */
	uint16_t ports[LIVE_FILTER_NETWORKS];
	size_t port_count;
	struct network_set *networks[LIVE_FILTER_NETWORKS];
	size_t network_count;
};

/*
 * "tcp", "udp", "host ADDRESS", "net PREFIX", "port NUMBER", with "and"
 * between; an empty text takes all.  0, or -1 with what was expected; cleared
 * in both cases by live_filter_clear.  The text is changed.
 */
int live_filter_parse(
    struct live_filter *filter, char *text, char *error, size_t error_size);
void live_filter_clear(struct live_filter *filter);
bool live_filter_takes(
    const struct live_filter *filter, const struct exchange *exchange);

#endif

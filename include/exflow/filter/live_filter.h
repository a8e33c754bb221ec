/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter of exflowctl live: which exchanges are shown.
 *
 *	filter = [ term *( "and" term ) ]
 *	term   = PROTOCOL / "host" ADDRESS / "net" PREFIX / "port" NUMBER
 *
 * PROTOCOL is a name of human_protocol(): "tcp", "udp", "icmp", "icmp6", ….  An
 * exchange is shown if all terms hold.  An address or a port may be that of
 * the client or of the server.
 */
#ifndef EXFLOW_FILTER_LIVE_FILTER_H
#define EXFLOW_FILTER_LIVE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/meter/exchange.h"
#include "exflow/meter/network.h"

#define LIVE_FILTER_NETWORKS 8

struct live_filter {
	uint8_t protocol; /* 0: any */
	uint16_t ports[LIVE_FILTER_NETWORKS];
	size_t port_count;
	struct network_set *networks[LIVE_FILTER_NETWORKS];
	size_t network_count;
};

/*
 * 0, or -1 with what was expected in error; call live_filter_clear in both
 * cases.  The text is changed.
 */
int live_filter_parse(
    struct live_filter *filter, char *text, char *error, size_t error_size);
void live_filter_clear(struct live_filter *filter);
bool live_filter_takes(
    const struct live_filter *filter, const struct exchange *exchange);

#endif

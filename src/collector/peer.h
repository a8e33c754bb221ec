/* SPDX-License-Identifier: BSD-2-Clause */
/* HOST[:PORT] of a collector, and small things that sockets need. */
#ifndef EXFLOW_SRC_COLLECTOR_PEER_H
#define EXFLOW_SRC_COLLECTOR_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/base/clock.h"
#include "exflow/output/destination.h"

struct addrinfo;

struct peer {
	char *host; /* without brackets */
	char *port; /* decimal, 1 … 65535 */
};

/*
 * From "HOST" (then with this port), "HOST:PORT", "[IPV6]" or "[IPV6]:PORT".  0, or -1 with a
 * message in error that names spec and what was expected.
 */
int peer_parse(struct peer *peer, const char *spec, const char *argument,
    const char *port, char error[DESTINATION_ERROR_SIZE]);
void peer_clear(struct peer *peer);

/*
 * Our own address, a number so that nobody has to be asked; NULL leaves it to
 * the system.  0 with *source (freeaddrinfo) or NULL in it, or -1 with a
 * message that says what was expected.
 */
int peer_source(const char *address, int socktype, struct addrinfo **source,
    char error[DESTINATION_ERROR_SIZE]);

/* The pending error of a socket, which is cleared by asking; 0: none. */
int peer_socket_error(int fd);

#endif

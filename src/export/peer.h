/* SPDX-License-Identifier: BSD-2-Clause */
/* HOST[:PORT] of a collector, and small things that sockets need. */
#ifndef EXFLOW_EXPORT_PEER_H
#define EXFLOW_EXPORT_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/destination.h"

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

/* Freed by freeaddrinfo; NULL with the destination's error set. */
struct addrinfo *peer_resolve(
    const struct peer *peer, int socktype, struct destination *destination);

/* Milliseconds of a clock that never jumps. */
uint64_t peer_clock_ms(void);
void peer_sleep_us(uint64_t microseconds);
/* The pending error of a socket, which is cleared by asking; 0: none. */
int peer_socket_error(int fd);

#endif

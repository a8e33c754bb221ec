/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel is told and asked about TCP. */
#ifndef EXFLOW_SRC_COLLECTOR_SOCKET_H
#define EXFLOW_SRC_COLLECTOR_SOCKET_H

#include <stdint.h>

struct addrinfo;

/*
 * A socket that never waits, not connected, from our address source (NULL:
 * any); a peer that is silent for so long is given up.  -1 with errno.
 */
int socket_tcp(const struct addrinfo *address, const struct addrinfo *source,
    uint32_t silence_ms);
/* Octets that the peer has not acknowledged.  0, or -1: not known. */
int socket_queued(int fd, uint64_t *octets);
/* Octets that the peer offers to take.  0, or -1: not known. */
int socket_window(int fd, uint32_t *octets);

#endif

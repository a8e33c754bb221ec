/* SPDX-License-Identifier: BSD-2-Clause */
/* A socket of TCP: its options, and what Linux knows of the connection. */
#ifndef EXFLOW_SRC_TCP_TCP_SOCKET_H
#define EXFLOW_SRC_TCP_TCP_SOCKET_H

#include <stdint.h>

struct addrinfo;

/*
 * One for this address, from source (NULL: the system chooses), that is not
 * connected yet.  A peer that is silent so long is gone.  -1 with errno.
 */
int tcp_socket_new(const struct addrinfo *address,
    const struct addrinfo *source, uint32_t silence_ms);
/* Octets that the peer's kernel has not acknowledged.  0; -1: not known. */
int tcp_socket_unacknowledged(int fd, uint64_t *octets);
/* Octets that the peer offers to take.  0; -1: not known. */
int tcp_socket_window(int fd, uint32_t *octets);

#endif

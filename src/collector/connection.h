/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection to a collector over TCP, with or without TLS; nothing here
 * ever waits.  What was put counts as the wire's octets, so that the kernel's
 * word about what the peer has not acknowledged (SIOCOUTQ) tells which of
 * them arrived.
 */
#ifndef EXFLOW_SRC_COLLECTOR_CONNECTION_H
#define EXFLOW_SRC_COLLECTOR_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addrinfo;
struct tls;

enum connection_state {
	CONNECTION_CONNECTING,
	CONNECTION_SHAKING, /* hands, for TLS */
	CONNECTION_UP,
	CONNECTION_CLOSING, /* our end is closed */
	CONNECTION_CLOSED,  /* … and the peer's */
	CONNECTION_BROKEN,  /* for the reason in connection_error */
};

struct connection_options {
	uint32_t connect_timeout_ms;   /* handshake included */
	uint32_t silence_ms;           /* a peer that says nothing is gone */
	const struct addrinfo *source; /* our address, or NULL */
	struct tls *tls;               /* NULL: plain */
};

struct connection;

/* Takes over the addresses.  NULL without memory (and they are freed). */
struct connection *connection_new(
    struct addrinfo *addresses, const struct connection_options *options);
void connection_free(struct connection **connection);

enum connection_state connection_state(const struct connection *connection);
const char *connection_error(const struct connection *connection);

/* For poll: descriptor, events, and the time of the next step at latest. */
int connection_fd(const struct connection *connection);
short connection_events(const struct connection *connection);
uint64_t connection_deadline(const struct connection *connection);
/* Go on as far as it goes. */
void connection_step(struct connection *connection);

/* Whether more should be put now. */
bool connection_hungry(const struct connection *connection);
/* Only in CONNECTION_UP.  0, or -1: it is broken. */
int connection_put(
    struct connection *connection, const uint8_t *octets, size_t length);
/* All that was put so far, as octets of the wire. */
uint64_t connection_queued(const struct connection *connection);
/* Nothing more will be put: close our end behind it. */
void connection_close(struct connection *connection);

/* Octets that the peer's kernel has; only ever grows. */
uint64_t connection_acknowledged(struct connection *connection);
/* How many of them the peer's program may not have read, by the window. */
uint64_t connection_unread(struct connection *connection);

#endif

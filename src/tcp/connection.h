/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection to a collector over TCP, with or without TLS.  No call ever
 * blocks: the owner polls connection_fd and calls connection_step.
 *
 *   CONNECTING ──► HANDSHAKE ──► UP ──► CLOSING ──► CLOSED
 *       │         (only TLS)      │        │
 *       └─────────────┴───────────┴────────┴──────► BROKEN
 *
 * CONNECTING tries one address after the other, each with its share of the
 * time.  CLOSING has sent, or will send, our FIN; CLOSED: the peer has closed
 * its side, too, or it keeps that open though it has acknowledged our FIN a
 * second ago and seems to have read everything.
 *
 * Octets are those on the wire, TLS included, counted from the beginning of
 * the connection.  The kernel tells how many the peer's kernel has not
 * acknowledged (SIOCOUTQ), and so which of the octets that were written have
 * arrived there.
 */
#ifndef EXFLOW_SRC_TCP_CONNECTION_H
#define EXFLOW_SRC_TCP_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addrinfo;
struct tls;

enum connection_state {
	CONNECTION_CONNECTING,
	CONNECTION_HANDSHAKE,
	CONNECTION_UP,
	CONNECTION_CLOSING,
	CONNECTION_CLOSED,
	CONNECTION_BROKEN, /* for the reason in connection_error */
};

struct connection_options {
	uint32_t connect_timeout_ms; /* TLS handshake included */
	uint32_t silence_ms;         /* a peer that is silent so long is gone */
	const struct addrinfo *source; /* our address, or NULL */
	struct tls *tls;               /* NULL: plain TCP */
};

struct connection;

/* Takes over the addresses.  NULL without memory (and they are freed). */
struct connection *connection_new(
    struct addrinfo *addresses, const struct connection_options *options);
void connection_free(struct connection **connection);

enum connection_state connection_state(const struct connection *connection);
const char *connection_error(const struct connection *connection);

/* For poll: descriptor (-1: none), events, and when to step at the latest. */
int connection_fd(const struct connection *connection);
short connection_events(const struct connection *connection);
uint64_t connection_deadline(const struct connection *connection);
/* Do all that can be done now. */
void connection_step(struct connection *connection);

/* It is up, and its send buffer is low. */
bool connection_wants_more(const struct connection *connection);
/* Only in CONNECTION_UP.  A copy of the octets; 0, or -1: it is broken. */
int connection_write(
    struct connection *connection, const uint8_t *octets, size_t length);
/* Nothing more will be written: close our side behind it. */
void connection_close(struct connection *connection);

/* Octets written so far. */
uint64_t connection_written(const struct connection *connection);
/* Octets that the peer's kernel has acknowledged; never shrinks. */
uint64_t connection_acknowledged(struct connection *connection);
/* The peer's program has read everything, and closed its side. */
bool connection_peer_closed(const struct connection *connection);

#endif

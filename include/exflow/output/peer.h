/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A peer: HOST and PORT of a collector, our own address towards it, and when
 * to try again after it could not be reached.
 */
#ifndef EXFLOW_OUTPUT_PEER_H
#define EXFLOW_OUTPUT_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/output/sender.h"

struct addrinfo;

struct peer {
	char *host;          /* without brackets */
	char *port;          /* decimal, 1 … 65535 */
	uint32_t backoff_ms; /* the last back-off; 0: the last try worked */
	uint64_t again_ms;   /* no try before this */
	uint64_t logged_ms;  /* a failure was logged; 0: not since it worked */
};

/*
 * From "HOST" (then with this port), "HOST:PORT", "[IPV6]" or "[IPV6]:PORT".
 * 0, or -1 with a message in error that names spec and what was expected.
 */
int peer_parse(struct peer *peer, const char *spec, const char *argument,
    const char *port, char error[DESTINATION_ERROR_SIZE]);
void peer_clear(struct peer *peer);
/* An IPv4 or IPv6 address, which needs no lookup. */
bool peer_host_is_number(const char *host);

/*
 * Our own address, which is a number and needs no lookup; NULL leaves it to
 * the system.  0 with *source (freeaddrinfo) or NULL in it, or -1 with a
 * message that says what was expected.
 */
int peer_source(const char *address, int socktype, struct addrinfo **source,
    char error[DESTINATION_ERROR_SIZE]);
/* The ops' check: whether our own address is one. */
int peer_check(struct destination *destination);

/* The pending error of a socket, which is cleared by asking; 0: none. */
int peer_socket_error(int fd);

/*
 * Something failed: the sender's error becomes "WHAT HOST port PORT: WHY".
 * Logged as a warning once a minute, else for debugging.
 */
void peer_failed(struct peer *peer, struct sender *sender, const char *what,
    const char *why);
/*
 * Do not try again before min_ms, which doubles with each failure up to
 * max_ms; with jitter a quarter more or less, so that many exporters do not
 * come back at once.
 */
void peer_back_off(
    struct peer *peer, uint32_t min_ms, uint32_t max_ms, bool jitter);
/* It works; logged with this text if a failure was. */
void peer_works(
    struct peer *peer, const struct sender *sender, const char *text);

#endif

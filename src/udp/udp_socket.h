/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The socket of a collector over UDP: sends messages, one a datagram, at the
 * rate that is allowed, and reads what comes back about them (udp_report.h).
 *
 *   messages ──► pacing ──► pieces ──► sendmmsg ──► network
 *                                                      │
 *   delivered, lost ◄── reports ◄── ICMP errors ◄──────┘
 *
 * - Pacing: a token bucket of udp_rate messages a second, as what a full
 *   buffer of the collector drops, nobody tells us.  A burst is 1/250 of a
 *   second's messages, at least 8.
 * - Pieces (udp_pieces.h): messages of the same length pass the kernel's
 *   layers once.  A path that cannot do this returns an error: then every
 *   message is a piece.
 * - One call sends up to UDP_BATCH messages (sendmmsg).
 *
 * What can go wrong: the socket's buffer is full (wait until it is writable),
 * the interface's queue is full (ENOBUFS: wait a millisecond), a message is
 * too long (it alone is lost), nobody listens or there is no route (down: the
 * caller's business).
 */
#ifndef EXFLOW_SRC_UDP_UDP_SOCKET_H
#define EXFLOW_SRC_UDP_UDP_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/output/sender.h"

#include "udp_pieces.h"
#include "udp_protocol.h"

#define UDP_PROBE_MS 20 /* enough for an ICMP error to come back */

struct addrinfo;
struct udp_socket;

/*
 * Counts in the sender's counts; its thread owns all that follows.  The source
 * is our address, borrowed, or NULL.  NULL without memory.
 */
struct udp_socket *udp_socket_new(struct sender *sender,
    const struct udp_protocol *protocol, const struct addrinfo *source);
void udp_socket_free(struct udp_socket **s);

/*
 * Open a socket to this address in place of the one before, whose datagrams
 * count as delivered.  0, or -1 with errno, and the one before stays.
 */
int udp_socket_open(struct udp_socket *s, const struct addrinfo *address);
/* Its peer is among these addresses. */
bool udp_socket_is_to(
    const struct udp_socket *s, const struct addrinfo *addresses);
/* Records were delivered since it was opened. */
bool udp_socket_has_delivered(const struct udp_socket *s);

/* How many messages the rate allows now. */
size_t udp_socket_allowance(struct udp_socket *s);
/*
 * Stamp these messages with sequence numbers from *sequence on, and send them;
 * data: they carry exchanges, which are counted.  How many are done with: sent,
 * or lost and counted.  *down: why nothing at all gets to the peer, an errno;
 * else it is left alone.
 */
size_t udp_socket_send(struct udp_socket *s,
    struct queued_message *const *messages, size_t n, uint32_t *sequence,
    bool data, int *down);
/* Count a message that was sent without counts, and was not refused. */
void udp_socket_probe_delivered(
    struct udp_socket *s, const struct queued_message *message);
/* It takes no more now; forgotten by udp_socket_retry. */
bool udp_socket_is_full(const struct udp_socket *s);
void udp_socket_retry(struct udp_socket *s);

/* For poll: descriptor (-1: none), events, and when more can be sent. */
int udp_socket_fd(const struct udp_socket *s);
short udp_socket_events(const struct udp_socket *s);
uint64_t udp_socket_send_at(const struct udp_socket *s);

/* Read ICMP errors.  Why nothing gets to the peer, an errno; 0: not so. */
int udp_socket_read_reports(struct udp_socket *s);
/* Count what is old enough as delivered; and when that is due next. */
void udp_socket_settle(struct udp_socket *s);
uint64_t udp_socket_settle_at(const struct udp_socket *s);
/* The end: wait UDP_PROBE_MS for the last reports, and count all. */
void udp_socket_settle_all(struct udp_socket *s);

#endif

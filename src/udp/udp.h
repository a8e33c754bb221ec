/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A destination that sends datagrams: what the kinds that use UDP share, which
 * is all but the protocol (udp_protocol.h) and the encoder.  A kind is a struct
 * with a struct udp as its first member.  Its life:
 *
 *   udp_alloc ──► udp_start ──► udp_add_preamble ──► udp_begin ──► messages
 *                               udp_add_templates                     │
 *                                       udp_free ◄── udp_finish ◄─────┘
 *
 * Messages go through sender_message, as do ticks and the end (sender.h).
 */
#ifndef EXFLOW_SRC_UDP_UDP_H
#define EXFLOW_SRC_UDP_UDP_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/preamble.h"
#include "exflow/output/sender.h"
#include "exflow/output/peer.h"

#include "udp_protocol.h"
#include "udp_socket.h"

struct addrinfo;
struct lookup;

enum udp_state {
	UDP_CLOSED,
	UDP_TEMPLATES,
	UDP_PROBING, /* until probe_ms */
	UDP_OPEN,
	UDP_REFUSED, /* until peer.again_ms */
};

struct udp {
	struct sender sender;
	const struct udp_protocol *protocol;
	struct peer peer;
	struct addrinfo *source; /* our address, or NULL */
	struct udp_socket *socket;
	/*
	 * What goes before the data, and again by time and count.  With
	 * templates it grows, when data needs one for the first time: that of
	 * templates->shapes[n] moves here from later[n].
	 */
	struct queued_message **preamble;
	size_t preamble_count; /* 0: the first data finds out who listens */
	struct preamble *templates; /* or NULL */
	struct queued_message *later[PREAMBLE_SHAPES];

	/* All that follows is the thread's own. */
	enum udp_state state;
	struct lookup *lookup;      /* NULL: none is under way */
	uint64_t lookup_ms;         /* the next one; 0: never */
	struct addrinfo *addresses; /* all of the peer's */
	struct addrinfo *next;      /* the next to try, or NULL */
	uint64_t down_ms;           /* nothing gets through since; 0: it does */
	uint64_t probe_ms;
	int refusal; /* an errno, while it sends: nothing gets there */
	size_t preamble_sent;
	uint64_t preamble_ms;    /* when it was sent last */
	uint32_t messages_since; /* … and data messages since then */
	struct queued_message *batch[UDP_BATCH];
	size_t batch_count;
	uint32_t sequence;            /* of the next message */
	uint32_t statistics_sequence; /* the same in domain 0 */
	bool times_known;             /* with own_times, of the last data: */
	uint8_t times[UDP_TIMES_OCTETS];
};

/*
 * Zeroed memory of size octets that starts with a struct udp, for the peer of
 * this argument.  NULL with a message in error.
 */
void *udp_alloc(size_t size, const struct destination_ops *ops,
    const struct udp_protocol *protocol, const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE]);
/* Make socket and queue; 0, or -1 with the destination's error set. */
int udp_start(struct destination *destination);
/* Copies of what goes before the data, in this order.  0, or -1 (no memory). */
int udp_add_preamble(
    struct udp *u, const struct message *messages, size_t count);
/* Templates, which go before the first data that needs them; likewise. */
int udp_add_templates(
    struct udp *u, const struct message *templates, size_t count);
/* Start the thread; 0, or -1 with the destination's error set. */
int udp_begin(struct udp *u);
/* Operations of struct destination_ops, as they are. */
int udp_finish(struct destination *destination);
void udp_free(struct destination *destination);

#endif

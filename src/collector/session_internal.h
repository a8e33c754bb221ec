/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the parts of the session: session.c has its life and its thread,
 * retransmission.c what it holds, session_connection.c its connection.
 */
#ifndef EXFLOW_SRC_COLLECTOR_SESSION_INTERNAL_H
#define EXFLOW_SRC_COLLECTOR_SESSION_INTERNAL_H

#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "exflow/ipfix/preamble.h"
#include "exflow/output/message_queue.h"
#include "exflow/output/queued_message.h"
#include "exflow/spool/spool.h"

#include "connection.h"
#include "lookup.h"
#include "session.h"
#include "tls.h"

struct session {
	char *name; /* the destination's, for the log */
	struct destination_options options;
	struct peer peer;
	struct tls *tls;         /* NULL: plain */
	struct addrinfo *source; /* our address, or NULL */
	struct preamble *preamble;
	struct message_queue queue;
	pthread_t thread;
	bool running;

	/* The stock: what was taken from the queue. */
	struct spool *spool; /* NULL: none */
	struct message_list unsent, sent;
	struct queued_message
	    *waited_for; /* the first in sent not acknowledged */
	uint64_t bound;  /* octets of both queues together */
	struct destination_counts tally;
	char error[DESTINATION_ERROR_SIZE];

	/* The link. */
	struct lookup *lookup;
	struct connection *connection;
	const struct preamble *greeted; /* what the connection began with */
	bool up;                        /* the preamble is out */
	bool turning;      /* closed by us to begin with other templates */
	bool reached;      /* the last trouble was behind the connect */
	uint32_t sequence; /* of the next message */
	uint32_t statistics_sequence; /* the same in domain 0 */
	uint32_t backoff_ms;
	uint64_t again_ms;    /* not before this */
	uint64_t closed_ms;   /* when our end was closed and acknowledged */
	uint64_t moved_ms;    /* the peer acknowledged, or had nothing to */
	uint64_t gained_ms;   /* … something new */
	uint64_t last_octets; /* acknowledged at moved_ms */
	uint64_t logged_ms;   /* trouble was logged; 0: not since it was up */
	uint64_t finish_ms;   /* asked to finish; 0: not yet */
	bool hopeless;        /* given up before that */
	atomic_bool at_once;  /* what is left goes to the spool */
};

/* --- retransmission.c */

/* From the queue to where it belongs, from the spool to the queue. */
void retransmission_collect(struct session *session);
/* Something waits in queue or spool, and there is room for it. */
bool retransmission_fetchable(struct session *session);
/* Something waits, or was not acknowledged. */
bool retransmission_pending(const struct session *session);
/* What was acknowledged up to here; release what is surely read. */
void retransmission_settle(
    struct session *session, uint64_t acknowledged, uint64_t unread);
/* The connection ended well: nothing of it has to be kept. */
void retransmission_release(struct session *session);
/* It broke: all that is kept goes out again. */
void retransmission_rewind(struct session *session);
/* The end: to the spool, or lost. */
void retransmission_leave(struct session *session);
bool session_given_up(const struct session *session);
bool session_finishing(const struct session *session);

/* --- session_connection.c */

/* Look up, connect, greet, send, settle, close: whatever is to be done. */
void link_step(struct session *session);
/* When there will be something to do. */
uint64_t link_deadline(struct session *session);
/* Closed in good order after the last message. */
bool link_done(const struct session *session);
void link_free(struct session *session);

#endif

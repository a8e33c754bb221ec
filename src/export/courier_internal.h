/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the parts of the courier: courier.c has its life and its thread,
 * courier_stock.c what it holds, courier_link.c its connection.
 */
#ifndef EXFLOW_EXPORT_COURIER_INTERNAL_H
#define EXFLOW_EXPORT_COURIER_INTERNAL_H

#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "connection.h"
#include "courier.h"
#include "greeting.h"
#include "lookup.h"
#include "outbox.h"
#include "parcel.h"
#include "spool.h"
#include "tls.h"

struct courier {
	char *name; /* the destination's, for the log */
	struct destination_options options;
	struct peer peer;
	struct tls *tls;         /* NULL: plain */
	struct addrinfo *source; /* our address, or NULL */
	struct greeting *greeting;
	struct outbox outbox;
	pthread_t thread;
	bool running;

	/* The stock: what was taken from the outbox. */
	struct spool *spool; /* NULL: none */
	struct parcel_queue unsent, sent;
	struct parcel *waited_for; /* the first in sent not acknowledged */
	uint64_t bound;            /* octets of both queues together */
	struct destination_counts tally;
	char error[DESTINATION_ERROR_SIZE];

	/* The link. */
	struct lookup *lookup;
	struct connection *connection;
	const struct greeting *greeted; /* what the connection began with */
	bool up;                        /* the greeting is out */
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
	uint64_t told_ms;     /* trouble was logged; 0: not since it was up */
	uint64_t finish_ms;   /* asked to finish; 0: not yet */
	bool hopeless;        /* given up before that */
	atomic_bool at_once;  /* what is left goes to the spool */
};

/* --- courier_stock.c */

/* From the outbox to where it belongs, from the spool to the queue. */
void stock_collect(struct courier *courier);
/* Something waits in outbox or spool, and there is room for it. */
bool stock_fetchable(struct courier *courier);
/* Something waits, or was not acknowledged. */
bool stock_pending(const struct courier *courier);
/* What was acknowledged up to here; release what is surely read. */
void stock_settle(
    struct courier *courier, uint64_t acknowledged, uint64_t unread);
/* The connection ended well: nothing of it has to be kept. */
void stock_release(struct courier *courier);
/* It broke: all that is kept goes out again. */
void stock_rewind(struct courier *courier);
/* The end: to the spool, or lost. */
void stock_leave(struct courier *courier);
bool courier_given_up(const struct courier *courier);
bool courier_finishing(const struct courier *courier);

/* --- courier_link.c */

/* Look up, connect, greet, send, settle, close: whatever is to be done. */
void link_step(struct courier *courier);
/* When there will be something to do. */
uint64_t link_deadline(struct courier *courier);
/* Closed in good order after the last message. */
bool link_done(const struct courier *courier);
void link_free(struct courier *courier);

#endif

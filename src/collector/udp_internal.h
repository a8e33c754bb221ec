/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the parts of a collector over UDP: udp.c has its life and its
 * thread, udp_link.c its address, udp_send.c what goes out, udp_report.c what
 * the system says about it.
 */
#ifndef EXFLOW_SRC_COLLECTOR_UDP_INTERNAL_H
#define EXFLOW_SRC_COLLECTOR_UDP_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "exflow/output/kind.h"
#include "exflow/output/message_queue.h"
#include "exflow/output/queued_message.h"

#include "lookup.h"
#include "peer.h"

#define UDP_BATCH 64       /* messages that go at once */
#define UDP_SENT 512       /* sendings whose fate is not known */
#define UDP_HEAD_OCTETS 24 /* by which a report tells what it is about */
#define UDP_PROBE_MS 20    /* for the report about what went first */
#define UDP_REPORT_MS 250  /* no report for so long: it was delivered */

enum udp_state {
	UDP_CLOSED,   /* no address yet */
	UDP_GREETING, /* templates go out … */
	UDP_PROBING,  /* … and nothing else, until no report came */
	UDP_OPEN,
	UDP_AWAY, /* it refuses; until again_ms */
};

/* One message, or several that went out as one piece. */
struct udp_sent {
	uint32_t first, behind; /* their sequence numbers */
	uint32_t exchanges;
	uint64_t at_ms;
	uint32_t head_length;
	uint8_t head[UDP_HEAD_OCTETS]; /* of the first one */
};

struct udp {
	struct destination base; /* the export thread's */
	struct peer peer;
	struct addrinfo *source; /* our address, or NULL */
	struct message_queue queue;
	bool message_queue_ready;
	pthread_t thread;
	bool running;
	atomic_bool at_once; /* the rest is given up */

	/* All that follows is the thread's own. */
	struct destination_counts tally;
	char error[DESTINATION_ERROR_SIZE];
	uint64_t finish_ms; /* asked to finish; 0: not yet */
	uint64_t gained_ms; /* something went out */

	/* udp_link.c */
	enum udp_state state;
	struct lookup *lookup;
	uint64_t lookup_ms;         /* the next one; 0: never */
	struct addrinfo *addresses; /* all of the peer's */
	struct addrinfo *next;      /* tried when nobody listens */
	int fd;
	bool heard;        /* data went out without a report */
	uint64_t again_ms; /* not before this */
	uint32_t backoff_ms;
	uint64_t trouble_ms; /* nothing goes out since; 0: all is well */
	uint64_t logged_ms;  /* trouble was logged; 0: not since it went */
	uint64_t probe_ms;   /* UDP_PROBING ends */

	/* udp_send.c */
	struct queued_message **preamble; /* types and templates */
	size_t preamble_count, greeted;
	uint64_t greeted_ms;       /* when they were sent last */
	uint32_t greeted_messages; /* data messages since then */
	struct queued_message *batch[UDP_BATCH];
	size_t batched;
	uint32_t sequence;            /* of the next message */
	uint32_t statistics_sequence; /* the same in domain 0 */
	uint64_t pace_ns;             /* when the burst is used up */
	bool segments;                /* the system cuts pieces */
	bool full;                    /* … until the socket is writable … */
	uint64_t full_ms;             /* … or this time */

	/* udp_report.c: a ring, the oldest first. */
	struct udp_sent sent[UDP_SENT];
	size_t sent_first, sent_count;
};

bool udp_finishing(const struct udp *udp);
/* Nothing goes out, for longer than it is worth waiting for. */
bool udp_hopeless(const struct udp *udp);
/* The last error, and how often there was one of its kind. */
void udp_trouble(struct udp *udp, int code, uint64_t messages);
/* Records are lost by it. */
void udp_lose(struct udp *udp, enum loss reason, uint64_t records);

/* --- udp_link.c */

/* What is to be done about the address, the socket and the templates. */
void udp_link_step(struct udp *udp);
/* When there will be something to do; UINT64_MAX: nothing to wait for. */
uint64_t udp_link_deadline(const struct udp *udp);
/* It cannot be reached now, as this errno says. */
void udp_link_refused(struct udp *udp, int code);
/* Whether the errno means that nothing at all can get there. */
bool udp_link_is_down(int code);
void udp_link_free(struct udp *udp);

/* --- udp_send.c */

/* 0, or -1 without memory. */
int udp_greeting_set(struct udp *udp, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count);
/* What of the preamble is still to go; whether all of it is out. */
bool udp_send_greeting(struct udp *udp);
/* What there is to send, as far as rate and socket allow. */
void udp_send_data(struct udp *udp);
/* Everything that waits is lost. */
void udp_send_nothing(struct udp *udp);
/* When more may go out. */
uint64_t udp_send_deadline(const struct udp *udp);
void udp_send_free(struct udp *udp);

/* --- udp_report.c */

/* These went out as one piece, with sequence numbers from first on. */
void udp_report_expect(struct udp *udp, const struct queued_message *head,
    uint32_t first, uint32_t behind, uint32_t exchanges);
/* Take what has come in; how many reports, the last one's errno in *code. */
unsigned udp_report_read(struct udp *udp, int *code);
/* What nobody complained about in time was delivered; or all that is left. */
void udp_report_settle(struct udp *udp, bool all);
/* When the next one is. */
uint64_t udp_report_deadline(const struct udp *udp);

#endif

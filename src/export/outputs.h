/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outputs of an exporter and the message classes among them.  Kinds of
 * outputs that carry IPFIX messages belong to a class; outputs of the same
 * class want the same messages and share one encoder, so that each exchange is
 * encoded once for all of them.  Kinds of text take the exchanges themselves.
 *
 *	            ┌─ class: domain 1, 1420 octets ─┬─► udp://a
 *	            │                                └─► udp://b
 *	exchanges ──┼─ class: domain 1, 8192 octets ─┬─► archive:…
 *	            │                                └─► tcp://c
 *	            ├─ class: share 0 of 2 ────────────► tcp://d   balance
 *	            ├─ class: share 1 of 2 ────────────► tcp://e   balance
 *	            └──────────────────────────────────► csv:…
 *
 * Outputs with the option balance get a share of the exchanges instead of a
 * copy of each, and a class of their own where they carry IPFIX messages.
 *
 * Invariant: every record counts as due and waiting at each output that it is
 * for before a class or an output takes it.
 *
 * The outputs belong to one thread at a time: the export thread while it runs.
 */
#ifndef EXFLOW_SRC_EXPORT_OUTPUTS_H
#define EXFLOW_SRC_EXPORT_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"
#include "exflow/exchange/exchange.h"
#include "exflow/output/destination.h"

struct message_class;

struct output {
	struct destination *destination;
	struct message_class *class;      /* NULL: takes exchanges */
	size_t share;                     /* with balance; else 0 */
	int result;                       /* of finish */
	bool incomplete;                  /* has not seen all exchanges */
	uint64_t lost_logged[LOSS_COUNT]; /* as of the last log line */
	uint64_t logged_ms;               /* of that line; 0: none yet */
};

struct outputs {
	struct output *list;
	size_t count;
	struct message_class *classes;
	size_t shares;           /* outputs with balance */
	timestamp now;           /* the greatest end of an exchange so far */
	timestamp next_boundary; /* some output wants to hear of that time */
	uint64_t queue_lost_logged, queue_logged_ms; /* as for an output */
};

/* --- outputs.c: life */

/* Takes over the destinations, if there is memory: 0, or -1. */
int outputs_init(
    struct outputs *outputs, struct destination **destinations, size_t n);
/* Free them; unfinished files and messages are lost. */
void outputs_clear(struct outputs *outputs);
/* Start all; 0, or -1 with the output and the reason in error. */
int outputs_start(struct outputs *outputs, char *error, size_t error_size);
/* Give every destination its templates. */
void outputs_announce(struct outputs *outputs);
/* Finish all: every record is delivered or lost then. */
void outputs_finish(struct outputs *outputs);

/* The steps for one output that joins later, after its start. */
int output_join_class(struct outputs *outputs, struct output *output,
    char *error, size_t error_size);
void output_announce(struct output *output);
/* Number the shares anew, in the order of the outputs. */
void outputs_share_out(struct outputs *outputs);

/* --- outputs.c: records */

/* Export these exchanges; those with a brief are expanded where need be. */
void outputs_chunk(
    struct outputs *outputs, struct exchange *exchanges, size_t n);
/* Send the messages that are not full. */
void outputs_flush(struct outputs *outputs);
/* Give a statistics record to those outputs that take it. */
void outputs_statistics(struct outputs *outputs, const struct message *message);
/* Flush, then begin new files where there are files; reopen: see exporter.h. */
void outputs_rotate(struct outputs *outputs, bool reopen);
bool outputs_can_rotate(const struct outputs *outputs);
/*
 * Let destinations do what waits for time to pass.  When this is to be called
 * next, in milliseconds of clock_ms; 0: never.
 */
uint64_t outputs_tick(struct outputs *outputs, uint64_t now_ms);

/* --- losses.c */

/* Exchanges that a full export queue has lost. */
struct queue_losses {
	uint64_t records; /* but for the sums over parts */
	uint64_t two_way; /* of these: both sides sent something */
	uint64_t parts;   /* of these: parts of an exchange */
	uint64_t sums;    /* sums over parts */
};

/* Count them for every output; with uniflow those two_way are two records. */
void outputs_lose(struct outputs *outputs, const struct queue_losses *losses);
/*
 * Log what was lost since the last line, by each output and by the export
 * queue (queue_lost so far): one line a minute each at most.  now_ms is of
 * clock_ms.
 */
void outputs_log_losses(
    struct outputs *outputs, uint64_t queue_lost, uint64_t now_ms);
/* At the end: log that an output failed or lost records, -1; or else 0. */
int output_report(const struct output *output);
/* The same for all; -1 where there is one. */
int outputs_report(const struct outputs *outputs);

#endif

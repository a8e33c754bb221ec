/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outputs of an exporter: its destinations, and the encoders that they
 * share.  Used by one thread at a time.
 */
#ifndef EXFLOW_SRC_EXPORT_OUTPUTS_H
#define EXFLOW_SRC_EXPORT_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/meter/exchange.h"
#include "exflow/output/destination.h"

struct message_class; /* same messages, one encoder */

struct output {
	struct destination *destination;
	struct message_class *class;      /* NULL: takes exchanges */
	int result;                       /* of finish */
	bool late;                        /* was not there from the beginning */
	uint64_t lost_logged[LOSS_COUNT]; /* what the log said … */
	uint64_t logged_ms;               /* … and when; 0: nothing yet */
};

struct outputs {
	struct output *list;
	size_t count;
	struct message_class *classes;
	timestamp now;     /* the greatest end of an exchange so far */
	timestamp turn_at; /* some destination waits for that time */
	uint64_t queue_lost_logged, queue_logged_ms; /* as for an output */
	size_t shares; /* outputs among which exchanges are spread */
};

/* Takes over the destinations, if there is memory: 0, or -1. */
int outputs_init(
    struct outputs *outputs, struct destination **destinations, size_t n);
void outputs_clear(struct outputs *outputs);

/* Start all; 0, or -1 with the output and the reason in error. */
int outputs_start(struct outputs *outputs, char *error, size_t error_size);
/* Give every destination its templates. */
void outputs_announce(struct outputs *outputs);
/*
 * Take out those marked as stale, by their place; removed has room for all.
 * How many there were.
 */
size_t outputs_remove(
    struct outputs *outputs, const bool *stale, struct output *removed);
/* One that was started already.  -1 with a message: it is not taken over. */
int outputs_add(struct outputs *outputs, struct destination *destination,
    char *error, size_t error_size);
void outputs_chunk(
    struct outputs *outputs, const struct exchange *exchanges, size_t n);
/*
 * Work of destinations that waits for time to pass; when the next is due, of
 * clock_ms, 0: never.
 */
uint64_t outputs_tick(struct outputs *outputs, uint64_t now_ms);
/* For those that take it. */
void outputs_statistics(struct outputs *outputs, const struct message *message);
/* New files, where there are files; what came before goes to the old ones. */
void outputs_rotate(struct outputs *outputs);
bool outputs_can_rotate(const struct outputs *outputs);
/* Send the messages that are not full. */
void outputs_flush(struct outputs *outputs);
/* These never came here. */
void outputs_lose(struct outputs *outputs, uint64_t records);
void outputs_finish(struct outputs *outputs);
/*
 * Log what was lost since the last time, by each output and before all of them
 * (queue_lost, so far), each once a minute at most; now_ms is of
 * clock_ms.
 */
void outputs_log_losses(
    struct outputs *outputs, uint64_t queue_lost, uint64_t now_ms);
/* Log that an output failed or lost records: -1. */
int output_report(const struct output *output);
/* Log each output that failed or lost records; -1 where there is one. */
int outputs_report(const struct outputs *outputs);

#endif

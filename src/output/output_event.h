/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an output thread is asked to do: an event for each operation of the
 * output, with a copy of what was handed over, and the queue of events.
 *
 * - The queue is bounded in octets.  Only events with records are dropped, the
 *   oldest first; templates, turns and rotations must not get lost.
 * - So one event without records is kept as a spare, for when there is no
 *   memory: messages whose templates got lost could not be read.
 * - Templates are not copied: they stay valid until finish has returned.
 * - A record is due at the output when its event is played, so the output's
 *   own counts always balance.
 */
#ifndef EXFLOW_SRC_OUTPUT_OUTPUT_EVENT_H
#define EXFLOW_SRC_OUTPUT_OUTPUT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"
#include "exflow/exchange/exchange.h"
#include "exflow/output/destination.h"

enum output_event_kind {
	EVENT_TEMPLATES,
	EVENT_TURN,
	EVENT_ROTATE,
	EVENT_REOPEN,
	EVENT_MESSAGE,
	EVENT_EXCHANGES,
};

struct output_event {
	struct output_event *next;
	enum output_event_kind kind;
	size_t size;      /* of all of it */
	uint64_t records; /* 0: must not be dropped */
	timestamp now;
	const struct message *templates, *types;
	size_t templates_count, types_count;
	struct message message;
	_Alignas(struct exchange) uint8_t octets[];
};

/* First in, first out. */
struct output_events {
	struct output_event *head, **tail;
	struct output_event *spare; /* NULL: it is in use */
	uint64_t octets, bound;
	uint64_t lost;      /* records, ever */
	bool out_of_memory; /* some of these, as there was none */
};

/* With a copy of n octets behind it; NULL without memory. */
struct output_event *output_event_new(
    const struct output_event *head, const void *octets, size_t n);
/* With copies of n exchanges and of all that belongs to them; likewise. */
struct output_event *output_event_new_exchanges(
    const struct exchange *exchanges, size_t n);
/* Call the output's operation; the records are due there from now on. */
void output_event_play(
    const struct output_event *event, struct destination *output);

/* 0, or -1 without memory. */
int output_events_init(struct output_events *events, uint64_t bound);
/* NULL: none is there.  Freed by the caller, or given back. */
struct output_event *output_events_take(struct output_events *events);
/* NULL: there was no memory for it.  The head tells what it would have been. */
void output_events_put(struct output_events *events, struct output_event *event,
    const struct output_event *head);
/* One that was played becomes the spare, if there is none, or is freed. */
void output_events_give_back(
    struct output_events *events, struct output_event *event);
/* The records that are there are lost. */
void output_events_drop(struct output_events *events);
/* … and nothing more will come. */
void output_events_clear(struct output_events *events);

#endif

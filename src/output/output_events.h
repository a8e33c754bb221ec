/* SPDX-License-Identifier: BSD-2-Clause */
/* What an output is told, put by for later, and the queue of these. */
#ifndef EXFLOW_SRC_OUTPUT_OUTPUT_EVENTS_H
#define EXFLOW_SRC_OUTPUT_OUTPUT_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/output/destination.h"

struct output_event;

/* Copies, but for templates, which stay as they are.  NULL without memory. */
struct output_event *output_event_templates(const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count);
struct output_event *output_event_turn(timestamp now);
struct output_event *output_event_rotate(void);
struct output_event *output_event_message(const struct message *message);
struct output_event *output_event_exchanges(
    const struct exchange *exchanges, size_t n);
/* Tell the output, whose records are due now. */
void output_event_play(
    const struct output_event *event, struct destination *output);

/* First in, first out. */
struct output_events {
	struct output_event *head, **tail;
	uint64_t octets, bound;
	uint64_t lost; /* records, ever */
};

void output_events_init(struct output_events *events, uint64_t bound);
/* Those that are there are lost. */
void output_events_clear(struct output_events *events);
/*
 * The event may be NULL for want of memory.  Beyond the bound the oldest
 * records are lost, but nothing else that the output has to know.
 */
void output_events_put(
    struct output_events *events, struct output_event *event, uint64_t records);
/* NULL: none is there.  Freed by the caller. */
struct output_event *output_events_take(struct output_events *events);
bool output_events_empty(const struct output_events *events);

#endif

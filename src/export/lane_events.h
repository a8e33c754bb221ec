/* SPDX-License-Identifier: BSD-2-Clause */
/* What an output is told, put by for later, and the queue of these. */
#ifndef EXFLOW_EXPORT_LANE_EVENTS_H
#define EXFLOW_EXPORT_LANE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/destination.h"

struct lane_event;

/* Copies, but for templates, which stay as they are.  NULL without memory. */
struct lane_event *lane_event_templates(const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count);
struct lane_event *lane_event_turn(timestamp now);
struct lane_event *lane_event_rotate(void);
struct lane_event *lane_event_message(const struct message *message);
struct lane_event *lane_event_exchanges(
    const struct exchange *exchanges, size_t n);
/* Tell the output, whose records are due now. */
void lane_event_play(
    const struct lane_event *event, struct destination *output);

/* First in, first out. */
struct lane_events {
	struct lane_event *head, **tail;
	uint64_t octets, bound;
	uint64_t lost; /* records, ever */
};

void lane_events_init(struct lane_events *events, uint64_t bound);
/* Those that are there are lost. */
void lane_events_clear(struct lane_events *events);
/*
 * The event may be NULL for want of memory.  Beyond the bound the oldest
 * records are lost, but nothing else that the output has to know.
 */
void lane_events_put(
    struct lane_events *events, struct lane_event *event, uint64_t records);
/* NULL: none is there.  Freed by the caller. */
struct lane_event *lane_events_take(struct lane_events *events);
bool lane_events_empty(const struct lane_events *events);

#endif

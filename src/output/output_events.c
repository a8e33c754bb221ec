/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "output_events.h"

#include <stdlib.h>
#include <string.h>

enum event_kind {
	EVENT_TEMPLATES,
	EVENT_TURN,
	EVENT_ROTATE,
	EVENT_MESSAGE,
	EVENT_EXCHANGES,
};

struct output_event {
	struct output_event *next;
	enum event_kind kind;
	size_t size;      /* of all of it */
	uint64_t records; /* 0: it must not get lost */
	timestamp now;
	const struct message *templates, *types;
	size_t templates_count, types_count;
	struct message message;
	_Alignas(struct exchange) uint8_t octets[];
};

static struct output_event *
event_new(enum event_kind kind, uint64_t records, const void *octets, size_t n)
{
	struct output_event *event = malloc(sizeof(*event) + n);

	if (event == NULL)
		return NULL;
	*event = (struct output_event){
		.kind = kind, .size = sizeof(*event) + n, .records = records
	};
	if (n > 0)
		memcpy(event->octets, octets, n);
	return event;
}

struct output_event *
output_event_templates(const struct message *templates, size_t templates_count,
    const struct message *types, size_t types_count)
{
	struct output_event *event = event_new(EVENT_TEMPLATES, 0, NULL, 0);

	if (event != NULL) {
		event->templates = templates;
		event->templates_count = templates_count;
		event->types = types;
		event->types_count = types_count;
	}
	return event;
}

struct output_event *
output_event_turn(timestamp now)
{
	struct output_event *event = event_new(EVENT_TURN, 0, NULL, 0);

	if (event != NULL)
		event->now = now;
	return event;
}

struct output_event *
output_event_rotate(void)
{
	return event_new(EVENT_ROTATE, 0, NULL, 0);
}

struct output_event *
output_event_message(const struct message *message)
{
	struct output_event *event = event_new(
	    EVENT_MESSAGE, message->records, message->octets, message->length);

	if (event != NULL) {
		event->message = *message;
		event->message.octets = event->octets;
	}
	return event;
}

struct output_event *
output_event_exchanges(const struct exchange *exchanges, size_t n)
{
	return event_new(EVENT_EXCHANGES, n, exchanges, n * sizeof(*exchanges));
}

void
output_event_play(const struct output_event *event, struct destination *output)
{
	output->counts.records_due += event->records;
	output->counts.waiting += event->records;
	switch (event->kind) {
	case EVENT_TEMPLATES:
		output->ops->templates(output, event->templates,
		    event->templates_count, event->types, event->types_count);
		break;
	case EVENT_TURN:
		(void)output->ops->turn(output, event->now);
		break;
	case EVENT_ROTATE:
		output->ops->rotate(output);
		break;
	case EVENT_MESSAGE:
		output->ops->message(output, &event->message);
		break;
	case EVENT_EXCHANGES:
		output->ops->exchanges(output,
		    (const struct exchange *)(const void *)event->octets,
		    event->records);
		break;
	}
}

/* --- the queue */

void
output_events_init(struct output_events *events, uint64_t bound)
{
	*events = (struct output_events){ .bound = bound };
	events->tail = &events->head;
}

struct output_event *
output_events_take(struct output_events *events)
{
	struct output_event *event = events->head;

	if (event == NULL)
		return NULL;
	events->head = event->next;
	if (events->head == NULL)
		events->tail = &events->head;
	events->octets -= event->size;
	return event;
}

/* The oldest that has records; what stands before it stays. */
static bool
drop_oldest(struct output_events *events)
{
	struct output_event **link = &events->head, *event;

	while (*link != NULL && (*link)->records == 0)
		link = &(*link)->next;
	event = *link;
	if (event == NULL)
		return false;
	*link = event->next;
	if (*link == NULL)
		events->tail = link;
	events->octets -= event->size;
	events->lost += event->records;
	free(event);
	return true;
}

void
output_events_put(
    struct output_events *events, struct output_event *event, uint64_t records)
{
	if (event == NULL) {
		events->lost += records;
		return;
	}
	event->next = NULL;
	*events->tail = event;
	events->tail = &event->next;
	events->octets += event->size;
	while (events->octets > events->bound && drop_oldest(events))
		;
}

void
output_events_clear(struct output_events *events)
{
	struct output_event *event;

	while ((event = output_events_take(events)) != NULL) {
		events->lost += event->records;
		free(event);
	}
}

bool
output_events_empty(const struct output_events *events)
{
	return events->head == NULL;
}

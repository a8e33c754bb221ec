/* SPDX-License-Identifier: BSD-2-Clause */
/* See output_event.h. */
#include <config.h>

#include "output_event.h"

#include <stdlib.h>
#include <string.h>

/* With room for n octets behind it; NULL without memory. */
static struct output_event *
event_alloc(const struct output_event *head, size_t n)
{
	struct output_event *event = malloc(sizeof(*event) + n);

	if (event == NULL)
		return NULL;
	*event = *head;
	event->size = sizeof(*event) + n;
	return event;
}

struct output_event *
output_event_new(const struct output_event *head, const void *octets, size_t n)
{
	struct output_event *event = event_alloc(head, n);

	if (event != NULL && n > 0)
		memcpy(event->octets, octets, n);
	return event;
}

/* Octets of names, filled up so that others can stand behind them. */
static size_t
names_octets(const struct exchange_names *names)
{
	const size_t align = _Alignof(struct exchange_names);

	return names == NULL
	           ? 0
	           : (exchange_names_octets(names) + align - 1) / align * align;
}

/* With copies of n exchanges, of figures for each, and of all names:
 *
 *	│ exchange │ exchange │ … │ figures │ figures │ … │ names │ names │ …
 */
static struct output_event *
event_new_with_all(
    const struct exchange *exchanges, size_t n, size_t figures, size_t names)
{
	const struct output_event head = { .kind = EVENT_EXCHANGES,
		.records = n };
	size_t octets =
	    n * sizeof(*exchanges) + figures * sizeof(struct exchange_quality);
	struct output_event *event = event_alloc(&head, octets + names);
	struct exchange *copies;
	uint8_t *at;

	if (event == NULL)
		return NULL;
	copies = (struct exchange *)(void *)event->octets;
	at = event->octets + octets;
	for (size_t i = 0; i < n; i++) {
		copies[i].quality =
		    figures == 0
		        ? NULL
		        : (struct exchange_quality *)(void *)&copies[n] + i;
		exchange_copy(&copies[i], &exchanges[i]);
		if (copies[i].names == NULL)
			continue;
		copies[i].names = memcpy(at, exchanges[i].names,
		    exchange_names_octets(exchanges[i].names));
		at += names_octets(exchanges[i].names);
	}
	return event;
}
_Static_assert(sizeof(struct exchange) % _Alignof(struct exchange_quality) == 0,
    "figures can stand behind exchanges");
_Static_assert(
    sizeof(struct exchange_quality) % _Alignof(struct exchange_names) == 0,
    "names can stand behind figures");

struct output_event *
output_event_new_exchanges(const struct exchange *exchanges, size_t n)
{
	const struct output_event head = { .kind = EVENT_EXCHANGES,
		.records = n };
	size_t names = 0, figures = 0;

	for (size_t i = 0; i < n; i++) {
		names += names_octets(exchanges[i].names);
		if (exchanges[i].quality != NULL)
			figures = n;
	}
	if (names > 0 || figures > 0)
		return event_new_with_all(exchanges, n, figures, names);
	return output_event_new(&head, exchanges, n * sizeof(*exchanges));
}

static void
event_play_message(const struct output_event *event, struct destination *output)
{
	struct message message = event->message;

	message.octets = event->octets; /* the copy */
	output->ops->message(output, &message);
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
	case EVENT_REOPEN:
		output->ops->reopen(output);
		break;
	case EVENT_MESSAGE:
		event_play_message(event, output);
		break;
	case EVENT_EXCHANGES:
		output->ops->exchanges(output,
		    (const struct exchange *)(const void *)event->octets,
		    event->records);
		break;
	}
}

/* --- the queue of events */

int
output_events_init(struct output_events *events, uint64_t bound)
{
	*events = (struct output_events){ .bound = bound };
	events->tail = &events->head;
	events->spare = malloc(sizeof(*events->spare));
	return events->spare != NULL ? 0 : -1;
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

/* Drop the oldest event with records; false: there is none. */
static bool
events_drop_oldest(struct output_events *events)
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

/* The spare, if it is large enough; else the event and its records are lost. */
static struct output_event *
without_memory(struct output_events *events, const struct output_event *head)
{
	struct output_event *event = events->spare;

	if (head->kind == EVENT_MESSAGE || head->kind == EVENT_EXCHANGES) {
		events->lost += head->records;
		events->out_of_memory |= head->records > 0;
		return NULL;
	}
	events->spare = NULL;
	if (event != NULL) {
		*event = *head;
		event->size = sizeof(*event);
	}
	return event;
}

void
output_events_put(struct output_events *events, struct output_event *event,
    const struct output_event *head)
{
	if (event == NULL)
		event = without_memory(events, head);
	if (event == NULL)
		return;
	event->next = NULL;
	*events->tail = event;
	events->tail = &event->next;
	events->octets += event->size;
	while (events->octets > events->bound && events_drop_oldest(events))
		;
}

void
output_events_give_back(
    struct output_events *events, struct output_event *event)
{
	if (events->spare == NULL)
		events->spare = event;
	else
		free(event);
}

void
output_events_drop(struct output_events *events)
{
	struct output_event *event;

	while ((event = output_events_take(events)) != NULL) {
		events->lost += event->records;
		free(event);
	}
}

void
output_events_clear(struct output_events *events)
{
	output_events_drop(events);
	free(events->spare);
	events->spare = NULL;
}

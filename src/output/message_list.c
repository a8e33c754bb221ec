/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/output/message_list.h"

#include <stdlib.h>
#include <string.h>

/* --- a message */

struct queued_message *
queued_message_new(const uint8_t *octets, uint32_t length, uint32_t records)
{
	struct queued_message *message = malloc(sizeof(*message) + length);

	if (message == NULL)
		return NULL;
	*message = (struct queued_message){
		.length = length, .records = records, .step = records
	};
	memcpy(message->octets, octets, length);
	return message;
}

struct queued_message *
queued_message_copy(const struct message *message)
{
	struct queued_message *copy = queued_message_new(
	    message->octets, message->length, message->records);

	if (copy != NULL)
		copy->step = message_step(message);
	return copy;
}

struct queued_message *
queued_message_clothed(const struct queued_message *message)
{
	struct queued_message *copy = malloc(sizeof(*copy) + message->length);

	if (copy == NULL)
		return NULL;
	*copy = *message;
	copy->bare = false;
	return copy;
}

size_t
queued_message_memory(const struct queued_message *message)
{
	return sizeof(*message) + (message->bare ? 0 : message->length);
}

/* --- a list of messages */

void
message_list_init(struct message_list *list)
{
	*list = (struct message_list){ .head = NULL };
	list->tail = &list->head;
}

static void
count_in(struct message_list *list, const struct queued_message *message)
{
	list->count++;
	list->octets += queued_message_memory(message);
	list->records += message->records;
}

void
message_list_put(struct message_list *list, struct queued_message *message)
{
	message->next = NULL;
	message->missing += list->missing;
	list->missing = 0;
	*list->tail = message;
	list->tail = &message->next;
	count_in(list, message);
}

void
message_list_put_first(
    struct message_list *list, struct queued_message *message)
{
	message->next = list->head;
	if (list->head == NULL)
		list->tail = &message->next;
	list->head = message;
	count_in(list, message);
}

void
message_list_prepend(struct message_list *list, struct message_list *older)
{
	if (older->head == NULL)
		return;
	*older->tail = list->head;
	if (list->head == NULL)
		list->tail = older->tail;
	list->head = older->head;
	list->count += older->count;
	list->octets += older->octets;
	list->records += older->records;
	message_list_init(older);
}

struct queued_message *
message_list_take(struct message_list *list)
{
	struct queued_message *message = list->head;

	if (message == NULL)
		return NULL;
	list->head = message->next;
	if (list->head == NULL)
		list->tail = &list->head;
	message->next = NULL;
	list->count--;
	list->octets -= queued_message_memory(message);
	list->records -= message->records;
	return message;
}

uint32_t
message_list_drop_at(struct message_list *list, struct queued_message **link)
{
	struct queued_message *message = *link;
	uint32_t records, missing;

	if (message == NULL)
		return 0;
	records = message->records;
	missing = message->missing + message->step;
	*link = message->next;
	if (*link == NULL)
		list->tail = link;
	list->count--;
	list->octets -= queued_message_memory(message);
	list->records -= records;
	free(message);
	if (*link != NULL)
		(*link)->missing += missing;
	else
		list->missing += missing;
	return records;
}

uint32_t
message_list_drop(struct message_list *list)
{
	return message_list_drop_at(list, &list->head);
}

bool
message_list_strip(struct message_list *list, struct queued_message **link)
{
	struct queued_message *message = *link, *bare = malloc(sizeof(*bare));

	if (bare == NULL)
		return false;
	*bare = *message;
	bare->bare = true;
	*link = bare;
	if (list->tail == &message->next)
		list->tail = &bare->next;
	list->octets -= message->length;
	free(message);
	return true;
}

void
message_list_clear(struct message_list *list)
{
	struct queued_message *message;

	while ((message = message_list_take(list)) != NULL)
		free(message);
}

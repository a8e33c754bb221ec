/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/output/queued_message.h"

#include <stdlib.h>
#include <string.h>

struct queued_message *
queued_message_new(const uint8_t *octets, uint32_t length, uint32_t records)
{
	struct queued_message *queued = malloc(sizeof(*queued) + length);

	if (queued == NULL)
		return NULL;
	*queued =
	    (struct queued_message){ .length = length, .records = records };
	memcpy(queued->octets, octets, length);
	return queued;
}

size_t
queued_message_memory(const struct queued_message *queued)
{
	return sizeof(*queued) + queued->length;
}

void
message_list_init(struct message_list *queue)
{
	*queue = (struct message_list){ .head = NULL };
	queue->tail = &queue->head;
}

static void
account(struct message_list *queue, const struct queued_message *queued)
{
	queue->count++;
	queue->octets += queued_message_memory(queued);
	queue->records += queued->records;
}

void
message_list_put(struct message_list *queue, struct queued_message *queued)
{
	queued->next = NULL;
	queued->missing += queue->missing;
	queue->missing = 0;
	*queue->tail = queued;
	queue->tail = &queued->next;
	account(queue, queued);
}

void
message_list_put_first(
    struct message_list *queue, struct queued_message *queued)
{
	queued->next = queue->head;
	if (queue->head == NULL)
		queue->tail = &queued->next;
	queue->head = queued;
	account(queue, queued);
}

struct queued_message *
message_list_take(struct message_list *queue)
{
	struct queued_message *queued = queue->head;

	if (queued == NULL)
		return NULL;
	queue->head = queued->next;
	if (queue->head == NULL)
		queue->tail = &queue->head;
	queued->next = NULL;
	queue->count--;
	queue->octets -= queued_message_memory(queued);
	queue->records -= queued->records;
	return queued;
}

uint32_t
message_list_drop(struct message_list *queue)
{
	struct queued_message *queued = message_list_take(queue);
	uint32_t records, missing;

	if (queued == NULL)
		return 0;
	records = queued->records;
	missing = queued->missing + records;
	free(queued);
	if (queue->head != NULL)
		queue->head->missing += missing;
	else
		queue->missing += missing;
	return records;
}

void
message_list_clear(struct message_list *queue)
{
	struct queued_message *queued;

	while ((queued = message_list_take(queue)) != NULL)
		free(queued);
}

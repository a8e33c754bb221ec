/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "parcel.h"

#include <stdlib.h>
#include <string.h>

struct parcel *
parcel_new(const uint8_t *octets, uint32_t length, uint32_t records)
{
	struct parcel *parcel = malloc(sizeof(*parcel) + length);

	if (parcel == NULL)
		return NULL;
	*parcel = (struct parcel){ .length = length, .records = records };
	memcpy(parcel->octets, octets, length);
	return parcel;
}

size_t
parcel_memory(const struct parcel *parcel)
{
	return sizeof(*parcel) + parcel->length;
}

void
parcel_queue_init(struct parcel_queue *queue)
{
	*queue = (struct parcel_queue){ .head = NULL };
	queue->tail = &queue->head;
}

static void
account(struct parcel_queue *queue, const struct parcel *parcel)
{
	queue->count++;
	queue->octets += parcel_memory(parcel);
	queue->records += parcel->records;
}

void
parcel_queue_put(struct parcel_queue *queue, struct parcel *parcel)
{
	parcel->next = NULL;
	parcel->missing += queue->missing;
	queue->missing = 0;
	*queue->tail = parcel;
	queue->tail = &parcel->next;
	account(queue, parcel);
}

void
parcel_queue_put_first(struct parcel_queue *queue, struct parcel *parcel)
{
	parcel->next = queue->head;
	if (queue->head == NULL)
		queue->tail = &parcel->next;
	queue->head = parcel;
	account(queue, parcel);
}

struct parcel *
parcel_queue_take(struct parcel_queue *queue)
{
	struct parcel *parcel = queue->head;

	if (parcel == NULL)
		return NULL;
	queue->head = parcel->next;
	if (queue->head == NULL)
		queue->tail = &queue->head;
	parcel->next = NULL;
	queue->count--;
	queue->octets -= parcel_memory(parcel);
	queue->records -= parcel->records;
	return parcel;
}

uint32_t
parcel_queue_drop(struct parcel_queue *queue)
{
	struct parcel *parcel = parcel_queue_take(queue);
	uint32_t records, missing;

	if (parcel == NULL)
		return 0;
	records = parcel->records;
	missing = parcel->missing + records;
	free(parcel);
	if (queue->head != NULL)
		queue->head->missing += missing;
	else
		queue->missing += missing;
	return records;
}

void
parcel_queue_clear(struct parcel_queue *queue)
{
	struct parcel *parcel;

	while ((parcel = parcel_queue_take(queue)) != NULL)
		free(parcel);
}

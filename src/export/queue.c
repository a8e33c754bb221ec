/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct queue {
	atomic_bool quality, names;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t has_filled, has_empty;
	struct chunk *filled, **filled_end; /* oldest first */
	size_t filled_count;
	struct chunk *empty;
	enum queue_event end; /* QUEUE_CHUNK while it is open */
	/*
	 * The chunks that it began with, in one allocation: malloc maps one
	 * of this size, and pages that a quiet probe never touches take no
	 * memory.
	 */
	struct chunk *initial;
	size_t initial_count;
};

static int
add_initial(struct queue *queue, size_t chunks)
{
	queue->initial = calloc(chunks, sizeof(*queue->initial));
	if (queue->initial == NULL)
		return -1;
	queue->initial_count = chunks;
	while (chunks > 0)
		queue_return(queue, &queue->initial[--chunks]);
	return 0;
}

struct queue *
queue_new(size_t chunks)
{
	struct queue *queue = calloc(1, sizeof(*queue));
	pthread_condattr_t attributes;

	if (queue == NULL)
		return NULL;
	queue->end = QUEUE_CHUNK;
	queue->filled_end = &queue->filled;
	pthread_mutex_init(&queue->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&queue->has_filled, &attributes);
	pthread_cond_init(&queue->has_empty, &attributes);
	pthread_condattr_destroy(&attributes);
	if (add_initial(queue, chunks) != 0)
		queue_free(&queue);
	return queue;
}

/* Those of a list that queue_grow has allocated. */
static void
free_chunks(const struct queue *queue, struct chunk *chunk)
{
	const struct chunk *end = queue->initial + queue->initial_count;

	while (chunk != NULL) {
		struct chunk *next = chunk->next;

		free(chunk->figures);
		free(chunk->names);
		if (chunk < queue->initial || chunk >= end)
			free(chunk);
		chunk = next;
	}
}

/* Give it memory, or take it away.  NULL: there is none, or none is wanted. */
static void *
fit(void *there, bool wanted, size_t octets)
{
	if (wanted && there == NULL)
		return malloc(octets);
	if (wanted)
		return there;
	free(there);
	return NULL;
}

/* An empty chunk: its figures and octets for names.  -1: no memory. */
static int
chunk_fit(const struct queue *queue, struct chunk *chunk)
{
	bool quality = atomic_load(&queue->quality);
	bool names = atomic_load(&queue->names);

	chunk->figures = fit(
	    chunk->figures, quality, EXPORT_CHUNK * sizeof(*chunk->figures));
	chunk->names = fit(chunk->names, names, EXPORT_NAMES_OCTETS);
	return quality == (chunk->figures != NULL) &&
	               names == (chunk->names != NULL)
	           ? 0
	           : -1;
}

static int
fit_empty(struct queue *queue, atomic_bool *which, bool wanted)
{
	int result = 0;

	pthread_mutex_lock(&queue->lock);
	atomic_store(which, wanted);
	for (struct chunk *chunk = queue->empty; chunk != NULL;
	     chunk = chunk->next)
		if (chunk_fit(queue, chunk) != 0)
			result = -1;
	pthread_mutex_unlock(&queue->lock);
	return result;
}

int
queue_quality(struct queue *queue, bool quality)
{
	return fit_empty(queue, &queue->quality, quality);
}

int
queue_names(struct queue *queue, bool names)
{
	return fit_empty(queue, &queue->names, names);
}

void
queue_free(struct queue **queue)
{
	if (*queue == NULL)
		return;
	free_chunks(*queue, (*queue)->filled);
	free_chunks(*queue, (*queue)->empty);
	free((*queue)->initial);
	pthread_cond_destroy(&(*queue)->has_filled);
	pthread_cond_destroy(&(*queue)->has_empty);
	pthread_mutex_destroy(&(*queue)->lock);
	free(*queue);
	*queue = NULL;
}

int
queue_grow(struct queue *queue)
{
	struct chunk *chunk = calloc(1, sizeof(*chunk));

	if (chunk == NULL)
		return -1;
	queue_return(queue, chunk);
	return 0;
}

struct chunk *
queue_borrow(struct queue *queue)
{
	struct chunk *chunk;

	pthread_mutex_lock(&queue->lock);
	while (queue->empty == NULL)
		pthread_cond_wait(&queue->has_empty, &queue->lock);
	chunk = queue->empty;
	queue->empty = chunk->next;
	pthread_mutex_unlock(&queue->lock);
	return chunk;
}

struct chunk *
queue_try_borrow(struct queue *queue)
{
	struct chunk *chunk;

	pthread_mutex_lock(&queue->lock);
	chunk = queue->empty;
	if (chunk != NULL)
		queue->empty = chunk->next;
	pthread_mutex_unlock(&queue->lock);
	return chunk;
}

void
queue_put(struct queue *queue, struct chunk *chunk)
{
	chunk->next = NULL;
	pthread_mutex_lock(&queue->lock);
	*queue->filled_end = chunk;
	queue->filled_end = &chunk->next;
	queue->filled_count++;
	pthread_cond_signal(&queue->has_filled);
	pthread_mutex_unlock(&queue->lock);
}

void
queue_close(struct queue *queue, bool discard)
{
	pthread_mutex_lock(&queue->lock);
	queue->end = discard ? QUEUE_ABANDONED : QUEUE_CLOSED;
	if (discard) { /* append the empty ones to the filled ones */
		*queue->filled_end = queue->empty;
		queue->empty = queue->filled;
		queue->filled = NULL;
		queue->filled_end = &queue->filled;
		queue->filled_count = 0;
	}
	pthread_cond_broadcast(&queue->has_filled);
	pthread_mutex_unlock(&queue->lock);
}

enum queue_event
queue_take(struct queue *queue, uint64_t until_ms, struct chunk **chunk)
{
	struct timespec until = {
		.tv_sec = (time_t)(until_ms / 1000),
		.tv_nsec = (long)(until_ms % 1000) * 1000000,
	};
	enum queue_event event = QUEUE_CHUNK;
	int result = 0;

	pthread_mutex_lock(&queue->lock);
	while (
	    queue->filled == NULL && queue->end == QUEUE_CHUNK && result == 0)
		result =
		    until_ms == 0
		        ? pthread_cond_wait(&queue->has_filled, &queue->lock)
		        : pthread_cond_timedwait(
		              &queue->has_filled, &queue->lock, &until);
	*chunk = queue->filled;
	if (*chunk == NULL) {
		event = queue->end != QUEUE_CHUNK ? queue->end : QUEUE_IDLE;
	} else {
		queue->filled = (*chunk)->next;
		queue->filled_count--;
		if (queue->filled == NULL)
			queue->filled_end = &queue->filled;
	}
	pthread_mutex_unlock(&queue->lock);
	return event;
}

void
queue_return(struct queue *queue, struct chunk *chunk)
{
	chunk->count = chunk->names_used = 0;
	(void)chunk_fit(queue, chunk);
	pthread_mutex_lock(&queue->lock);
	chunk->next = queue->empty;
	queue->empty = chunk;
	if (queue->filled_count <= queue->initial_count / 2)
		pthread_cond_broadcast(&queue->has_empty);
	pthread_mutex_unlock(&queue->lock);
}

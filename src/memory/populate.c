/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/memory/populate.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exflow/base/thread.h"

#define REQUESTS 32

/*
 * Of a request at once: while memory is made ready, the process can neither
 * map nor unmap any.
 */
#define PIECE ((size_t)2 << 20)

struct request {
	char *memory;
	size_t octets;
};

struct populate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool started;
	bool over;                         /* no more requests */
	struct request requests[REQUESTS]; /* in no order */
	unsigned count;
};

static size_t
piece_of(const struct request *request)
{
	return request->octets < PIECE ? request->octets : PIECE;
}

/* A failure costs speed only: the pages are cleared when they are touched. */
static void
populate_pages(const struct request *request)
{
#ifdef MADV_POPULATE_WRITE
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = (uintptr_t)request->memory & ~(page - 1);
	uintptr_t end = (uintptr_t)request->memory + request->octets;

	end = (end + page - 1) & ~(page - 1);
	(void)madvise((void *)start, end - start, MADV_POPULATE_WRITE);
#else
	(void)request;
#endif
}

/* Serve the shortest first: it will be needed soonest. */
static struct request *
choose(struct populate *populate)
{
	struct request *best = &populate->requests[0];

	for (unsigned i = 1; i < populate->count; i++)
		if (populate->requests[i].octets < best->octets)
			best = &populate->requests[i];
	return best;
}

/* Take the piece to serve now; the rest of its request stays. */
static struct request
take_piece(struct populate *populate)
{
	struct request *request = choose(populate);
	struct request piece = *request;

	piece.octets = piece_of(request);
	request->memory += piece.octets;
	request->octets -= piece.octets;
	if (request->octets == 0)
		*request = populate->requests[--populate->count];
	return piece;
}

static void *
populate_main(void *context)
{
	struct populate *populate = context;

	pthread_mutex_lock(&populate->lock);
	while (!populate->over) {
		struct request piece;

		if (populate->count == 0) {
			pthread_cond_wait(&populate->changed, &populate->lock);
			continue;
		}
		piece = take_piece(populate);
		pthread_mutex_unlock(&populate->lock);
		populate_pages(&piece);
		pthread_mutex_lock(&populate->lock);
	}
	pthread_mutex_unlock(&populate->lock);
	return NULL;
}

struct populate *
populate_new(void)
{
	struct populate *populate = calloc(1, sizeof(*populate));

	if (populate == NULL)
		return NULL;
	pthread_mutex_init(&populate->lock, NULL);
	pthread_cond_init(&populate->changed, NULL);
	return populate;
}

void
populate_free(struct populate **pointer)
{
	struct populate *populate = *pointer;

	if (populate == NULL)
		return;
	if (populate->started) {
		pthread_mutex_lock(&populate->lock);
		populate->over = true;
		pthread_cond_signal(&populate->changed);
		pthread_mutex_unlock(&populate->lock);
		pthread_join(populate->thread, NULL);
	}
	pthread_cond_destroy(&populate->changed);
	pthread_mutex_destroy(&populate->lock);
	free(populate);
	*pointer = NULL;
}

static void
populate_start(struct populate *populate)
{
	pthread_mutex_lock(&populate->lock);
	populate->started = thread_start(&populate->thread, "populate",
	                        populate_main, populate) == 0;
	populate->over = !populate->started;
	pthread_mutex_unlock(&populate->lock);
}

void
populate_ask(struct populate *populate, void *memory, size_t octets)
{
	if (!populate->started && !populate->over)
		populate_start(populate);
	pthread_mutex_lock(&populate->lock);
	if (!populate->over && populate->count < REQUESTS) {
		populate->requests[populate->count++] =
		    (struct request){ memory, octets };
		pthread_cond_signal(&populate->changed);
	}
	pthread_mutex_unlock(&populate->lock);
}

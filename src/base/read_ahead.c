/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks go round between the one that fills them and the one that takes pieces
 * out:
 *
 *	      filled ──►
 *	block 0   block 1   block 2   block 3
 *	          └ taken from, next …
 *
 * A piece that goes on in the next block must lie in one place.  So each block
 * has room in front of it, to which the rest of the block before is copied:
 *
 *	│      rest│octets of the block         │
 *	└ READ_AHEAD_PIECE, the taker's
 *
 * With a thread the counts of blocks are shared, under the lock; a block
 * belongs to the filler while it is not counted as filled, and to the taker
 * after that.  Either waits only where the other is a whole ring ahead.
 * Without a thread there are two blocks, and the taker fills the next one when
 * it needs it.
 */
#include <config.h>

#include "exflow/base/read_ahead.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/thread.h"

#define BLOCK_OCTETS ((size_t)512 << 10)
#define BLOCKS_MAX 4
#define PAGE 4096

struct block {
	uint8_t *octets; /* READ_AHEAD_PIECE before them are the taker's */
	size_t length;
	bool last; /* the stream ended, or failed */
};

struct read_ahead {
	struct stream *stream;
	uint8_t *memory;
	struct block blocks[BLOCKS_MAX];
	unsigned count; /* of blocks */
	/* The taker's: */
	uint8_t *at, *end; /* what is left of its block */
	uint64_t next;     /* the block behind it */
	bool ended;
	/* Both threads', under the lock: */
	uint64_t filled, taken; /* blocks, in all */
	bool stop;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool threaded;
	pthread_t thread;
};

/* A pipe's octets are passed on as they come, a file's block by block. */
static void
fill(struct read_ahead *ahead, struct block *block)
{
	bool whole = stream_octets_total(ahead->stream) > 0;

	block->length = 0;
	block->last = false;
	do {
		ssize_t more = stream_read_octets(ahead->stream,
		    block->octets + block->length,
		    BLOCK_OCTETS - block->length);

		if (more <= 0)
			block->last = true;
		else
			block->length += (size_t)more;
	} while (whole && !block->last && block->length < BLOCK_OCTETS);
}

static void *
fill_ahead(void *context)
{
	struct read_ahead *ahead = context;
	bool last = false;

	while (!last) {
		struct block *block;

		pthread_mutex_lock(&ahead->lock);
		while (ahead->filled - ahead->taken == ahead->count &&
		       !ahead->stop)
			pthread_cond_wait(&ahead->changed, &ahead->lock);
		block = &ahead->blocks[ahead->filled % ahead->count];
		last = ahead->stop;
		pthread_mutex_unlock(&ahead->lock);
		if (last)
			break;
		fill(ahead, block);
		last = block->last;
		pthread_mutex_lock(&ahead->lock);
		ahead->filled++;
		pthread_cond_signal(&ahead->changed);
		pthread_mutex_unlock(&ahead->lock);
	}
	return NULL;
}

static struct block *
take_block(struct read_ahead *ahead, uint64_t number)
{
	struct block *block = &ahead->blocks[number % ahead->count];

	if (!ahead->threaded) {
		fill(ahead, block);
		return block;
	}
	pthread_mutex_lock(&ahead->lock);
	while (ahead->filled == number)
		pthread_cond_wait(&ahead->changed, &ahead->lock);
	pthread_mutex_unlock(&ahead->lock);
	return block;
}

/* The first count blocks may be filled again. */
static void
give_back(struct read_ahead *ahead, uint64_t count)
{
	if (!ahead->threaded)
		return;
	pthread_mutex_lock(&ahead->lock);
	ahead->taken = count;
	pthread_cond_signal(&ahead->changed);
	pthread_mutex_unlock(&ahead->lock);
}

/* Go on in the next block, with what is left of this one before it. */
static void
next_block(struct read_ahead *ahead)
{
	uint64_t number = ahead->next++;
	struct block *block = take_block(ahead, number);
	size_t left = (size_t)(ahead->end - ahead->at);

	if (left > 0)
		memcpy(block->octets - left, ahead->at, left);
	ahead->at = block->octets - left;
	ahead->end = block->octets + block->length;
	ahead->ended = block->last;
	give_back(ahead, number);
}

uint8_t *
read_ahead_look(struct read_ahead *ahead, size_t size, size_t *have)
{
	/* Blocks of a pipe may be short. */
	while ((size_t)(ahead->end - ahead->at) < size && !ahead->ended)
		next_block(ahead);
	*have = (size_t)(ahead->end - ahead->at);
	if (*have > size)
		*have = size;
	return ahead->at;
}

void
read_ahead_pass(struct read_ahead *ahead, size_t size)
{
	ahead->at += size;
}

const char *
read_ahead_error(const struct read_ahead *ahead)
{
	/* The filler has ended when its last block was taken. */
	return ahead->ended ? stream_error(ahead->stream) : NULL;
}

static int
make_blocks(struct read_ahead *ahead)
{
	size_t octets = READ_AHEAD_PIECE + BLOCK_OCTETS;

	ahead->memory = aligned_alloc(PAGE, ahead->count * octets);
	if (ahead->memory == NULL)
		return -1;
	for (unsigned i = 0; i < ahead->count; i++)
		ahead->blocks[i].octets =
		    ahead->memory + i * octets + READ_AHEAD_PIECE;
	ahead->at = ahead->end = ahead->blocks[0].octets;
	return 0;
}

struct read_ahead *
read_ahead_new(struct stream *stream)
{
	struct read_ahead *ahead = calloc(1, sizeof(*ahead));
	bool large = stream_octets_total(stream) >= READ_AHEAD_THREAD_MIN;

	if (ahead == NULL)
		return NULL;
	ahead->stream = stream;
	ahead->threaded = large && sysconf(_SC_NPROCESSORS_ONLN) > 1;
	ahead->count = ahead->threaded ? BLOCKS_MAX : 2;
	if (make_blocks(ahead) != 0) {
		free(ahead);
		errno = ENOMEM;
		return NULL;
	}
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->changed, NULL);
	/* Without the thread it is slower, and the same. */
	if (ahead->threaded &&
	    thread_start(&ahead->thread, "read ahead", fill_ahead, ahead) != 0)
		ahead->threaded = false;
	return ahead;
}

static void
stop_thread(struct read_ahead *ahead)
{
	pthread_mutex_lock(&ahead->lock);
	ahead->stop = true;
	pthread_cond_signal(&ahead->changed);
	pthread_mutex_unlock(&ahead->lock);
	pthread_join(ahead->thread, NULL);
}

void
read_ahead_free(struct read_ahead **pointer)
{
	struct read_ahead *ahead = *pointer;

	*pointer = NULL;
	if (ahead == NULL)
		return;
	if (ahead->threaded)
		stop_thread(ahead);
	pthread_mutex_destroy(&ahead->lock);
	pthread_cond_destroy(&ahead->changed);
	stream_close(&ahead->stream);
	free(ahead->memory);
	free(ahead);
}

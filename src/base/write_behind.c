/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	owner                          thread "write-behind"
 *	begin: busy = true ──────────► pwrite() until all is written or fails
 *	(goes on)
 *	wait:  until !busy ◄────────── done, code; busy = false
 *
 * Invariant: while busy is set, the thread alone touches octets and nobody
 * changes fd, octets, length and offset; so it writes without the lock.
 */
#include <config.h>

#include "exflow/base/write_behind.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "exflow/base/thread.h"
#include "exflow/base/write_all.h"

struct write_behind {
	pthread_t thread;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t changed;
	bool stop; /* the thread ends when it is not busy */
	bool busy; /* these octets are being written: */
	int fd;
	const uint8_t *octets;
	size_t length;
	off_t offset;
	/* The result, once busy is false. */
	size_t done;
	int code; /* errno; 0: all octets are written */
};

static void *
write_behind_main(void *context)
{
	struct write_behind *behind = context;

	pthread_mutex_lock(&behind->lock);
	while (behind->busy || !behind->stop) {
		size_t done;
		int code;

		if (!behind->busy) {
			pthread_cond_wait(&behind->changed, &behind->lock);
			continue;
		}
		pthread_mutex_unlock(&behind->lock);
		code = write_all_at(behind->fd, behind->octets, behind->length,
		           behind->offset, &done) == 0
		           ? 0
		           : errno;
		pthread_mutex_lock(&behind->lock);
		behind->done = done;
		behind->code = code;
		behind->busy = false;
		pthread_cond_signal(&behind->changed);
	}
	pthread_mutex_unlock(&behind->lock);
	return NULL;
}

struct write_behind *
write_behind_new(void)
{
	struct write_behind *behind = calloc(1, sizeof(*behind));
	int code;

	if (behind == NULL)
		return NULL;
	pthread_mutex_init(&behind->lock, NULL);
	pthread_cond_init(&behind->changed, NULL);
	code = thread_start(
	    &behind->thread, "write-behind", write_behind_main, behind);
	if (code == 0)
		return behind;
	pthread_cond_destroy(&behind->changed);
	pthread_mutex_destroy(&behind->lock);
	free(behind);
	errno = code;
	return NULL;
}

void
write_behind_free(struct write_behind **pointer)
{
	struct write_behind *behind = *pointer;

	if (behind == NULL)
		return;
	pthread_mutex_lock(&behind->lock);
	behind->stop = true;
	pthread_cond_signal(&behind->changed);
	pthread_mutex_unlock(&behind->lock);
	pthread_join(behind->thread, NULL);
	pthread_cond_destroy(&behind->changed);
	pthread_mutex_destroy(&behind->lock);
	free(behind);
	*pointer = NULL;
}

void
write_behind_begin(struct write_behind *behind, int fd, const void *octets,
    size_t length, off_t offset)
{
	pthread_mutex_lock(&behind->lock);
	behind->fd = fd;
	behind->octets = octets;
	behind->length = length;
	behind->offset = offset;
	behind->busy = true;
	pthread_cond_signal(&behind->changed);
	pthread_mutex_unlock(&behind->lock);
}

int
write_behind_wait(struct write_behind *behind, size_t *done)
{
	int code;

	pthread_mutex_lock(&behind->lock);
	while (behind->busy)
		pthread_cond_wait(&behind->changed, &behind->lock);
	*done = behind->done;
	code = behind->code;
	pthread_mutex_unlock(&behind->lock);
	errno = code;
	return code == 0 ? 0 : -1;
}

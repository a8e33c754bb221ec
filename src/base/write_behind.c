/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/write_behind.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "exflow/base/thread.h"

struct write_behind {
	pthread_t thread;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t changed;
	bool over; /* nothing more will come */
	bool busy; /* this is to be written: */
	int fd;
	const uint8_t *octets;
	size_t length;
	off_t offset;
	/* How it went, when it is not busy any more. */
	size_t done;
	int code; /* errno, 0: all is written */
};

/* By position: what a failed try left is written over by the next. */
int
write_behind_now(
    int fd, const void *octets, size_t length, off_t offset, size_t *done)
{
	*done = 0;
	while (*done < length) {
		ssize_t n = pwrite(fd, (const uint8_t *)octets + *done,
		    length - *done, offset + (off_t)*done);

		if (n >= 0)
			*done += (size_t)n;
		else if (errno != EINTR)
			return -1;
	}
	return 0;
}

static void *
write_behind_main(void *context)
{
	struct write_behind *it = context;

	pthread_mutex_lock(&it->lock);
	while (it->busy || !it->over) {
		size_t done;
		int code;

		if (!it->busy) {
			pthread_cond_wait(&it->changed, &it->lock);
			continue;
		}
		pthread_mutex_unlock(&it->lock);
		code = write_behind_now(it->fd, it->octets, it->length,
		           it->offset, &done) == 0
		           ? 0
		           : errno;
		pthread_mutex_lock(&it->lock);
		it->done = done;
		it->code = code;
		it->busy = false;
		pthread_cond_signal(&it->changed);
	}
	pthread_mutex_unlock(&it->lock);
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
	code =
	    thread_start(&behind->thread, "write", write_behind_main, behind);
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
	behind->over = true;
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

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "source.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define IDLE_MS 1000

/* Until read(2) will not block, calling idle; -1 where that wants the end. */
static int
wait_for_more(const struct source *source)
{
	struct pollfd polled = { .fd = source->fd, .events = POLLIN };
	int wait = 0;

	if (source->idle == NULL || source->regular)
		return 0;
	for (;;) {
		int ready = poll(&polled, 1, wait);

		if (ready > 0 || (ready == -1 && errno != EINTR))
			return 0;
		if (!source->idle(source->idle_context)) {
			errno = EINTR;
			return -1;
		}
		wait = IDLE_MS;
	}
}

/* Octets read once, 0 at the end of the file, -1 with errno. */
static ssize_t
read_once(struct source *source)
{
	ssize_t count;

	if (wait_for_more(source) == -1)
		return -1;
	/* On a pipe, a signal that stops the program ends the wait. */
	do
		count = read(source->fd, source->data + source->end,
		    sizeof(source->data) - source->end);
	while (count < 0 && errno == EINTR && source->regular);
	return count;
}

ssize_t
source_fill(struct source *source, size_t wanted)
{
	if (source_left(source) >= wanted)
		return (ssize_t)source_left(source);
	memmove(source->data, source->data + source->next, source_left(source));
	source->end -= source->next;
	source->next = 0;
	while (source->end < wanted) {
		ssize_t count = read_once(source);

		if (count < 0)
			return -1;
		if (count == 0)
			break;
		source->end += (size_t)count;
		source->octets += (uint64_t)count;
	}
	return (ssize_t)source->end;
}

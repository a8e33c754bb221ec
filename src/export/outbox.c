/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "outbox.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "peer.h"

int
outbox_init(struct outbox *outbox, uint64_t bound, bool wait)
{
	*outbox = (struct outbox){ .bound = bound, .wait = wait };
	parcel_queue_init(&outbox->in);
	pthread_mutex_init(&outbox->lock, NULL);
	pthread_cond_init(&outbox->room, NULL);
	outbox->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return outbox->wake >= 0 ? 0 : errno;
}

void
outbox_clear(struct outbox *outbox)
{
	free(outbox->statistics);
	parcel_queue_clear(&outbox->in);
	if (outbox->wake >= 0)
		close(outbox->wake);
	pthread_cond_destroy(&outbox->room);
	pthread_mutex_destroy(&outbox->lock);
}

static void
wake(struct outbox *outbox)
{
	uint64_t one = 1;

	if (outbox->asleep)
		(void)!write(outbox->wake, &one, sizeof(one));
	outbox->asleep = false;
	outbox->news = true;
}

static bool
full(const struct outbox *outbox)
{
	return outbox->in.octets >= outbox->bound;
}

void
outbox_put(struct outbox *outbox, const struct message *message)
{
	struct parcel *parcel =
	    parcel_new(message->octets, message->length, message->records);

	pthread_mutex_lock(&outbox->lock);
	while (full(outbox) && outbox->wait) {
		outbox->waiting = true;
		wake(outbox);
		pthread_cond_wait(&outbox->room, &outbox->lock);
	}
	outbox->waiting = false;
	while (full(outbox))
		outbox->tally.lost[LOSS_QUEUE] +=
		    parcel_queue_drop(&outbox->in);
	if (parcel != NULL) {
		parcel_queue_put(&outbox->in, parcel);
	} else {
		outbox->no_memory = true;
		outbox->tally.lost[LOSS_QUEUE] += message->records;
		outbox->in.missing += message->records;
	}
	wake(outbox);
	pthread_mutex_unlock(&outbox->lock);
}

void
outbox_put_statistics(struct outbox *outbox, const struct message *message)
{
	struct parcel *parcel =
	    parcel_new(message->octets, message->length, message->records);

	pthread_mutex_lock(&outbox->lock);
	free(outbox->statistics);
	outbox->statistics = parcel;
	wake(outbox);
	pthread_mutex_unlock(&outbox->lock);
}

struct parcel *
outbox_take_statistics(struct outbox *outbox)
{
	struct parcel *parcel;

	pthread_mutex_lock(&outbox->lock);
	parcel = outbox->statistics;
	outbox->statistics = NULL;
	pthread_mutex_unlock(&outbox->lock);
	return parcel;
}

void
outbox_finish(struct outbox *outbox)
{
	pthread_mutex_lock(&outbox->lock);
	outbox->finishing = true;
	wake(outbox);
	pthread_mutex_unlock(&outbox->lock);
}

void
outbox_read(struct outbox *outbox, struct destination *destination)
{
	struct destination_counts *counts = &destination->counts;
	uint64_t due = counts->records_due, encode = counts->lost[LOSS_ENCODE];

	pthread_mutex_lock(&outbox->lock);
	*counts = outbox->tally;
	if (outbox->no_memory && outbox->error[0] == '\0')
		snprintf(destination->error, sizeof(destination->error),
		    "there was no memory for a message");
	if (outbox->error[0] != '\0')
		snprintf(destination->error, sizeof(destination->error), "%s",
		    outbox->error);
	pthread_mutex_unlock(&outbox->lock);
	counts->records_due = due;
	counts->lost[LOSS_ENCODE] += encode;
	counts->waiting = due + counts->recovered - counts->delivered -
	                  destination_lost(counts);
}

struct parcel *
outbox_take(struct outbox *outbox)
{
	struct parcel *parcel;

	pthread_mutex_lock(&outbox->lock);
	parcel = parcel_queue_take(&outbox->in);
	pthread_mutex_unlock(&outbox->lock);
	return parcel;
}

void
outbox_return(struct outbox *outbox, struct parcel *parcel)
{
	pthread_mutex_lock(&outbox->lock);
	parcel_queue_put_first(&outbox->in, parcel);
	pthread_mutex_unlock(&outbox->lock);
}

void
outbox_stored(struct outbox *outbox)
{
	pthread_mutex_lock(&outbox->lock);
	if (outbox->waiting && !full(outbox))
		pthread_cond_signal(&outbox->room);
	pthread_mutex_unlock(&outbox->lock);
}

bool
outbox_waiting(struct outbox *outbox)
{
	bool waiting;

	pthread_mutex_lock(&outbox->lock);
	waiting = outbox->waiting;
	pthread_mutex_unlock(&outbox->lock);
	return waiting;
}

bool
outbox_empty(struct outbox *outbox)
{
	bool empty;

	pthread_mutex_lock(&outbox->lock);
	empty = outbox->in.count == 0;
	pthread_mutex_unlock(&outbox->lock);
	return empty;
}

bool
outbox_finishing(struct outbox *outbox)
{
	bool finishing;

	pthread_mutex_lock(&outbox->lock);
	finishing = outbox->finishing;
	pthread_mutex_unlock(&outbox->lock);
	return finishing;
}

void
outbox_sleep(struct outbox *outbox, int fd, short events, uint64_t until_ms)
{
	struct pollfd pollers[2] = {
		{ .fd = outbox->wake, .events = POLLIN },
		{ .fd = fd, .events = events }, /* poll ignores -1 */
	};
	uint64_t now = peer_clock_ms(), drained;
	uint64_t left = until_ms > now ? until_ms - now : 0;

	if (left > 60000)
		left = 60000;
	pthread_mutex_lock(&outbox->lock);
	if (outbox->news)
		left = 0;
	outbox->news = false;
	outbox->asleep = true;
	pthread_mutex_unlock(&outbox->lock);
	(void)poll(pollers, 2, (int)left);
	(void)!read(outbox->wake, &drained, sizeof(drained));
	pthread_mutex_lock(&outbox->lock);
	outbox->asleep = false;
	pthread_mutex_unlock(&outbox->lock);
}

void
outbox_tell(struct outbox *outbox, const struct destination_counts *tally,
    const char *error)
{
	uint64_t lost;

	pthread_mutex_lock(&outbox->lock);
	lost = outbox->tally.lost[LOSS_QUEUE];
	outbox->tally = *tally;
	outbox->tally.lost[LOSS_QUEUE] = lost;
	snprintf(outbox->error, sizeof(outbox->error), "%s", error);
	pthread_mutex_unlock(&outbox->lock);
}

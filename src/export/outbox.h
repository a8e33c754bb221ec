/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The outbox of a collector: between the export thread, which puts messages
 * in, and the collector's own thread, which takes them out and keeps the
 * tally.  Bounded in octets.
 */
#ifndef EXFLOW_EXPORT_OUTBOX_H
#define EXFLOW_EXPORT_OUTBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "exflow/destination.h"
#include "parcel.h"

struct outbox {
	pthread_mutex_t lock; /* over all that follows, but for wake */
	pthread_cond_t room;
	int wake;    /* eventfd, for the thread's poll */
	bool asleep; /* the thread is in poll or about to be */
	bool news;   /* since it looked last */
	struct parcel_queue in;
	uint64_t bound; /* octets of in */
	bool wait;      /* at a full outbox; else the oldest is lost */
	bool waiting;   /* somebody does */
	bool finishing; /* nothing more will come */
	struct parcel *statistics;       /* the last that came, or NULL */
	struct destination_counts tally; /* due and waiting are not kept */
	char error[DESTINATION_ERROR_SIZE];
	bool no_memory; /* for a message, some time */
};

/* 0, or an errno. */
int outbox_init(struct outbox *outbox, uint64_t bound, bool wait);
void outbox_clear(struct outbox *outbox);

/* For the export thread. */
void outbox_put(struct outbox *outbox, const struct message *message);
void outbox_put_statistics(
    struct outbox *outbox, const struct message *message);
void outbox_finish(struct outbox *outbox);
/* Bring the tally into the destination's counts, and its error. */
void outbox_read(struct outbox *outbox, struct destination *destination);

/*
 * For the collector's thread.  What was taken (NULL: none was there) is either
 * returned, as if it had not been, or stored: then there is room for another.
 */
struct parcel *outbox_take(struct outbox *outbox);
void outbox_return(struct outbox *outbox, struct parcel *parcel);
void outbox_stored(struct outbox *outbox);
/* NULL: none; freed by the caller. */
struct parcel *outbox_take_statistics(struct outbox *outbox);
/* Somebody waits for room; nothing is there; nothing more will come. */
bool outbox_waiting(struct outbox *outbox);
bool outbox_empty(struct outbox *outbox);
bool outbox_finishing(struct outbox *outbox);
/* Sleep until a time of peer_clock_ms, an event at fd, or a wake-up. */
void outbox_sleep(
    struct outbox *outbox, int fd, short events, uint64_t until_ms);
/* Replace the tally, but for what the outbox itself lost (LOSS_QUEUE). */
void outbox_tell(struct outbox *outbox, const struct destination_counts *tally,
    const char *error);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "courier_internal.h"
#include "exflow/log.h"

#define KEEP_MS 1000 /* after the acknowledgement, for the peer's program */

static bool
stock_room(const struct courier *c)
{
	return c->unsent.octets + c->sent.octets < c->bound;
}

bool
stock_fetchable(struct courier *c)
{
	return stock_room(c) &&
	       (!outbox_empty(&c->outbox) ||
	           (c->spool != NULL && spool_unread(c->spool)));
}

bool
stock_pending(const struct courier *c)
{
	return c->unsent.count > 0 || c->waited_for != NULL ||
	       (c->spool != NULL && spool_unread(c->spool));
}

static void
stock_lose(struct courier *c, enum loss reason, uint64_t records)
{
	c->tally.lost[reason] += records;
}

static enum loss
stock_reason(const struct courier *c)
{
	return c->reached ? LOSS_SEND : LOSS_CONNECT;
}

/* --- into the spool */

/* What was taken from the file that is gone lives in memory alone. */
static void
forget_file(struct parcel_queue *queue, const struct spool_file *file)
{
	for (struct parcel *p = queue->head; p != NULL; p = p->next)
		if (p->file == file)
			p->file = NULL;
}

static bool
spool_make_room(struct courier *c)
{
	struct spool_file *file;
	uint64_t lost;

	if (!spool_drop(c->spool, &file, &lost))
		return false;
	forget_file(&c->unsent, file);
	forget_file(&c->sent, file);
	stock_lose(c, LOSS_SPOOL, lost);
	snprintf(c->error, sizeof(c->error),
	    "the spool is full, the oldest records are lost");
	return true;
}

/* Whether it was written; else it is to wait. */
static bool
stock_spool(struct courier *c, struct parcel *parcel)
{
	bool patient =
	    c->options.wait && !courier_given_up(c) && !courier_finishing(c);

	while (spool_put(c->spool, parcel) != 0) {
		if (errno != ENOSPC)
			snprintf(c->error, sizeof(c->error),
			    "cannot write to the spool: %s", strerror(errno));
		if (patient || !spool_make_room(c))
			return false;
	}
	c->tally.spooled += parcel->records;
	free(parcel);
	return true;
}

/* Whether there is a place for one; it is then there. */
static bool
stock_store(struct courier *c, struct parcel *parcel)
{
	parcel->greeting = c->greeting;
	if ((c->spool == NULL || !spool_unread(c->spool)) && stock_room(c)) {
		parcel_queue_put(&c->unsent, parcel);
		return true;
	}
	return c->spool != NULL && stock_spool(c, parcel);
}

/*
 * Somebody waits for room and there is none, for longer than it is worth:
 * the oldest that is not on its way is lost, at worst this one.  Whether the
 * parcel is still there and may be tried again.
 */
static bool
stock_overflow(struct courier *c, struct parcel **parcel)
{
	const struct parcel *first = c->unsent.head;
	uint32_t lost;

	if (first != NULL && first->file == NULL) {
		/* One that is only kept is delivered: none of it is lost. */
		bool delivered = first->acknowledged;

		lost = parcel_queue_drop(&c->unsent);
		if (delivered)
			lost = 0;
	} else {
		lost = (*parcel)->records;
		c->unsent.missing += lost + (*parcel)->missing;
		free(*parcel);
		*parcel = NULL;
	}
	stock_lose(c, stock_reason(c), lost);
	return *parcel != NULL;
}

/* Whether there is no place any more. */
static bool
stock_place(struct courier *c, struct parcel *parcel)
{
	while (!stock_store(c, parcel)) {
		if (!outbox_waiting(&c->outbox) || !courier_given_up(c)) {
			outbox_return(&c->outbox, parcel);
			return true;
		}
		if (!stock_overflow(c, &parcel))
			break;
	}
	outbox_stored(&c->outbox);
	return false;
}

static void
stock_refill(struct courier *c)
{
	struct parcel *parcel;
	uint64_t lost = 0;

	while (c->spool != NULL && c->up && stock_room(c) &&
	       (parcel = spool_take(c->spool, &lost)) != NULL)
		parcel_queue_put(&c->unsent, parcel);
	if (lost > 0) {
		stock_lose(c, LOSS_SPOOL, lost);
		snprintf(c->error, sizeof(c->error),
		    "a file of the spool could not be read");
	}
	while (c->spool != NULL && spool_stale(c->spool) && spool_make_room(c))
		snprintf(c->error, sizeof(c->error),
		    "records in the spool were too old");
}

void
stock_collect(struct courier *c)
{
	struct parcel *parcel;

	stock_refill(c);
	while ((parcel = outbox_take(&c->outbox)) != NULL) {
		if (!stock_pending(c))
			c->gained_ms = c->moved_ms = peer_clock_ms();
		if (stock_place(c, parcel))
			break;
	}
	stock_refill(c);
}

/* --- out of the queues */

static void
stock_drop_first(struct courier *c)
{
	struct parcel *parcel = parcel_queue_take(&c->sent);

	if (parcel->file != NULL)
		spool_release(c->spool, parcel);
	free(parcel);
}

static void
acknowledge(struct courier *c, struct parcel *parcel)
{
	if (!parcel->acknowledged) {
		c->tally.delivered += parcel->records;
		c->tally.acknowledged += parcel->records;
		c->gained_ms = peer_clock_ms();
		if (parcel->file != NULL)
			spool_acknowledge(c->spool, parcel);
	}
	parcel->acknowledged = true;
}

void
stock_settle(struct courier *c, uint64_t acknowledged, uint64_t unread)
{
	uint64_t now = peer_clock_ms();

	for (; c->waited_for != NULL && c->waited_for->end <= acknowledged;
	     c->waited_for = c->waited_for->next) {
		acknowledge(c, c->waited_for);
		c->waited_for->sent_ms = now; /* kept from here on */
	}
	while (c->sent.head != c->waited_for) {
		const struct parcel *p = c->sent.head;
		bool read =
		    unread <= acknowledged && p->end <= acknowledged - unread;
		bool tight = c->sent.octets > c->bound / 4 * 3;

		if (!tight && !(read && now - p->sent_ms >= KEEP_MS))
			break;
		stock_drop_first(c);
	}
}

void
stock_release(struct courier *c)
{
	while (c->sent.head != NULL) {
		acknowledge(c, c->sent.head);
		stock_drop_first(c);
	}
	c->waited_for = NULL;
}

/* Before what is unsent, in the old order. */
void
stock_rewind(struct courier *c)
{
	struct parcel_queue old = c->sent;

	if (old.head == NULL)
		return;
	for (struct parcel *p = old.head; p != NULL; p = p->next) {
		p->sent_before = true;
		p->sent_ms = 0;
	}
	*old.tail = c->unsent.head;
	if (c->unsent.head != NULL)
		old.tail = c->unsent.tail;
	old.count += c->unsent.count;
	old.octets += c->unsent.octets;
	old.records += c->unsent.records;
	old.missing = c->unsent.missing;
	c->unsent = old;
	if (c->unsent.head == NULL)
		c->unsent.tail = &c->unsent.head;
	parcel_queue_init(&c->sent);
	c->waited_for = NULL;
}

/* --- the end */

/* Records that are neither acknowledged nor in a file. */
static uint64_t
stock_loose(const struct courier *c)
{
	uint64_t records = 0;

	for (const struct parcel *p = c->unsent.head; p != NULL; p = p->next)
		if (!p->acknowledged && p->file == NULL)
			records += p->records;
	return records;
}

/* Parcels that came from the spool are still in their files. */
static void
stock_clear(struct courier *c)
{
	struct parcel *parcel;

	while ((parcel = parcel_queue_take(&c->unsent)) != NULL) {
		if (parcel->file != NULL && parcel->acknowledged)
			spool_release(c->spool, parcel);
		free(parcel);
	}
}

void
stock_leave(struct courier *c)
{
	struct parcel *parcel;
	uint64_t loose;

	stock_rewind(c);
	loose = stock_loose(c);
	if (loose > 0 && c->spool != NULL) {
		if (spool_put_before(c->spool, c->unsent.head) == 0) {
			c->tally.spooled += loose;
			loose = 0;
		}
	}
	stock_lose(c, stock_reason(c), loose);
	stock_clear(c);
	while ((parcel = outbox_take(&c->outbox)) != NULL) {
		parcel->greeting = c->greeting;
		if (c->spool != NULL && stock_spool(c, parcel))
			continue;
		stock_lose(c, stock_reason(c), parcel->records);
		free(parcel);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"

#include "session_internal.h"

#define KEEP_MS 1000 /* after the acknowledgement, for the peer's program */

static bool
retransmission_room(const struct session *c)
{
	return c->unsent.octets + c->sent.octets < c->bound;
}

bool
retransmission_fetchable(struct session *c)
{
	return retransmission_room(c) &&
	       (!message_queue_empty(&c->queue) ||
	           (c->spool != NULL && spool_unread(c->spool)));
}

bool
retransmission_pending(const struct session *c)
{
	return c->unsent.count > 0 || c->waited_for != NULL ||
	       (c->spool != NULL && spool_unread(c->spool));
}

static void
retransmission_lose(struct session *c, enum loss reason, uint64_t records)
{
	c->tally.lost[reason] += records;
}

static enum loss
retransmission_reason(const struct session *c)
{
	return c->reached ? LOSS_SEND : LOSS_CONNECT;
}

/* --- into the spool */

/* What was taken from the file that is gone lives in memory alone. */
static void
forget_file(struct message_list *queue, const struct spool_file *file)
{
	for (struct queued_message *p = queue->head; p != NULL; p = p->next)
		if (p->file == file)
			p->file = NULL;
}

static bool
spool_make_room(struct session *c)
{
	struct spool_file *file;
	uint64_t lost;

	if (!spool_drop(c->spool, &file, &lost))
		return false;
	forget_file(&c->unsent, file);
	forget_file(&c->sent, file);
	retransmission_lose(c, LOSS_SPOOL, lost);
	snprintf(c->error, sizeof(c->error),
	    "the spool is full, the oldest records are lost");
	return true;
}

/* Whether it was written; else it is to wait. */
static bool
retransmission_spool(struct session *c, struct queued_message *queued)
{
	bool patient =
	    c->options.wait && !session_given_up(c) && !session_finishing(c);

	while (spool_put(c->spool, queued) != 0) {
		if (errno != ENOSPC)
			snprintf(c->error, sizeof(c->error),
			    "cannot write to the spool: %s", strerror(errno));
		if (patient || !spool_make_room(c))
			return false;
	}
	c->tally.spooled += queued->records;
	free(queued);
	return true;
}

/* Whether there is a place for one; it is then there. */
static bool
retransmission_store(struct session *c, struct queued_message *queued)
{
	queued->preamble = c->preamble;
	if ((c->spool == NULL || !spool_unread(c->spool)) &&
	    retransmission_room(c)) {
		message_list_put(&c->unsent, queued);
		return true;
	}
	return c->spool != NULL && retransmission_spool(c, queued);
}

/*
 * Somebody waits for room and there is none, for longer than it is worth:
 * the oldest that is not on its way is lost, at worst this one.  Whether the
 * queued is still there and may be tried again.
 */
static bool
retransmission_overflow(struct session *c, struct queued_message **queued)
{
	const struct queued_message *first = c->unsent.head;
	uint32_t lost;

	if (first != NULL && first->file == NULL) {
		/* One that is only kept is delivered: none of it is lost. */
		bool delivered = first->acknowledged;

		lost = message_list_drop(&c->unsent);
		if (delivered)
			lost = 0;
	} else {
		lost = (*queued)->records;
		c->unsent.missing += lost + (*queued)->missing;
		free(*queued);
		*queued = NULL;
	}
	retransmission_lose(c, retransmission_reason(c), lost);
	return *queued != NULL;
}

/* Whether there is no place any more. */
static bool
retransmission_place(struct session *c, struct queued_message *queued)
{
	while (!retransmission_store(c, queued)) {
		if (!message_queue_waiting(&c->queue) || !session_given_up(c)) {
			message_queue_return(&c->queue, queued);
			return true;
		}
		if (!retransmission_overflow(c, &queued))
			break;
	}
	message_queue_stored(&c->queue);
	return false;
}

static void
retransmission_refill(struct session *c)
{
	struct queued_message *queued;
	uint64_t lost = 0;

	while (c->spool != NULL && c->up && retransmission_room(c) &&
	       (queued = spool_take(c->spool, &lost)) != NULL)
		message_list_put(&c->unsent, queued);
	if (lost > 0) {
		retransmission_lose(c, LOSS_SPOOL, lost);
		snprintf(c->error, sizeof(c->error),
		    "a file of the spool could not be read");
	}
	while (c->spool != NULL && spool_stale(c->spool) && spool_make_room(c))
		snprintf(c->error, sizeof(c->error),
		    "records in the spool were too old");
}

void
retransmission_collect(struct session *c)
{
	struct queued_message *queued;

	retransmission_refill(c);
	while ((queued = message_queue_take(&c->queue)) != NULL) {
		if (!retransmission_pending(c))
			c->gained_ms = c->moved_ms = clock_ms();
		if (retransmission_place(c, queued))
			break;
	}
	retransmission_refill(c);
}

/* --- out of the queues */

static void
retransmission_drop_first(struct session *c)
{
	struct queued_message *queued = message_list_take(&c->sent);

	if (queued->file != NULL)
		spool_release(c->spool, queued);
	free(queued);
}

static void
acknowledge(struct session *c, struct queued_message *queued)
{
	if (!queued->acknowledged) {
		c->tally.delivered += queued->records;
		c->tally.acknowledged += queued->records;
		c->gained_ms = clock_ms();
		if (queued->file != NULL)
			spool_acknowledge(c->spool, queued);
	}
	queued->acknowledged = true;
}

void
retransmission_settle(struct session *c, uint64_t acknowledged, uint64_t unread)
{
	uint64_t now = clock_ms();

	for (; c->waited_for != NULL && c->waited_for->end <= acknowledged;
	     c->waited_for = c->waited_for->next) {
		acknowledge(c, c->waited_for);
		c->waited_for->sent_ms = now; /* kept from here on */
	}
	while (c->sent.head != c->waited_for) {
		const struct queued_message *p = c->sent.head;
		bool read =
		    unread <= acknowledged && p->end <= acknowledged - unread;
		bool tight = c->sent.octets > c->bound / 4 * 3;

		if (!tight && !(read && now - p->sent_ms >= KEEP_MS))
			break;
		retransmission_drop_first(c);
	}
}

void
retransmission_release(struct session *c)
{
	while (c->sent.head != NULL) {
		acknowledge(c, c->sent.head);
		retransmission_drop_first(c);
	}
	c->waited_for = NULL;
}

/* Before what is unsent, in the old order. */
void
retransmission_rewind(struct session *c)
{
	struct message_list old = c->sent;

	if (old.head == NULL)
		return;
	for (struct queued_message *p = old.head; p != NULL; p = p->next) {
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
	message_list_init(&c->sent);
	c->waited_for = NULL;
}

/* --- the end */

/* Records that are neither acknowledged nor in a file. */
static uint64_t
retransmission_loose(const struct session *c)
{
	uint64_t records = 0;

	for (const struct queued_message *p = c->unsent.head; p != NULL;
	     p = p->next)
		if (!p->acknowledged && p->file == NULL)
			records += p->records;
	return records;
}

/* Messages that came from the spool are still in their files. */
static void
retransmission_clear(struct session *c)
{
	struct queued_message *queued;

	while ((queued = message_list_take(&c->unsent)) != NULL) {
		if (queued->file != NULL && queued->acknowledged)
			spool_release(c->spool, queued);
		free(queued);
	}
}

void
retransmission_leave(struct session *c)
{
	struct queued_message *queued;
	uint64_t loose;

	retransmission_rewind(c);
	loose = retransmission_loose(c);
	if (loose > 0 && c->spool != NULL) {
		if (spool_put_before(c->spool, c->unsent.head) == 0) {
			c->tally.spooled += loose;
			loose = 0;
		}
	}
	retransmission_lose(c, retransmission_reason(c), loose);
	retransmission_clear(c);
	while ((queued = message_queue_take(&c->queue)) != NULL) {
		queued->preamble = c->preamble;
		if (c->spool != NULL && retransmission_spool(c, queued))
			continue;
		retransmission_lose(
		    c, retransmission_reason(c), queued->records);
		free(queued);
	}
}

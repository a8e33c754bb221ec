/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "retransmission.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/clock.h"
#include "exflow/spool/spool.h"

#define DAMAGED_SPOOL "files of the spool are damaged"
#define KEEP_MS 5000 /* after the acknowledgement, for the peer's program */

struct retransmission {
	struct sender *sender;
	struct preamble *preamble; /* of new messages */
	struct spool *spool;       /* NULL: none */
	struct message_list sent, unsent;
	struct queued_message *first_in_flight; /* in sent, or NULL */
	struct queued_message **first_whole;    /* link in sent: not bare */
	uint64_t bound;        /* octets of what is not acknowledged … */
	uint64_t window;       /* … and of what is */
	uint64_t acknowledged; /* octets of memory, in both lists */
	uint64_t stream;       /* octets of the connection, acknowledged */
};

static void
lose(struct retransmission *r, enum loss reason, uint64_t records)
{
	r->sender->counts.lost[reason] += records;
}

static void
fail(struct retransmission *r, const char *what, const char *why)
{
	snprintf(r->sender->error, sizeof(r->sender->error), "%s%s", what, why);
}

/* --- life */

/* Half of the memory is this one's, the other half the queue's. */
struct retransmission *
retransmission_new(struct sender *sender, const char *label,
    char error[DESTINATION_ERROR_SIZE])
{
	struct retransmission *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		snprintf(error, DESTINATION_ERROR_SIZE, "%s", strerror(ENOMEM));
		return NULL;
	}
	r->sender = sender;
	r->bound = sender->base.options.queue_octets / 2;
	r->window = sender->base.options.retransmission_window;
	message_list_init(&r->sent);
	r->first_whole = &r->sent.head;
	message_list_init(&r->unsent);
	if (spool_open(&r->spool, &sender->base.options, label, error) != 0)
		retransmission_free(&r);
	return r;
}

void
retransmission_free(struct retransmission **pointer)
{
	struct retransmission *r = *pointer;

	if (r == NULL)
		return;
	message_list_clear(&r->sent);
	message_list_clear(&r->unsent);
	spool_free(&r->spool);
	free(r);
	*pointer = NULL;
}

void
retransmission_set_preamble(struct retransmission *r, struct preamble *preamble)
{
	struct destination_counts *counts = &r->sender->counts;

	r->preamble = preamble;
	if (r->spool == NULL)
		return;
	spool_set_preamble(r->spool, preamble);
	counts->recovered = spool_recovered(r->spool);
	counts->lost[LOSS_DAMAGED] = spool_damaged(r->spool);
	if (counts->lost[LOSS_DAMAGED] > 0)
		fail(r, DAMAGED_SPOOL, "");
}

/* --- what there is */

static uint64_t
memory(const struct retransmission *r)
{
	return r->sent.octets + r->unsent.octets;
}

bool
retransmission_has_room(const struct retransmission *r)
{
	return memory(r) - r->acknowledged < r->bound;
}

bool
retransmission_has_spooled(const struct retransmission *r)
{
	return r->spool != NULL && spool_unread(r->spool);
}

bool
retransmission_in_flight(const struct retransmission *r)
{
	return r->first_in_flight != NULL;
}

/* It has left the window, so that only its age keeps it. */
bool
retransmission_awaits_age(const struct retransmission *r)
{
	const struct queued_message *first = r->sent.head;

	return first != NULL && first != r->first_in_flight &&
	       first->stream_end + r->window <= r->stream;
}

bool
retransmission_pending(const struct retransmission *r)
{
	return r->unsent.count > 0 || retransmission_in_flight(r) ||
	       retransmission_has_spooled(r);
}

void
retransmission_report(struct retransmission *r)
{
	if (r->spool == NULL)
		return;
	r->sender->counts.in_spool = spool_records(r->spool);
	r->sender->counts.spool_octets = spool_octets(r->spool);
}

/* --- in */

/*
 * The file is deleted: its messages are in memory alone, and those that are
 * bare are nowhere.
 */
static void
forget_file(struct retransmission *r, struct message_list *list,
    const struct spool_file *file)
{
	for (struct queued_message *m = list->head; m != NULL; m = m->next) {
		if (m->spool_file != file)
			continue;
		m->spool_file = NULL;
		if (m->bare)
			r->sender->counts.unconfirmed += m->records;
	}
}

/* Drop the spool's oldest file; false: it has none. */
static bool
spool_drop_oldest(struct retransmission *r)
{
	struct spool_file *file;
	uint64_t lost;

	if (!spool_drop(r->spool, &file, &lost))
		return false;
	forget_file(r, &r->sent, file);
	forget_file(r, &r->unsent, file);
	lose(r, LOSS_SPOOL, lost);
	return true;
}

static bool
spool_make_room(struct retransmission *r)
{
	if (!spool_drop_oldest(r))
		return false;
	fail(r, "the spool is full, the oldest records are lost", "");
	return true;
}

/* Write it to the spool, and free it; false: it could not be written. */
static bool
store_on_disk(
    struct retransmission *r, struct queued_message *message, bool may_wait)
{
	while (spool_put(r->spool, message) != 0) {
		if (errno == ENOSPC && spool_oldest_acknowledged(r->spool) &&
		    spool_drop_oldest(r))
			continue; /* it was kept for the peer's program only */
		if (errno != ENOSPC)
			fail(r, "cannot write to the spool: ", strerror(errno));
		if (may_wait || !spool_make_room(r))
			return false;
	}
	r->sender->counts.spooled += message->records;
	free(message);
	return true;
}

bool
retransmission_store(
    struct retransmission *r, struct queued_message *message, bool may_wait)
{
	message->preamble = r->preamble;
	if (!retransmission_has_spooled(r) && retransmission_has_room(r)) {
		message_list_put(&r->unsent, message);
		return true;
	}
	return r->spool != NULL && store_on_disk(r, message, may_wait);
}

/* What is acknowledged stays: dropping it makes no room. */
bool
retransmission_overflow(
    struct retransmission *r, struct queued_message *message, enum loss reason)
{
	struct queued_message **link = &r->unsent.head;

	while (*link != NULL && (*link)->acknowledged)
		link = &(*link)->next;
	if (*link != NULL && (*link)->spool_file == NULL) {
		lose(r, reason, message_list_drop_at(&r->unsent, link));
		return true;
	}
	r->unsent.missing += message->records + message->missing;
	lose(r, reason, message->records);
	free(message);
	return false;
}

void
retransmission_refill(struct retransmission *r, bool connected)
{
	struct queued_message *message;
	uint64_t lost;

	if (r->spool == NULL)
		return;
	while (connected && retransmission_has_room(r)) {
		message = spool_take(r->spool, &lost);
		if (lost > 0) {
			lose(r, LOSS_DAMAGED, lost);
			fail(r, DAMAGED_SPOOL, "");
		}
		if (message == NULL)
			break;
		message_list_put(&r->unsent, message);
	}
	while (spool_stale(r->spool) && spool_make_room(r))
		fail(r, "records in the spool were too old", "");
}

/* --- out */

/* A message that is in no list any more. */
static void
discard(struct retransmission *r, struct queued_message *message)
{
	if (message->acknowledged)
		r->acknowledged -= queued_message_memory(message);
	free(message);
}

/* The message that was bare, with its octets from the spool; NULL: none. */
static struct queued_message *
reload(struct retransmission *r, const struct queued_message *bare)
{
	struct queued_message *message;

	if (bare->spool_file == NULL)
		return NULL;
	message = queued_message_clothed(bare);
	if (message != NULL && spool_reload(r->spool, message) == 0)
		return message;
	free(message);
	return NULL;
}

/* The first unsent message is bare: it gets its octets, or is given up. */
static void
clothe_first(struct retransmission *r)
{
	struct queued_message *bare = message_list_take(&r->unsent);
	struct queued_message *message = reload(r, bare);

	if (message != NULL) {
		r->acknowledged += queued_message_memory(message);
		message_list_put_first(&r->unsent, message);
	} else if (bare->spool_file != NULL) {
		r->sender->counts.unconfirmed += bare->records;
		spool_release(r->spool, bare);
	}
	discard(r, bare);
}

struct queued_message *
retransmission_next(struct retransmission *r)
{
	while (r->unsent.head != NULL && r->unsent.head->bare)
		clothe_first(r);
	return r->unsent.head;
}

void
retransmission_sent(struct retransmission *r, uint64_t stream_end)
{
	struct queued_message *message = message_list_take(&r->unsent);

	message->stream_end = stream_end;
	message_list_put(&r->sent, message);
	if (r->first_in_flight == NULL)
		r->first_in_flight = message;
}

/* The oldest is no longer kept; confirmed: the peer's program has read it. */
static void
drop_first_sent(struct retransmission *r, bool confirmed)
{
	struct queued_message *message = message_list_take(&r->sent);
	bool counted = message->bare && message->spool_file == NULL;

	if (r->first_whole == &message->next)
		r->first_whole = &r->sent.head;
	if (confirmed && counted)
		r->sender->counts.unconfirmed -= message->records;
	if (!confirmed && !counted)
		r->sender->counts.unconfirmed += message->records;
	if (message->spool_file != NULL)
		spool_release(r->spool, message);
	discard(r, message);
}

static void
acknowledge(struct retransmission *r, struct queued_message *message)
{
	uint64_t now = clock_ms();

	message->acknowledged_ms = now;
	if (message->acknowledged)
		return;
	message->acknowledged = true;
	r->acknowledged += queued_message_memory(message);
	r->sender->counts.delivered += message->records;
	r->sender->counts.acknowledged += message->records;
	r->sender->progress_ms = now;
	if (message->spool_file != NULL)
		spool_acknowledge(r->spool, message);
}

/* The oldest has left the window, and is old enough. */
static bool
is_confirmed(const struct retransmission *r)
{
	return retransmission_awaits_age(r) &&
	       clock_ms() - r->sent.head->acknowledged_ms >= KEEP_MS;
}

/* Free the octets of the oldest that has any; false: none is acknowledged. */
static bool
strip_oldest(struct retransmission *r)
{
	struct queued_message *message = *r->first_whole;

	if (message == r->first_in_flight ||
	    !message_list_strip(&r->sent, r->first_whole))
		return false;
	message = *r->first_whole;
	r->acknowledged -= message->length;
	if (message->spool_file == NULL)
		r->sender->counts.unconfirmed += message->records;
	r->first_whole = &message->next;
	return true;
}

/* Memory is needed: acknowledged messages go before they are confirmed. */
static void
squeeze(struct retransmission *r)
{
	while (memory(r) > r->bound + r->window && !strip_oldest(r)) {
		if (r->sent.head == r->first_in_flight)
			return;
		drop_first_sent(r, false);
	}
}

bool
retransmission_acknowledge(struct retransmission *r, uint64_t acknowledged)
{
	bool any = false;

	r->stream = acknowledged;
	while (r->first_in_flight != NULL &&
	       r->first_in_flight->stream_end <= acknowledged) {
		acknowledge(r, r->first_in_flight);
		r->first_in_flight = r->first_in_flight->next;
		any = true;
	}
	while (is_confirmed(r))
		drop_first_sent(r, true);
	squeeze(r);
	return any;
}

void
retransmission_all_acknowledged(struct retransmission *r, bool confirmed)
{
	r->first_in_flight = NULL;
	while (r->sent.head != NULL) {
		acknowledge(r, r->sent.head);
		drop_first_sent(r, confirmed || retransmission_awaits_age(r));
	}
}

/* What is bare and in no spool cannot be sent again. */
void
retransmission_rewind(struct retransmission *r)
{
	struct message_list again;
	struct queued_message *m;

	message_list_init(&again);
	r->first_whole = &r->sent.head;
	r->first_in_flight = NULL;
	r->stream = 0;
	while ((m = message_list_take(&r->sent)) != NULL) {
		m->sent_before = true;
		m->acknowledged_ms = 0;
		if (m->bare && m->spool_file == NULL)
			discard(r, m);
		else
			message_list_put(&again, m);
	}
	message_list_prepend(&r->unsent, &again);
}

/* --- the end */

/* Records that are neither acknowledged nor on disk. */
static uint64_t
records_at_risk(const struct retransmission *r)
{
	uint64_t records = 0;

	for (const struct queued_message *m = r->unsent.head; m != NULL;
	     m = m->next)
		if (!m->acknowledged && m->spool_file == NULL)
			records += m->records;
	return records;
}

/*
 * Messages that came from the spool are still in their files, acknowledged or
 * not: the next start sends them.
 */
static void
clear_unsent(struct retransmission *r)
{
	struct queued_message *message;

	while ((message = message_list_take(&r->unsent)) != NULL) {
		if (message->spool_file == NULL && message->acknowledged)
			r->sender->counts.unconfirmed += message->records;
		discard(r, message);
	}
}

void
retransmission_leave(struct retransmission *r, enum loss reason)
{
	uint64_t records, written = 0;

	retransmission_rewind(r);
	records = records_at_risk(r);
	if (records > 0 && r->spool != NULL &&
	    spool_put_before(r->spool, r->unsent.head, &written) != 0)
		fail(r, "cannot write to the spool: ", strerror(errno));
	r->sender->counts.spooled += written;
	lose(r, reason, records - written);
	clear_unsent(r);
}

void
retransmission_leave_message(
    struct retransmission *r, struct queued_message *message, enum loss reason)
{
	message->preamble = r->preamble;
	if (r->spool != NULL && store_on_disk(r, message, false))
		return;
	lose(r, reason, message->records);
	free(message);
}

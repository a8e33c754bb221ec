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
#define KEEP_MS 1000 /* after the acknowledgement, for the peer's program */

struct retransmission {
	struct sender *sender;
	struct preamble *preamble; /* of new messages */
	struct spool *spool;       /* NULL: none */
	struct message_list sent, unsent;
	struct queued_message *first_in_flight; /* in sent, or NULL */
	uint64_t bound; /* octets of both lists together */
};

/* --- what is counted */

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

static int
open_spool(struct retransmission *r, const char *label,
    char error[DESTINATION_ERROR_SIZE])
{
	const struct destination_options *options = &r->sender->base.options;
	struct spool_options spool_options = {
		.directory = options->spool_dir,
		.name = label,
		.octets = options->spool_octets,
		.age_seconds = options->spool_age_seconds,
	};

	if (options->spool_dir == NULL)
		return 0;
	r->spool = spool_new(&spool_options, error);
	if (r->spool == NULL)
		return -1;
	return 0;
}

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
	message_list_init(&r->sent);
	message_list_init(&r->unsent);
	if (open_spool(r, label, error) != 0)
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

bool
retransmission_has_room(const struct retransmission *r)
{
	return r->sent.octets + r->unsent.octets < r->bound;
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

bool
retransmission_keeps_sent(const struct retransmission *r)
{
	return r->sent.count > 0;
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

/* The file is deleted: its messages are in memory alone. */
static void
forget_file(struct message_list *list, const struct spool_file *file)
{
	for (struct queued_message *m = list->head; m != NULL; m = m->next)
		if (m->spool_file == file)
			m->spool_file = NULL;
}

/* Drop the spool's oldest file; false: it has none. */
static bool
spool_make_room(struct retransmission *r)
{
	struct spool_file *file;
	uint64_t lost;

	if (!spool_drop(r->spool, &file, &lost))
		return false;
	forget_file(&r->sent, file);
	forget_file(&r->unsent, file);
	lose(r, LOSS_SPOOL, lost);
	fail(r, "the spool is full, the oldest records are lost", "");
	return true;
}

/* Write it to the spool, and free it; false: it could not be written. */
static bool
store_on_disk(
    struct retransmission *r, struct queued_message *message, bool may_wait)
{
	while (spool_put(r->spool, message) != 0) {
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

bool
retransmission_overflow(
    struct retransmission *r, struct queued_message *message, enum loss reason)
{
	const struct queued_message *first = r->unsent.head;

	if (first != NULL && first->spool_file == NULL) {
		/* One that is acknowledged is delivered: nothing is lost. */
		bool delivered = first->acknowledged;
		uint32_t records = message_list_drop(&r->unsent);

		lose(r, reason, delivered ? 0 : records);
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

struct queued_message *
retransmission_next(struct retransmission *r)
{
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

/* The oldest is no longer kept. */
static void
drop_first_sent(struct retransmission *r)
{
	struct queued_message *message = message_list_take(&r->sent);

	if (message->spool_file != NULL)
		spool_release(r->spool, message);
	free(message);
}

static void
acknowledge(struct retransmission *r, struct queued_message *message)
{
	uint64_t now = clock_ms();

	message->acknowledged_ms = now;
	if (message->acknowledged)
		return;
	message->acknowledged = true;
	r->sender->counts.delivered += message->records;
	r->sender->counts.acknowledged += message->records;
	r->sender->progress_ms = now;
	if (message->spool_file != NULL)
		spool_acknowledge(r->spool, message);
}

/* Whether the peer's program has surely read it, or memory is needed. */
static bool
may_drop(const struct retransmission *r, const struct queued_message *message,
    uint64_t read)
{
	if (r->sent.octets > r->bound / 4 * 3)
		return true;
	return message->stream_end <= read &&
	       clock_ms() - message->acknowledged_ms >= KEEP_MS;
}

bool
retransmission_acknowledge(
    struct retransmission *r, uint64_t acknowledged, uint64_t unread)
{
	uint64_t read = unread <= acknowledged ? acknowledged - unread : 0;
	bool any = false;

	while (r->first_in_flight != NULL &&
	       r->first_in_flight->stream_end <= acknowledged) {
		acknowledge(r, r->first_in_flight);
		r->first_in_flight = r->first_in_flight->next;
		any = true;
	}
	while (r->sent.head != r->first_in_flight &&
	       may_drop(r, r->sent.head, read))
		drop_first_sent(r);
	return any;
}

void
retransmission_all_acknowledged(struct retransmission *r)
{
	while (r->sent.head != NULL) {
		acknowledge(r, r->sent.head);
		drop_first_sent(r);
	}
	r->first_in_flight = NULL;
}

void
retransmission_rewind(struct retransmission *r)
{
	for (struct queued_message *m = r->sent.head; m != NULL; m = m->next) {
		m->sent_before = true;
		m->acknowledged_ms = 0;
	}
	message_list_prepend(&r->unsent, &r->sent);
	r->first_in_flight = NULL;
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

/* Messages that came from the spool are still in their files. */
static void
clear_unsent(struct retransmission *r)
{
	struct queued_message *message;

	while ((message = message_list_take(&r->unsent)) != NULL) {
		if (message->spool_file != NULL && message->acknowledged)
			spool_release(r->spool, message);
		free(message);
	}
}

void
retransmission_leave(struct retransmission *r, enum loss reason)
{
	uint64_t records;

	retransmission_rewind(r);
	records = records_at_risk(r);
	if (records > 0 && r->spool != NULL &&
	    spool_put_before(r->spool, r->unsent.head) == 0) {
		r->sender->counts.spooled += records;
		records = 0;
	}
	lose(r, reason, records);
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

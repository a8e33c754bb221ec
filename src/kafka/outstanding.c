/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "outstanding.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/clock.h"
#include "exflow/spool/spool.h"

#define DAMAGED_SPOOL "files of the spool are damaged"
#define PLACES_FIRST 1024 /* doubled as often as needed */

enum state {
	STATE_WAITING,
	STATE_FLYING, /* the producer has it */
	STATE_AGAIN,  /* it came back */
	STATE_DONE,   /* delivered or lost; no message */
};

struct place {
	struct queued_message *message; /* NULL: done */
	struct spool_file *spool_file;  /* holds it, too; NULL: none does */
	uint64_t spool_end;             /* where it ends in that file */
	uint32_t records;
	enum state state;
	bool in_doubt; /* counted as maybe_twice */
};

struct outstanding {
	struct sender *sender;
	struct preamble *preamble; /* of new messages */
	struct spool *spool;       /* NULL: none */
	struct place *places;      /* by number, modulo size */
	uint64_t size;             /* a power of 2 */
	uint64_t first, unsent, end;
	uint64_t again;      /* how many are in that state … */
	uint64_t again_from; /* … none of them before this one */
	uint64_t octets;     /* of memory, messages and places */
	uint64_t bound;      /* of these */
	uint32_t missing;    /* steps of what was dropped, for the next one */
};

static struct place *
place_at(const struct outstanding *o, uint64_t number)
{
	return &o->places[number & (o->size - 1)];
}

/* --- what is counted */

static void
lose(struct outstanding *o, enum loss reason, uint64_t records)
{
	o->sender->counts.lost[reason] += records;
}

static void
fail(struct outstanding *o, const char *what, const char *why)
{
	snprintf(o->sender->error, sizeof(o->sender->error), "%s%s", what, why);
}

/* --- life */

/* Half of the memory is this one's, the other half the queue's. */
struct outstanding *
outstanding_new(struct sender *sender, const char *label,
    char error[DESTINATION_ERROR_SIZE])
{
	struct outstanding *o = calloc(1, sizeof(*o));

	if (o != NULL)
		o->places = calloc(PLACES_FIRST, sizeof(*o->places));
	if (o == NULL || o->places == NULL) {
		snprintf(error, DESTINATION_ERROR_SIZE, "%s", strerror(ENOMEM));
		free(o);
		return NULL;
	}
	o->sender = sender;
	o->size = PLACES_FIRST;
	o->bound = sender->base.options.queue_octets / 2;
	if (spool_open(&o->spool, &sender->base.options, label, error) != 0)
		outstanding_free(&o);
	return o;
}

void
outstanding_free(struct outstanding **pointer)
{
	struct outstanding *o = *pointer;

	if (o == NULL)
		return;
	for (uint64_t n = o->first; n < o->end; n++)
		free(place_at(o, n)->message);
	free(o->places);
	spool_free(&o->spool);
	free(o);
	*pointer = NULL;
}

void
outstanding_set_preamble(struct outstanding *o, struct preamble *preamble)
{
	struct destination_counts *counts = &o->sender->counts;

	o->preamble = preamble;
	if (o->spool == NULL)
		return;
	spool_set_preamble(o->spool, preamble);
	counts->recovered = spool_recovered(o->spool);
	counts->lost[LOSS_DAMAGED] = spool_damaged(o->spool);
	if (counts->lost[LOSS_DAMAGED] > 0)
		fail(o, DAMAGED_SPOOL, "");
}

/* --- what there is */

static bool
has_room(const struct outstanding *o)
{
	return o->octets < o->bound;
}

static bool
has_spooled(const struct outstanding *o)
{
	return o->spool != NULL && spool_unread(o->spool);
}

bool
outstanding_any(const struct outstanding *o)
{
	return o->first < o->end || has_spooled(o);
}

void
outstanding_report(struct outstanding *o)
{
	if (o->spool == NULL)
		return;
	o->sender->counts.in_spool = spool_records(o->spool);
	o->sender->counts.spool_octets = spool_octets(o->spool);
}

/* --- places */

/* Room for one more; false: no memory. */
static bool
grow(struct outstanding *o)
{
	struct place *places;

	if (o->end - o->first < o->size)
		return true;
	places = calloc(2 * o->size, sizeof(*places));
	if (places == NULL)
		return false;
	for (uint64_t n = o->first; n < o->end; n++)
		places[n & (2 * o->size - 1)] = *place_at(o, n);
	free(o->places);
	o->places = places;
	o->size *= 2;
	return true;
}

/* Behind all others; there is room. */
static void
add(struct outstanding *o, struct queued_message *message)
{
	*place_at(o, o->end++) = (struct place){ .message = message,
		.spool_file = message->spool_file,
		.spool_end = message->spool_end,
		.records = message->records };
	o->octets += sizeof(struct place) + queued_message_memory(message);
}

/* Give up the oldest places that are done, in the order of the spool. */
static void
give_up_places(struct outstanding *o)
{
	while (
	    o->first < o->end && place_at(o, o->first)->state == STATE_DONE) {
		const struct place *place = place_at(o, o->first++);
		struct queued_message message = {
			.spool_file = place->spool_file,
			.spool_end = place->spool_end,
		};

		o->octets -= sizeof(*place);
		if (place->spool_file != NULL)
			spool_release(o->spool, &message);
	}
	if (o->unsent < o->first)
		o->unsent = o->first;
}

static void
done(struct outstanding *o, uint64_t number)
{
	struct place *place = place_at(o, number);

	o->again -= place->state == STATE_AGAIN;
	o->octets -= queued_message_memory(place->message);
	free(place->message);
	place->message = NULL;
	place->state = STATE_DONE;
	give_up_places(o);
}

/* --- in */

/* Drop the spool's oldest file; false: it has none. */
static bool
spool_drop_oldest(struct outstanding *o)
{
	struct spool_file *file;
	uint64_t lost;

	if (!spool_drop(o->spool, &file, &lost))
		return false;
	/* What was taken from it is in memory alone now. */
	for (uint64_t n = o->first; n < o->end; n++) {
		struct place *place = place_at(o, n);

		if (place->spool_file != file)
			continue;
		place->spool_file = NULL;
		if (place->message != NULL)
			place->message->spool_file = NULL;
	}
	lose(o, LOSS_SPOOL, lost);
	return true;
}

static bool
spool_make_room(struct outstanding *o)
{
	if (!spool_drop_oldest(o))
		return false;
	fail(o, "the spool is full, the oldest records are lost", "");
	return true;
}

/* Write it to the spool, and free it; false: it could not be written. */
static bool
store_on_disk(
    struct outstanding *o, struct queued_message *message, bool may_wait)
{
	while (spool_put(o->spool, message) != 0) {
		if (errno != ENOSPC)
			fail(o, "cannot write to the spool: ", strerror(errno));
		if (may_wait || !spool_make_room(o))
			return false;
	}
	o->sender->counts.spooled += message->records;
	free(message);
	return true;
}

bool
outstanding_store(
    struct outstanding *o, struct queued_message *message, bool may_wait)
{
	message->preamble = o->preamble;
	if (!has_spooled(o) && has_room(o) && grow(o)) {
		message->missing += o->missing;
		o->missing = 0;
		add(o, message);
		return true;
	}
	return o->spool != NULL && store_on_disk(o, message, may_wait);
}

/* The oldest that is not sent and in no file; the end: there is none. */
static uint64_t
find_droppable(const struct outstanding *o)
{
	uint64_t n = o->unsent;

	if (o->again > 0 && o->again_from < n)
		n = o->again_from > o->first ? o->again_from : o->first;
	for (; n < o->end; n++) {
		const struct place *place = place_at(o, n);

		if (place->spool_file == NULL &&
		    (place->state == STATE_WAITING ||
		        place->state == STATE_AGAIN))
			break;
	}
	return n;
}

bool
outstanding_overflow(
    struct outstanding *o, struct queued_message *message, enum loss reason)
{
	uint64_t number = find_droppable(o);

	if (number < o->end) {
		const struct queued_message *oldest =
		    place_at(o, number)->message;

		o->missing += oldest->records + oldest->missing;
		outstanding_lose(o, number, reason);
		return true;
	}
	o->missing += message->records + message->missing;
	lose(o, reason, message->records);
	free(message);
	return false;
}

void
outstanding_refill(struct outstanding *o)
{
	struct queued_message *message;
	uint64_t lost;

	if (o->spool == NULL)
		return;
	while (has_room(o) && grow(o)) {
		message = spool_take(o->spool, &lost);
		if (lost > 0) {
			lose(o, LOSS_DAMAGED, lost);
			fail(o, DAMAGED_SPOOL, "");
		}
		if (message == NULL)
			break;
		add(o, message);
	}
	while (spool_stale(o->spool) && spool_make_room(o))
		fail(o, "records in the spool were too old", "");
}

/* --- out */

/* The oldest that came back, of which there is one. */
static uint64_t
find_again(struct outstanding *o)
{
	if (o->again_from < o->first)
		o->again_from = o->first;
	while (place_at(o, o->again_from)->state != STATE_AGAIN)
		o->again_from++;
	return o->again_from;
}

struct queued_message *
outstanding_next(struct outstanding *o, uint64_t *number)
{
	if (o->again > 0) {
		*number = find_again(o);
		return place_at(o, *number)->message;
	}
	while (o->unsent < o->end &&
	       place_at(o, o->unsent)->state != STATE_WAITING)
		o->unsent++;
	if (o->unsent == o->end)
		return NULL;
	*number = o->unsent;
	return place_at(o, *number)->message;
}

void
outstanding_sent(struct outstanding *o, uint64_t number)
{
	struct destination_counts *counts = &o->sender->counts;
	struct place *place = place_at(o, number);
	struct queued_message *message = place->message;

	o->again -= place->state == STATE_AGAIN;
	place->state = STATE_FLYING;
	counts->sent += message->records;
	if (message->sent_before)
		counts->replayed += message->records;
	message->sent_before = true;
}

void
outstanding_delivered(struct outstanding *o, uint64_t number)
{
	struct place *place = place_at(o, number);
	struct destination_counts *counts = &o->sender->counts;

	counts->delivered += place->records;
	counts->acknowledged += place->records;
	o->sender->progress_ms = clock_ms();
	if (place->spool_file != NULL)
		spool_acknowledge(o->spool, place->message);
	done(o, number);
}

void
outstanding_again(struct outstanding *o, uint64_t number, bool in_doubt)
{
	struct place *place = place_at(o, number);

	if (in_doubt && !place->in_doubt) {
		place->in_doubt = true;
		o->sender->counts.maybe_twice += place->records;
	}
	if (o->again == 0 || number < o->again_from)
		o->again_from = number;
	o->again += place->state != STATE_AGAIN;
	place->state = STATE_AGAIN;
}

void
outstanding_lose(struct outstanding *o, uint64_t number, enum loss reason)
{
	struct place *place = place_at(o, number);

	lose(o, reason, place->records);
	if (place->spool_file != NULL)
		spool_acknowledge(o->spool, place->message);
	done(o, number);
}

void
outstanding_all_again(struct outstanding *o)
{
	for (uint64_t n = o->first; n < o->end; n++)
		if (place_at(o, n)->state == STATE_FLYING)
			outstanding_again(o, n, true);
}

/* --- the end */

/* A list of all that is neither done nor in a file: its records. */
static uint64_t
list_at_risk(struct outstanding *o, struct queued_message **head)
{
	struct queued_message **link = head;
	uint64_t records = 0;

	for (uint64_t n = o->first; n < o->end; n++) {
		const struct place *place = place_at(o, n);

		if (place->message == NULL || place->spool_file != NULL)
			continue;
		*link = place->message;
		link = &place->message->next;
		records += place->message->records;
	}
	*link = NULL;
	return records;
}

/*
 * It is delivered, but its file will be read from an earlier message on: the
 * next run sends it again.
 */
static void
count_left_in_file(struct outstanding *o, const struct place *place)
{
	if (place->state == STATE_DONE && place->spool_file != NULL)
		o->sender->counts.maybe_twice += place->records;
}

/* Messages that came from the spool are still in their files. */
void
outstanding_leave(struct outstanding *o, enum loss reason)
{
	struct queued_message *head;
	uint64_t records, written = 0;

	outstanding_all_again(o);
	records = list_at_risk(o, &head);
	if (records > 0 && o->spool != NULL &&
	    spool_put_before(o->spool, head, &written) != 0)
		fail(o, "cannot write to the spool: ", strerror(errno));
	o->sender->counts.spooled += written;
	lose(o, reason, records - written);
	for (uint64_t n = o->first; n < o->end; n++) {
		struct place *place = place_at(o, n);

		count_left_in_file(o, place);
		free(place->message);
		*place = (struct place){ .state = STATE_DONE };
	}
	o->first = o->unsent = o->end;
	o->again = o->octets = 0;
}

void
outstanding_leave_message(
    struct outstanding *o, struct queued_message *message, enum loss reason)
{
	message->preamble = o->preamble;
	if (o->spool != NULL && store_on_disk(o, message, false))
		return;
	lose(o, reason, message->records);
	free(message);
}

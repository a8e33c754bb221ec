/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How exchanges open, and what makes room for them ("evicted").
 *
 * A segment comes here when nothing live has its key.  It opens an exchange,
 * which `meter` may leave out: then it is only remembered.  Or it waits, if it
 * is a SYN-ACK; or it is unmatched.
 */
#include <config.h>

#include "count.h"
#include "details.h"
#include "macs.h"
#include "measure.h"
#include "naming.h"
#include "table.h"

/* --- eviction */

/*
 * Of those that are neither lingering nor unanswered: the next to expire, to
 * a tick of the wheel.  Each one that turns out to have moved on is put
 * where it belongs now.
 */
static uint32_t
nearest_to_expiry(struct meter *meter)
{
	struct pool *pool = &meter->pool;
	uint32_t number;

	while ((number = wheel_first(&meter->wheel)) != LIVE_NONE) {
		unsigned slot = pool_cold(pool, number)->wheel_slot;

		wheel_remove(&meter->wheel, pool, number);
		wheel_add(
		    &meter->wheel, pool, number, table_deadline(meter, number));
		if (pool_cold(pool, number)->wheel_slot == slot)
			break;
	}
	return number;
}

/* Evict a live exchange, or one that is remembered. */
static void
evict_live(struct meter *meter)
{
	uint32_t number = LIVE_NONE;
	const struct live *live;

	for (int i = 0; i < QUEUE_COUNT && number == LIVE_NONE; i++)
		number = meter->queues[i].head;
	if (number == LIVE_NONE)
		number = nearest_to_expiry(meter);
	if (number == LIVE_NONE || table_settle(meter, number, true))
		return;
	live = pool_live(&meter->pool, number);
	table_end(meter, number,
	    live->state & LIVE_CLOSING ? table_closing_end(live) : END_EVICTED);
}

/* Evict what can only be resumed, before anything that lives. */
static void
evict(struct meter *meter)
{
	if (meter->resumables.count > 0)
		table_forget(meter, meter->resumables.oldest);
	else
		evict_live(meter);
}

static uint32_t
take_place(struct meter *meter)
{
	uint32_t number;

	while (table_count(meter) >= meter->max_exchanges &&
	       table_expiry_pending(meter))
		table_expire(meter, EXPIRE_PER_PACKET);
	while (table_count(meter) >= meter->max_exchanges)
		evict(meter);
	number = pool_take(&meter->pool);
	if (number == LIVE_NONE) { /* no memory for another chunk */
		evict_live(meter);
		number = pool_take(&meter->pool);
	}
	return number;
}

/* Where a search ended that nobody has made. */
static const struct index_end nowhere = { .place = SIZE_MAX };

/* Where the index is full and cannot grow, evict one for the new entry. */
static int
index_put(struct meter *meter, uint64_t hash, uint32_t value,
    const struct index_end *end)
{
	if (index_insert_at(&meter->index, hash, value, end) == 0)
		return 0;
	evict(meter);
	return index_insert(&meter->index, hash, value);
}

/* --- one exchange */

/* Whole records are written, so that what was there need not be fetched. */
static void
begin(struct meter *meter, uint32_t number, const struct segment *segment,
    const struct opening *opening)
{
	bool tcp = segment->key.protocol == PROTOCOL_TCP;

	*pool_live(&meter->pool, number) = (struct live){
		.key = segment->key,
		.tunnel = segment->tunnel,
		.vlan = segment->vlan,
		.customer_vlan = segment->customer_vlan,
		.last = segment->now,
		.initial_sequence = opening->initial_sequence,
		.state = LIVE_IN_USE | opening->state,
		.class = (tcp ? CLASS_TCP_OPENING : CLASS_DATAGRAM) & 7,
		.client = opening->client & 1,
		.reason_or_cut = opening->reason & 63,
	};
	*pool_cold(&meter->pool, number) = (struct live_cold){
		.flow_id = segment->number & ((UINT64_C(1) << 53) - 1),
		.part_start = segment->now,
		.interface = segment->interface,
	};
	if (__builtin_expect(pool_has_macs(&meter->pool), 0))
		macs_begin(meter, number, segment, opening->client);
}

/* The exchange, and the packet that opened it. */
static void
account_opening(struct meter *meter, const struct live *live)
{
	if (live->state & LIVE_LEFT_OUT) {
		meter->ledger.unmatched[live->reason_or_cut]++;
		meter->remembered++;
		return;
	}
	meter->ledger.packets_in_exchanges++;
	meter->ledger.exchanges_opened++;
	meter->ledger.exchanges_live++;
	meter->ledger.exchanges_resumed += (live->state & LIVE_RESUMED) != 0;
}

/* Into the index, the wheel and its queue, with its first segment counted. */
static int
enter(struct meter *meter, uint32_t number, const struct segment *segment,
    const struct index_end *end)
{
	struct live *live = pool_live(&meter->pool, number);
	int queue;

	if (index_put(meter, segment->hash,
	        table_live_value(number, live->client), end) == -1)
		return -1;
	queue = table_queue_of(live);
	if (queue != QUEUE_COUNT)
		table_queue_append(meter, queue, number);
	if (meter->options.active_timeout.ns != 0)
		table_note_cut(meter, number);
	wheel_add(
	    &meter->wheel, &meter->pool, number, table_deadline(meter, number));
	return 0;
}

/*
 * Open an exchange and count its first segment, which is no RST.  False: no
 * memory; then there is no exchange.
 */
static bool
open_exchange(struct meter *meter, const struct segment *segment,
    const struct opening *opening, const struct index_end *end)
{
	uint32_t number = take_place(meter);
	struct live *live;
	int side;

	if (number == LIVE_NONE)
		goto unmatched;
	begin(meter, number, segment, opening);
	live = pool_live(&meter->pool, number);
	side = table_side(segment, live->client);
	if (count_first(&meter->pool, number, side, segment) != COUNTED)
		goto give_back;
	if (measure_on(meter))
		measure_open(meter, number, side, segment);
	if (naming_on(meter))
		naming_open(meter, number, segment);
	(void)rules_advance(live, side, segment, true);
	if (enter(meter, number, segment, end) == -1)
		goto give_back;
	account_opening(meter, live);
	return true;
give_back:
	if (measure_on(meter))
		measure_end(meter, number);
	if (naming_on(meter))
		naming_end(meter, number);
	pool_give(&meter->pool, number);
unmatched:
	meter->ledger.unmatched[UNMATCHED_NO_MEMORY]++;
	return false;
}

/* --- SYN-ACKs that wait */

static void
stop_waiting(
    struct meter *meter, const struct segment *key, struct segment *syn_ack)
{
	const struct segment *found = waiting_find(&meter->waiting, key);

	*syn_ack = *found;
	if (details_kept(meter))
		meter->early_detail = *waiting_detail(&meter->waiting, found);
	waiting_remove(&meter->waiting, syn_ack);
	meter->ledger.undecided--;
}

static void
leave_unmatched(struct meter *meter, const struct segment *segment)
{
	meter->ledger.unmatched[rules_tcp_reason(&meter->options, segment)]++;
}

/*
 * What the index has for a key that is not live; NULL: none.  What is too old
 * is forgotten: then value is LIVE_NONE, too.
 */
static const struct resumable *
resumable_of(struct meter *meter, uint32_t *value)
{
	uint32_t number = *value >> INDEX_VALUE_SHIFT;
	const struct resumable *one;

	if (*value == LIVE_NONE)
		return NULL;
	one = resumable_at(&meter->resumables, number);
	if (resumable_age(one, meter->now) <
	    (uint64_t)meter->options.tcp_resume.ns)
		return one;
	table_forget(meter, number);
	*value = LIVE_NONE;
	return NULL;
}

/* What was resumable is no more; its names are those of what resumes it. */
static void
forget_before(
    struct meter *meter, uint32_t value, const struct opening *opening)
{
	uint32_t number = value >> INDEX_VALUE_SHIFT;

	if (naming_on(meter) && opening->state & LIVE_RESUMED)
		naming_resume(meter, number);
	table_forget(meter, number);
}

/* A SYN-ACK opens, with `midstream` or as the one before resumed. */
static void
open_by_syn_ack(
    struct meter *meter, const struct segment *syn_ack, uint32_t value)
{
	const struct resumable *before = resumable_of(meter, &value);
	struct opening opening;
	enum unmatched reason;

	if (!rules_opens(&meter->options, syn_ack, &opening, &reason)) {
		if (before == NULL) {
			leave_unmatched(meter, syn_ack);
			return;
		}
		rules_resume(&meter->options, syn_ack, before->client,
		    before->guessed, &opening);
	}
	if (before != NULL)
		forget_before(meter, value, &opening);
	(void)open_exchange(meter, syn_ack, &opening, &nowhere);
}

/* The second of a SYN-ACK is over, and its SYN has not come. */
static void
decide_alone(struct meter *meter, const struct segment *syn_ack)
{
	uint32_t value = table_find(meter, syn_ack);

	if (!rules_take_midstream(&meter->options)) {
		leave_unmatched(meter, syn_ack);
		return;
	}
	if (table_is_live(value) &&
	    table_settle(meter, value >> INDEX_VALUE_SHIFT, true))
		value = table_find(meter, syn_ack);
	if (table_is_live(value)) {
		uint32_t number = value >> INDEX_VALUE_SHIFT;
		const struct live *live = pool_live(&meter->pool, number);

		if (!(live->state & LIVE_CLOSING)) {
			leave_unmatched(meter, syn_ack);
			return;
		}
		table_end(meter, number, table_closing_end(live));
		value = LIVE_NONE;
	}
	open_by_syn_ack(meter, syn_ack, value);
}

static void
decide_oldest(struct meter *meter)
{
	struct segment syn_ack;

	stop_waiting(meter, waiting_oldest(&meter->waiting), &syn_ack);
	decide_alone(meter, &syn_ack);
}

void
table_decide_waiting(struct meter *meter, bool all)
{
	while (meter->waiting.count > 0 &&
	       (all || meter->waiting.due.ns <= meter->now.ns))
		decide_oldest(meter);
}

void
table_wait(struct meter *meter, const struct segment *syn_ack)
{
	const struct segment *place;

	if (waiting_find(&meter->waiting, syn_ack) != NULL) {
		leave_unmatched(meter, syn_ack);
		return;
	}
	if (waiting_full(&meter->waiting))
		decide_oldest(meter);
	place = waiting_put(&meter->waiting, syn_ack);
	if (details_kept(meter))
		*waiting_detail(&meter->waiting, place) =
		    *details_of(meter, syn_ack);
	meter->ledger.undecided++;
}

bool
table_open_waiting(
    struct meter *meter, const struct segment *segment, uint32_t number)
{
	const struct segment *early = waiting_find(&meter->waiting, segment);
	struct segment syn_ack;

	if (early == NULL || rules_answers(early, segment) ||
	    !rules_take_midstream(&meter->options))
		return false;
	table_end(
	    meter, number, table_closing_end(pool_live(&meter->pool, number)));
	stop_waiting(meter, segment, &syn_ack);
	open_by_syn_ack(meter, &syn_ack, LIVE_NONE);
	return true;
}

/* --- a segment without a live exchange */

static bool
opens(struct meter *meter, const struct segment *segment,
    const struct resumable *before, struct opening *opening)
{
	enum unmatched reason;

	if (before != NULL && rules_resumes(&meter->options, segment,
	                          before->client, before->guessed, opening))
		return true;
	if (rules_opens(&meter->options, segment, opening, &reason))
		return true;
	meter->ledger.unmatched[reason]++;
	return false;
}

/* The SYN has come: the SYN-ACK is the server's first packet. */
static void
count_waiting(struct meter *meter, const struct segment *syn)
{
	uint32_t value = table_find(meter, syn);
	struct segment syn_ack;

	stop_waiting(meter, syn, &syn_ack);
	if (!table_is_live(value)) { /* no memory for the SYN, either */
		meter->ledger.unmatched[UNMATCHED_NO_MEMORY]++;
		return;
	}
	syn_ack.now = syn->now;
	table_add(meter, value >> INDEX_VALUE_SHIFT, &syn_ack);
}

static bool
is_syn_ack(const struct segment *segment)
{
	return segment->key.protocol == PROTOCOL_TCP &&
	       rules_is_syn_ack(segment);
}

/* Its key is resumable, or a SYN-ACK waits that may have its key. */
static bool
open_known(struct meter *meter, const struct segment *segment, uint32_t value)
{
	const struct resumable *before = resumable_of(meter, &value);
	const struct segment *early =
	    meter->waiting.count > 0 ? waiting_find(&meter->waiting, segment)
	                             : NULL;
	bool answered = early != NULL && rules_answers(early, segment);
	struct opening opening;

	if (early != NULL && !answered &&
	    (before != NULL || rules_take_midstream(&meter->options))) {
		struct segment syn_ack;

		stop_waiting(meter, segment, &syn_ack);
		open_by_syn_ack(meter, &syn_ack, value);
		return false;
	}
	if (is_syn_ack(segment)) {
		table_wait(meter, segment);
		return true;
	}
	if (!opens(meter, segment, before, &opening))
		return true;
	if (before != NULL)
		forget_before(meter, value, &opening);
	if (open_exchange(meter, segment, &opening, &nowhere) && answered)
		count_waiting(meter, segment);
	return true;
}

bool
table_open(struct meter *meter, const struct segment *segment, uint32_t value,
    const struct index_end *end)
{
	struct opening opening;

	if (value != LIVE_NONE || meter->waiting.count > 0)
		return open_known(meter, segment, value);
	if (is_syn_ack(segment))
		table_wait(meter, segment);
	else if (opens(meter, segment, NULL, &opening))
		(void)open_exchange(meter, segment, &opening, end);
	return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "measure.h"

#include "count.h"
#include "details.h"

/* --- states */

static struct quality_head *
head_of(const struct meter *meter, uint32_t number)
{
	return quality_pool_head(&meter->quality, number);
}

/* Does the exchange begin at its first segment? */
static bool
is_whole(const struct live *live)
{
	return live->state & LIVE_NUMBERED &&
	       !(live->state & (LIVE_NUMBERED_BY_ACK | LIVE_RESUMED));
}

/* A state for the exchange, without a segment yet.  False: no memory. */
static bool
begin(struct meter *meter, uint32_t number, struct quality_head *head,
    timestamp time)
{
	const struct live *live = pool_live(&meter->pool, number);
	bool tcp = live_is_tcp(live);

	if (!quality_pool_take(&meter->quality, head,
	        tcp ? QUALITY_STREAM : QUALITY_DATAGRAMS)) {
		head->kind = QUALITY_NONE;
		meter->ledger.quality_lost++;
		return false;
	}
	if (tcp)
		quality_stream_begin(quality_pool_stream(&meter->quality, head),
		    time, is_whole(live));
	else
		quality_datagrams_begin(
		    quality_pool_datagrams(&meter->quality, head));
	return true;
}

/* detail: of TCP. */
static inline void
feed(struct meter *meter, const struct quality_head *head, int side,
    const struct segment *segment, const struct segment_detail *detail)
{
	if (head->kind == QUALITY_STREAM)
		quality_stream_segment(
		    quality_pool_stream(&meter->quality, head),
		    &meter->quality.marks, head->number, side, segment, detail);
	else
		quality_datagrams_segment(
		    quality_pool_datagrams(&meter->quality, head), side,
		    segment);
}

/* There is memory for the SYN. */
static inline void
keep_opening(struct meter *meter, uint32_t number, struct quality_head *head,
    const struct segment *segment)
{
	quality_head_open(head, segment->ttl);
	if (segment->key.protocol == PROTOCOL_TCP)
		quality_opening_keep(
		    quality_pool_give_syn(&meter->quality, number),
		    details_of(meter, segment));
}

/* In a place whose memory is not there yet, or what is no run of a packet. */
static __attribute__((noinline)) void
open_slowly(struct meter *meter, uint32_t number, int side,
    const struct segment *segment)
{
	const struct live *live = pool_live(&meter->pool, number);
	struct quality_head *head =
	    quality_pool_make_head(&meter->quality, number);

	if (head == NULL) {
		meter->ledger.quality_lost++;
		return;
	}
	*head = (struct quality_head){ .kind = QUALITY_NONE };
	if (live->state & LIVE_LEFT_OUT)
		return;
	if (!(live->state & LIVE_RUN)) {
		if (begin(meter, number, head, segment->time))
			feed(meter, head, side, segment,
			    details_of(meter, segment));
	} else if (live_is_tcp(live) &&
	           slab_chunk(&meter->quality.syns, number) == NULL) {
		meter->ledger.quality_lost++;
	} else {
		keep_opening(meter, number, head, segment);
	}
}

/* Most exchanges of a flood and of a name server open so, and are no more. */
void
measure_open(struct meter *meter, uint32_t number, int side,
    const struct segment *segment)
{
	struct quality_pool *pool = &meter->quality;
	const struct live *live = pool_live(&meter->pool, number);
	struct quality_head *head = quality_pool_head(pool, number);
	bool run = (live->state & (LIVE_RUN | LIVE_LEFT_OUT)) == LIVE_RUN;
	bool tcp = segment->key.protocol == PROTOCOL_TCP;

	if (__builtin_expect(number >= pool->ready || head == NULL || !run ||
	                         (tcp && !quality_pool_has_syn(pool, number)),
	        0))
		open_slowly(meter, number, side, segment);
	else
		keep_opening(meter, number, head, segment);
}

/* --- an opening that goes on */

/* A copy of the SYN, or its first one.  False: it needs a state. */
static bool
keep_copy(struct meter *meter, uint32_t number, struct quality_head *head,
    const struct segment *segment)
{
	const struct quality_opening *opening =
	    quality_pool_syn(&meter->quality, number);
	const struct segment_detail *detail = details_of(meter, segment);
	struct quality_copies first;
	struct segment syn;

	count_run_segment(&meter->pool, number, &syn);
	if (head->kind == QUALITY_SYN_COPIES)
		return quality_copies_keep(
		    quality_pool_copies(&meter->quality, head), opening, &syn,
		    segment, detail);
	quality_copies_begin(&first, quality_head_ttl(head));
	if (!quality_copies_keep(&first, opening, &syn, segment, detail) ||
	    !quality_pool_take(&meter->quality, head, QUALITY_SYN_COPIES))
		return false;
	*quality_pool_copies(&meter->quality, head) = first;
	return true;
}

bool
measure_keep_opening(struct meter *meter, uint32_t number,
    struct quality_head *head, int side, const struct segment *segment,
    bool in_run)
{
	if (in_run && side == SERVER) {
		quality_head_answer(head, segment->ttl);
		return true;
	}
	if (in_run && segment->key.protocol == PROTOCOL_TCP &&
	    keep_copy(meter, number, head, segment))
		return true;
	measure_unfold(meter, number);
	return false;
}

/* What was kept goes into a stream. */
static __attribute__((noinline)) void
unfold_copies(struct meter *meter, uint32_t number, struct quality_head *head)
{
	struct quality_pool *pool = &meter->quality;
	struct quality_copies copies = *quality_pool_copies(pool, head);
	struct segment segment;

	quality_pool_give(pool, head);
	count_run_segment(&meter->pool, number, &segment);
	if (!begin(meter, number, head, segment.time))
		return;
	quality_copies_replay(&copies, quality_pool_syn(pool, number), &segment,
	    quality_pool_stream(pool, head), &pool->marks, head->number);
}

static __attribute__((noinline)) void
unfold_opening(struct meter *meter, uint32_t number, struct quality_head *head)
{
	const struct quality_head opening = *head;
	struct segment_detail detail;
	struct segment segment;

	count_run_segment(&meter->pool, number, &segment);
	segment.ttl = quality_head_ttl(&opening);
	if (!begin(meter, number, head, segment.time))
		return;
	if (head->kind == QUALITY_STREAM)
		quality_opening_detail(
		    quality_pool_syn(&meter->quality, number), &detail);
	feed(meter, head, CLIENT, &segment, &detail);
	if (!quality_head_answered(&opening))
		return;
	count_run_answer(&meter->pool, number, &segment);
	segment.ttl = quality_head_answer_ttl(&opening);
	feed(meter, head, SERVER, &segment, NULL);
}

/* Of an exchange that is unfolded already nothing is left to do. */
void
measure_unfold(struct meter *meter, uint32_t number)
{
	struct quality_head *head = head_of(meter, number);

	if (head == NULL)
		return;
	if (head->kind == QUALITY_OPENING)
		unfold_opening(meter, number, head);
	else if (head->kind == QUALITY_SYN_COPIES)
		unfold_copies(meter, number, head);
}

bool
measure_carry_over(
    struct meter *meter, uint32_t number, const struct quality_head *head)
{
	struct exchange_quality *to = pool_wide_quality(&meter->pool, number);
	struct exchange_quality figures;

	if (to == NULL)
		return false;
	pool_live(&meter->pool, number)->wide = 1;
	if (head->kind == QUALITY_STREAM)
		quality_stream_carry(
		    quality_pool_stream(&meter->quality, head), &figures);
	else
		quality_datagrams_carry(
		    quality_pool_datagrams(&meter->quality, head), &figures);
	quality_figures_add(to, &figures);
	return true;
}

bool
measure_other(struct meter *meter, uint32_t number, int side,
    const struct segment *segment)
{
	struct quality_head *head = head_of(meter, number);
	struct quality_datagrams *datagrams;

	if (head == NULL || head->kind != QUALITY_DATAGRAMS)
		return true;
	datagrams = quality_pool_datagrams(&meter->quality, head);
	quality_datagrams_segment(datagrams, side, segment);
	return __builtin_expect(!quality_datagrams_full(datagrams), 1) ||
	       measure_carry_over(meter, number, head);
}

void
measure_part(struct meter *meter, uint32_t number)
{
	struct quality_head *head = head_of(meter, number);

	if (head == NULL)
		return;
	if (head->kind == QUALITY_STREAM)
		quality_stream_part(quality_pool_stream(&meter->quality, head));
	else if (head->kind == QUALITY_DATAGRAMS)
		quality_datagrams_part(
		    quality_pool_datagrams(&meter->quality, head));
}

void
measure_clock_step(struct meter *meter, uint32_t number)
{
	struct quality_head *head = head_of(meter, number);

	if (head == NULL)
		return;
	if (head->kind == QUALITY_STREAM)
		quality_stream_clock_step(
		    quality_pool_stream(&meter->quality, head));
	else if (head->kind == QUALITY_DATAGRAMS)
		quality_datagrams_clock_step(
		    quality_pool_datagrams(&meter->quality, head));
}

void
measure_end(struct meter *meter, uint32_t number)
{
	struct quality_head *head = head_of(meter, number);

	if (head != NULL)
		quality_pool_give(&meter->quality, head);
}

/* --- figures */

/* What was carried over of a part that had full counters. */
static __attribute__((noinline)) void
add_carried(
    struct meter *meter, uint32_t number, struct exchange_quality *figures)
{
	const struct wide *wide = pool_wide(&meter->pool, number);
	struct exchange_quality sum;

	if (wide == NULL || wide->quality == NULL)
		return;
	sum = *wide->quality;
	quality_figures_add(&sum, figures);
	*figures = sum;
}

static void
read_copies(const struct meter *meter, uint32_t number,
    const struct quality_head *head, struct exchange_quality *figures)
{
	struct segment segment;

	count_run_segment(&meter->pool, number, &segment);
	quality_copies_read(quality_pool_copies(&meter->quality, head),
	    quality_pool_syn(&meter->quality, number), &segment,
	    is_whole(pool_live(&meter->pool, number)), figures);
}

static __attribute__((noinline)) bool
read_state(struct meter *meter, uint32_t number,
    const struct quality_head *head, struct exchange *exchange)
{
	exchange->brief.kind = BRIEF_NONE;
	if (head == NULL || head->kind == QUALITY_NONE)
		return false;
	if (head->kind == QUALITY_STREAM)
		quality_stream_read(quality_pool_stream(&meter->quality, head),
		    exchange->quality);
	else if (head->kind == QUALITY_SYN_COPIES)
		read_copies(meter, number, head, exchange->quality);
	else
		quality_datagrams_read(
		    quality_pool_datagrams(&meter->quality, head),
		    exchange->quality);
	if (__builtin_expect(pool_live(&meter->pool, number)->wide, 0))
		add_carried(meter, number, exchange->quality);
	return true;
}

bool
measure_read_brief(
    struct meter *meter, uint32_t number, struct exchange *exchange)
{
	const struct quality_head *head = head_of(meter, number);
	struct quality_brief *brief = &exchange->brief;

	if (__builtin_expect(head == NULL || head->kind != QUALITY_OPENING, 0))
		return read_state(meter, number, head, exchange);
	brief->ttl[CLIENT] = quality_head_ttl(head);
	brief->ttl[SERVER] = quality_head_answer_ttl(head);
	brief->kind = BRIEF_DATAGRAMS;
	if (exchange->protocol != PROTOCOL_TCP)
		return true;
	brief->kind = BRIEF_SYN;
	brief->syn = quality_pool_syn(&meter->quality, number)->syn;
	/* A payload (RFC 7413) and no window have no place in a brief record. */
	if (__builtin_expect(exchange->side[CLIENT].payload_octets > 0 ||
	                         quality_syn_closed(&brief->syn),
	        0))
		exchange_expand(exchange);
	return true;
}

bool
measure_read(struct meter *meter, uint32_t number, struct exchange *exchange)
{
	if (!measure_read_brief(meter, number, exchange))
		return false;
	exchange_expand(exchange);
	return true;
}

/* Of both sides, all classes at once. */
static inline void
add_segments(
    uint64_t *restrict sum, const uint64_t *client, const uint64_t *server)
{
#pragma GCC unroll 16
	for (int class = 0; class < LOSS_CLASS_COUNT; class ++)
		sum[class] += client[class] + server[class];
}

void
measure_account_state(
    struct meter *meter, uint32_t number, const struct exchange *exchange)
{
	const struct quality_side *side = exchange->quality->side;
	const struct quality_head *head = head_of(meter, number);
	struct ledger *ledger = &meter->ledger;

	if (head == NULL)
		return;
	if (head->kind == QUALITY_STREAM)
		ledger->sequenced +=
		    quality_pool_stream(&meter->quality, head)->sequenced;
	else if (head->kind == QUALITY_SYN_COPIES)
		ledger->sequenced += quality_copies_sequenced(
		    quality_pool_copies(&meter->quality, head));
	else if (head->kind == QUALITY_OPENING)
		ledger->sequenced += exchange->protocol == PROTOCOL_TCP;
	add_segments(
	    ledger->segments, side[CLIENT].segments, side[SERVER].segments);
}

/* --- on and off */

void
measure_configure(struct meter *meter)
{
	bool ready = quality_pool_ready(&meter->quality);

	if (meter->options.quality && !ready)
		meter->options.quality =
		    waiting_want_details(&meter->waiting) == 0 &&
		    quality_pool_init(&meter->quality, meter->max_exchanges,
		        meter->options.hash->secret[0],
		        &meter->ledger.samples_evicted, meter->populate) == 0;
	else if (!meter->options.quality && ready)
		quality_pool_clear(&meter->quality);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "measure.h"

#include "exflow/quality/brief.h"

#include "count.h"
#include "details.h"

/* --- states */

static struct quality_head *
head_of(const struct meter *meter, uint32_t number)
{
	return quality_pool_head(&meter->quality, number);
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
		    time,
		    live->state & LIVE_NUMBERED &&
		        !(live->state & (LIVE_NUMBERED_BY_ACK | LIVE_RESUMED)));
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

void
measure_open(struct meter *meter, uint32_t number, int side,
    const struct segment *segment)
{
	const struct live *live = pool_live(&meter->pool, number);
	struct quality_head *head =
	    quality_pool_make_head(&meter->quality, number);

	if (head == NULL) {
		meter->ledger.quality_lost++;
		return;
	}
	/* Not a bit of it: reading would map a page of zeros before its own. */
	*head = (struct quality_head){ .kind = QUALITY_NONE };
	if (live->state & LIVE_LEFT_OUT)
		return;
	if (live->state & LIVE_RUN) {
		head->kind = QUALITY_OPENING;
		if (live_is_tcp(live))
			quality_opening_keep(&head->opening, segment,
			    details_of(meter, segment));
		else
			quality_opening_keep_datagram(&head->opening, segment);
	} else if (begin(meter, number, head, segment->time)) {
		feed(meter, head, side, segment, details_of(meter, segment));
	}
}

void
measure_unfold(struct meter *meter, uint32_t number)
{
	struct quality_head *head = head_of(meter, number);
	struct segment_detail detail;
	struct segment segment;

	if (head == NULL || head->kind != QUALITY_OPENING)
		return;
	quality_opening_detail(&head->opening, &detail);
	count_run_segment(&meter->pool, number, &segment);
	segment.ttl = head->opening.ttl;
	if (!begin(meter, number, head, segment.time))
		return;
	feed(meter, head, CLIENT, &segment, &detail);
	if (!head->opening.answered)
		return;
	count_run_answer(&meter->pool, number, &segment);
	segment.ttl = head->opening.answer_ttl;
	feed(meter, head, SERVER, &segment, NULL);
}

/* Counters are full: they go into the wide ones.  False: no memory for these. */
static __attribute__((noinline)) bool
carry_over(
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

static inline bool
add_datagram(struct meter *meter, uint32_t number,
    const struct quality_head *head, int side, const struct segment *segment)
{
	struct quality_datagrams *datagrams =
	    quality_pool_datagrams(&meter->quality, head);

	quality_datagrams_segment(datagrams, side, segment);
	return __builtin_expect(!quality_datagrams_full(datagrams), 1) ||
	       carry_over(meter, number, head);
}

bool
measure_segment(struct meter *meter, uint32_t number, int side,
    const struct segment *segment)
{
	struct quality_head *head = head_of(meter, number);
	struct quality_stream *stream;

	if (head == NULL || head->kind == QUALITY_NONE)
		return true;
	if (head->kind == QUALITY_DATAGRAMS)
		return add_datagram(meter, number, head, side, segment);
	if (head->kind == QUALITY_OPENING) {
		quality_opening_answer(&head->opening, segment);
		return true;
	}
	stream = quality_pool_stream(&meter->quality, head);
	quality_stream_segment(stream, &meter->quality.marks, head->number,
	    side, segment, details_of(meter, segment));
	return __builtin_expect(!quality_stream_full(stream, side), 1) ||
	       carry_over(meter, number, head);
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

/* One packet of a side, or none: its counts are the packet. */
static inline struct quality_packet
packet_of(const struct exchange_side *side, uint8_t ttl)
{
	return (struct quality_packet){ .ip_octets = (uint16_t)side->ip_octets,
		.payload = (uint16_t)side->payload_octets,
		.tos = side->tos,
		.ttl = ttl };
}

static inline void
read_opening(const struct quality_opening *opening,
    const struct exchange *exchange, struct exchange_quality *figures)
{
	const struct exchange_side *client = &exchange->side[CLIENT];
	const struct exchange_side *server = &exchange->side[SERVER];

	quality_opening_read(opening, exchange->protocol == PROTOCOL_TCP,
	    packet_of(client, opening->ttl), figures);
	if (opening->answered)
		quality_opening_read_answer(
		    packet_of(server, opening->answer_ttl), client->first,
		    server->first, figures);
	if (__builtin_expect(
	        figures->brief.kind == BRIEF_SYN && client->payload_octets > 0,
	        0))
		quality_opening_read_payload(
		    (uint32_t)client->payload_octets, client->first, figures);
}

static inline bool
read_state(struct meter *meter, uint32_t number,
    const struct exchange *exchange, struct exchange_quality *figures)
{
	const struct quality_head *head = head_of(meter, number);

	switch (head == NULL ? QUALITY_NONE : (enum quality_kind)head->kind) {
	case QUALITY_OPENING:
		read_opening(&head->opening, exchange, figures);
		return true;
	case QUALITY_STREAM:
		quality_stream_read(
		    quality_pool_stream(&meter->quality, head), figures);
		return true;
	case QUALITY_DATAGRAMS:
		quality_datagrams_read(
		    quality_pool_datagrams(&meter->quality, head), figures);
		return true;
	default:
		return false;
	}
}

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

bool
measure_read_brief(struct meter *meter, uint32_t number,
    const struct exchange *exchange, struct exchange_quality *figures)
{
	if (!read_state(meter, number, exchange, figures))
		return false;
	if (__builtin_expect(pool_live(&meter->pool, number)->wide, 0))
		add_carried(meter, number, figures);
	return true;
}

bool
measure_read(struct meter *meter, uint32_t number,
    const struct exchange *exchange, struct exchange_quality *figures)
{
	if (!measure_read_brief(meter, number, exchange, figures))
		return false;
	quality_figures_expand(figures);
	return true;
}

/* Segments that have a class are counted apart from their classes, too. */
void
measure_account(struct meter *meter, uint32_t number,
    const struct exchange_quality *figures)
{
	const struct quality_head *head;
	struct ledger *ledger = &meter->ledger;

	if (figures->brief.kind != BRIEF_NONE) {
		unsigned syn = figures->brief.kind == BRIEF_SYN;

		ledger->sequenced += syn;
		ledger->segments[LOSS_NONE] += syn;
		return;
	}
	head = head_of(meter, number);
	if (head == NULL || head->kind == QUALITY_DATAGRAMS)
		return;
	if (head->kind == QUALITY_OPENING) {
		unsigned syn = live_is_tcp(pool_live(&meter->pool, number));

		ledger->sequenced += syn;
		ledger->segments[LOSS_NONE] += syn;
		return;
	}
	ledger->sequenced +=
	    quality_pool_stream(&meter->quality, head)->sequenced;
	for (int class = 0; class < LOSS_CLASS_COUNT; class ++)
		ledger->segments[class] +=
		    figures->side[CLIENT].segments[class] +
		    figures->side[SERVER].segments[class];
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

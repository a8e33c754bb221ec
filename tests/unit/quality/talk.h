/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCP exchange made by hand, segment by segment.  Sequence numbers are
 * relative: 0 is the SYN, 1 the first octet of data.  Each side acknowledges
 * what it was told to; times are in milliseconds from the start.
 *
 *	talk_open(&talk);                   the handshake, 10 ms each half
 *	SEND(&talk, .ms = 30, .seq = 1, .payload = 100);
 *	SEND(&talk, .ms = 40, .from = SERVER, .ack = 101);
 *	assert_classes(&talk, CLIENT, LOSS_NONE, 2);
 */
#ifndef EXFLOW_TALK_H
#define EXFLOW_TALK_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "exflow/quality/quality.h"

#define CLIENT 0
#define SERVER 1

#define START_NS UINT64_C(1700000000000000000)

/* A segment that is sent; what is left out is 0. */
struct sent {
	double ms;
	int from;
	uint32_t seq, ack; /* relative; ack 0: as the last one of its side */
	uint32_t payload;
	uint8_t flags; /* besides ACK, which is there without: */
	bool no_ack;
	uint32_t window;      /* 0: as the last one; NO_WINDOW: zero */
	uint16_t id;          /* IPv4; 0: the next one */
	uint32_t value, echo; /* timestamps, where value is not 0 */
	uint32_t sack[8];     /* relative: left, right, …; ends with 0 */
	uint16_t mss;
	uint8_t scale; /* plus 1 */
	bool sack_permitted;
	uint32_t ip_octets; /* 0: payload and 40 */
	uint8_t tos, ttl;
	bool later_fragment;
};

#define NO_WINDOW UINT32_MAX

/* The table of outstanding samples, which all talks share. */
static struct quality_mark_set talk_sets[QUALITY_MARK_SETS];
static void *const talk_chunks[] = { talk_sets };

struct talk {
	struct quality_stream stream;
	struct quality_marks marks;
	uint32_t owner;
	uint64_t evicted;
	struct exchange_quality figures;
	uint32_t isn[2], ack[2], window[2];
	uint16_t id[2];
	bool six;     /* IPv6: no ids */
	bool carried; /* counts were, so that figures do not have all */
};

static inline void
talk_begin(struct talk *talk)
{
	*talk = (struct talk){
		.isn = { 1000, 5000 },
		.window = { 50000, 60000 },
		.id = { 100, 200 },
	};
	memset(talk_sets, 0, sizeof(talk_sets));
	talk->marks = (struct quality_marks){
		.chunks = talk_chunks,
		.secret = UINT64_C(0x9e3779b97f4a7c15),
		.evicted = &talk->evicted,
	};
	quality_stream_begin(&talk->stream, (timestamp){ START_NS }, true);
}

static inline void
talk_detail(
    struct talk *talk, const struct sent *sent, struct segment_detail *detail)
{
	*detail = (struct segment_detail){
		.known = DETAIL_WINDOW | DETAIL_OPTIONS,
		.window = (uint16_t)talk->window[sent->from],
		.timestamp_value = sent->value,
		.timestamp_echo = sent->echo,
		.maximum_segment_size = sent->mss,
		.window_scale = (uint8_t)(sent->scale - 1),
		.ip_id = sent->id != 0 ? sent->id : ++talk->id[sent->from],
	};
	detail->known |=
	    (uint8_t)((talk->six ? 0 : DETAIL_ID) |
	              (sent->value != 0 ? DETAIL_TIMESTAMPS : 0) |
	              (sent->mss != 0 ? DETAIL_MSS : 0) |
	              (sent->scale != 0 ? DETAIL_WINDOW_SCALE : 0) |
	              (sent->sack_permitted ? DETAIL_SACK_PERMITTED : 0));
	for (unsigned i = 0; i < 4 && sent->sack[2 * i + 1] != 0; i++) {
		uint32_t isn = talk->isn[!sent->from];

		detail->sack[i] = (struct sack_block){ isn + sent->sack[2 * i],
			isn + sent->sack[2 * i + 1] };
		detail->sack_blocks++;
	}
}

static inline void
talk_send(struct talk *talk, struct sent sent)
{
	struct segment_detail detail;
	struct segment segment = {
		.time = { START_NS + (uint64_t)(sent.ms * 1e6 + 0.5) },
		.payload_octets = sent.payload,
		.ip_octets =
		    sent.ip_octets != 0 ? sent.ip_octets : sent.payload + 40,
		.sequence = talk->isn[sent.from] + sent.seq,
		.tcp_flags =
		    (uint8_t)(sent.flags | (sent.no_ack ? 0 : TCP_ACK)),
		.tos = sent.tos,
		.ttl = sent.ttl != 0 ? sent.ttl : 64,
		.later_fragment = sent.later_fragment,
	};

	if (sent.ack != 0)
		talk->ack[sent.from] = sent.ack;
	if (!sent.no_ack)
		segment.acknowledgement =
		    talk->isn[!sent.from] + talk->ack[sent.from];
	if (sent.window != 0)
		talk->window[sent.from] =
		    sent.window == NO_WINDOW ? 0 : sent.window;
	talk_detail(talk, &sent, &detail);
	quality_stream_segment(&talk->stream, &talk->marks, talk->owner,
	    sent.from, &segment, &detail);
	quality_stream_read(&talk->stream, &talk->figures);
	if (talk->carried)
		return;
	assert_int_equal(talk->stream.sequenced,
	    quality_segments(&talk->figures.side[CLIENT]) +
	        quality_segments(&talk->figures.side[SERVER]));
}

#define SEND(talk, ...) talk_send(talk, (struct sent){ __VA_ARGS__ })

/* Both halves take 10 ms, so that the timeout is 200 ms. */
static inline void
talk_open(struct talk *talk)
{
	talk_begin(talk);
	SEND(talk, .ms = 0, .flags = TCP_SYN, .no_ack = true);
	SEND(talk, .ms = 10, .from = SERVER, .flags = TCP_SYN, .ack = 1);
	SEND(talk, .ms = 20, .seq = 1, .ack = 1);
}

/* A segment of so many octets at ms, and its acknowledgement 10 ms later. */
static inline void
talk_data(struct talk *talk, double ms, uint32_t seq, uint32_t payload)
{
	SEND(talk, .ms = ms, .seq = seq, .payload = payload);
	SEND(talk, .ms = ms + 10, .from = SERVER, .seq = 1,
	    .ack = seq + payload);
}

static inline uint64_t
talk_count(const struct talk *talk, int side, enum loss_class class)
{
	return talk->figures.side[side].segments[class];
}

#define assert_class(talk, side, class, count)                                 \
	assert_int_equal(talk_count(talk, side, class), count)

#endif

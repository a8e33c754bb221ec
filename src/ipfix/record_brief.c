/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nearly all fields of quality are the same in these exchanges: nothing is
 * known, nothing happened.  So they are copied as a whole, and the few that
 * the packets decide are written over them:
 *
 *	template->unknown  │ ff ff ff ff │ 00 00 … │ ff │ ff ff │ 00 …
 *	                        copied       copied   ▲     ▲     copied
 *	                                              scale MSS
 *
 * Where a field is follows from the table, as the sum of those before it.  Each
 * shape has an enumeration for that, in which a field takes as many numbers as
 * it has octets: none where its conditions do not hold.
 */
#include "record_brief.h"

#include <string.h>

#include "exflow/base/octets.h"
#include "exflow/quality/brief.h"

enum {
	SYN = FIELD_IF_QUALITY | FIELD_IF_TCP | FIELD_IF_CLIENT,
	QUERY = FIELD_IF_QUALITY | FIELD_IF_CLIENT,
	ANSWERED = FIELD_IF_QUALITY | FIELD_IF_CLIENT | FIELD_IF_SERVER
};

/* Those that choose a shape; a profile makes it another one. */
#define CHOOSING                                                               \
	(FIELD_IF_QUALITY | FIELD_IF_TCP | FIELD_IF_CLIENT | FIELD_IF_SERVER | \
	    FIELD_IF_FLOWMON | FIELD_IF_NTOP)

#define WIDTH(shape, condition, octets)                                        \
	((FIELD_IF_##condition & FIELD_IF_QUALITY) != 0 &&                     \
	            (FIELD_IF_##condition & ~(shape)) == 0                     \
	        ? (int)(octets)                                                \
	        : 0)
#define PLACE(shape, name, condition, octets)                                  \
	shape##_##name,                                                        \
	    shape##_END_##name =                                               \
	        (int)shape##_##name + WIDTH(shape, condition, octets) - 1,

#define FIELD(name, pen, id, type, condition, semantics, units, value, text)   \
	PLACE(SYN, name, condition, FIELD_OCTETS_##type)
#define FIELD_ADDRESS(name, pen, id, type, condition, value, text)             \
	PLACE(SYN, name, condition, FIELD_OCTETS_##type)
#define FIELD_BINS(name, pen, id, condition, value, text)                      \
	PLACE(SYN, name, condition, FIELD_OCTETS_COUNTS)
#define FIELD_TEXT(name, pen, id, type, condition, value, text)
enum {
#include "exflow/record/fields.def"
	SYN_OCTETS
};
#define FIELD(name, pen, id, type, condition, semantics, units, value, text)   \
	PLACE(QUERY, name, condition, FIELD_OCTETS_##type)
#define FIELD_ADDRESS(name, pen, id, type, condition, value, text)             \
	PLACE(QUERY, name, condition, FIELD_OCTETS_##type)
#define FIELD_BINS(name, pen, id, condition, value, text)                      \
	PLACE(QUERY, name, condition, FIELD_OCTETS_COUNTS)
#define FIELD_TEXT(name, pen, id, type, condition, value, text)
enum {
#include "exflow/record/fields.def"
	QUERY_OCTETS
};
#define FIELD(name, pen, id, type, condition, semantics, units, value, text)   \
	PLACE(ANSWERED, name, condition, FIELD_OCTETS_##type)
#define FIELD_ADDRESS(name, pen, id, type, condition, value, text)             \
	PLACE(ANSWERED, name, condition, FIELD_OCTETS_##type)
#define FIELD_BINS(name, pen, id, condition, value, text)                      \
	PLACE(ANSWERED, name, condition, FIELD_OCTETS_COUNTS)
#define FIELD_TEXT(name, pen, id, type, condition, value, text)
enum {
#include "exflow/record/fields.def"
	ANSWERED_OCTETS
};
_Static_assert(SYN_OCTETS <= RECORD_UNKNOWN_OCTETS &&
                   QUERY_OCTETS <= RECORD_UNKNOWN_OCTETS &&
                   ANSWERED_OCTETS <= RECORD_UNKNOWN_OCTETS,
    "a template has room for them");

/* Where the fields of one packet are. */
struct places {
	int ttl_minimum, ttl_maximum, payload_minimum, payload_maximum;
	int ect, ce, bins;
};

#define FORWARD(shape)                                                         \
	((struct places){ .ttl_minimum = shape##_minimumTtl,                   \
	    .ttl_maximum = shape##_maximumTtl,                                 \
	    .payload_minimum = shape##_payloadMinimum,                         \
	    .payload_maximum = shape##_payloadMaximum,                         \
	    .ect = shape##_ectPacketDeltaCount,                                \
	    .ce = shape##_cePacketDeltaCount,                                  \
	    .bins = shape##_packetSizeBins })
#define REVERSE(shape)                                                         \
	((struct places){ .ttl_minimum = shape##_reverseMinimumTtl,            \
	    .ttl_maximum = shape##_reverseMaximumTtl,                          \
	    .payload_minimum = shape##_reversePayloadMinimum,                  \
	    .payload_maximum = shape##_reversePayloadMaximum,                  \
	    .ect = shape##_reverseEctPacketDeltaCount,                         \
	    .ce = shape##_reverseCePacketDeltaCount,                           \
	    .bins = shape##_reversePacketSizeBins })

QUALITY_INLINE void
put_packet(uint8_t *out, struct places at, const struct quality_packet *packet)
{
	unsigned ecn = packet->tos & QUALITY_ECN_MASK;

	out[at.ttl_minimum] = out[at.ttl_maximum] = packet->ttl;
	if (packet->payload > 0) {
		uint16_t payload = packet->payload < QUALITY_UNKNOWN_16
		                       ? packet->payload
		                       : QUALITY_UNKNOWN_16 - 1;

		put16(out + at.payload_minimum, payload);
		put16(out + at.payload_maximum, payload);
	}
	if (__builtin_expect(ecn != 0, 0))
		put32(out + (ecn == QUALITY_ECN_CE ? at.ce : at.ect), 1);
	put32(
	    out + at.bins + (size_t)4 * quality_size_bin(packet->ip_octets), 1);
}

/* For collectors that know only these two. */
#define PUT_TTL(shape, out, packet)                                            \
	((out)[shape##_minimumTTL] = (out)[shape##_maximumTTL] = (packet)->ttl)

static inline void
put_syn(uint8_t *out, const struct quality_brief *brief)
{
	if (brief->known & DETAIL_MSS)
		put16(
		    out + SYN_maximumSegmentSize, brief->maximum_segment_size);
	if (brief->known & DETAIL_WINDOW_SCALE)
		out[SYN_windowScale] = brief->window_scale;
	if (brief->known & DETAIL_OPTIONS)
		out[SYN_tcpOptionsSeen] = quality_syn_options(brief->known);
	if (brief->known & DETAIL_WINDOW) {
		put32(out + SYN_windowMinimum, brief->window);
		put32(out + SYN_windowMaximum, brief->window);
	}
	put_packet(out, FORWARD(SYN), &brief->packet[CLIENT]);
	PUT_TTL(SYN, out, &brief->packet[CLIENT]);
}

static inline void
put_query(uint8_t *out, const struct quality_brief *brief)
{
	put_packet(out, FORWARD(QUERY), &brief->packet[CLIENT]);
	PUT_TTL(QUERY, out, &brief->packet[CLIENT]);
}

static inline void
put_answered(uint8_t *out, const struct exchange_quality *figures)
{
	const struct quality_brief *brief = &figures->brief;

	put32(out + ANSWERED_responseTimeMicroseconds, figures->response_time);
	put64(out + ANSWERED_idleTimeMicroseconds, figures->idle_time);
	put_packet(out, FORWARD(ANSWERED), &brief->packet[CLIENT]);
	put_packet(out, REVERSE(ANSWERED), &brief->packet[SERVER]);
	PUT_TTL(ANSWERED, out, &brief->packet[CLIENT]);
}

unsigned
record_brief_octets(unsigned conditions)
{
	switch (conditions & CHOOSING) {
	case SYN:
		return SYN_OCTETS;
	case QUERY:
		return QUERY_OCTETS;
	case ANSWERED:
		return ANSWERED_OCTETS;
	default:
		return 0;
	}
}

void
record_brief_encode(const struct record_template *template,
    const struct exchange_quality *figures, uint8_t *out)
{
	memcpy(out, template->unknown, template->unknown_octets);
	switch (template->unknown_octets) {
	case SYN_OCTETS:
		put_syn(out, &figures->brief);
		break;
	case QUERY_OCTETS:
		put_query(out, &figures->brief);
		break;
	case ANSWERED_OCTETS:
		put_answered(out, figures);
		break;
	}
}

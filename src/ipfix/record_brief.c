/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a field is follows from the table, as the sum of those before it.  Each
 * shape has an enumeration for that, in which a field takes as many numbers as
 * it has octets, and none where its conditions do not hold:
 *
 *	MSS │ scale │ windows │ TTL │ options │ TTL	a SYN
 *	TTL │ payload │ TTL				a query
 */
#include "record_brief.h"

#include <string.h>

#include "exflow/base/octets.h"
#include "exflow/ipfix/encoder.h"
#include "exflow/quality/brief.h"

enum {
	SYN = FIELD_IF_QUALITY | FIELD_IF_TCP | FIELD_IF_CLIENT,
	QUERY = FIELD_IF_QUALITY | FIELD_IF_SIZES | FIELD_IF_CLIENT,
	ANSWERED = QUERY | FIELD_IF_ANSWER | FIELD_IF_SERVER
};

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

static inline void
put_ttl(uint8_t *minimum, uint8_t *maximum, uint8_t ttl)
{
	*minimum = *maximum = ttl;
}

static inline void
put_payload(
    uint8_t *minimum, uint8_t *maximum, const struct exchange_side *side)
{
	uint16_t payload = (uint16_t)side->payload_octets;

	if (payload == 0)
		return;
	if (payload == QUALITY_UNKNOWN_16)
		payload--;
	put16(minimum, payload);
	put16(maximum, payload);
}

static inline void
put_syn(uint8_t *out, const struct quality_brief *brief)
{
	const struct quality_syn *syn = &brief->syn;

	memset(out, QUALITY_UNKNOWN_8, SYN_OCTETS);
	if (syn->known & DETAIL_MSS)
		put16(out + SYN_maximumSegmentSize, syn->maximum_segment_size);
	if (syn->known & DETAIL_WINDOW_SCALE)
		out[SYN_windowScale] = syn->window_scale;
	if (syn->known & DETAIL_OPTIONS)
		out[SYN_tcpOptionsSeen] = quality_syn_options(syn->known);
	if (syn->known & DETAIL_WINDOW) {
		put32(out + SYN_windowMinimum, syn->window);
		put32(out + SYN_windowMaximum, syn->window);
	}
	put_ttl(out + SYN_minimumTtl, out + SYN_maximumTtl, brief->ttl[CLIENT]);
	/* For collectors that know only these two. */
	put_ttl(out + SYN_minimumTTL, out + SYN_maximumTTL, brief->ttl[CLIENT]);
}

static inline void
put_query(uint8_t *out, const struct exchange *exchange)
{
	uint8_t ttl = exchange->brief.ttl[CLIENT];

	memset(out, QUALITY_UNKNOWN_8, QUERY_OCTETS);
	put_ttl(out + QUERY_minimumTtl, out + QUERY_maximumTtl, ttl);
	put_payload(out + QUERY_payloadMinimum, out + QUERY_payloadMaximum,
	    &exchange->side[CLIENT]);
	/* For collectors that know only these two. */
	put_ttl(out + QUERY_minimumTTL, out + QUERY_maximumTTL, ttl);
}

static inline void
put_answered(uint8_t *out, const struct exchange *exchange)
{
	const uint8_t *ttl = exchange->brief.ttl;
	uint64_t took;

	memset(out, QUALITY_UNKNOWN_8, ANSWERED_OCTETS);
	if (exchange_brief_answer(exchange, &took))
		put32(out + ANSWERED_responseTimeMicroseconds,
		    quality_response(took));
	put_ttl(
	    out + ANSWERED_minimumTtl, out + ANSWERED_maximumTtl, ttl[CLIENT]);
	put_payload(out + ANSWERED_payloadMinimum,
	    out + ANSWERED_payloadMaximum, &exchange->side[CLIENT]);
	put_ttl(out + ANSWERED_reverseMinimumTtl,
	    out + ANSWERED_reverseMaximumTtl, ttl[SERVER]);
	put_payload(out + ANSWERED_reversePayloadMinimum,
	    out + ANSWERED_reversePayloadMaximum, &exchange->side[SERVER]);
	/* For collectors that know only these two. */
	put_ttl(
	    out + ANSWERED_minimumTTL, out + ANSWERED_maximumTTL, ttl[CLIENT]);
}

bool
record_brief_occurs(unsigned shape)
{
	enum ipfix_sides sides = shape / IPFIX_BASES;
	bool tcp = shape % IPFIX_BASES % 2 == 0;

	return sides == SIDES_CLIENT || (sides == SIDES_BOTH && !tcp);
}

void
record_brief_encode(const struct exchange *exchange, uint8_t *out)
{
	if (exchange->brief.kind == BRIEF_SYN)
		put_syn(out, &exchange->brief);
	else if (exchange->side[SERVER].packets == 0)
		put_query(out, exchange);
	else
		put_answered(out, exchange);
}

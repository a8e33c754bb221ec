/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The octets of a record, by hand: the fields of record_fields in its order,
 * written out, so that a field costs a load, a swap and a store.  Whoever adds
 * a field there adds it here; a test compares both with libfixbuf's octets for
 * every shape and every option.
 */
#include "exflow/record/derived.h"

#include "exflow/base/octets.h"

#include "internal.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

static ALWAYS_INLINE uint8_t *
put_octets(uint8_t *out, const uint8_t *octets, size_t count)
{
	memcpy(out, octets, count);
	return out + count;
}

/* --- parts of a record */

static ALWAYS_INLINE uint8_t *
put_key(uint8_t *out, const struct exchange *exchange, bool ip4)
{
	size_t octets = ip4 ? 4 : 16;

	out = put_octets(out, exchange->address[CLIENT], octets);
	out = put_octets(out, exchange->address[SERVER], octets);
	out = put16(out, exchange->port[CLIENT]);
	out = put16(out, exchange->port[SERVER]);
	return put8(out, exchange->protocol);
}

static inline uint8_t *
put_times(uint8_t *out, const struct record_derived *derived)
{
	out = put64(out, derived->start_ms);
	out = put64(out, derived->end_ms);
	out = put64(out, derived->first_ntp[CLIENT]);
	out = put64(out, derived->last_ntp[CLIENT]);
	out = put64(out, derived->first_ntp[SERVER]);
	out = put64(out, derived->last_ntp[SERVER]);
	return put32(out, derived->server_delta_ms);
}

static inline uint8_t *
put_counters(uint8_t *out, const struct exchange *exchange)
{
	const struct exchange_side *client = &exchange->side[CLIENT];
	const struct exchange_side *server = &exchange->side[SERVER];

	out = put64(out, client->ip_octets);
	out = put64(out, client->packets);
	out = put64(out, server->ip_octets);
	out = put64(out, server->packets);
	out = put64(out, client->payload_octets);
	out = put64(out, server->payload_octets);
	out = put64(out, client->data_packets);
	return put64(out, server->data_packets);
}

enum { /* the flags' bit numbers */
	FIN,
	SYN,
	RST,
	PSH,
	ACK,
	URG,
	ECE,
	CWR
};

static inline uint8_t *
put_flag(uint8_t *out, const struct exchange *exchange, int bit)
{
	out = put64(out, exchange->side[CLIENT].flag_packets[bit]);
	return put64(out, exchange->side[SERVER].flag_packets[bit]);
}

static inline uint8_t *
put_own_flags(uint8_t *out, const struct exchange *exchange)
{
	out = put_flag(out, exchange, ACK);
	out = put_flag(out, exchange, SYN);
	out = put_flag(out, exchange, RST);
	out = put_flag(out, exchange, FIN);
	out = put_flag(out, exchange, URG);
	return put_flag(out, exchange, PSH);
}

static inline uint8_t *
put_iana_flags(uint8_t *out, const struct exchange *exchange)
{
	out = put_flag(out, exchange, SYN);
	out = put_flag(out, exchange, FIN);
	out = put_flag(out, exchange, RST);
	out = put_flag(out, exchange, PSH);
	out = put_flag(out, exchange, ACK);
	return put_flag(out, exchange, URG);
}

/* A constant shape: what other shapes have is not in its code. */
static ALWAYS_INLINE void
put_record(uint8_t *out, const struct exchange *exchange,
    const struct record_derived *derived, unsigned conditions, bool ip4,
    bool tcp)
{
	out = put_key(out, exchange, ip4);
	out = put_times(out, derived);
	out = put_counters(out, exchange);
	if (tcp && conditions & FIELD_IF_FLAGS_OWN)
		out = put_own_flags(out, exchange);
	if (tcp) {
		out = put_flag(out, exchange, ECE);
		out = put_flag(out, exchange, CWR);
	}
	out = put8(out, exchange->end);
	if (tcp && conditions & FIELD_IF_FLAGS_IANA)
		out = put_iana_flags(out, exchange);
	if (tcp) {
		out = put8(out, derived->flags[SERVER]);
		out = put8(out, derived->flags[CLIENT]);
	}
	out = put8(out, exchange->end_reason);
	out = put8(out, derived->direction);
	out = put64(out, exchange->flow_id);
	if (conditions & FIELD_IF_INTERFACE)
		out = put32(out, exchange->interface);
	if (conditions & FIELD_IF_VLAN)
		put16(out, exchange->vlan);
}

void
body_encode(const struct plan *plan, const struct exchange *restrict exchange,
    uint8_t *restrict out)
{
	const unsigned conditions = plan->conditions;
	struct record_derived derived;

	record_derive(&derived, exchange);
	switch (plan->template_id) {
	case TEMPLATE_TCP4:
		put_record(out, exchange, &derived, conditions, true, true);
		break;
	case TEMPLATE_UDP4:
		put_record(out, exchange, &derived, conditions, true, false);
		break;
	case TEMPLATE_TCP6:
		put_record(out, exchange, &derived, conditions, false, true);
		break;
	default:
		put_record(out, exchange, &derived, conditions, false, false);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values of a record that an exchange does not hold as they are: times in the
 * units of the wire, unions of flags, the direction.  The expressions of
 * fields.def use them, and what else is defined here.
 *
 * All functions are always in line: an encoder needs every value for every
 * record, a getter needs one, and the compiler drops the rest.
 */
#ifndef EXFLOW_RECORD_DERIVED_H
#define EXFLOW_RECORD_DERIVED_H

#include <stdint.h>

#include "exflow/exchange/exchange.h"

#define RECORD_INLINE static inline __attribute__((always_inline))

/* The expression with SIDE for one of CLIENT, SERVER. */
#define ON_SIDE(side, expression)                                              \
	(__extension__({                                                       \
		enum {                                                         \
			SIDE = (side)                                          \
		};                                                             \
		expression;                                                    \
	}))

struct record_derived {
	uint32_t server_delta_ms; /* server's first - start ≤ end - start */
	uint64_t server_delta_us; /* the same in microseconds */
	uint8_t flags[2];         /* union of the flags of CLIENT, SERVER */
	uint8_t later_flags[2];   /* the same without the first packet's */
	uint8_t direction;        /* biflowDirection: enum exchange_direction */
	uint64_t start_ms, end_ms; /* first, last of either side, floored */
	uint64_t start_us, end_us;
	uint64_t first_ntp[2]; /* of CLIENT, SERVER; 0 if it sent nothing */
	uint64_t last_ntp[2];
};

/* From 1900, where NTP starts counting, to 1970. */
#define NTP_UNIX_EPOCH UINT64_C(2208988800)

/* A timestamp as seconds and nanoseconds: one division for all units. */
struct moment {
	uint64_t seconds;
	uint32_t ns;
};

RECORD_INLINE struct moment
moment_of(timestamp time)
{
	uint64_t seconds = (uint64_t)time.ns / NS_PER_SECOND;

	return (struct moment){ seconds,
		(uint32_t)((uint64_t)time.ns - seconds * NS_PER_SECOND) };
}

RECORD_INLINE uint64_t
moment_us(struct moment moment)
{
	return moment.seconds * 1000000 + moment.ns / (uint32_t)NS_PER_US;
}

/*
 * NTP 64-bit time of the microsecond.  Its fraction is cut to 21 bits, which
 * still tell microseconds apart, and rounded up: readers that truncate on the
 * way back then find the very same microsecond.  The division is made a
 * multiplication, in units of 2^-40, that is exact for all of them.
 */
RECORD_INLINE uint64_t
moment_ntp(struct moment moment)
{
	const uint64_t per_us = ((UINT64_C(1) << 61) + 999999) / 1000000;
	const uint64_t round_up = (UINT64_C(1) << 40) - (1 << 20);
	uint64_t us = moment.ns / (uint32_t)NS_PER_US;
	uint64_t fraction = (us * per_us + round_up) >> 40;
	uint32_t seconds = (uint32_t)(moment.seconds + NTP_UNIX_EPOCH);

	return (uint64_t)seconds << 32 | fraction << 11;
}

/* --- figures of quality */

/* A time that is not known is 0, on the wire all ones. */
RECORD_INLINE uint64_t
ntp_or_unknown(timestamp time)
{
	return time.ns == 0 ? UINT64_MAX : moment_ntp(moment_of(time));
}

RECORD_INLINE uint32_t
known_or_0(uint32_t figure)
{
	return figure == QUALITY_UNKNOWN ? 0 : figure;
}

RECORD_INLINE uint32_t
at_most_32(uint64_t count)
{
	return count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

/* The handshake's round-trip time from end to end; 0: not known. */
RECORD_INLINE uint32_t
rtt_of_both(const struct exchange_quality *quality)
{
	uint32_t client = quality->side[CLIENT].handshake_rtt;
	uint32_t server = quality->side[SERVER].handshake_rtt;

	if (client == QUALITY_UNKNOWN || server == QUALITY_UNKNOWN)
		return 0;
	return at_most_32((uint64_t)client + server);
}

/*
 * ntop's latency of this end of the exchange.  In the second record of uniflow
 * the server stands in the client's place.
 */
RECORD_INLINE uint32_t
latency_ms(const struct exchange *exchange, int end)
{
	int side = exchange->turned ? CLIENT + SERVER - end : end;
	uint64_t rtt = known_or_0(exchange->quality->side[side].handshake_rtt);

	return (uint32_t)((rtt + 1000) / 2000);
}

RECORD_INLINE uint32_t
response_ms(const struct exchange_quality *quality)
{
	uint64_t us = known_or_0(quality->response_time);

	return (uint32_t)((us + 500) / 1000);
}

/* --- names */

/*
 * The payload of this end of the exchange.  In the second record of uniflow the
 * server stands in the client's place.
 */
RECORD_INLINE enum names_text
payload_text(const struct exchange *exchange, int end)
{
	return (end == SERVER) != exchange->turned ? NAMES_PAYLOAD_SERVER
	                                           : NAMES_PAYLOAD_CLIENT;
}

RECORD_INLINE uint64_t
lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

RECORD_INLINE uint64_t
greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * The values of a side that sent something.  Widens start and end to hold it;
 * returns
 * the microseconds of its first packet.
 */
RECORD_INLINE uint64_t
derive_side(
    struct record_derived *derived, const struct exchange *exchange, int side)
{
	const struct exchange_side *from = &exchange->side[side];
	struct moment first = moment_of(from->first);
	struct moment last = moment_of(from->last);

	derived->first_ntp[side] = moment_ntp(first);
	derived->last_ntp[side] = moment_ntp(last);
	if (exchange->protocol == PROTOCOL_TCP) {
		derived->flags[side] = exchange_flags(exchange, side);
		derived->later_flags[side] =
		    exchange_later_flags(exchange, side);
	}
	derived->start_us = lesser(derived->start_us, moment_us(first));
	derived->end_us = greater(derived->end_us, moment_us(last));
	return moment_us(first);
}

/*
 * All values of an exchange in which these sides, at least one of them, sent
 * something.  Both are constants where speed counts.
 */
RECORD_INLINE void
record_derive_sides(struct record_derived *derived,
    const struct exchange *exchange, bool client, bool server)
{
	uint64_t first_us = 0, most, delta_ms;

	*derived = (struct record_derived){ .start_us = UINT64_MAX,
		.direction = exchange->direction };
	if (client)
		derive_side(derived, exchange, CLIENT);
	if (server)
		first_us = derive_side(derived, exchange, SERVER);
	derived->start_ms = derived->start_us / 1000;
	derived->end_ms = derived->end_us / 1000;
	if (!server)
		return;
	/*
	 * Readers add the delta to the start, and some subtract it from the
	 * duration.  So it must lie within the exchange, even if the clock of
	 * the capture was set back.
	 */
	most = derived->end_us - derived->start_us;
	derived->server_delta_us = lesser(first_us - derived->start_us, most);
	most = derived->end_ms - derived->start_ms;
	delta_ms = lesser(first_us / 1000 - derived->start_ms, most);
	derived->server_delta_ms = (uint32_t)lesser(delta_ms, UINT32_MAX);
}

RECORD_INLINE void
record_derive(struct record_derived *derived, const struct exchange *exchange)
{
	record_derive_sides(derived, exchange,
	    exchange->side[CLIENT].packets > 0,
	    exchange->side[SERVER].packets > 0);
}

#endif

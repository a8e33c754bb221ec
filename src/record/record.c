/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/record.h"

#include <string.h>

/* From 1900, where NTP starts counting, to 1970. */
#define NTP_UNIX_EPOCH UINT64_C(2208988800)
#define US_PER_SECOND UINT64_C(1000000)

enum {
	BIFLOW_INITIATOR = 1,
	BIFLOW_PERIMETER = 3
};

void
record_options_init(struct record_options *options)
{
	memset(options, 0, sizeof(*options));
	options->enterprise_number = PEN_DOCUMENTATION;
	options->flags_own = true;
}

unsigned
record_conditions(
    const struct record_options *options, unsigned ip_version, uint8_t protocol)
{
	unsigned conditions = ip_version == 4 ? FIELD_IF_IPV4 : FIELD_IF_IPV6;

	if (protocol == PROTOCOL_TCP)
		conditions |= FIELD_IF_TCP;
	if (options->flags_own)
		conditions |= FIELD_IF_FLAGS_OWN;
	if (options->flags_iana)
		conditions |= FIELD_IF_FLAGS_IANA;
	if (options->interface)
		conditions |= FIELD_IF_INTERFACE;
	if (options->vlan)
		conditions |= FIELD_IF_VLAN;
	return conditions;
}

const uint8_t *
field_address(const struct field *field, const struct exchange *exchange)
{
	return (const uint8_t *)exchange + field->offset;
}

/*
 * The fraction is cut to 21 bits, which still tell microseconds apart, and
 * rounded up: readers that truncate on the way back then find the very same
 * microsecond.
 */
uint64_t
record_ntp_microseconds(timestamp time)
{
	uint64_t seconds = (uint64_t)time.ns / NS_PER_SECOND;
	uint32_t ns = (uint32_t)((uint64_t)time.ns % NS_PER_SECOND);
	uint64_t us = ns / (uint32_t)NS_PER_US;
	uint64_t fraction =
	    (us * (1 << 21) + US_PER_SECOND - 1) / US_PER_SECOND;

	uint64_t value = (seconds + NTP_UNIX_EPOCH) << 32 | fraction << 11;

	/* 0 would be a side that sent nothing: in 2036, when the era ends. */
	return value != 0 ? value : 1 << 11;
}

static uint64_t
milliseconds(timestamp time)
{
	return (uint64_t)time.ns / NS_PER_MS;
}

/*
 * Readers add this to the start, and some subtract it from the duration:
 * it must never leave the exchange, whatever the capture's clock did.
 */
static uint32_t
server_delta(const struct record_derived *derived, timestamp server_first)
{
	uint64_t first = milliseconds(server_first);
	uint64_t delta, most;

	if (first <= derived->start_ms)
		return 0;
	delta = first - derived->start_ms;
	most = derived->end_ms - derived->start_ms;
	if (delta > most)
		delta = most;
	return delta > UINT32_MAX ? UINT32_MAX : (uint32_t)delta;
}

static void
derive_side(
    struct record_derived *derived, const struct exchange *exchange, int side)
{
	const struct exchange_side *from = &exchange->side[side];

	derived->first_ntp[side] = derived->last_ntp[side] = 0;
	derived->flags[side] = 0;
	if (from->packets == 0)
		return;
	derived->first_ntp[side] = record_ntp_microseconds(from->first);
	derived->last_ntp[side] = record_ntp_microseconds(from->last);
	if (exchange->protocol == PROTOCOL_TCP)
		derived->flags[side] = exchange_flags(exchange, side);
}

void
record_derive(struct record_derived *derived, const struct exchange *exchange)
{
	const struct exchange_side *server = &exchange->side[SERVER];

	derived->start_ms = milliseconds(exchange_first(exchange));
	derived->end_ms = milliseconds(exchange_last(exchange));
	derive_side(derived, exchange, CLIENT);
	derive_side(derived, exchange, SERVER);
	derived->server_delta_ms =
	    server->packets > 0 ? server_delta(derived, server->first) : 0;
	derived->direction =
	    exchange->midstream ? BIFLOW_PERIMETER : BIFLOW_INITIATOR;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values of Tstat's columns.  Where Tstat measures nothing it writes 0, and
 * where an exchange has no figures of its quality, or one of them is unknown,
 * so do we.
 */
#include <config.h>

#include "tstat_values.h"

#include <string.h>

#include "exflow/base/text.h"

char *
tstat_put_constant(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)exchange, (void)quality;
	return text_string(at, column->value);
}

/* Milliseconds with six digits, as C's %f has them. */
static char *
put_milliseconds(char *at, uint64_t ns)
{
	at = text_unsigned(at, ns / NS_PER_MS);
	*at++ = '.';
	return text_padded(at, ns % NS_PER_MS, 6);
}

/* From a to b; what goes back in time counts as none. */
static uint64_t
nanoseconds_between(timestamp a, timestamp b)
{
	duration span = timestamp_since(b, a);

	return span.ns > 0 ? (uint64_t)span.ns : 0;
}

char *
tstat_put_address(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)quality;
	return text_address(
	    at, exchange->address[column->side], exchange->ip_version);
}

char *
tstat_put_port(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)quality;
	return text_unsigned(at, exchange->port[column->side]);
}

char *
tstat_put_is_local(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)quality;
	return text_unsigned(at, exchange->local >> column->side & 1);
}

/* A count of struct exchange_side, by its offset. */
char *
tstat_put_count(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	const char *side = (const char *)&exchange->side[column->side];
	uint64_t value;

	(void)quality;
	memcpy(&value, side + column->what, sizeof(value));
	return text_unsigned(at, value);
}

char *
tstat_put_flag(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)quality;
	return text_unsigned(
	    at, exchange->side[column->side].flag_packets[column->what]);
}

/* A figure of struct quality_side, by its offset and width. */
char *
tstat_put_64(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	const char *side = (const char *)&quality->side[column->side];
	uint64_t value;

	(void)exchange;
	memcpy(&value, side + column->what, sizeof(value));
	return text_unsigned(at, value);
}

static uint32_t
figure_32(
    const struct tstat_column *column, const struct exchange_quality *quality)
{
	const char *side = (const char *)&quality->side[column->side];
	uint32_t value;

	memcpy(&value, side + column->what, sizeof(value));
	return value == QUALITY_UNKNOWN ? 0 : value;
}

char *
tstat_put_32(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)exchange;
	return text_unsigned(at, figure_32(column, quality));
}

char *
tstat_put_16(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	const char *side = (const char *)&quality->side[column->side];
	uint16_t value;

	(void)exchange;
	memcpy(&value, side + column->what, sizeof(value));
	return text_unsigned(at, value == QUALITY_UNKNOWN_16 ? 0 : value);
}

char *
tstat_put_8(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	const uint8_t *side = (const uint8_t *)&quality->side[column->side];
	uint8_t value = side[column->what];

	(void)exchange;
	return text_unsigned(at, value == QUALITY_UNKNOWN_8 ? 0 : value);
}

/* 0 is that of nobody's packet, and stands for unknown in both places. */
char *
tstat_put_ttl(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	const uint8_t *side = (const uint8_t *)&quality->side[column->side];

	(void)exchange;
	return text_unsigned(at, side[column->what]);
}

/* Microseconds of a half, as milliseconds; Tstat's c_ is the server half. */
char *
tstat_put_rtt(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)exchange;
	return put_milliseconds(
	    at, (uint64_t)figure_32(column, quality) * NS_PER_US);
}

/* --- times */

char *
tstat_put_first(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)column, (void)quality;
	return put_milliseconds(at, exchange_first(exchange).ns);
}

char *
tstat_put_last(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)column, (void)quality;
	return put_milliseconds(at, exchange_last(exchange).ns);
}

char *
tstat_put_duration(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)column, (void)quality;
	return put_milliseconds(
	    at, nanoseconds_between(
	            exchange_first(exchange), exchange_last(exchange)));
}

/* A time of struct quality_side, since the first packet. */
char *
tstat_put_since_first(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	const char *side = (const char *)&quality->side[column->side];
	timestamp time;

	memcpy(&time, side + column->what, sizeof(time));
	return put_milliseconds(at,
	    time.ns == 0 ? 0
	                 : nanoseconds_between(exchange_first(exchange), time));
}

char *
tstat_put_side_first(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)quality;
	return put_milliseconds(at, exchange->side[column->side].first.ns);
}

/* In seconds, to the microsecond. */
char *
tstat_put_side_duration(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	const struct exchange_side *side = &exchange->side[column->side];
	uint64_t us = nanoseconds_between(side->first, side->last) / NS_PER_US;

	(void)quality;
	at = text_unsigned(at, us / 1000000);
	*at++ = '.';
	return text_padded(at, us % 1000000, 6);
}

/* --- losses and options */

char *
tstat_put_class(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)exchange;
	return text_unsigned(
	    at, quality->side[column->side].segments[column->what]);
}

/* Tstat's retransmissions are all segments that repeat octets. */
char *
tstat_put_retransmitted(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	const struct quality_side *side = &quality->side[column->side];

	(void)exchange;
	return text_unsigned(at, quality_retransmitted(side) +
	                             side->segments[LOSS_DUPLICATED] +
	                             side->segments[LOSS_WINDOW_PROBE]);
}

char *
tstat_put_repeated_octets(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	uint64_t all = exchange->side[column->side].payload_octets;
	uint64_t unique = quality->side[column->side].unique_octets;

	return text_unsigned(
	    at, exchange->quality != NULL && all > unique ? all - unique : 0);
}

char *
tstat_put_spurious_early(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	const struct quality_side *side = &quality->side[column->side];
	uint64_t all = side->segments[LOSS_SPURIOUS];

	(void)exchange;
	return text_unsigned(
	    at, all > side->spurious_late ? all - side->spurious_late : 0);
}

static bool
has_option(const struct quality_side *side, unsigned option)
{
	return side->tcp_options != QUALITY_UNKNOWN_8 &&
	       side->tcp_options & option;
}

char *
tstat_put_option(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)exchange;
	*at++ =
	    has_option(&quality->side[column->side], column->what) ? '1' : '0';
	return at;
}

/* Both sides have to agree, or there is no scale (RFC 7323, 2.2). */
char *
tstat_put_scale(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	if (!has_option(&quality->side[CLIENT], QUALITY_WINDOW_SCALE) ||
	    !has_option(&quality->side[SERVER], QUALITY_WINDOW_SCALE)) {
		*at++ = '0';
		return at;
	}
	return tstat_put_8(at, column, exchange, quality);
}

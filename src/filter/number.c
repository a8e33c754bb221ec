/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts, spans and times as they are written in a filter. */
#include <config.h>

#include <glib.h>
#include <string.h>
#include <time.h>

#include "syntax.h"

/* --- counts and spans */

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit multiples[] = { { "", 1 }, { "k", 1000 },
	{ "K", 1000 }, { "M", 1000000 }, { "G", 1000000000 },
	{ "T", 1000000000000 }, { "P", 1000000000000000 },
	{ "Ki", UINT64_C(1) << 10 }, { "Mi", UINT64_C(1) << 20 },
	{ "Gi", UINT64_C(1) << 30 }, { "Ti", UINT64_C(1) << 40 } };
static const struct unit spans[] = { { "ns", 1 }, { "us", 1000 },
	{ "ms", 1000000 }, { "s", 1000000000 },
	{ "min", UINT64_C(60000000000) }, { "m", UINT64_C(60000000000) },
	{ "h", UINT64_C(3600000000000) }, { "d", UINT64_C(86400000000000) },
	{ "w", UINT64_C(604800000000000) } };
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* 10^19 is the greatest power of 10 that fits; more digits do not matter. */
#define FRACTION_DIGITS 9

/*
 * Digits with a fraction, times the unit behind them.  False if that is no
 * number, no unit, or does not fit.
 */
static bool
take_scaled(
    const char **at, const struct unit *units, size_t count, uint64_t *value)
{
	uint64_t whole = 0, fraction = 0, scale = 1;
	const char *p = *at;
	const struct unit *unit = NULL;
	size_t length;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*p - '0'), &whole))
			return false;
	if (*p == '.' && p[1] >= '0' && p[1] <= '9')
		for (p++; *p >= '0' && *p <= '9'; p++)
			if (scale < UINT64_C(1000000000)) {
				fraction = fraction * 10 + (uint64_t)(*p - '0');
				scale *= 10;
			}
	length = strspn(p, "abcdefghijklmnopqrstuvwxyzKMGTP");
	for (size_t i = 0; i < count; i++)
		if (strlen(units[i].name) == length &&
		    strncmp(units[i].name, p, length) == 0)
			unit = &units[i];
	if (unit == NULL || __builtin_mul_overflow(whole, unit->factor, &whole))
		return false;
	/* The fraction of a unit fits: factor < 2^50, fraction < 10^9. */
	fraction =
	    (uint64_t)((double)fraction / (double)scale * (double)unit->factor +
	               0.5);
	*at = p + length;
	*value = whole + fraction;
	return *value >= whole;
}

bool
number_count(const char *word, uint64_t *value)
{
	if (strncmp(word, "0x", 2) == 0) {
		char *end;

		*value = g_ascii_strtoull(word + 2, &end, 16);
		return word[2] != '\0' && *end == '\0' && end - word <= 18;
	}
	return take_scaled(&word, multiples, COUNT_OF(multiples), value) &&
	       *word == '\0';
}

/* "1h30m" */
bool
number_span(const char *word, uint64_t *value)
{
	uint64_t one;

	*value = 0;
	do {
		if (!take_scaled(&word, spans, COUNT_OF(spans), &one) ||
		    __builtin_add_overflow(*value, one, value))
			return false;
	} while (*word != '\0');
	return true;
}

/* --- times */

/* ".123456789", or nothing. */
static bool
parse_fraction(const char *text, uint64_t *ns)
{
	uint64_t factor = 100000000;

	*ns = 0;
	if (*text == '\0')
		return true;
	if (*text++ != '.' || *text == '\0')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		*ns += (uint64_t)(*text - '0') * factor;
		factor /= 10;
	}
	return *text == '\0';
}

/* 2026-11-22, 2026-11-22T22:34, …:56, …:56.789, each with a Z or without. */
static bool
parse_date(const char *word, uint64_t *ns)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%S",
		"%Y-%m-%dT%H:%M", "%Y-%m-%d" };
	char copy[WORD_SIZE];
	size_t length = strlen(word);

	memcpy(copy, word, length + 1);
	if (length > 0 && copy[length - 1] == 'Z')
		copy[length - 1] = '\0';
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct tm tm = { .tm_year = 0 };
		const char *rest = strptime(copy, forms[i], &tm);
		uint64_t fraction;
		time_t seconds;

		if (rest == NULL || !parse_fraction(rest, &fraction) ||
		    (i > 0 && *rest != '\0'))
			continue;
		seconds = timegm(&tm);
		if (seconds < 0 || seconds > INT64_C(18446744072))
			return false;
		*ns = (uint64_t)seconds * (uint64_t)NS_PER_SECOND + fraction;
		return true;
	}
	return false;
}

bool
number_time(const char *word, timestamp now, uint64_t *ns)
{
	uint64_t span;

	if (strcmp(word, "now") == 0) {
		*ns = now.ns;
		return true;
	}
	if (*word == '-' || *word == '+') {
		if (!number_span(word + 1, &span))
			return false;
		if (*word == '-')
			*ns = span > now.ns ? 0 : now.ns - span;
		else
			*ns = span > UINT64_MAX - now.ns ? UINT64_MAX
			                                 : now.ns + span;
		return true;
	}
	if (*word == '@')
		return take_scaled(
		           &(const char *){ word + 1 }, multiples, 1, ns) &&
		       !__builtin_mul_overflow(
		           *ns, (uint64_t)NS_PER_SECOND, ns);
	return parse_date(word, ns);
}

bool
filter_time_parse(const char *text, timestamp now, timestamp *time)
{
	return strlen(text) < WORD_SIZE && number_time(text, now, &time->ns);
}

bool
filter_span_parse(const char *text, duration *span)
{
	uint64_t ns;

	if (!number_span(text, &ns) || ns > INT64_MAX)
		return false;
	span->ns = (int64_t)ns;
	return true;
}

bool
filter_count_parse(const char *text, uint64_t *count)
{
	return number_count(text, count);
}

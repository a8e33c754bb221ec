/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A text is one or more terms, each a number and a unit.  Everything is
 * counted in whole nanoseconds or octets, so that 0.1s is exactly 100 ms; a
 * fraction that is no whole one of them is refused.
 */
#include <config.h>

#include "units.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define KIB INT64_C(1024)
#define KB INT64_C(1000)
#define FRACTION_DIGITS 9

struct unit {
	const char *name;
	int64_t size; /* nanoseconds or octets */
};

struct quantity {
	const struct unit *units;
	int (*compare)(const char *, const char *, size_t);
	bool repeats; /* terms may follow each other */
};

static const struct unit times[] = {
	{ "w", 7 * DAY },
	{ "d", DAY },
	{ "h", HOUR },
	{ "m", MINUTE },
	{ "min", MINUTE },
	{ "s", SECOND },
	{ "ms", MS },
	{ NULL, 0 },
};

static const struct unit sizes[] = {
	{ "TiB", KIB *KIB *KIB *KIB },
	{ "TB", KB *KB *KB *KB },
	{ "GiB", KIB *KIB *KIB },
	{ "GB", KB *KB *KB },
	{ "MiB", KIB *KIB },
	{ "MB", KB *KB },
	{ "KiB", KIB },
	{ "kB", KB },
	{ "B", 1 },
	{ NULL, 0 },
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits at *at, which moves behind them; held at INT64_MAX. */
static int64_t
take_digits(const char **at)
{
	int64_t value = 0;

	for (; is_digit(**at); (*at)++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, **at - '0', &value))
			value = INT64_MAX;
	return value;
}

/* How many nanoseconds or octets the unit at *at has; 0: it is no unit. */
static int64_t
take_unit(const char **at, const struct quantity *quantity)
{
	size_t length = strcspn(*at, "0123456789.");

	for (const struct unit *unit = quantity->units; unit->name != NULL;
	     unit++)
		if (strlen(unit->name) == length &&
		    quantity->compare(*at, unit->name, length) == 0) {
			*at += length;
			return unit->size;
		}
	return 0;
}

/*
 * A number at *at, which moves behind its unit, in nanoseconds or octets.
 * size has the unit above it, which is larger, and gets its own.
 */
static int64_t
take_term(const char **at, const struct quantity *quantity, int64_t plain,
    int64_t *size)
{
	const char *text = *at;
	bool first = *size == INT64_MAX;
	int64_t value = take_digits(at), fraction = 0, of = 1, own;

	if (*at == text)
		return -1;
	if (**at == '.') {
		text = ++*at;
		fraction = take_digits(at);
		if (*at == text || *at - text > FRACTION_DIGITS)
			return -1;
		for (; text < *at; text++)
			of *= 10;
	}
	own = **at == '\0' && first ? plain : take_unit(at, quantity);
	if (own == 0 || own >= *size ||
	    __builtin_mul_overflow(fraction, own, &fraction) ||
	    fraction % of != 0)
		return -1;
	*size = own;
	if (__builtin_mul_overflow(value, own, &value) ||
	    __builtin_add_overflow(value, fraction / of, &value))
		return INT64_MAX;
	return value;
}

static int64_t
parse(const char *text, int64_t plain, const struct quantity *quantity)
{
	int64_t sum = 0, size = INT64_MAX, term;

	do {
		term = take_term(&text, quantity, plain, &size);
		if (term == -1)
			return -1;
		if (__builtin_add_overflow(sum, term, &sum))
			sum = INT64_MAX;
	} while (*text != '\0' && quantity->repeats);
	return *text == '\0' ? sum : -1;
}

int64_t
units_time(const char *text, int64_t plain)
{
	static const struct quantity time = { times, strncmp, true };

	return parse(text, plain, &time);
}

int64_t
units_size(const char *text, int64_t plain)
{
	static const struct quantity size = { sizes, strncasecmp, false };

	return parse(text, plain, &size);
}

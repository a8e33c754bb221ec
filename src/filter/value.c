/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values as they are written in a filter.  The attribute says how: 1.5M is a
 * count, 100ms a span, -1h a time, S/SA flags, 10.0.0.0/8 an address.
 */
#include <config.h>

#include <arpa/inet.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "exflow/base/human.h"

#include "syntax.h"

#define WORD_SIZE 128
#define TEXT_MAX 1024

/* --- numbers */

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

static bool
parse_count(const char *word, uint64_t *value)
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
static bool
parse_span(const char *word, uint64_t *value)
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

/* A span; of an element without a unit, too: in its own. */
static bool
parse_span_of(
    const struct attribute *attribute, const char *word, uint64_t *value)
{
	if (parse_span(word, value))
		return true;
	return attribute->unit != 0 && parse_count(word, value) &&
	       !__builtin_mul_overflow(*value, attribute->unit, value);
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

static bool
parse_time(const char *word, timestamp now, uint64_t *ns)
{
	uint64_t span;

	if (strcmp(word, "now") == 0) {
		*ns = now.ns;
		return true;
	}
	if (*word == '-' || *word == '+') {
		if (!parse_span(word + 1, &span))
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
	return strlen(text) < WORD_SIZE && parse_time(text, now, &time->ns);
}

bool
filter_span_parse(const char *text, duration *span)
{
	uint64_t ns;

	if (!parse_span(text, &ns) || ns > INT64_MAX)
		return false;
	span->ns = (int64_t)ns;
	return true;
}

bool
filter_count_parse(const char *text, uint64_t *count)
{
	return parse_count(text, count);
}

/* --- one value of a number */

static bool
parse_protocol(const char *word, uint64_t *value)
{
	int number = human_protocol_number(word);

	if (number >= 0) {
		*value = (uint64_t)number;
		return true;
	}
	return parse_count(word, value) && *value <= UINT8_MAX;
}

static bool
parse_choice(
    const struct attribute *attribute, const char *word, uint64_t *value)
{
	int number = attribute_choice_value(attribute, word, strlen(word));

	if (number >= 0)
		*value = (uint64_t)number;
	return number >= 0 || (parse_count(word, value) && *value <= UINT8_MAX);
}

static bool
parse_number(const struct attribute *attribute, const char *word, timestamp now,
    uint64_t *value)
{
	switch (attribute->kind) {
	case ATTRIBUTE_PORT:
		return parse_count(word, value) && *value <= UINT16_MAX;
	case ATTRIBUTE_PROTOCOL:
		return parse_protocol(word, value);
	case ATTRIBUTE_CHOICE:
		return parse_choice(attribute, word, value);
	case ATTRIBUTE_SPAN:
		return parse_span_of(attribute, word, value);
	case ATTRIBUTE_TIME:
		return parse_time(word, now, value);
	default:
		return parse_count(word, value);
	}
}

static const char *
expected_number(enum attribute_kind kind)
{
	switch (kind) {
	case ATTRIBUTE_PORT:
		return "a port from 0 to 65535, or a range, as 1000..2000";
	case ATTRIBUTE_PROTOCOL:
		return "a protocol, as tcp, udp, icmp, or a number up to 255";
	case ATTRIBUTE_CHOICE:
		return "one of its names, as exflow-filter(7) lists them";
	case ATTRIBUTE_SPAN:
		return "a time with its unit, as 100ms, 5s or 1h30m";
	case ATTRIBUTE_TIME:
		return "a time, as 2026-11-22T22:34:56, -1h, now or "
		       "@1700000000";
	default:
		return "a number, as 1000, 10k, 1.5M or 1Mi";
	}
}

/* "a..b", of ports "a-b", too. */
static char *
find_dots(const struct attribute *attribute, char *word, size_t *length)
{
	char *dots = strstr(word, "..");

	*length = 2;
	if (dots != NULL || attribute->kind != ATTRIBUTE_PORT)
		return dots;
	*length = 1;
	return strchr(word, '-');
}

static bool
parse_range(struct item *item, const struct attribute *attribute, char *word,
    timestamp now)
{
	size_t length;
	char *dots = find_dots(attribute, word, &length);

	if (dots == NULL) {
		if (!parse_number(attribute, word, now, &item->low))
			return false;
		item->high = item->low;
		return true;
	}
	*dots = '\0';
	return parse_number(attribute, word, now, &item->low) &&
	       parse_number(attribute, dots + length, now, &item->high) &&
	       item->low <= item->high;
}

/* --- flags */

static bool
parse_letters(const char *word, size_t length, uint64_t *flags)
{
	static const char letters[] = "FSRPAUEC"; /* by bit */

	*flags = 0;
	for (size_t i = 0; i < length; i++) {
		const char *letter = strchr(letters, word[i]);

		if (letter == NULL || *letter == '\0')
			return false;
		*flags |= UINT64_C(1) << (letter - letters);
	}
	return true;
}

/* "SA": these are set; "S/SA": of these exactly those; a number: exactly. */
static bool
parse_flags(struct item *item, const char *word)
{
	size_t length = strcspn(word, "/");

	if (word[0] >= '0' && word[0] <= '9') {
		item->high = UINT16_MAX;
		return parse_count(word, &item->low) && item->low <= UINT16_MAX;
	}
	if (!parse_letters(word, length, &item->low))
		return false;
	if (word[length] == '\0') {
		item->high = item->low;
		return length > 0;
	}
	return parse_letters(
	           word + length + 1, strlen(word + length + 1), &item->high) &&
	       item->high != 0 && (item->low & ~item->high) == 0;
}

/* --- addresses */

static bool
parse_prefix(const char *text, unsigned most, uint8_t *prefix)
{
	unsigned value = 0;

	if (*text == '\0' || strlen(text) > 3)
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (unsigned)(*text - '0');
	}
	*prefix = (uint8_t)value;
	return value <= most;
}

/* Bits behind the prefix would pass unseen: they are a slip. */
static bool
host_bits(const struct item *item)
{
	unsigned octets = item->ip_version == 4 ? 4 : 16;

	for (unsigned i = item->prefix; i < octets * 8; i++)
		if ((item->address[i / 8] >> (7 - i % 8) & 1) != 0)
			return true;
	return false;
}

static bool
parse_address(struct item *item, char *word, char *error, size_t error_size)
{
	char *slash = strchr(word, '/');
	unsigned bits;

	if (slash != NULL)
		*slash = '\0';
	item->ip_version = strchr(word, ':') != NULL ? 6 : 4;
	bits = item->ip_version == 4 ? 32 : 128;
	item->prefix = (uint8_t)bits;
	snprintf(error, error_size,
	    "expected an address or a prefix, as 192.0.2.0/24 or 2001:db8::1");
	if (inet_pton(item->ip_version == 4 ? AF_INET : AF_INET6, word,
	        item->address) != 1 ||
	    (slash != NULL && !parse_prefix(slash + 1, bits, &item->prefix)))
		return false;
	if (!host_bits(item))
		return true;
	snprintf(error, error_size,
	    "expected no address bits behind the prefix /%u", item->prefix);
	return false;
}

static bool
parse_mac(struct item *item, const char *word)
{
	item->prefix = 48;
	if (strlen(word) != 17)
		return false;
	for (size_t i = 0; i < 6; i++) {
		int high = g_ascii_xdigit_value(word[3 * i]);
		int low = g_ascii_xdigit_value(word[3 * i + 1]);

		if (high < 0 || low < 0 || (i < 5 && word[3 * i + 2] != ':'))
			return false;
		item->address[i] = (uint8_t)(16 * high + low);
	}
	return true;
}

/* --- texts */

static bool
parse_text(struct item *item, const struct token *token)
{
	if (token->length > TEXT_MAX)
		return false;
	item->text = g_ascii_strdown(token->at, (gssize)token->length);
	return true;
}

/* Stars are tried from the left; on a mismatch the last one takes one more. */
bool
wildcard_matches(const char *pattern, const uint8_t *text, size_t length)
{
	const char *star = NULL;
	size_t at = 0, again = 0;

	while (at < length) {
		if (*pattern == '*') {
			star = pattern++;
			again = at;
		} else if (*pattern != '\0' &&
		           (*pattern == '?' ||
		               *pattern == g_ascii_tolower((char)text[at]))) {
			pattern++;
			at++;
		} else if (star != NULL) {
			pattern = star + 1;
			at = ++again;
		} else
			return false;
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/* --- all of them */

static bool
fits_comparison(enum attribute_kind kind, enum comparison comparison,
    char *error, size_t error_size)
{
	bool order =
	    comparison >= COMPARE_LESS && comparison <= COMPARE_GREATER_EQUAL;
	bool match =
	    comparison == COMPARE_MATCH || comparison == COMPARE_NOT_MATCH;

	if (match && kind != ATTRIBUTE_TEXT)
		snprintf(error, error_size,
		    "expected =, as patterns are for texts only");
	else if (order &&
	         (kind >= ATTRIBUTE_ADDRESS || kind == ATTRIBUTE_FLAGS))
		snprintf(
		    error, error_size, "expected = or !=, as it has no order");
	else
		return true;
	return false;
}

bool
item_parse(struct item *item, const struct attribute *attribute,
    enum comparison comparison, const struct token *token, timestamp now,
    char *error, size_t error_size)
{
	char word[WORD_SIZE];

	*item = (struct item){ .text = NULL };
	if (!fits_comparison(attribute->kind, comparison, error, error_size))
		return false;
	snprintf(error, error_size, "expected a text of at most %d octets",
	    attribute->kind == ATTRIBUTE_TEXT ? TEXT_MAX : WORD_SIZE - 1);
	if (attribute->kind == ATTRIBUTE_TEXT)
		return parse_text(item, token);
	if (token->length >= sizeof(word))
		return false;
	memcpy(word, token->at, token->length);
	word[token->length] = '\0';
	if (attribute->kind == ATTRIBUTE_ADDRESS)
		return parse_address(item, word, error, error_size);
	if (attribute->kind == ATTRIBUTE_MAC) {
		snprintf(error, error_size,
		    "expected a hardware address, as 00:1b:21:3c:9d:f8");
		return parse_mac(item, word);
	}
	if (attribute->kind == ATTRIBUTE_FLAGS) {
		snprintf(error, error_size,
		    "expected flags of FSRPAUEC, as R, SA or S/SA");
		return parse_flags(item, word);
	}
	snprintf(
	    error, error_size, "expected %s", expected_number(attribute->kind));
	return parse_range(item, attribute, word, now);
}

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

#define TEXT_MAX 1024

/* --- one value of a number */

/* A span; of an element without a unit, too: in its own. */
static bool
parse_span_of(
    const struct attribute *attribute, const char *word, uint64_t *value)
{
	if (number_span(word, value))
		return true;
	return attribute->unit != 0 && number_count(word, value) &&
	       !__builtin_mul_overflow(*value, attribute->unit, value);
}

static bool
parse_protocol(const char *word, uint64_t *value)
{
	int number = human_protocol_number(word);

	if (number >= 0) {
		*value = (uint64_t)number;
		return true;
	}
	return number_count(word, value) && *value <= UINT8_MAX;
}

static bool
parse_choice(
    const struct attribute *attribute, const char *word, uint64_t *value)
{
	int number = attribute_choice_value(attribute, word, strlen(word));

	if (number >= 0)
		*value = (uint64_t)number;
	return number >= 0 ||
	       (number_count(word, value) && *value <= UINT8_MAX);
}

static bool
parse_number(const struct attribute *attribute, const char *word, timestamp now,
    uint64_t *value)
{
	switch (attribute->kind) {
	case ATTRIBUTE_PORT:
		return number_count(word, value) && *value <= UINT16_MAX;
	case ATTRIBUTE_PROTOCOL:
		return parse_protocol(word, value);
	case ATTRIBUTE_CHOICE:
		return parse_choice(attribute, word, value);
	case ATTRIBUTE_SPAN:
		return parse_span_of(attribute, word, value);
	case ATTRIBUTE_TIME:
		return number_time(word, now, value);
	default:
		return number_count(word, value);
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
		return number_count(word, &item->low) &&
		       item->low <= UINT16_MAX;
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

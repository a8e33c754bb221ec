/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/report/key.h"

#include <stdio.h>
#include <string.h>

#include "exflow/base/human.h"
#include "exflow/base/text.h"

#define PREFIX6_DEFAULT 64 /* beside a length for IPv4 */

/* --- parsing */

static bool
take_word(const char **at, const char *end, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(end - *at) <= length || strncmp(*at, word, length) != 0 ||
	    (*at)[length] != ' ')
		return false;
	*at += length;
	while (*at < end && **at == ' ')
		(*at)++;
	return true;
}

static enum attribute_side
take_side(const char **at, const char *end)
{
	if (take_word(at, end, "client") || take_word(at, end, "src"))
		return ATTRIBUTE_CLIENT;
	if (take_word(at, end, "server") || take_word(at, end, "dst"))
		return ATTRIBUTE_SERVER;
	return ATTRIBUTE_BOTH;
}

static bool
take_length(const char **at, const char *end, unsigned most, uint8_t *length)
{
	unsigned value = 0;
	const char *digits = ++*at;

	while (*at < end && **at >= '0' && **at <= '9' && value <= most)
		value = value * 10 + (unsigned)(*(*at)++ - '0');
	*length = (uint8_t)value;
	return *at > digits && value <= most;
}

/* "/24", "/24/56" behind a name. */
static bool
take_prefixes(struct key *key, const char *at, const char *end)
{
	if (at == end)
		return true;
	if (key->attribute.kind != ATTRIBUTE_ADDRESS ||
	    !take_length(&at, end, 32, &key->prefix4))
		return false;
	key->prefix6 = PREFIX6_DEFAULT;
	if (at < end && *at == '/' &&
	    !take_length(&at, end, 128, &key->prefix6))
		return false;
	return at == end;
}

/* "client" alone is the client's address. */
static const char *
whole_side(const char *at, size_t length, enum attribute_side *side)
{
	if ((length == 6 && strncmp(at, "client", 6) == 0) ||
	    (length == 3 && strncmp(at, "src", 3) == 0))
		*side = ATTRIBUTE_CLIENT;
	else if ((length == 6 && strncmp(at, "server", 6) == 0) ||
	         (length == 3 && strncmp(at, "dst", 3) == 0))
		*side = ATTRIBUTE_SERVER;
	else
		return at;
	return "host";
}

static void
choose_side(struct key *key)
{
	key->side = key->attribute.side;
	if (key->attribute.join == ATTRIBUTE_EITHER &&
	    key->side == ATTRIBUTE_BOTH)
		key->side = key->attribute.kind == ATTRIBUTE_PORT
		                ? ATTRIBUTE_SERVER
		                : ATTRIBUTE_CLIENT;
}

static void
name_key(struct key *key, const char *text, size_t length)
{
	if (length >= sizeof(key->name))
		length = sizeof(key->name) - 1;
	memcpy(key->name, text, length);
	key->name[length] = '\0';
	g_strdelimit(key->name, " ", '_');
}

int
key_parse(struct key *key, const char *text, size_t length,
    const struct attribute_resolver *resolver, char *error, size_t error_size)
{
	const char *at = text, *end = text + length, *slash, *name;
	enum attribute_side side = take_side(&at, end);
	char why[AGGREGATE_ERROR_SIZE];
	size_t name_length;

	*key = (struct key){ .prefix4 = 32, .prefix6 = 128 };
	slash = memchr(at, '/', (size_t)(end - at));
	if (slash == NULL)
		slash = end;
	name_length = (size_t)(slash - at);
	name = side == ATTRIBUTE_BOTH ? whole_side(at, name_length, &side) : at;
	if (name != at)
		name_length = strlen(name);
	if (attribute_find(&key->attribute, name, name_length, side, resolver,
	        why, sizeof(why)) != 0) {
		snprintf(
		    error, error_size, "\"%.*s\": %s", (int)length, text, why);
		return -1;
	}
	if (!take_prefixes(key, slash, end)) {
		snprintf(error, error_size,
		    "\"%.*s\": expected /24 or /24/56 behind a name of "
		    "addresses only",
		    (int)length, text);
		return -1;
	}
	choose_side(key);
	name_key(key, text, length);
	return 0;
}

int
keys_parse(struct key keys[AGGREGATE_KEYS_MAX], const char *text,
    const struct attribute_resolver *resolver, char *error, size_t error_size)
{
	int count = 0;

	for (;;) {
		size_t length;

		text += strspn(text, " ");
		length = strcspn(text, ",");
		if (count == AGGREGATE_KEYS_MAX) {
			snprintf(error, error_size, "expected at most %d keys",
			    AGGREGATE_KEYS_MAX);
			return -1;
		}
		if (key_parse(&keys[count], text, length, resolver, error,
		        error_size) != 0)
			return -1;
		keys[count].fold = keys[count].attribute.kind == ATTRIBUTE_TEXT;
		count++;
		if (text[length] == '\0')
			return count;
		text += length + 1;
	}
}

/* --- octets */

static void
cut(uint8_t *octets, size_t length, unsigned prefix)
{
	for (size_t i = prefix / 8; i < length; i++)
		octets[i] &=
		    i == prefix / 8 ? (uint8_t)(0xff00 >> prefix % 8) : 0;
}

static uint8_t *
write_octets(
    const struct key *key, const struct attribute_value *value, uint8_t *at)
{
	size_t length = value->length;

	if (length > KEY_TEXT_MAX)
		length = KEY_TEXT_MAX;
	/* An empty text is a value, too: it has one octet of 0. */
	if (length == 0) {
		*at++ = 1;
		*at++ = 0;
		return at;
	}
	*at++ = (uint8_t)length;
	if (key->attribute.kind == ATTRIBUTE_ADDRESS && length == 4) {
		memcpy(at, value->octets, 4);
		if (key->prefix4 < 32)
			cut(at, 4, key->prefix4);
		return at + 4;
	}
	memcpy(at, value->octets, length);
	if (key->attribute.kind == ATTRIBUTE_ADDRESS && key->prefix6 < 128)
		cut(at, length, key->prefix6);
	if (key->fold)
		for (size_t i = 0; i < length; i++)
			at[i] = (uint8_t)g_ascii_tolower((char)at[i]);
	return at + length;
}

uint8_t *
key_write(const struct key *key, const struct subject *subject, uint8_t *at)
{
	struct attribute_value value;
	uint64_t number;

	if (!attribute_get(&key->attribute, key->side, subject, &value)) {
		*at++ = 0;
		return at;
	}
	if (key->attribute.kind >= ATTRIBUTE_ADDRESS)
		return write_octets(key, &value, at);
	number = value.number;
	if (key->step > 0)
		number -= number % key->step;
	*at++ = 8;
	number = GUINT64_TO_BE(number);
	memcpy(at, &number, 8);
	return at + 8;
}

const uint8_t *
key_read(const uint8_t *at, struct attribute_value *value, bool *known)
{
	size_t length = *at++;
	uint64_t number;

	*known = length > 0;
	value->octets = at;
	value->length = length;
	if (length == 8) {
		memcpy(&number, at, 8);
		value->number = GUINT64_FROM_BE(number);
	}
	return at + length;
}

/* --- cells */

enum report_kind
key_kind(const struct attribute *attribute)
{
	switch (attribute->kind) {
	case ATTRIBUTE_COUNT:
	case ATTRIBUTE_PORT:
		return REPORT_COUNT;
	case ATTRIBUTE_OCTETS:
		return REPORT_OCTETS;
	case ATTRIBUTE_SPAN:
		return REPORT_SPAN;
	case ATTRIBUTE_TIME:
		return REPORT_TIME;
	default:
		return REPORT_TEXT;
	}
}

static char *
address_text(const struct key *key, const struct attribute_value *value)
{
	char text[TEXT_ADDRESS_SIZE + 8];
	bool ip4 = value->length == 4;
	unsigned prefix = ip4 ? key->prefix4 : key->prefix6;
	char *end;

	if (!ip4 && value->length != 16)
		return g_strdup("?");
	end = text_address(text, value->octets, ip4 ? 4 : 6);
	*end = '\0';
	if (prefix < (ip4 ? 32u : 128u))
		snprintf(end, 8, "/%u", prefix);
	return g_strdup(text);
}

static char *
value_text(const struct key *key, const struct attribute_value *value)
{
	const struct attribute *attribute = &key->attribute;
	char text[HUMAN_SIZE];
	const char *name;

	switch (attribute->kind) {
	case ATTRIBUTE_ADDRESS:
		return address_text(key, value);
	case ATTRIBUTE_MAC:
		if (value->length != MAC_OCTETS)
			return g_strdup("?");
		*text_mac(text, value->octets) = '\0';
		return g_strdup(text);
	case ATTRIBUTE_TEXT:
		return g_strndup((const char *)value->octets, value->length);
	case ATTRIBUTE_PROTOCOL:
		human_protocol(text, (uint8_t)value->number);
		return g_strdup(text);
	case ATTRIBUTE_FLAGS:
		human_flags(text, (uint8_t)value->number);
		return g_strdup(text);
	default:
		name = attribute_choice_name(attribute, value->number);
		return name != NULL ? g_strdup(name)
		                    : g_strdup_printf("%" G_GUINT64_FORMAT,
		                          (guint64)value->number);
	}
}

void
key_cell(const struct key *key, const struct attribute_value *value, bool known,
    struct report_cell *cell)
{
	if (!known) {
		cell->known = false;
		return;
	}
	if (key_kind(&key->attribute) == REPORT_TEXT)
		cell_text(cell, value_text(key, value));
	else
		cell_number(cell, value->number);
}

void
key_column(struct report *report, const struct key *key)
{
	char heading[REPORT_NAME_SIZE];

	snprintf(heading, sizeof(heading), "%s", key->name);
	for (char *at = heading; *at != '\0'; at++)
		*at = (char)(*at == '_' ? ' ' : g_ascii_toupper(*at));
	report_add_column(
	    report, key->name, heading, key_kind(&key->attribute));
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "ja4.h"

#include <string.h>

#include "exflow/names/names.h"

/* A hello of NAMES_STREAM_OCTETS has fewer than this many of anything. */
#define VALUES_MAX (NAMES_STREAM_OCTETS / 2)
#define COUNT_MAX 99
#define HASH_DIGITS 12

/* Values as they are hashed: "0005,000a,…", five octets each. */
struct text {
	size_t length;
	char octets[5 * VALUES_MAX + 8];
};

struct values {
	size_t count;
	uint16_t value[VALUES_MAX];
};

static const char digits[] = "0123456789abcdef";

static void
values_add(struct values *values, uint16_t value)
{
	if (!is_grease(value) && values->count < VALUES_MAX)
		values->value[values->count++] = value;
}

static void
values_of_pairs(struct values *values, struct span pairs)
{
	values->count = 0;
	for (size_t i = 0; i + 2 <= pairs.length; i += 2)
		values_add(values, load16(pairs.octets + i));
}

/* The hello was parsed before: every extension lies inside. */
static void
values_of_extensions(struct values *values, struct span extensions)
{
	struct cursor list;

	values->count = 0;
	cursor_over(&list, extensions);
	while (cursor_goes_on(&list)) {
		uint16_t type = cursor_16(&list);

		cursor_skip(&list, cursor_16(&list));
		values_add(values, type);
	}
}

static void
values_drop(struct values *values, uint16_t dropped)
{
	size_t kept = 0;

	for (size_t i = 0; i < values->count; i++)
		if (values->value[i] != dropped)
			values->value[kept++] = values->value[i];
	values->count = kept;
}

/*
 * Shell's: an insertion sort for the usual twenty, and not quadratic for the
 * two thousand of a hello that is made to cost time; qsort may allocate.
 */
static void
values_sort(struct values *values)
{
	static const size_t gaps[] = { 701, 301, 132, 57, 23, 10, 4, 1 };

	for (size_t g = 0; g < sizeof(gaps) / sizeof(*gaps); g++)
		for (size_t i = gaps[g]; i < values->count; i++) {
			uint16_t value = values->value[i];
			size_t at = i;

			for (; at >= gaps[g] &&
			       values->value[at - gaps[g]] > value;
			     at -= gaps[g])
				values->value[at] = values->value[at - gaps[g]];
			values->value[at] = value;
		}
}

/* first: the octet before the first value, 0: none. */
static void
text_add(struct text *text, const struct values *values, char first)
{
	for (size_t i = 0; i < values->count; i++) {
		uint16_t value = values->value[i];

		if (i > 0)
			text->octets[text->length++] = ',';
		else if (first != 0)
			text->octets[text->length++] = first;
		for (int shift = 12; shift >= 0; shift -= 4)
			text->octets[text->length++] =
			    digits[value >> shift & 15];
	}
}

static bool
text_hash(struct digest *digest, const struct text *text, char *at)
{
	uint8_t hash[DIGEST_OCTETS];

	if (text->length == 0) {
		memset(at, '0', HASH_DIGITS);
		return true;
	}
	if (!digest_sha256(digest,
	        (struct span){ (const uint8_t *)text->octets, text->length },
	        hash))
		return false;
	for (int i = 0; i < HASH_DIGITS; i++)
		at[i] = digits[hash[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
	return true;
}

static void
put_version(char at[2], uint16_t version)
{
	static const struct {
		uint16_t version;
		char name[3];
	} names[] = { { 0x0304, "13" }, { 0x0303, "12" }, { 0x0302, "11" },
		{ 0x0301, "10" }, { 0x0300, "s3" }, { 0x0002, "s2" } };

	memset(at, '0', 2);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].version == version)
			memcpy(at, names[i].name, 2);
}

static void
put_count(char at[2], size_t count)
{
	count = count > COUNT_MAX ? COUNT_MAX : count;
	at[0] = digits[count / 10];
	at[1] = digits[count % 10];
}

static bool
is_alphanumeric(uint8_t octet)
{
	return (octet >= '0' && octet <= '9') ||
	       ((octet | 0x20) >= 'a' && (octet | 0x20) <= 'z');
}

/* Of the first name; its first and last digit where it is not of letters. */
static void
put_alpn(char at[2], struct span names)
{
	uint8_t first, last;

	memset(at, '0', 2);
	if (names.length < 2 || names.octets[0] == 0 ||
	    names.octets[0] >= names.length)
		return;
	first = names.octets[1];
	last = names.octets[names.octets[0]];
	if (is_alphanumeric(first) && is_alphanumeric(last)) {
		at[0] = (char)first;
		at[1] = (char)last;
		return;
	}
	at[0] = digits[first >> 4];
	at[1] = digits[last & 15];
}

/* The part before the second '_' is about ciphers, the rest about extensions. */
static bool
put_ciphers(struct digest *digest, struct values *ciphers, char *at)
{
	struct text text;

	text.length = 0;
	values_sort(ciphers);
	text_add(&text, ciphers, 0);
	return text_hash(digest, &text, at);
}

static bool
put_extensions(struct digest *digest, struct values *extensions,
    const struct client_hello *hello, char *at)
{
	struct text text;

	text.length = 0;
	values_drop(extensions, EXTENSION_SERVER_NAME);
	values_drop(extensions, EXTENSION_ALPN);
	values_sort(extensions);
	text_add(&text, extensions, 0);
	if (extensions->count > 0) {
		values_of_pairs(extensions, hello->signatures);
		text_add(&text, extensions, '_');
	}
	return text_hash(digest, &text, at);
}

bool
ja4_make(struct digest *digest, const struct client_hello *hello, bool quic,
    char ja4[JA4_OCTETS])
{
	struct values values;

	ja4[0] = quic ? 'q' : 't';
	put_version(ja4 + 1, hello->version);
	ja4[3] = hello->has_server_name ? 'd' : 'i';
	ja4[10] = ja4[23] = '_';
	put_alpn(ja4 + 8, hello->alpn);
	values_of_pairs(&values, hello->ciphers);
	put_count(ja4 + 4, values.count);
	if (!put_ciphers(digest, &values, ja4 + 11))
		return false;
	values_of_extensions(&values, hello->extensions);
	put_count(ja4 + 6, values.count);
	return put_extensions(digest, &values, hello, ja4 + 24);
}

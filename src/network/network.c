/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of prefixes as two sorted arrays of ranges, one for each version of
 * IP.  Freezing merges ranges that overlap or touch.  Then the only range that
 * can hold an address is the last one that begins at or before it:
 *
 *	ranges     [10.0.0.0 … 10.255.255.255]   [192.0.2.0 … 192.0.2.255]
 *	                              192.0.2.7 ───────┘
 *
 * A lookup is one binary search, among the ranges that begin with the same
 * octet as the address.
 *
 * Where prefixes have names, two more arrays hold the same addresses, cut so
 * that each range has one name, that of the longest prefix there:
 *
 *	office=10.0.0.0/8, lab=10.1.0.0/16
 *
 *	[10.0.0.0 … 10.0.255.255]  [10.1.0.0 … 10.1.255.255]  [10.2.0.0 … ]
 *	 office                     lab                        office
 *
 * An address is a number in two halves; an IPv4 address has only the low one,
 * so that both versions share all of the code.
 */
#include <config.h>

#include "exflow/network/network.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/text.h"

#include "network_ranges.h"

struct network_set {
	struct ranges ip4, ip6;
	size_t prefixes; /* added, before merging */
	char names[NETWORK_NAMES][NETWORK_NAME_SIZE];
	unsigned name_count;
};

/* Room for the text of any prefix; a longer text is none. */
#define CIDR_TEXT_OCTETS (INET6_ADDRSTRLEN + 8)

static inline struct address
address_load(const uint8_t *octets, unsigned ip_version)
{
	uint64_t half[2];
	uint32_t word;

	if (ip_version == 4) {
		memcpy(&word, octets, sizeof(word));
		return (struct address){ 0, be32toh(word) };
	}
	memcpy(half, octets, sizeof(half));
	return (struct address){ be64toh(half[0]), be64toh(half[1]) };
}

/* The host bits of a prefix, all ones. */
static struct address
host_mask(unsigned ip_version, unsigned prefix)
{
	if (ip_version == 4)
		return (
		    struct address){ 0, (UINT64_C(1) << (32 - prefix)) - 1 };
	if (prefix >= 64)
		return (struct address){ 0,
			prefix == 128 ? 0 : UINT64_MAX >> (prefix - 64) };
	return (struct address){ UINT64_MAX >> prefix, UINT64_MAX };
}

struct network_set *
network_set_new(void)
{
	return calloc(1, sizeof(struct network_set));
}

void
network_set_free(struct network_set **set)
{
	if (*set == NULL)
		return;
	free((*set)->ip4.items);
	free((*set)->ip6.items);
	free((*set)->ip4.named);
	free((*set)->ip6.named);
	free(*set);
	*set = NULL;
}

static int
ranges_grow(struct ranges *ranges)
{
	size_t capacity = ranges->capacity == 0 ? 8 : ranges->capacity * 2;
	struct range *items, *named;

	items = reallocarray(ranges->items, capacity, sizeof(*items));
	if (items == NULL)
		return -1;
	ranges->items = items;
	named = reallocarray(ranges->named, 2 * capacity, sizeof(*named));
	if (named == NULL)
		return -1;
	ranges->named = named;
	ranges->capacity = capacity;
	return 0;
}

static int
ranges_add(struct ranges *ranges, struct range range)
{
	if (ranges->count == ranges->capacity && ranges_grow(ranges) != 0)
		return -1;
	ranges->items[ranges->count++] = range;
	return 0;
}

__attribute__((format(printf, 3, 4))) static int
network_error(char *error, size_t error_size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, error_size, format, arguments);
	va_end(arguments);
	return -1;
}

/* Digits only, 0 … limit; -1 for anything else. */
static int
prefix_parse(const char *text, unsigned limit)
{
	unsigned value = 0;

	if (*text == '\0' || strlen(text) > 3)
		return -1;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		value = value * 10 + (unsigned)(*text - '0');
	}
	return value > limit ? -1 : (int)value;
}

/* The text of the prefix without its host bits, for a message. */
static void
network_text(char *text, size_t size, struct address first, unsigned ip_version,
    int prefix)
{
	uint64_t half[2] = { htobe64(first.high), htobe64(first.low) };
	uint32_t word = htobe32((uint32_t)first.low);
	char address[INET6_ADDRSTRLEN];

	inet_ntop(ip_version == 4 ? AF_INET : AF_INET6,
	    ip_version == 4 ? (void *)&word : (void *)half, address,
	    sizeof(address));
	snprintf(text, size, "%s/%d", address, prefix);
}

/* Has this prefix another name already? */
static bool
has_other_name(const struct ranges *ranges, const struct range *range)
{
	for (size_t i = 0; i < ranges->count; i++)
		if (range_same(&ranges->items[i], range) &&
		    ranges->items[i].name != range->name)
			return true;
	return false;
}

static int
network_add(struct network_set *set, const char *cidr, unsigned name,
    unsigned ip_version, const uint8_t *octets, int prefix, char *error,
    size_t error_size)
{
	struct ranges *ranges = ip_version == 4 ? &set->ip4 : &set->ip6;
	struct address address = address_load(octets, ip_version);
	struct address host = host_mask(ip_version, (unsigned)prefix);
	struct range range;
	char expected[CIDR_TEXT_OCTETS];

	range.first.high = address.high & ~host.high;
	range.first.low = address.low & ~host.low;
	range.last.high = address.high | host.high;
	range.last.low = address.low | host.low;
	range.name = (uint8_t)name;
	if (address_before(range.first, address)) {
		network_text(expected, sizeof(expected), range.first,
		    ip_version, prefix);
		return network_error(error, error_size,
		    "\"%s\" has bits set behind its prefix, expected %s", cidr,
		    expected);
	}
	if (has_other_name(ranges, &range))
		return network_error(error, error_size,
		    "%s is there twice, expected one name at most", cidr);
	if (ranges_add(ranges, range) != 0)
		return network_error(error, error_size, "%s", strerror(errno));
	set->prefixes++;
	return 0;
}

static int
prefix_add(struct network_set *set, const char *cidr, unsigned name,
    char *error, size_t error_size)
{
	char text[CIDR_TEXT_OCTETS];
	uint8_t octets[16];
	unsigned version = 4;
	int prefix = -1;
	char *slash;

	if (strlen(cidr) < sizeof(text)) {
		memcpy(text, cidr, strlen(cidr) + 1);
		slash = strchr(text, '/');
		if (slash != NULL)
			*slash++ = '\0';
		if (inet_pton(AF_INET, text, octets) == 1)
			prefix = 32;
		else if (inet_pton(AF_INET6, text, octets) == 1)
			version = 6, prefix = 128;
		if (prefix > 0 && slash != NULL)
			prefix = prefix_parse(slash, (unsigned)prefix);
		if (prefix >= 0)
			return network_add(set, cidr, name, version, octets,
			    prefix, error, error_size);
	}
	return network_error(error, error_size,
	    "\"%s\" is not a network, expected an IPv4 or IPv6 prefix such as "
	    "192.0.2.0/24 or 2001:db8::/32",
	    cidr);
}

int
network_set_add(
    struct network_set *set, const char *cidr, char *error, size_t error_size)
{
	return prefix_add(set, cidr, 0, error, error_size);
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_name(const char *text, size_t length)
{
	if (length == 0 || length >= NETWORK_NAME_SIZE || !is_letter(*text))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_letter(text[i]) &&
		    !(text[i] >= '0' && text[i] <= '9') &&
		    strchr("-_.", text[i]) == NULL)
			return false;
	return true;
}

/* The number of a name, which may be new; 0: there are too many. */
static unsigned
name_number(struct network_set *set, const char *text, size_t length)
{
	for (unsigned i = 0; i < set->name_count; i++)
		if (strlen(set->names[i]) == length &&
		    memcmp(set->names[i], text, length) == 0)
			return i + 1;
	if (set->name_count == NETWORK_NAMES)
		return 0;
	memcpy(set->names[set->name_count], text, length);
	set->names[set->name_count][length] = '\0';
	return ++set->name_count;
}

int
network_set_add_named(
    struct network_set *set, const char *text, char *error, size_t error_size)
{
	const char *equals = strchr(text, '=');
	size_t length = equals == NULL ? 0 : (size_t)(equals - text);
	unsigned name;

	if (equals == NULL)
		return prefix_add(set, text, 0, error, error_size);
	if (!is_name(text, length))
		return network_error(error, error_size,
		    "\"%.*s\" is no name of a network, expected a letter, then "
		    "up to %d letters, digits, \"-\", \"_\" or \".\"",
		    (int)length, text, NETWORK_NAME_SIZE - 2);
	name = name_number(set, text, length);
	if (name == 0)
		return network_error(error, error_size,
		    "%.*s: expected %d names of networks at most", (int)length,
		    text, NETWORK_NAMES);
	return prefix_add(set, equals + 1, name, error, error_size);
}

int
network_set_add_list(
    struct network_set *set, const char *list, char *error, size_t error_size)
{
	char *copy = strdup(list), *rest = copy, *item;
	int result = 0;

	if (copy == NULL)
		return network_error(error, error_size, "%s", strerror(errno));
	while (result == 0 && (item = strsep(&rest, ",")) != NULL) {
		result = network_set_add_named(
		    set, text_trim(item), error, error_size);
	}
	free(copy);
	return result;
}

size_t
network_set_count(const struct network_set *set)
{
	return set->prefixes;
}

static int
range_compare(const void *a, const void *b)
{
	const struct range *left = a, *right = b;

	if (address_before(left->first, right->first))
		return -1;
	if (address_before(right->first, left->first))
		return 1;
	/* The one that holds the other first. */
	if (address_before(right->last, left->last))
		return -1;
	return address_before(left->last, right->last);
}

static unsigned
first_octet(const struct range *range, unsigned ip_version)
{
	return ip_version == 4 ? (unsigned)(range->first.low >> 24)
	                       : (unsigned)(range->first.high >> 56);
}

static void
ranges_find_begins(struct ranges *ranges, unsigned ip_version)
{
	size_t i = 0;

	for (unsigned octet = 0; octet <= 256; octet++) {
		while (i < ranges->count &&
		       first_octet(&ranges->items[i], ip_version) < octet)
			i++;
		ranges->begin[octet] = i;
	}
}

/* --- freezing */

static void
ranges_freeze(struct ranges *ranges, unsigned ip_version, bool names)
{
	struct range *into = ranges->items;

	if (ranges->count == 0) /* then all of begin is 0, too */
		return;
	qsort(ranges->items, ranges->count, sizeof(*into), range_compare);
	if (names)
		ranges_cut_by_name(ranges);
	for (size_t i = 1; i < ranges->count; i++) {
		const struct range *next = &ranges->items[i];

		/* Behind the very last address, whose successor wraps to 0,
		 * no range can begin. */
		if (address_before(into->last, next->first) &&
		    address_before(address_next(into->last), next->first))
			*++into = *next;
		else if (address_before(into->last, next->last))
			into->last = next->last;
	}
	ranges->count = (size_t)(into - ranges->items) + 1;
	ranges_find_begins(ranges, ip_version);
}

void
network_set_freeze(struct network_set *set)
{
	ranges_freeze(&set->ip4, 4, set->name_count > 0);
	ranges_freeze(&set->ip6, 6, set->name_count > 0);
}

/* --- lookups */

/* How many of the ranges from low up to high begin at or before an address. */
static size_t
ranges_before(
    const struct range *items, size_t low, size_t high, struct address wanted)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (address_before(wanted, items[middle].first))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

bool
network_set_contains(
    const struct network_set *set, const uint8_t *address, unsigned ip_version)
{
	const struct ranges *ranges = ip_version == 4 ? &set->ip4 : &set->ip6;
	struct address wanted = address_load(address, ip_version);
	size_t n = ranges_before(ranges->items, ranges->begin[*address],
	    ranges->begin[*address + 1], wanted);

	return n > 0 && !address_before(ranges->items[n - 1].last, wanted);
}

unsigned
network_set_name(
    const struct network_set *set, const uint8_t *address, unsigned ip_version)
{
	const struct ranges *ranges = ip_version == 4 ? &set->ip4 : &set->ip6;
	struct address wanted = address_load(address, ip_version);
	size_t n = ranges_before(ranges->named, 0, ranges->named_count, wanted);

	if (n == 0 || address_before(ranges->named[n - 1].last, wanted))
		return 0;
	return ranges->named[n - 1].name;
}

const char *
network_set_name_text(const struct network_set *set, unsigned number)
{
	return set->names[number - 1];
}

unsigned
network_set_names(const struct network_set *set)
{
	return set->name_count;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of servers: lower case, and the best of those that are known. */
#ifndef EXFLOW_SRC_NAMES_NAME_H
#define EXFLOW_SRC_NAMES_NAME_H

#include <stdint.h>
#include <string.h>

#include "exflow/names/exchange_names.h"

#include "parsed.h"

/* --- eight octets at a time */

#define NAME_WORD sizeof(uint64_t)
#define NAME_EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

static inline uint64_t
name_load(const uint8_t *octets)
{
	uint64_t word;

	memcpy(&word, octets, sizeof(word));
	return word;
}

static inline void
name_store(uint8_t *octets, uint64_t word)
{
	memcpy(octets, &word, sizeof(word));
}

/* Is one of them this octet? */
static inline bool
name_word_has(uint64_t word, uint8_t octet)
{
	uint64_t zero = word ^ NAME_EACH(octet);

	return ((zero - NAME_EACH(1)) & ~zero & NAME_EACH(0x80)) != 0;
}

/*
 * The top bit of an octet tells by a carry that it is 'A' or more, and by
 * another that it is more than 'Z'.
 */
static inline uint64_t
name_lower_word(uint64_t word)
{
	uint64_t low = word & NAME_EACH(0x7f);
	uint64_t capital = (low + NAME_EACH(0x80 - 'A')) &
	                   ~(low + NAME_EACH(0x7f - 'Z')) & ~word &
	                   NAME_EACH(0x80);

	return word | capital >> 2;
}

/* --- names */

/* ASCII's letters only; room for name.length. */
void name_lower(uint8_t *room, struct span name);
/* Without the port behind it: "a.example:80", "[2001:db8::1]:80". */
struct span name_without_port(struct span host);

/* What the server may be called, by enum name_source; empty: not known. */
struct name_choice {
	struct span by[NAME_SOURCE_ECH_OUTER + 1];
};
/* The first of them in the order of enum name_source. */
enum name_source name_best(const struct name_choice *choice);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only way to read a frame.  A cursor knows two ends: that of the octets
 * that were captured, and that of what encloses them on the wire (the frame,
 * or the payload of the header before).  To read past the first is a frame
 * cut short; to read past the second, where a length field has set it, is a
 * contradiction.  The first failure sticks: every later read fails too.
 */
#ifndef EXFLOW_SRC_DECODE_CURSOR_H
#define EXFLOW_SRC_DECODE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cursor_state {
	CURSOR_GOOD,
	CURSOR_CUT,     /* the captured octets end too early */
	CURSOR_OVERRUN, /* a length field says that there is no more */
};

/* Invariant: end - at <= rest. */
struct cursor {
	const uint8_t *at;  /* next octet */
	const uint8_t *end; /* behind the last captured one */
	uint32_t rest;      /* from at to the end on the wire */
	bool declared;      /* a length field has set that end */
	enum cursor_state state;
};

static inline uint16_t
load16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
load32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t
load64(const uint8_t *p)
{
	return (uint64_t)load32(p) << 32 | load32(p + 4);
}

static inline struct cursor
cursor_over(const uint8_t *octets, uint32_t captured, uint32_t wire_length)
{
	return (struct cursor){
		.at = octets,
		.end = octets + captured,
		.rest = wire_length > captured ? wire_length : captured,
	};
}

static inline bool
cursor_has(const struct cursor *cursor, size_t octets)
{
	return (size_t)(cursor->end - cursor->at) >= octets;
}

/* Note why octets cannot be read.  Nothing can be read any more. */
static inline void
cursor_fail(struct cursor *cursor, size_t octets)
{
	cursor->end = cursor->at;
	if (cursor->state != CURSOR_GOOD)
		return;
	cursor->state = cursor->declared && octets > cursor->rest
	                    ? CURSOR_OVERRUN
	                    : CURSOR_CUT;
}

/* The next octets without taking them, or NULL. */
static inline const uint8_t *
cursor_peek(struct cursor *cursor, size_t octets)
{
	if (__builtin_expect(!cursor_has(cursor, octets), 0)) {
		cursor_fail(cursor, octets);
		return NULL;
	}
	return cursor->at;
}

/* Take the next octets (at least one), or NULL. */
static inline const uint8_t *
cursor_take(struct cursor *cursor, size_t octets)
{
	const uint8_t *taken = cursor_peek(cursor, octets);

	if (taken != NULL) {
		cursor->at += octets;
		cursor->rest -= (uint32_t)octets;
	}
	return taken;
}

static inline void
cursor_skip(struct cursor *cursor, size_t octets)
{
	cursor_take(cursor, octets);
}

/* What follows is at most so many octets long on the wire. */
static inline void
cursor_shorten(struct cursor *cursor, uint32_t octets)
{
	if (octets >= cursor->rest)
		return;
	cursor->rest = octets;
	if (cursor_has(cursor, octets))
		cursor->end = cursor->at + octets;
}

/* The same, by a length field: to need more contradicts it. */
static inline void
cursor_bound(struct cursor *cursor, uint32_t octets)
{
	if (octets <= cursor->rest)
		cursor->declared = true;
	cursor_shorten(cursor, octets);
}

#endif

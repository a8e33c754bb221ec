/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only way to read a frame, and what a payload says.  A cursor knows where
 * it stands and three ends:
 *
 *      at            end            wire           declared
 *       |             |              |                 |
 *   ...▒█████████████████░░░░░░░░░░░░░░                 .
 *       captured octets   on the wire,   what a length field of an outer
 *                         not captured   header allows, here more than the
 *                                        frame has: the packet was cut into
 *                                        fragments
 *
 * Reading past end fails, and the first failure sticks: every later read
 * fails too, so a caller may test once after several reads.  Past declared
 * the packet contradicts itself (CURSOR_OVERRUN: malformed); otherwise the
 * capture holds too little of it (CURSOR_CUT: truncated header).
 *
 * cursor_sub takes what a length field announces as a cursor of its own, which
 * cannot be read past; so nested lengths become nested cursors.
 *
 * Invariant: at <= end <= wire.  wire, declared and cut may lie behind the
 * frame's memory, so they are numbers and not pointers.
 */
#ifndef EXFLOW_DECODE_CURSOR_H
#define EXFLOW_DECODE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cursor_state {
	CURSOR_GOOD,
	CURSOR_CUT,     /* the captured octets end too early */
	CURSOR_OVERRUN, /* a length field says that there is no more */
};

struct cursor {
	const uint8_t *at;  /* next octet */
	const uint8_t *end; /* behind the last captured one */
	uintptr_t wire;     /* end on the wire */
	uintptr_t declared; /* end by length fields, UINTPTR_MAX: none */
	uintptr_t cut;      /* of those, what an IP length is cut to */
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

static inline uint16_t
load16_little(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t
load32_little(const uint8_t *p)
{
	return (uint32_t)load16_little(p + 2) << 16 | load16_little(p);
}

/* In place: a struct that is copied has to wait for its members' writes. */
static inline void
cursor_begin(struct cursor *cursor, const uint8_t *octets, uint32_t captured,
    uint32_t wire_length)
{
	cursor->at = octets;
	cursor->end = octets + captured;
	cursor->wire = (uintptr_t)octets +
	               (wire_length > captured ? wire_length : captured);
	cursor->declared = UINTPTR_MAX;
	cursor->cut = UINTPTR_MAX;
	cursor->state = CURSOR_GOOD;
}

/* Octets from here to the end on the wire. */
static inline uint32_t
cursor_rest(const struct cursor *cursor)
{
	return (uint32_t)(cursor->wire - (uintptr_t)cursor->at);
}

static inline bool
cursor_has(const struct cursor *cursor, size_t octets)
{
	return (size_t)(cursor->end - cursor->at) >= octets;
}

/* Note why so many octets cannot be read; nothing can be read any more. */
static inline void
cursor_fail(struct cursor *cursor, size_t octets)
{
	if (cursor->state == CURSOR_GOOD)
		cursor->state =
		    octets > cursor->declared ||
		            cursor->declared - octets < (uintptr_t)cursor->at
		        ? CURSOR_OVERRUN
		        : CURSOR_CUT;
	cursor->end = cursor->at;
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

	if (taken != NULL)
		cursor->at += octets;
	return taken;
}

static inline void
cursor_skip(struct cursor *cursor, size_t octets)
{
	cursor_take(cursor, octets);
}

/* --- numbers, most significant octet first; 0 where they cannot be read */

static inline uint8_t
cursor_8(struct cursor *cursor)
{
	const uint8_t *taken = cursor_take(cursor, 1);

	return taken == NULL ? 0 : *taken;
}

static inline uint16_t
cursor_16(struct cursor *cursor)
{
	const uint8_t *taken = cursor_take(cursor, 2);

	return taken == NULL ? 0 : load16(taken);
}

static inline uint32_t
cursor_24(struct cursor *cursor)
{
	const uint8_t *taken = cursor_take(cursor, 3);

	return taken == NULL ? 0 : (uint32_t)taken[0] << 16 | load16(taken + 1);
}

static inline uint32_t
cursor_32(struct cursor *cursor)
{
	const uint8_t *taken = cursor_take(cursor, 4);

	return taken == NULL ? 0 : load32(taken);
}

/* --- ends */

/* What follows is at most so many octets long on the wire. */
static inline void
cursor_shorten(struct cursor *cursor, uint32_t octets)
{
	if (octets >= cursor_rest(cursor))
		return;
	cursor->wire = (uintptr_t)cursor->at + octets;
	if (cursor_has(cursor, octets))
		cursor->end = cursor->at + octets;
}

/* The same by a length field: a header that needs more contradicts it. */
static inline void
cursor_declare(struct cursor *cursor, uint32_t octets)
{
	uintptr_t end = (uintptr_t)cursor->at + octets;

	if (end < cursor->declared)
		cursor->declared = end;
	cursor_shorten(cursor, octets);
}

/* The same by a length of PPPoE or a tunnel: an IP length is cut to it. */
static inline void
cursor_bound(struct cursor *cursor, uint32_t octets)
{
	cursor_declare(cursor, octets);
	if (cursor->declared < cursor->cut)
		cursor->cut = cursor->declared;
}

/*
 * The next octets become a cursor of their own, and the outer one stands
 * behind them.  Where not all of them were captured, inner has those that were,
 * and outer can be read no more.  Where outer's length does not allow so many,
 * neither can be read: the packet contradicts itself.
 */
static inline void
cursor_sub(struct cursor *inner, struct cursor *outer, uint32_t octets)
{
	*inner = *outer;
	if (octets > outer->declared - (uintptr_t)outer->at) {
		cursor_fail(outer, octets);
		cursor_fail(inner, octets);
		return;
	}
	cursor_declare(inner, octets);
	if (octets > 0)
		cursor_skip(outer, octets);
}

/*
 * Is there more to be read, by the innermost length?  False behind a failure,
 * too: a loop over records ends there.
 */
static inline bool
cursor_goes_on(const struct cursor *cursor)
{
	return cursor->state == CURSOR_GOOD &&
	       (uintptr_t)cursor->at < cursor->declared;
}

/*
 * What follows is the beginning of something so long that it was cut into
 * fragments: so many octets of it are here, and no length from outside says
 * how many there are in all.
 */
static inline void
cursor_open(struct cursor *cursor, uint32_t octets)
{
	cursor_shorten(cursor, octets);
	cursor->declared = cursor->cut = UINTPTR_MAX;
}

/* An IP length that begins here, cut to the lengths that enclose it. */
static inline uint32_t
cursor_cut(const struct cursor *cursor, uint32_t octets)
{
	uintptr_t room = cursor->cut - (uintptr_t)cursor->at;

	return octets > room ? (uint32_t)room : octets;
}

#endif

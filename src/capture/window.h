/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The octets of a capture file, in order, without a copy: what a reader asks
 * for lies contiguous in a buffer, and it takes pointers into it.
 *
 *	           used    to be used      not yet read
 *	 headroom ┌──────┬────────────────┬────────────┐
 *	··········│······│················│            │
 *	          └──────┴────────────────┴────────────┘
 *	          page   next             end          page + WINDOW_SIZE
 *
 * read(2) writes from the first octet of a page on, WINDOW_SIZE at most.  A
 * record that straddles the end of what was read moves: its first part goes in
 * front of the page, into the headroom, and the rest is read behind it.  Only
 * that part is ever copied.
 *
 *	 headroom ┌────────────────────────────────────┐
 *	······xxxx│xxxxxx······························│
 *	      └───┴───── the record, contiguous        ┘
 *
 * Invariants: next <= end; nobody asks for more than WINDOW_HEADROOM at once,
 * so that a part of it always fits; a pointer is valid until the next call of
 * window_need or window_cut.
 *
 * The happy path ends with the end of the file.  What can go wrong is what
 * can go wrong in a stream (base/stream.h): then fewer octets are there than
 * were asked for, as at the end of the file, and stream_error says why.
 */
#ifndef EXFLOW_SRC_CAPTURE_WINDOW_H
#define EXFLOW_SRC_CAPTURE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "exflow/base/stream.h"

#define WINDOW_SIZE 1048576
#define WINDOW_HEADROOM 0x84000 /* whole pages */

/* Octets that read(2) asks for: first, as a look must be cheap, and then. */
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define WINDOW_FIRST 65536
#define WINDOW_READ WINDOW_SIZE
#else /* small files are to straddle reads, too */
#define WINDOW_FIRST 100
#define WINDOW_READ 300
#endif

struct window {
	struct stream *stream; /* borrowed */
	uint8_t *memory;       /* headroom, then WINDOW_SIZE */
	uint8_t *next, *end;   /* the octets to be used */
	uint64_t read;         /* position in the file of end */
	size_t ask;            /* how much the next read asks for */
	bool ended;            /* no more octets will come */
};

/* 0, or -1 without memory.  The stream has to outlive the window. */
int window_open(struct window *window, struct stream *stream);
void window_close(struct window *window);

static inline size_t
window_left(const struct window *window)
{
	return (size_t)(window->end - window->next);
}

/* Where next is in the file, in octets; unpacked, if it is compressed. */
static inline uint64_t
window_position(const struct window *window)
{
	return window->read - window_left(window);
}

size_t window_fill(struct window *window, size_t wanted);

/*
 * See that wanted octets (<= WINDOW_HEADROOM) lie at next.  How many do:
 * fewer than wanted where the file ends or reading fails.
 */
static inline size_t
window_need(struct window *window, size_t wanted)
{
	size_t left = window_left(window);

	return left >= wanted ? left : window_fill(window, wanted);
}

/*
 * The octets at next are used.  Those behind them are fetched while the packet
 * among them is looked at: its header, and the headers of protocols behind it.
 */
static inline __attribute__((always_inline)) void
window_take(struct window *window, size_t size)
{
	window->next += size;
	__builtin_prefetch(window->next);
	__builtin_prefetch(window->next + 64);
}

/*
 * Take count octets out, from the kept-th of those at next on; those kept
 * then lie just before what follows.  Kept are at most WINDOW_HEADROOM, and
 * they are there (window_need).  False where the file ends before.
 */
bool window_cut(struct window *window, size_t kept, uint64_t count);

/* Numbers in the octet order of who wrote them, anywhere in memory. */
static inline uint16_t
load16(const uint8_t *at, bool swapped)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return swapped ? __builtin_bswap16(value) : value;
}

static inline uint32_t
load32(const uint8_t *at, bool swapped)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return swapped ? __builtin_bswap32(value) : value;
}

static inline uint64_t
load64(const uint8_t *at, bool swapped)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return swapped ? __builtin_bswap64(value) : value;
}

#endif

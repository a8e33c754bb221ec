/* SPDX-License-Identifier: BSD-2-Clause */
/* Spans of octets, for parsers of messages: from cursors, and to them. */
#ifndef EXFLOW_DECODE_SPAN_H
#define EXFLOW_DECODE_SPAN_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/decode/cursor.h"

/* Octets of a packet or buffer, which the parser does not keep. */
struct span {
	const uint8_t *octets;
	size_t length;
};

/* What of a cursor was captured, to its end; it is not moved. */
static inline struct span
span_of(const struct cursor *cursor)
{
	return (struct span){ cursor->at, (size_t)(cursor->end - cursor->at) };
}

/* A cursor over a whole message: what is read behind it is malformed. */
static inline void
cursor_over(struct cursor *cursor, struct span span)
{
	uint32_t length = (uint32_t)span.length;

	/* An empty span may have no octets to point to. */
	cursor_begin(cursor, length > 0 ? span.octets : (const uint8_t *)"",
	    length, length);
	cursor_declare(cursor, length);
}

/* What was read contradicts something else: nothing can be read any more. */
static inline void
cursor_reject(struct cursor *cursor)
{
	cursor->state = CURSOR_OVERRUN;
	cursor->end = cursor->at;
}

#endif

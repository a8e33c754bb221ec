/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first octets of one side, put together from pieces that come in any
 * order, some of them twice:
 *
 *	0         begin          end                    NAMES_STREAM_OCTETS
 *	│░░░░░░░░░░│██████████████│      │████│  │██│             │
 *	 parsed     in a row from  holes, and what is behind them
 *	 before     begin on
 *
 * A bit for each octet says whether it was seen, so that any order and any
 * number of holes cost the same.  What came first stays: a copy that differs
 * changes nothing.
 */
#ifndef EXFLOW_SRC_NAMES_STREAM_H
#define EXFLOW_SRC_NAMES_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/names/names.h"

struct stream {
	uint32_t end; /* octets up to here are in a row */
	uint64_t seen[NAMES_STREAM_OCTETS / 64];
	uint8_t octets[NAMES_STREAM_OCTETS];
};

/* Octets before `begin` are not wanted. */
void stream_begin(struct stream *stream, uint32_t begin);
/* What lies outside of the stream is left out. */
void stream_put(struct stream *stream, uint64_t offset, const uint8_t *octets,
    size_t length);
/* Is there anything from this octet on? */
bool stream_holds(const struct stream *stream, uint32_t from);

#endif

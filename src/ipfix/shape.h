/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the number of a shape says (exflow/ipfix/encoder.h has the picture).
 */
#ifndef EXFLOW_SRC_IPFIX_SHAPE_H
#define EXFLOW_SRC_IPFIX_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/ipfix/encoder.h"

static inline unsigned
shape_sides(unsigned shape)
{
	return shape / IPFIX_BASES % SIDES_COUNT;
}

static inline bool
shape_has_names(unsigned shape)
{
	return shape >= IPFIX_FIXED_SHAPES;
}

static inline bool
shape_is_brief(unsigned shape)
{
	return shape % IPFIX_FIXED_SHAPES >= IPFIX_BRIEF_SHAPES;
}

static inline bool
shape_has_quality(unsigned shape)
{
	return shape % IPFIX_FIXED_SHAPES >= IPFIX_PLAIN_SHAPES;
}

/* The same without quality and names. */
static inline unsigned
shape_plain(unsigned shape)
{
	return shape % IPFIX_FIXED_SHAPES % IPFIX_PLAIN_SHAPES;
}

static inline uint8_t
shape_macs(unsigned shape)
{
	return (uint8_t)(shape_plain(shape) / IPFIX_SHAPES_WITHOUT_MACS);
}

#endif

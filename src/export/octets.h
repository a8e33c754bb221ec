/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers in network order. */
#ifndef EXFLOW_EXPORT_OCTETS_H
#define EXFLOW_EXPORT_OCTETS_H

#include <stdint.h>

static inline uint32_t
octets_u16(const uint8_t *octets)
{
	return (uint32_t)octets[0] << 8 | octets[1];
}

static inline uint32_t
octets_u32(const uint8_t *octets)
{
	return octets_u16(octets) << 16 | octets_u16(octets + 2);
}

#endif

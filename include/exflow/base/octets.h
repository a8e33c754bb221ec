/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers in network byte order (most significant octet first) at any
 * alignment.  put… returns the place behind what it wrote.
 */
#ifndef EXFLOW_BASE_OCTETS_H
#define EXFLOW_BASE_OCTETS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint8_t *
put8(uint8_t *at, uint8_t value)
{
	*at = value;
	return at + 1;
}

static inline uint8_t *
put16(uint8_t *at, uint16_t value)
{
	value = htobe16(value);
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static inline uint8_t *
put32(uint8_t *at, uint32_t value)
{
	value = htobe32(value);
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static inline uint8_t *
put64(uint8_t *at, uint64_t value)
{
	value = htobe64(value);
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static inline uint32_t
get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static inline uint32_t
get32(const uint8_t *at)
{
	return get16(at) << 16 | get16(at + 2);
}

#endif

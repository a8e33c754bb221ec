/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers as messages have them, most significant octet first.  Each goes to
 * at, which need not be aligned; what is returned is the place behind it.
 */
#ifndef EXFLOW_IPFIX_OCTETS_H
#define EXFLOW_IPFIX_OCTETS_H

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

#endif

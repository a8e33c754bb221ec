/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "looks.h"

#include "exflow/names/names.h"

/* So many octets tell what a stream is. */
#define ENOUGH 8

bool
looks_certain(unsigned kinds, const uint8_t *octets, uint32_t captured)
{
	return captured >= ENOUGH &&
	       names_stream_begins(kinds, octets, captured);
}

bool
looks_begin(unsigned kinds, const uint8_t *octets, uint32_t captured)
{
	return names_stream_begins(kinds, octets, captured);
}

bool
looks_quic(const uint8_t *octets, uint32_t captured)
{
	return names_looks_like_quic(octets, captured);
}

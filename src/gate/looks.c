/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "looks.h"

#include <string.h>

#include "exflow/names/names.h"

/* So many octets tell what a stream is. */
#define ENOUGH 8

/* What requests and answers of HTTP/1 begin with, and SSH's greeting. */
static const char words[][4] = { "GET ", "POST", "HEAD", "HTTP", "PUT ", "DELE",
	"OPTI", "CONN", "PATC", "TRAC", "PRI ", "PROP" };
#define WORDS (sizeof(words) / sizeof(words[0]))

/* A record of a handshake (RFC 8446, 5.1). */
static bool
is_tls(const uint8_t *octets)
{
	return octets[0] == 0x16 && octets[1] == 3 && octets[2] <= 4;
}

static bool
is_http(const uint8_t *octets)
{
	for (size_t i = 0; i < WORDS; i++)
		if (memcmp(octets, words[i], sizeof(words[i])) == 0)
			return true;
	return false;
}

bool
looks_certain(unsigned kinds, const uint8_t *octets, uint32_t captured)
{
	if (captured < ENOUGH)
		return false;
	if (kinds & (NAMES_TLS) && is_tls(octets))
		return true;
	if (octets[0] < 'C' || octets[0] > 'T')
		return false;
	return (kinds & NAMES_HTTP && is_http(octets)) ||
	       memcmp(octets, "SSH-", 4) == 0;
}

bool
looks_begin(unsigned kinds, const uint8_t *octets, uint32_t captured)
{
	return captured < ENOUGH || octets[0] == '\r' || octets[0] == '\n' ||
	       looks_certain(kinds, octets, captured);
}

/* RFC 8999: a long header, and the versions that parsers know. */
bool
looks_quic(const uint8_t *octets, uint32_t captured)
{
	unsigned type;
	uint32_t version;

	if (captured < 5 || !(octets[0] & 0x80))
		return false;
	version = (uint32_t)octets[1] << 24 | (uint32_t)octets[2] << 16 |
	          (uint32_t)octets[3] << 8 | octets[4];
	type = octets[0] >> 4 & 3;
	if (version == 0) /* version negotiation */
		return true;
	if (!(octets[0] & 0x40))
		return false;
	if (version == 0x6b3343cf) /* v2 (RFC 9369, 3.2): 3 is Handshake */
		return type != 3;
	/* v1 and the last drafts: 2 is Handshake */
	return (version == 1 || version >> 8 == 0xff0000) && type != 2;
}

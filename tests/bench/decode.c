/* SPDX-License-Identifier: BSD-2-Clause */
/* From a frame to a segment: ns a frame, by what lies around TCP or UDP. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "exflow/decode/decode.h"
#include "exflow/exchange/flow_hash.h"

#include "micro.h"

#define FRAMES 64
#define FRAME_OCTETS 1514
#define PASSES 4000
#define ROUNDS 30

#define ETHERNET "020000000001020000000002"
#define TAG "81000064"
#define IP4(length, protocol)                                                  \
	"45 00" length "1234 0000 40" protocol "0000 0a000001 c0000207"
#define IP6(length, next)                                                      \
	"60000000" length next "40 fd000000000000000000000000000001"           \
	"20010db8000000000000000000000007"
#define TCP                                                                    \
	"9c40 0050 01020304 00000000 80 10 ffff 0000 0000"                     \
	"0101080a 00000001 00000002"
#define UDP(port, length) "9c40" port length "0000"
#define HOP_BY_HOP(next) next "00 050200000100"

static const struct {
	const char *name;
	const char *octets; /* hexadecimal, blanks between; zeros follow */
} kinds[] = {
	{ "decode: IPv4, TCP", ETHERNET "0800" IP4("05dc", "06") TCP },
	{ "decode: IPv4, UDP",
	    ETHERNET "0800" IP4("05dc", "11") UDP("0035", "05c8") },
	{ "decode: VLAN, IPv4, TCP",
	    ETHERNET TAG "0800" IP4("05d8", "06") TCP },
	{ "decode: two VLANs, IPv4, TCP",
	    ETHERNET "88a80065" TAG "0800" IP4("05d4", "06") TCP },
	{ "decode: IPv6, TCP", ETHERNET "86dd" IP6("05b4", "06") TCP },
	{ "decode: IPv6, hop-by-hop options, TCP",
	    ETHERNET "86dd" IP6("05b4", "00") HOP_BY_HOP("06") TCP },
	{ "decode: GRE, IPv4, TCP", ETHERNET
	    "0800" IP4("05dc", "2f") "00000800" IP4("05c4", "06") TCP },
	{ "decode: VXLAN, Ethernet, IPv4, TCP",
	    ETHERNET "0800" IP4("05dc", "11")
	        UDP("12b5", "05c8") "08000000 00002a00" ETHERNET
	                            "0800" IP4("05aa", "06") TCP },
};

static void
fill(uint8_t *frame, const char *digits)
{
	char octet[3] = "";

	memset(frame, 0, FRAME_OCTETS);
	while (*digits != '\0') {
		if (*digits == ' ') {
			digits++;
			continue;
		}
		octet[0] = *digits++;
		octet[1] = *digits++;
		*frame++ = (uint8_t)strtoul(octet, NULL, 16);
	}
}

/* ns a frame, or -1 where a frame does not decode. */
static double
decode(struct decoder *decoder, uint8_t (*frames)[FRAME_OCTETS],
    struct segment *segments)
{
	const timestamp now = { 1 };
	enum unmatched reason;
	uint64_t start = micro_clock_ns();

	for (unsigned pass = 0; pass < PASSES; pass++)
		for (unsigned i = 0; i < FRAMES; i++)
			if (decode_frame(decoder, now, now, frames[i],
			        FRAME_OCTETS, FRAME_OCTETS, &segments[i],
			        &reason) != DECODE_SEGMENT)
				return -1;
	return (double)(micro_clock_ns() - start) / PASSES / FRAMES;
}

static double
hash(const struct flow_hash *secret, struct segment *segments)
{
	uint64_t start = micro_clock_ns();

	for (unsigned pass = 0; pass < PASSES; pass++)
		for (unsigned i = 0; i < FRAMES; i++) {
			/* The next waits for this, as nothing else would. */
			segments[i].key.scope = (uint16_t)segments[0].hash;
			segments[i].hash = flow_hash(secret, &segments[i].key);
		}
	return (double)(micro_clock_ns() - start) / PASSES / FRAMES;
}

static double
least(double best, double took)
{
	return best == 0 || took < best ? took : best;
}

int
main(void)
{
	struct decode_options options = { .tunnels = tunnel_from_name("all") };
	struct decoder *decoder = decoder_new(&options);
	static uint8_t frames[FRAMES][FRAME_OCTETS];
	static struct segment segments[FRAMES];
	struct flow_hash secret;
	double best;

	if (decoder == NULL || flow_hash_init(&secret) == -1)
		return 1;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (unsigned i = 0; i < FRAMES; i++)
			fill(frames[i], kinds[k].octets);
		best = 0;
		for (int round = 0; round < ROUNDS; round++)
			best = least(best, decode(decoder, frames, segments));
		if (best < 0)
			return 1;
		micro_row(kinds[k].name, best, "ns a frame");
	}
	best = 0;
	for (int round = 0; round < ROUNDS; round++)
		best = least(best, hash(&secret, segments));
	micro_row("hash of a key", best, "ns");
	decoder_free(&decoder);
	return 0;
}

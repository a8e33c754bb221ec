/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The detail of a segment: a second look at the headers of IP and TCP, whose
 * places were noted on the way through the layers.
 *
 *	ip_header        transport                     end
 *	    │                │                          │
 *	    ▼                ▼                          ▼
 *	    │ IPv4 or IPv6 … │ TCP │ options │ payload ▒│
 *
 * What lies beyond end was not captured, or is in another fragment.  A segment
 * of later fragments has no headers to look at.
 */
#include "packet.h"

#define TCP_OCTETS 20
#define TCP_WINDOW 14
#define IP4_DONT_FRAGMENT 0x40

enum {
	OPTION_END,
	OPTION_NOTHING,
	OPTION_MSS,
	OPTION_WINDOW_SCALE,
	OPTION_SACK_PERMITTED,
	OPTION_SACK,
	OPTION_TIMESTAMPS = 8
};

/* How most segments begin their options: two of nothing, then timestamps. */
#define USUAL_OPTIONS UINT32_C(0x0101080a)
#define USUAL_OCTETS 12

/*
 * All options of most SYNs, as Linux sends them: MSS, SACK permitted,
 * timestamps, one of nothing, window scale.  The words with numbers in them are
 * compared without these.
 */
#define USUAL_SYN_OCTETS 20
#define USUAL_SYN_MSS UINT32_C(0x0204)
#define USUAL_SYN_SACK UINT32_C(0x0402080a)
#define USUAL_SYN_SCALE UINT32_C(0x010303)

void
decoder_want(struct decoder *decoder, bool details, bool payloads)
{
	decoder->details = details;
	decoder->payloads = payloads;
	decoder->noted =
	    decoder->key_vlan || decoder->key_tunnel || details || payloads;
	detail_forget_headers(decoder);
}

static inline void
read_ip(const uint8_t *header, unsigned version, struct segment_detail *detail)
{
	if (version == 6)
		return;
	detail->ip_id = load16(header + 4);
	if (detail->ip_id != 0 || !(header[6] & IP4_DONT_FRAGMENT))
		detail->known = DETAIL_ID;
}

static inline void
read_timestamps(const uint8_t *value, struct segment_detail *detail)
{
	detail->timestamp_value = load32(value);
	detail->timestamp_echo = load32(value + 4);
	detail->known |= DETAIL_TIMESTAMPS;
}

static void
read_sack(const uint8_t *value, size_t octets, struct segment_detail *detail)
{
	size_t blocks = octets / 8;

	if (octets % 8 != 0 || blocks > DETAIL_SACK_BLOCKS)
		return;
	for (size_t i = 0; i < blocks; i++)
		detail->sack[i] = (struct sack_block){ load32(value + 8 * i),
			load32(value + 8 * i + 4) };
	detail->sack_blocks = (uint8_t)blocks;
}

/* One option; those that only a SYN may have are looked at there only. */
static void
read_option(unsigned kind, const uint8_t *value, size_t octets, bool syn,
    struct segment_detail *detail)
{
	if (kind == OPTION_TIMESTAMPS && octets == 8) {
		read_timestamps(value, detail);
	} else if (kind == OPTION_SACK) {
		read_sack(value, octets, detail);
	} else if (!syn) {
		return;
	} else if (kind == OPTION_MSS && octets == 2) {
		detail->maximum_segment_size = load16(value);
		detail->known |= DETAIL_MSS;
	} else if (kind == OPTION_WINDOW_SCALE && octets == 1) {
		detail->window_scale = *value;
		detail->known |= DETAIL_WINDOW_SCALE;
	} else if (kind == OPTION_SACK_PERMITTED && octets == 0) {
		detail->known |= DETAIL_SACK_PERMITTED;
	}
}

/* Options up to end.  False where one does not fit: the rest is not known. */
static bool
read_options(const uint8_t *at, const uint8_t *end, bool syn,
    struct segment_detail *detail)
{
	while (at < end && *at != OPTION_END) {
		if (*at == OPTION_NOTHING) {
			at++;
			continue;
		}
		if (end - at < 2 || at[1] < 2 || at[1] > end - at)
			return false;
		read_option(at[0], at + 2, at[1] - 2u, syn, detail);
		at += at[1];
	}
	return true;
}

/* The options of a segment that has so many octets of them, if they are usual. */
static inline __attribute__((always_inline)) bool
read_usual(const uint8_t *options, size_t octets, struct segment_detail *detail)
{
	if (octets == USUAL_OCTETS && load32(options) == USUAL_OPTIONS) {
		read_timestamps(options + 4, detail);
		return true;
	}
	if (octets != USUAL_SYN_OCTETS || load16(options) != USUAL_SYN_MSS ||
	    load32(options + 4) != USUAL_SYN_SACK ||
	    load32(options + 16) >> 8 != USUAL_SYN_SCALE)
		return false;
	detail->maximum_segment_size = load16(options + 2);
	detail->window_scale = options[19];
	detail->known |=
	    DETAIL_MSS | DETAIL_SACK_PERMITTED | DETAIL_WINDOW_SCALE;
	read_timestamps(options + 8, detail);
	return true;
}

static inline void
read_tcp(
    const uint8_t *header, const uint8_t *end, struct segment_detail *detail)
{
	size_t octets = (size_t)(end - header), all;
	bool syn, read;

	if (octets < TCP_WINDOW + 2)
		return;
	detail->window = load16(header + TCP_WINDOW);
	detail->known |= DETAIL_WINDOW;
	all = (size_t)(header[12] >> 4) * 4;
	if (octets < TCP_OCTETS)
		return;
	if (octets > all)
		octets = all;
	syn = (header[13] & TCP_SYN) != 0;
	if (octets == all && syn == (all == TCP_OCTETS + USUAL_SYN_OCTETS) &&
	    read_usual(header + TCP_OCTETS, all - TCP_OCTETS, detail)) {
		detail->known |= DETAIL_OPTIONS;
		return;
	}
	read = read_options(header + TCP_OCTETS, header + octets, syn, detail);
	if (read && octets == all)
		detail->known |= DETAIL_OPTIONS;
}

void
decode_detail(const struct decoder *decoder, struct segment_detail *detail)
{
	detail->timestamp_value = detail->timestamp_echo = 0;
	detail->window = detail->maximum_segment_size = detail->ip_id = 0;
	detail->window_scale = detail->sack_blocks = detail->known = 0;
	if (decoder->ip_header == NULL)
		return;
	read_ip(decoder->ip_header, decoder->ip_version, detail);
	read_tcp(decoder->headers.transport, decoder->headers.end, detail);
}

const struct decode_headers *
decoder_headers(const struct decoder *decoder)
{
	return &decoder->headers;
}

/* What is captured of TCP's header up to its length is so of every segment. */
const uint8_t *
decode_payload(const struct decoder *decoder, const struct segment *segment,
    uint32_t *captured)
{
	const uint8_t *header = decoder->headers.transport;
	size_t there, before = 8;

	*captured = 0;
	if (header == NULL || !segment_has_ports(segment->key.protocol))
		return NULL;
	there = (size_t)(decoder->headers.end - header);
	if (segment->key.protocol == PROTOCOL_TCP)
		before = there > 12 ? (size_t)4 * (header[12] >> 4) : there;
	if (there <= before)
		return NULL;
	there -= before;
	*captured = there < segment->payload_octets ? (uint32_t)there
	                                            : segment->payload_octets;
	return header + before;
}

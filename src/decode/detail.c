/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The detail of any segment that has TCP's header, and what is behind that.
 *
 *	source − 12 or − 8            header
 *	    │                           │
 *	    ▼                           ▼◄───────── octets ─────────►
 *	    │ IPv4 or IPv6, extensions  │ TCP │ options │ payload ▒▒▒│
 *
 * What lies beyond these octets was not captured, or is in another fragment.
 */
#include "detail.h"

#define TCP_OCTETS 20
#define TCP_WINDOW 14

enum {
	OPTION_END,
	OPTION_NOTHING,
	OPTION_MSS,
	OPTION_WINDOW_SCALE,
	OPTION_SACK_PERMITTED,
	OPTION_SACK,
	OPTION_TIMESTAMPS = 8
};

/*
 * All options of most SYNs, as Linux sends them: MSS, SACK permitted,
 * timestamps, one of nothing, window scale.  The words with numbers in them are
 * compared without these.
 */
#define USUAL_SYN_OCTETS 20
#define USUAL_SYN_MSS UINT32_C(0x0204)
#define USUAL_SYN_SACK UINT32_C(0x0402080a)
#define USUAL_SYN_SCALE UINT32_C(0x010303)

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
		detail->known |= detail_timestamps(value, detail);
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

/* The options of a SYN that has USUAL_SYN_OCTETS of them, if they are these. */
static inline bool
read_usual_syn(const uint8_t *options, struct segment_detail *detail)
{
	if (load16(options) != USUAL_SYN_MSS ||
	    load32(options + 4) != USUAL_SYN_SACK ||
	    load32(options + 16) >> 8 != USUAL_SYN_SCALE)
		return false;
	detail->maximum_segment_size = load16(options + 2);
	detail->window_scale = options[19];
	detail->known |= DETAIL_MSS | DETAIL_SACK_PERMITTED |
	                 DETAIL_WINDOW_SCALE |
	                 detail_timestamps(options + 8, detail);
	return true;
}

static void
read_tcp(const uint8_t *header, size_t octets, struct segment_detail *detail)
{
	size_t all;
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
	if (syn && octets == all && all == TCP_OCTETS + USUAL_SYN_OCTETS &&
	    read_usual_syn(header + TCP_OCTETS, detail)) {
		detail->known |= DETAIL_OPTIONS;
		return;
	}
	read = read_options(header + TCP_OCTETS, header + octets, syn, detail);
	if (read && octets == all)
		detail->known |= DETAIL_OPTIONS;
}

void
detail_read(const struct packet *packet, const struct datagram *datagram,
    const uint8_t *header)
{
	struct segment_detail *detail = *packet->decoder->details;
	size_t octets = (size_t)(packet->cursor.end - header);

	if (octets > datagram->payload)
		octets = datagram->payload;
	detail_clear(detail);
	detail->known = (uint8_t)detail_id(datagram, detail);
	read_tcp(header, octets, detail);
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

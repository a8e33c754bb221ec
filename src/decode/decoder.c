/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder seen from outside: options, link type, and the frame's way
 * through the layers.
 *
 * The happy path is Ethernet, IPv4, TCP: three headers, no table, no branch
 * that is taken.  The rest of this file is about packets that are fragments.
 * Several layers of one packet may be first fragments, as tunnels nest:
 *
 *	IPv4, first of 2 │ UDP │ GTP-U │ IPv4, first of 3 │ TCP
 *	      first[0]                        first[1]
 *
 * Only the innermost one is part of the segment, so only its later fragments
 * join it.  The octets of the outer ones have been counted by the lengths of
 * the inner packet already: they are unmatched (tunnel_fragment).  Where the
 * packet was refused, the later fragments of every layer have its reason.
 */
#include "exflow/decode/decode.h"

#include <stdlib.h>
#include <string.h>

#include "detail.h"
#include "packet.h"

#define ETHERTYPE_IP4 0x0800

static const char *const tunnel_names[] = {
	"ipip",
	"6in4",
	"gre",
	"vxlan",
	"geneve",
	"gtpu",
	"teredo",
	"erspan",
};
#define TUNNELS (sizeof(tunnel_names) / sizeof(tunnel_names[0]))
_Static_assert(TUNNELS == TUNNEL_COUNT, "each has a name");

unsigned
tunnel_from_name(const char *name)
{
	if (strcmp(name, "all") == 0)
		return (1u << TUNNELS) - 1;
	for (size_t i = 0; i < TUNNELS; i++)
		if (strcmp(name, tunnel_names[i]) == 0)
			return 1u << i;
	return 0;
}

const char *
tunnel_name(size_t n)
{
	return n < TUNNELS ? tunnel_names[n] : NULL;
}

struct decoder *
decoder_new(const struct decode_options *options)
{
	struct decoder *decoder = calloc(1, sizeof(*decoder));

	if (decoder == NULL)
		return NULL;
	decoder->fragments = fragment_table_new(options->fragment_table);
	if (decoder->fragments == NULL) {
		free(decoder);
		return NULL;
	}
	decoder->link = LAYER_ETHERNET;
	decoder->tunnels = options->tunnels;
	decoder->key_vlan = options->key_vlan;
	decoder->key_tunnel = options->key_tunnel;
	decoder->other = options->other;
	decoder_want(decoder, options->details, options->payloads);
	return decoder;
}

void
decoder_free(struct decoder **decoder)
{
	if (*decoder == NULL)
		return;
	fragment_table_free(&(*decoder)->fragments);
	free(*decoder);
	*decoder = NULL;
}

void
decoder_want(struct decoder *decoder, struct segment_detail *const *details,
    bool payloads)
{
	decoder->details = details;
	decoder->payloads = payloads;
	decoder->noted = decoder->key_vlan || decoder->key_tunnel || payloads;
	decoder->noted_tcp = decoder->noted || details != NULL;
	decoder->headers.transport = NULL;
}

int
decoder_set_datalink(struct decoder *decoder, int dlt)
{
	int link = link_find(dlt);

	if (link == -1)
		return -1;
	decoder->link = (enum layer)link;
	return 0;
}

/* --- one frame */

static enum layer
next_layer(struct packet *packet, enum layer layer)
{
	switch (layer) {
#define X(name, function)                                                      \
	case name:                                                             \
		return function(packet);
		LAYERS(X)
#undef X
	default:
		return packet_refuse(packet, UNMATCHED_MALFORMED);
	}
}

static inline enum layer
ethernet(struct packet *packet)
{
	const uint8_t *header = cursor_take(&packet->cursor, 14);
	unsigned type;

	if (header == NULL)
		return packet_refuse_cut(packet);
	type = load16(header + 12);
	return __builtin_expect(type == ETHERTYPE_IP4, 1)
	           ? LAYER_IP4
	           : shim_ethertype(packet, type);
}

/* Most packets are Ethernet with IP: these do without the table. */
static inline enum layer
walk_layers(struct packet *packet)
{
	enum layer layer = packet->decoder->link;

	while (layer > DECIDED_WAITS) {
		if (layer == LAYER_ETHERNET)
			layer = ethernet(packet);
		if (layer == LAYER_IP4)
			layer = ip4_decode(packet);
		else if (layer == LAYER_IP6)
			layer = ip6_decode(packet);
		else if (layer > DECIDED_WAITS && layer != LAYER_ETHERNET)
			layer = next_layer(packet, layer);
	}
	return layer;
}

/* The fragment that the segment is part of: the innermost layer. */
static enum layer
decide_first(struct packet *packet, const struct first_fragment *first)
{
	struct fragment_table *fragments = packet->decoder->fragments;

	if (!packet->tiny) {
		fragment_table_first(fragments, &first->key, &first->piece,
		    packet->now, packet->segment, packet->header_octets);
		return DECIDED_SEGMENT;
	}
	return packet_fragment(fragment_table_tiny(fragments, &first->key,
	    &first->piece, packet->now, packet->header_octets, packet->segment,
	    &packet->reason));
}

static enum layer
decide_fragments(struct packet *packet, enum layer decided)
{
	struct decoder *decoder = packet->decoder;

	for (unsigned i = 0; i < packet->firsts; i++) {
		const struct first_fragment *first = &decoder->first[i];
		bool outer = packet->later || first->depth < packet->tunnels;

		if (decided != DECIDED_REFUSED && !outer)
			decided = decide_first(packet, first);
		else
			fragment_table_refuse(decoder->fragments, &first->key,
			    &first->piece, packet->now,
			    decided == DECIDED_REFUSED
			        ? packet->reason
			        : UNMATCHED_TUNNEL_FRAGMENT);
	}
	return decided;
}

/*
 * The segment is not that of the headers that were read, but of a datagram that
 * was in the table.
 */
static bool
is_from_table(const struct packet *packet)
{
	return packet->later || packet->tiny;
}

static void
forget_headers(struct decoder *decoder)
{
	decoder->headers.transport = NULL;
	if (decoder->details != NULL)
		detail_clear(*decoder->details);
}

static enum decode_result
fragment_result(
    struct packet *packet, enum layer decided, enum unmatched *reason)
{
	decided = decide_fragments(packet, decided);
	if (is_from_table(packet))
		forget_headers(packet->decoder);
	*reason = packet->reason;
	switch (decided) {
	case DECIDED_REFUSED:
		return DECODE_REFUSED;
	case DECIDED_WAITS:
		return DECODE_WAITS;
	default:
		return fragment_table_released(packet->decoder->fragments)
		           ? DECODE_MORE
		           : DECODE_SEGMENT;
	}
}

enum decode_result
decode_frame(struct decoder *decoder, timestamp time, timestamp now,
    const uint8_t *frame, uint32_t captured, uint32_t wire_length,
    struct segment *segment, enum unmatched *reason)
{
	struct packet packet;
	enum layer decided;

	segment->time = time;
	cursor_begin(&packet.cursor, frame, captured, wire_length);
	packet_begin(&packet, decoder, segment, now);
	decided = walk_layers(&packet);
	if (__builtin_expect(packet.is_fragment, 0))
		return fragment_result(&packet, decided, reason);
	if (decided == DECIDED_SEGMENT)
		return DECODE_SEGMENT;
	*reason = packet.reason;
	return DECODE_REFUSED;
}

enum decode_result
decode_next(struct decoder *decoder, struct segment *segment)
{
	fragment_table_next(decoder->fragments, segment);
	forget_headers(decoder);
	return fragment_table_released(decoder->fragments) ? DECODE_MORE
	                                                   : DECODE_SEGMENT;
}

/* --- time and counts */

void
decoder_advance(struct decoder *decoder, timestamp now)
{
	fragment_table_advance(decoder->fragments, now);
}

void
decoder_finish(struct decoder *decoder)
{
	fragment_table_finish(decoder->fragments);
}

void
decoder_counts(const struct decoder *decoder, struct decode_counts *counts)
{
	*counts = *fragment_table_counts(decoder->fragments);
	memcpy(counts->tunnels_closed, decoder->tunnels_closed,
	    sizeof(counts->tunnels_closed));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder seen from outside: options, link type, and the frame's way in
 * and out.
 */
#include "exflow/decode/decode.h"

#include <stdlib.h>
#include <string.h>

#include "packet.h"

static const char *const tunnel_names[] = {
	"ipip",
	"6in4",
	"gre",
	"vxlan",
	"geneve",
	"gtpu",
	"teredo",
};
#define TUNNELS (sizeof(tunnel_names) / sizeof(tunnel_names[0]))

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
	decoder->link = link_ethernet;
	decoder->tunnels = options->tunnels;
	decoder->key_vlan = options->key_vlan;
	decoder->other = options->other;
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

int
decoder_set_datalink(struct decoder *decoder, int dlt)
{
	link_function *link = link_find(dlt);

	if (link == NULL)
		return -1;
	decoder->link = link;
	return 0;
}

uint64_t
decoder_fragments_evicted(const struct decoder *decoder)
{
	return fragment_table_evicted(decoder->fragments);
}

/* Every layer that was a first fragment leads to the innermost segment. */
static void
store_first_fragments(const struct packet *packet)
{
	const struct decoder *decoder = packet->decoder;

	for (unsigned i = 0; i < packet->firsts; i++)
		fragment_table_put(decoder->fragments, &decoder->first[i],
		    packet->segment, packet->now);
}

int
decode_frame(struct decoder *decoder, timestamp time, timestamp now,
    const uint8_t *frame, uint32_t captured, uint32_t wire_length,
    struct segment *segment, enum unmatched *reason)
{
	struct packet packet = {
		.cursor = cursor_over(frame, captured, wire_length),
		.decoder = decoder,
		.segment = segment,
		.now = now,
	};

	segment->time = time;
	if (decoder->link(&packet) != DECODED) {
		*reason = packet.reason;
		return -1;
	}
	if (packet.firsts != 0)
		store_first_fragments(&packet);
	return 0;
}

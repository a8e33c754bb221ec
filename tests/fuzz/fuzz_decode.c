/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder fed with any octets.  The first octet selects the link type
 * (low half) and the tunnels (high half: one of them, or 8 and above: all);
 * then come frames, each behind two octets of length.  The length's highest
 * bit says that the frame was longer on the wire.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/decode/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct decoder *
make_decoder(uint8_t choice)
{
	unsigned tunnel = choice >> 4;
	struct decode_options options = {
		.tunnels =
		    tunnel < 8 ? (1u << tunnel) >> 1 : tunnel_from_name("all"),
		.key_vlan = tunnel % 2 != 0,
		.fragment_table = 4,
	};
	struct decoder *decoder = decoder_new(&options);
	int dlt = 1;

	if (decoder == NULL)
		abort();
	decode_datalink_name(choice & 0x0f, &dlt);
	if (decoder_set_datalink(decoder, dlt) != 0)
		abort();
	return decoder;
}

/* What every segment promises to the meter. */
static void
check(const struct segment *segment)
{
	const struct flow_key *key = &segment->key;
	struct segment again = { .key = *key };

	segment_set_endpoints(&again, key->address[segment->sender],
	    key->port[segment->sender], key->address[!segment->sender],
	    key->port[!segment->sender], key->ip_version);
	if (memcmp(&again.key, key, sizeof(*key)) != 0)
		abort();
	if (key->protocol != PROTOCOL_TCP && key->protocol != PROTOCOL_UDP)
		abort();
	if (segment->payload_octets >= segment->ip_octets)
		abort();
	if (segment->later_fragment && segment->tcp_flags != 0)
		abort();
}

static void
decode_one(struct decoder *decoder, int64_t number, const uint8_t *octets,
    uint16_t length, uint32_t wire_length)
{
	timestamp now = { number * NS_PER_SECOND };
	uint8_t *frame = malloc(length + (length == 0));
	enum unmatched reason = UNMATCHED_COUNT;
	struct segment segment;

	if (frame == NULL)
		abort();
	memcpy(frame, octets, length);
	if (decode_frame(decoder, now, now, frame, length, wire_length,
	        &segment, &reason) == 0)
		check(&segment);
	else if ((unsigned)reason > UNMATCHED_FRAGMENT)
		abort();
	free(frame);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;
	struct decoder *decoder;

	if (size == 0)
		return 0;
	decoder = make_decoder(*data++);
	for (int64_t number = 0; end - data >= 2; number++) {
		uint32_t wire = (uint32_t)(data[0] & 0x7f) << 8 | data[1];
		uint32_t length = wire;

		if ((data[0] & 0x80) != 0)
			wire += 1000;
		data += 2;
		if (length > (size_t)(end - data))
			length = (uint32_t)(end - data);
		decode_one(decoder, number, data, (uint16_t)length, wire);
		data += length;
	}
	decoder_free(&decoder);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder fed with any octets.  The first octet selects the link type
 * (its lower five bits) and what else is on (TUNNELS …); then come frames,
 * each behind two octets of length.  The length's highest bit says that the
 * frame was longer on the wire, the next one that time goes back by 10 s.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/decode/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINK 0x1f
#define TUNNELS 0x80  /* look through all of them */
#define KEY_VLAN 0x40 /* and other protocols */
#define KEY_TUNNEL 0x20
#define LONGER 0x80
#define BACK 0x40

/* Where every packet has gone, and the detail of the last one. */
struct books {
	uint64_t read, segments, refused;
	struct segment_detail detail, *at;
};

static struct decoder *
make_decoder(uint8_t choice, struct books *books)
{
	struct decode_options options = {
		.tunnels =
		    (choice & TUNNELS) != 0 ? tunnel_from_name("all") : 0,
		.key_vlan = (choice & KEY_VLAN) != 0,
		.other = (choice & KEY_VLAN) != 0,
		.key_tunnel = (choice & KEY_TUNNEL) != 0,
		.fragment_table = 4,
		.details = &books->at,
	};
	struct decoder *decoder = decoder_new(&options);
	int dlt = 1;

	books->at = &books->detail;
	if (decoder == NULL)
		abort();
	decode_datalink_name(choice & LINK, &dlt);
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

	if (segment->payload_octets >= segment->ip_octets)
		abort();
	if (!segment_has_key(segment, key, segment->vlan,
	        segment->customer_vlan, segment->tunnel))
		abort();
	/* The identifier of an echo has a place of its own. */
	segment_set_endpoints(&again, key->address[segment->sender],
	    key->port[segment->sender], key->address[!segment->sender],
	    key->port[!segment->sender], key->ip_version);
	if (segment_has_ports(key->protocol) &&
	    memcmp(&again.key, key, sizeof(*key)) != 0)
		abort();
	if (segment->later_fragment && segment->tcp_flags != 0)
		abort();
}

/* Of TCP it is always written: what was left there is not possible. */
static void
check_detail(const struct segment *segment, const struct segment_detail *detail)
{
	if (segment->key.protocol != PROTOCOL_TCP)
		return;
	if (detail->sack_blocks > DETAIL_SACK_BLOCKS)
		abort();
	if (segment->later_fragment && detail->known != 0)
		abort();
	if (segment->key.ip_version == 6 && detail->known & DETAIL_ID)
		abort();
}

static void
balance(const struct decoder *decoder, const struct books *books)
{
	struct decode_counts counts;
	uint64_t sum;

	decoder_counts(decoder, &counts);
	sum = books->segments + books->refused + counts.undecided;
	for (size_t i = 0; i < UNMATCHED_COUNT; i++)
		sum += counts.unmatched[i];
	if (sum != books->read)
		abort();
}

static void
decode_one(struct decoder *decoder, struct books *books, timestamp now,
    const uint8_t *octets, uint32_t length, uint32_t wire_length)
{
	uint8_t *frame = malloc(length + (length == 0));
	enum unmatched reason = UNMATCHED_COUNT;
	enum decode_result result;
	struct segment_macs macs;
	struct segment segment;

	if (frame == NULL)
		abort();
	memcpy(frame, octets, length);
	memset(&books->detail, 0xee, sizeof(books->detail));
	books->read++;
	result = decode_frame(
	    decoder, now, now, frame, length, wire_length, &segment, &reason);
	decode_macs(decoder, frame, length, wire_length, &macs);
	if (macs.known >> 2 != 0)
		abort();
	free(frame);
	if (result == DECODE_REFUSED) {
		books->refused++;
		if ((unsigned)reason > UNMATCHED_TUNNEL_FRAGMENT)
			abort();
	}
	while (result == DECODE_MORE || result == DECODE_SEGMENT) {
		books->segments++;
		check(&segment);
		check_detail(&segment, &books->detail);
		if (result == DECODE_SEGMENT)
			break;
		memset(&books->detail, 0xee, sizeof(books->detail));
		result = decode_next(decoder, &segment);
	}
	balance(decoder, books);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;
	struct books books = { 0 };
	struct decoder *decoder;
	timestamp now = { 1000 * NS_PER_SECOND };

	if (size == 0)
		return 0;
	decoder = make_decoder(*data++, &books);
	while (end - data >= 2) {
		uint32_t wire = (uint32_t)(data[0] & 0x3f) << 8 | data[1];
		uint32_t length = wire;

		if ((data[0] & LONGER) != 0)
			wire += 1000;
		now = timestamp_shift(
		    now, duration_seconds((data[0] & BACK) != 0 ? -10 : 1));
		data += 2;
		if (length > (size_t)(end - data))
			length = (uint32_t)(end - data);
		decode_one(decoder, &books, now, data, length, wire);
		data += length;
	}
	decoder_finish(decoder);
	balance(decoder, &books);
	decoder_free(&decoder);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/gate/hunt.h"

#include "exflow/gate/gate.h"
#include "exflow/names/names.h"

/* Its client is who the answer is to. */
struct asker {
	struct hunter *hunter;
	struct hunter_pair pair;
};

/* An answer says that the name is at an address. */
static void
take_answer(void *context, const struct names_answer *answer)
{
	struct asker *asker = context;

	/* Who asks over IPv4 for an IPv6 address goes there as somebody else. */
	if (answer->ip_version != asker->pair.ip_version)
		return;
	asker->pair.server = answer->address;
	hunter_put(asker->hunter, &asker->pair, answer->name,
	    answer->name_octets, answer->ttl, answer->time);
}

void
hunt_answer(struct hunter *hunter, const struct segment *segment,
    const uint8_t *octets, uint32_t captured)
{
	struct asker asker = { .hunter = hunter,
		.pair = { .client = segment->key.address[!segment->sender],
		    .ip_version = segment->key.ip_version } };

	(void)names_read_answers(
	    octets, captured, segment->time, take_answer, &asker);
}

/* RFC 1035, 4.2.2: over TCP a message stands behind its length. */
void
hunt_framed_answer(struct hunter *hunter, const struct segment *segment,
    const uint8_t *octets, uint32_t captured)
{
	uint32_t length =
	    captured < 2 ? 0 : (uint32_t)octets[0] << 8 | octets[1];

	if (length > 0 && length <= captured - 2)
		hunt_answer(hunter, segment, octets + 2, length);
}

static struct hunter_pair
pair_of(const struct segment *segment)
{
	return (struct hunter_pair){
		.client = segment->key.address[segment->sender],
		.server = segment->key.address[!segment->sender],
		.ip_version = segment->key.ip_version,
	};
}

size_t
hunt_name(const struct hunter *hunter, const struct segment *segment,
    char name[NAME_OCTETS_MAX])
{
	const struct hunter_pair pair = pair_of(segment);

	return hunter_find(hunter, &pair, segment->time, name);
}

/* Sets come from memory, all at once. */
static void
fetch(const struct hunter *hunter, const struct segment *segments,
    const struct segment_payload *payloads, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct hunter_pair pair;

		if (payloads[i].hunt != HUNT_ASKS)
			continue;
		pair = pair_of(&segments[payloads[i].segment]);
		hunter_fetch(hunter, &pair);
	}
}

/* Of an answer the meter gets as much as of all payloads. */
static void
tell(struct hunter *hunter, const struct segment *segment,
    struct segment_payload *payload)
{
	if (payload->hunt == HUNT_TELLS)
		hunt_answer(
		    hunter, segment, payload->octets, payload->captured);
	else
		hunt_framed_answer(
		    hunter, segment, payload->octets, payload->captured);
	if (payload->captured > GATE_STREAM_OCTETS)
		payload->captured = GATE_STREAM_OCTETS;
}

size_t
hunt_payloads(struct hunter *hunter, const struct segment *segments,
    struct segment_payload *payloads, size_t n, char *room)
{
	size_t stay = 0;

	fetch(hunter, segments, payloads, n);
	for (size_t i = 0; i < n; i++) {
		struct segment_payload *payload = &payloads[i];
		const struct segment *segment = &segments[payload->segment];

		if (payload->hunt == HUNT_ASKS) {
			payload->hunted = room;
			payload->hunted_octets =
			    (uint8_t)hunt_name(hunter, segment, room);
			room += payload->hunted_octets;
			if (payload->hunted_octets + payload->captured == 0)
				continue;
		} else if (payload->hunt != 0) {
			tell(hunter, segment, payload);
		}
		if (stay != i)
			payloads[stay] = *payload;
		stay++;
	}
	return stay;
}

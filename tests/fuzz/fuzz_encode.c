/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any exchanges, encoded twice: by hand, and by libfixbuf field by field, which
 * is the second opinion.  The octets are the same, no message is too long, and
 * every record counts by the templates that were announced.
 *
 * The first octet chooses the options and the length of messages; each
 * exchange follows, its numbers behind an octet that says how long they are.
 * Exchanges that have figures of their quality get them from the octets that
 * follow, cut to what each holds.
 */
#include <string.h>

#include "exflow/ipfix/encoder.h"
#include "exflow/ipfix/preamble.h"

#include "scratch.h"

#define COMBINATIONS 256
#define EXCHANGES_MAX 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *at, *end;
};

/* The messages of one encoder; a hash of what is not the export time. */
struct output {
	struct ipfix_encoder *encoder;
	struct preamble *templates;
	bool mac;
	uint32_t longest;
	uint64_t messages, records, counted, hash;
};

static const uint32_t lengths[2] = { MESSAGE_MIN_OCTETS, 1420 };

static uint8_t
octet(struct input *input)
{
	return input->at < input->end ? *input->at++ : 0;
}

/* 0 to 8 octets of the input. */
static uint64_t
number(struct input *input)
{
	unsigned octets = octet(input) % 9;
	uint64_t value = 0;

	while (octets-- > 0)
		value = value << 8 | octet(input);
	return value;
}

static void
read_side(struct input *input, struct exchange_side *side)
{
	side->packets = number(input);
	if (side->packets == 0)
		return;
	side->first.ns = (int64_t)(number(input) >> 1);
	side->last.ns = (int64_t)(number(input) >> 1);
	side->ip_octets = number(input);
	side->payload_octets = number(input);
	side->data_packets = number(input);
	for (int bit = 0; bit < TCP_FLAG_COUNT; bit++)
		side->flag_packets[bit] = number(input);
	side->initial_flags = octet(input);
}

/* Any octets are figures: those of the input, then zeros. */
static void
read_figures(struct input *input, struct exchange_quality *figures)
{
	size_t octets = (size_t)(input->end - input->at);

	memset(figures, 0, sizeof(*figures));
	if (octets > sizeof(*figures))
		octets = sizeof(*figures);
	memcpy(figures, input->at, octets);
	input->at += octets;
	/* Times are not before 1970. */
	for (int i = 0; i < 2; i++) {
		struct quality_side *side = &figures->side[i];

		side->first_payload.ns &= INT64_MAX;
		side->last_payload.ns &= INT64_MAX;
	}
}

/* Brief ones only where the meter may make them. */
static void
read_brief(struct input *input, struct exchange *exchange)
{
	bool tcp = exchange->protocol == PROTOCOL_TCP;
	const struct exchange_side *side = exchange->side;
	uint64_t said = number(input);

	if (said % 2 == 0 || side[CLIENT].packets == 0 ||
	    (tcp &&
	        (side[SERVER].packets > 0 || side[CLIENT].payload_octets > 0)))
		return;
	memcpy(&exchange->brief, &said, sizeof(said));
	exchange->brief.kind = tcp ? BRIEF_SYN : BRIEF_DATAGRAMS;
}
_Static_assert(sizeof(uint64_t) < sizeof(struct quality_brief), "it fits");

/* The figures are room for those of the exchange. */
static void
read_exchange(struct input *input, struct exchange *exchange,
    struct exchange_quality *figures, bool mac)
{
	uint8_t bits = octet(input);

	memset(exchange, 0, sizeof(*exchange));
	exchange->ip_version = bits & 1 ? 6 : 4;
	exchange->direction = bits >> 1 & 1;
	exchange->protocol = bits & 4   ? octet(input)
	                     : bits & 8 ? PROTOCOL_UDP
	                                : PROTOCOL_TCP;
	for (int i = 0; i < 2; i++) {
		memset(exchange->address[i], octet(input), 16);
		exchange->port[i] = (uint16_t)number(input);
	}
	exchange->icmp_type_code = (uint16_t)number(input);
	exchange->vlan = exchange->customer_vlan = (uint16_t)number(input);
	exchange->interface = (uint32_t)number(input);
	exchange->end = octet(input);
	exchange->end_reason = octet(input);
	exchange->flow_id = number(input);
	read_side(input, &exchange->side[CLIENT]);
	read_side(input, &exchange->side[SERVER]);
	for (int i = 0; mac && i < 2; i++)
		memset(exchange->side[i].mac, octet(input), MAC_OCTETS);
	exchange->macs = mac ? octet(input) & 3 : 0;
	/* The meter makes no record of nothing. */
	if (exchange->side[CLIENT].packets + exchange->side[SERVER].packets ==
	    0)
		exchange->side[CLIENT].packets = 1;
	if (bits & 16) {
		read_figures(input, figures);
		read_brief(input, exchange);
		exchange->quality = figures;
	}
}

static void
take(void *context, const struct message *message)
{
	struct output *output = context;

	scratch_expect(message->length <= output->longest);
	output->messages++;
	output->records += message->records;
	output->counted +=
	    preamble_count(output->templates, message->octets, message->length);
	for (uint32_t i = 0; i < message->length; i++)
		if (i < 4 || i >= 8)
			output->hash = (output->hash ^ message->octets[i]) *
			               UINT64_C(0x100000001b3);
}

/* One of each kind for each first octet, kept for the inputs to come. */
static struct output *
output_of(unsigned choice, bool plain)
{
	static struct output outputs[COMBINATIONS][2];
	struct output *output = &outputs[choice][plain];
	struct ipfix_options options = { .domain = 1,
		.message_octets = lengths[choice & 1],
		.plain = plain };
	const struct message *templates;
	char error[256];
	size_t count;

	if (output->encoder != NULL)
		return output;
	record_options_init(&options.record);
	options.record.flags_own = choice & 2;
	options.record.flags_iana = choice & 4;
	options.record.interface = choice & 8;
	options.record.vlan = choice & 16;
	options.record.mac = output->mac = choice & 32;
	options.record.other = true;
	options.record.quality = choice & 128;
	options.record.profiles = choice & 64 ? RECORD_FLOWMON : RECORD_NTOP;
	if (options.record.quality && (choice & 1) == 0)
		options.message_octets = MESSAGE_QUALITY_MIN_OCTETS;
	output->longest = options.message_octets;
	output->encoder =
	    ipfix_encoder_new(&options, take, output, error, sizeof(error));
	scratch_expect(output->encoder != NULL);
	templates = ipfix_encoder_templates(output->encoder, &count);
	output->templates = preamble_new(templates, count, NULL, 0);
	scratch_expect(output->templates != NULL);
	return output;
}

static void
encode(struct output *output, struct input input, bool plain)
{
	struct exchange_quality figures;
	struct exchange exchange;
	uint64_t before = output->records, n = 0;

	for (; input.at < input.end && n < EXCHANGES_MAX; n++) {
		read_exchange(&input, &exchange, &figures, output->mac);
		if (plain)
			exchange_expand(&exchange);
		scratch_expect(
		    ipfix_encoder_add(output->encoder, &exchange) == 0);
	}
	scratch_expect(ipfix_encoder_flush(output->encoder) == 0);
	scratch_expect(output->records - before == n);
	scratch_expect(output->counted == output->records);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, data + size };
	unsigned choice = octet(&input) % COMBINATIONS;
	struct output *hand = output_of(choice, false);
	struct output *plain = output_of(choice, true);

	encode(hand, input, false);
	encode(plain, input, true);
	scratch_expect(hand->messages == plain->messages);
	scratch_expect(hand->hash == plain->hash);
	return 0;
}

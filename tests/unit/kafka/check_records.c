/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPFIX messages are dealt out by the keys of their records, and each message
 * that comes of it can be read alone.
 */
#include <config.h>

#include "../names_fixture.h"
#include "../text_fixture.h"

#include "exflow/base/octets.h"
#include "exflow/ipfix/encoder.h"
#include "exflow/ipfix/preamble.h"
#include "exflow/output/message_queue.h"

#include "../../../src/kafka/key_layout.h"
#include "../../../src/kafka/payload.h"
#include "../../../src/kafka/records.h"

#define FLOWS 500
#define PARTS 3
#define LANES 6
#define MESSAGE_OCTETS 2000 /* small, so that lanes get several messages */

struct fixture {
	enum kafka_key kind;
	struct record_options record;
	struct ipfix_encoder *encoder;
	struct preamble *preamble;
	struct records *records;
	struct message_queue queue;
	uint32_t times[FLOWS]; /* records of a flow that came out */
	int32_t lane[FLOWS];
};

/* Two of each address, so that many flows have one client. */
static struct exchange
flow(uint32_t number)
{
	static const uint8_t protocols[] = { PROTOCOL_TCP, PROTOCOL_UDP,
		PROTOCOL_ICMP, 47 };
	unsigned version = number % 3 == 0 ? 6 : 4;
	uint8_t protocol = protocols[number % 4];
	struct exchange exchange = fixture_exchange(protocol, version);

	if (protocol == PROTOCOL_ICMP || protocol == 47)
		exchange = fixture_other(protocol, version);
	else
		exchange.port[CLIENT] = (uint16_t)(1024 + number);
	exchange.address[CLIENT][3] = (uint8_t)(number / 2);
	exchange.address[CLIENT][2] = (uint8_t)(number / 512);
	if (number % 5 == 0)
		exchange.side[SERVER] = (struct exchange_side){ 0 };
	exchange.flow_id = number;
	return exchange;
}

static void
deal(void *context, const struct message *message)
{
	struct fixture *fixture = context;

	records_add(fixture->records, message, &fixture->queue);
}

static struct fixture *
fixture_new(enum kafka_key kind, bool biflow)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct destination_options defaults;
	struct ipfix_options options = { .domain = 9,
		.message_octets = MESSAGE_OCTETS };
	const struct message *templates;
	char error[256] = "";
	size_t count;

	destination_options_init(&defaults);
	options.record = defaults.record;
	options.record.biflow = biflow;
	options.record.other = true;
	options.record.names = true;
	fixture->kind = kind;
	fixture->record = options.record;
	fixture->encoder =
	    ipfix_encoder_new(&options, deal, fixture, error, sizeof(error));
	assert_string_equal(error, "");
	templates = ipfix_encoder_templates(fixture->encoder, &count);
	fixture->preamble = preamble_new(templates, count, NULL, 0);
	fixture->records = records_new(
	    fixture->preamble, kind, LANES, MESSAGE_OCTETS, options.domain);
	assert_non_null(fixture->records);
	assert_int_equal(
	    message_queue_init(&fixture->queue, 1 << 24, false), 0);
	return fixture;
}

static void
fixture_free(struct fixture *fixture)
{
	message_queue_clear(&fixture->queue);
	records_free(&fixture->records);
	preamble_free(&fixture->preamble);
	ipfix_encoder_free(&fixture->encoder);
	free(fixture);
}

/* A name for every seventh flow, of a length of its own. */
static void
give_name(struct exchange *exchange, struct exchange_names **names)
{
	char text[300];

	*names = NULL;
	if (exchange->flow_id % 7 != 0 || exchange->port[SERVER] == 0)
		return;
	snprintf(text, sizeof(text), "%0*u.example",
	    (int)(exchange->flow_id % 280 + 1), (unsigned)exchange->flow_id);
	*names = names_fixture_new();
	names_fixture_text(*names, NAMES_SERVER, text);
	exchange->names = *names;
}

static void
encode(struct fixture *fixture, struct exchange *exchange)
{
	struct exchange half = { .quality = NULL };

	if (fixture->record.biflow) {
		assert_int_equal(
		    ipfix_encoder_add(fixture->encoder, exchange), 0);
		return;
	}
	for (int side = CLIENT; side <= SERVER; side++) {
		if (exchange->side[side].packets == 0)
			continue;
		exchange_one_way(exchange, side, &half);
		assert_int_equal(ipfix_encoder_add(fixture->encoder, &half), 0);
	}
}

static uint32_t
encode_all(struct fixture *fixture)
{
	uint32_t records = 0;

	for (uint32_t n = 0; n < PARTS * FLOWS; n++) {
		struct exchange exchange = flow(n % FLOWS);
		struct exchange_names *names;

		give_name(&exchange, &names);
		encode(fixture, &exchange);
		free(names);
		records +=
		    !fixture->record.biflow && exchange.side[SERVER].packets > 0
		        ? 2
		        : 1;
	}
	assert_int_equal(ipfix_encoder_flush(fixture->encoder), 0);
	records_flush(fixture->records, &fixture->queue);
	return records;
}

/* Where flowId is in the records of a template of the message itself. */
static uint32_t
flow_id_offset(const uint8_t *template)
{
	uint32_t fields = get16(template + 2), offset = 0;
	const uint8_t *at = template + 4;

	for (; fields > 0; fields--) {
		if (get16(at) == 148)
			return offset;
		offset += get16(at + 2);
		at += (get16(at) & 0x8000) != 0 ? 8 : 4;
	}
	fail_msg("%s", "a template without flowId");
	return 0;
}

static uint32_t
count_records(struct fixture *fixture, const uint8_t *set,
    const uint8_t *template, int32_t lane)
{
	uint32_t at = flow_id_offset(template), records = 0;
	const uint8_t *record = set + 4, *end = set + get16(set + 2);
	struct key_layout layout;

	assert_true(key_layout_find(&layout, fixture->preamble, get16(set)));
	for (; record < end; records++) {
		uint32_t number = get32(record + at + 4);
		struct exchange exchange = flow(number);
		struct key wanted = key_of_exchange(fixture->kind, &exchange);
		struct key key = key_layout_get(&layout, fixture->kind, record);

		assert_in_range(number, 0, FLOWS - 1);
		assert_memory_equal(&key, &wanted, sizeof(key));
		if (fixture->times[number]++ > 0)
			assert_int_equal(fixture->lane[number], lane);
		fixture->lane[number] = lane;
		record = key_layout_record_end(&layout, record, end);
		assert_non_null(record);
	}
	return records;
}

/* A message that can be read alone: each set's template is before it. */
static uint32_t
count_payload(struct fixture *fixture, const struct payload *payload)
{
	const uint8_t *octets = payload->octets, *template = NULL;
	const uint8_t *at = octets + MESSAGE_HEADER_OCTETS;
	const uint8_t *templates[16], *end = octets + payload->length;
	uint32_t records = 0, count = 0;

	assert_int_equal(get16(octets), 10);
	assert_int_equal(get16(octets + 2), payload->length);
	assert_int_equal(get32(octets + 12), 9);
	assert_int_equal(get16(at), 2);
	for (; at < end; at += get16(at + 2)) {
		if (get16(at) == 2) {
			assert_in_range(count, 0, 15);
			templates[count++] = at + 4;
			continue;
		}
		template = NULL;
		for (uint32_t i = 0; i < count; i++)
			if (get16(templates[i]) == get16(at))
				template = templates[i];
		assert_non_null(template);
		records += count_records(fixture, at, template, payload->lane);
	}
	assert_ptr_equal(at, end);
	return records;
}

/* All that waits in the queue, as it would be sent: so many messages. */
static uint32_t
take_all(struct fixture *fixture, uint32_t records)
{
	struct payload_maker *maker = calloc(1, sizeof(*maker));
	struct queued_message *message;
	uint32_t found = 0, messages = 0;

	maker->kind = fixture->kind;
	maker->batch = 1;
	maker->lanes = LANES;
	for (; (message = message_queue_take(&fixture->queue)) != NULL;
	     messages++) {
		struct payload payload;
		uint32_t count;

		assert_in_range(message->length, 1, MESSAGE_OCTETS);
		message->preamble = fixture->preamble;
		assert_true(payload_make(maker, message, &payload));
		assert_in_range(payload.lane, 0, LANES - 1);
		assert_int_equal(payload.key_length, 0);
		assert_int_equal(
		    get32((const uint8_t *)payload.octets + 8), found);
		count = count_payload(fixture, &payload);
		assert_int_equal(count, message->records);
		found += count;
		free(message);
		message_queue_made_room(&fixture->queue);
	}
	assert_int_equal(found, records);
	free(maker);
	return messages;
}

static void
check_dealing(enum kafka_key kind, bool biflow)
{
	struct fixture *fixture = fixture_new(kind, biflow);
	uint32_t records = encode_all(fixture), used[LANES] = { 0 };
	uint32_t messages = take_all(fixture, records);

	/* Messages are full, but for the last one of each lane. */
	assert_true(messages <= records / 4 + LANES);
	for (uint32_t n = 0; n < FLOWS; n++) {
		struct exchange exchange = flow(n);

		assert_int_equal(fixture->times[n],
		    PARTS * (!biflow && exchange_two_way(&exchange) ? 2 : 1));
		used[fixture->lane[n]]++;
	}
	for (uint32_t i = 0; i < LANES; i++)
		assert_true(used[i] > FLOWS / LANES / 3);
	fixture_free(fixture);
}

static void
records_of_an_exchange_are_in_messages_of_one_lane(void **state)
{
	(void)state;
	check_dealing(KAFKA_KEY_EXCHANGE, true);
}

static void
both_directions_as_records_of_their_own_are_in_one_lane(void **state)
{
	(void)state;
	check_dealing(KAFKA_KEY_EXCHANGE, false);
}

static void
records_of_a_client_are_in_messages_of_one_lane(void **state)
{
	(void)state;
	check_dealing(KAFKA_KEY_CLIENT, true);
}

/* A message of the spool may be damaged, or of other templates. */
static void
records_that_are_not_known_have_no_lane(void **state)
{
	struct fixture *fixture = fixture_new(KAFKA_KEY_EXCHANGE, true);
	struct payload_maker *maker = calloc(1, sizeof(*maker));
	struct queued_message *message;
	struct payload payload;

	(void)state;
	maker->kind = KAFKA_KEY_EXCHANGE;
	maker->batch = 1;
	maker->lanes = LANES;
	encode_all(fixture);
	message = message_queue_take(&fixture->queue);
	message->preamble = fixture->preamble;
	put16(message->octets + MESSAGE_HEADER_OCTETS, 0x7ff0);
	assert_true(payload_make(maker, message, &payload));
	assert_int_equal(payload.lane, -1);
	put16(message->octets + MESSAGE_HEADER_OCTETS, TEMPLATE_TCP4);
	message->length = MESSAGE_HEADER_OCTETS + 10; /* ends in a record */
	put16(message->octets + 2, (uint16_t)message->length);
	assert_true(payload_make(maker, message, &payload));
	assert_int_equal(payload.lane, -1);
	free(message);
	free(maker);
	fixture_free(fixture);
}

/* Utils.toPositive(Utils.murmur2("192.0.2.1")) of Kafka 4.0.0 is this. */
#define JAVA_HASH 2130265435

static void
lanes_are_those_of_javas_clients(void **state)
{
	struct key key = { .length = 4, .octets = { 192, 0, 2, 1 } };

	(void)state;
	assert_int_equal(key_lane(&key, 48), JAVA_HASH % 48);
	assert_int_equal(key_lane(&key, 1), 0);
	key.length = 0;
	assert_int_equal(key_lane(&key, 48), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    records_of_an_exchange_are_in_messages_of_one_lane),
		cmocka_unit_test(
		    both_directions_as_records_of_their_own_are_in_one_lane),
		cmocka_unit_test(
		    records_of_a_client_are_in_messages_of_one_lane),
		cmocka_unit_test(records_that_are_not_known_have_no_lane),
		cmocka_unit_test(lanes_are_those_of_javas_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The encoder's messages with records. */
#include "encoded.h"

#include <endian.h>
#include <pthread.h>

#include "../names_fixture.h"

static uint64_t
random64(uint64_t *seed) /* splitmix64 */
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void
random_side(struct exchange_side *side, uint64_t *seed)
{
	memset(side, 0, sizeof(*side));
	if (random64(seed) % 4 == 0)
		return;
	side->first.ns = random64(seed) >> 1 << (random64(seed) & 1);
	side->last.ns =
	    side->first.ns + random64(seed) % (UINT64_MAX - side->first.ns);
	side->packets = 1 + random64(seed) % 1000;
	side->ip_octets = random64(seed);
	side->payload_octets = random64(seed);
	side->data_packets = random64(seed) % 1000;
	for (int bit = 0; bit < TCP_FLAG_COUNT; bit++)
		side->flag_packets[bit] = random64(seed) % 3;
}

/* Counts, figures that are not known, and times that are not known. */
static void
random_figures(struct quality_side *side, uint64_t *seed)
{
	uint8_t *octets = (uint8_t *)side;

	for (size_t i = 0; i < sizeof(*side); i++)
		octets[i] = (uint8_t)random64(seed);
	if (random64(seed) % 4 == 0) {
		side->handshake_rtt = side->rtt_minimum = QUALITY_UNKNOWN;
		side->maximum_segment_size = QUALITY_UNKNOWN_16;
		side->tcp_options = QUALITY_UNKNOWN_8;
		side->first_payload = (timestamp){ 0 };
	}
}

/* Three of four exchanges have figures, for as long as nobody asks again. */
static struct exchange_quality *
random_quality(uint64_t *seed)
{
	static _Thread_local struct exchange_quality figures;

	memset(&figures, 0, sizeof(figures));
	random_figures(&figures.side[CLIENT], seed);
	random_figures(&figures.side[SERVER], seed);
	figures.response_time = (uint32_t)random64(seed);
	figures.idle_time = random64(seed);
	return random64(seed) % 4 == 0 ? NULL : &figures;
}

/* Packets without ECN, and a second or less, or none, until the answer. */
static void
make_plain(struct exchange *exchange, uint64_t *seed)
{
	struct exchange_side *side = exchange->side;
	uint64_t gap = random64(seed) % 1000001000;

	for (int i = 0; i < 2; i++)
		side[i].tos &= 0xfc;
	if (side[SERVER].packets > 0 && side[CLIENT].first.ns < UINT64_MAX / 2)
		side[SERVER].first.ns = side[CLIENT].first.ns + gap;
}

/* Where the meter may make figures brief, half of them are. */
static void
random_brief(struct exchange *exchange, uint64_t *seed)
{
	bool tcp = exchange->protocol == PROTOCOL_TCP;
	bool answered = exchange->side[SERVER].packets > 0;
	uint8_t octets[sizeof(struct quality_brief)];

	if (exchange->quality == NULL || random64(seed) % 2 == 0 ||
	    exchange->side[CLIENT].packets == 0 || (tcp && answered))
		return;
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)random64(seed);
	memcpy(&exchange->brief, octets, sizeof(octets));
	exchange->brief.kind = tcp ? BRIEF_SYN : BRIEF_DATAGRAMS;
	if (tcp || random64(seed) % 2 == 0)
		exchange->side[CLIENT].payload_octets = 0;
	if (random64(seed) % 4 > 0)
		make_plain(exchange, seed);
}

/* Any octet: a text may be no UTF-8.  Payload of any length up to its bound. */
static void
random_text(struct exchange_names *names, enum names_text which, uint64_t *seed)
{
	bool payload = which >= NAMES_PAYLOAD_CLIENT;
	char octets[NAMES_PAYLOAD_MAX];
	size_t length = random64(seed) %
	                (payload ? NAMES_PAYLOAD_MAX + 1 : NAME_OCTETS_MAX + 1);

	if (random64(seed) % 2 == 0)
		return;
	for (size_t i = 0; i < length; i++)
		octets[i] = (char)random64(seed);
	names_fixture_set(names, which, octets, length);
}

/* Half of all exchanges have names, for as long as nobody asks again. */
static const struct exchange_names *
random_names(uint64_t *seed)
{
	static _Thread_local union {
		struct exchange_names names;
		char octets[EXCHANGE_NAMES_OCTETS_MAX];
	} room;
	struct exchange_names *names = &room.names;

	memset(&room, 0, sizeof(room));
	names->source = (uint8_t)random64(seed);
	names->tls_flags = (uint8_t)random64(seed);
	names->tls_version_offered = (uint16_t)random64(seed);
	names->tls_version_chosen = (uint16_t)random64(seed);
	names->application = (uint16_t)random64(seed);
	names->quic_version = (uint32_t)random64(seed);
	names->http_status = (uint16_t)random64(seed);
	names->dns_type = (uint16_t)random64(seed);
	names->dns_response_code = (uint8_t)random64(seed);
	names->dns_resolution = (uint32_t)random64(seed);
	for (unsigned i = 0; i < NAMES_TEXT_COUNT; i++)
		random_text(names, (enum names_text)i, seed);
	return random64(seed) % 2 == 0 ? NULL : names;
}

/* An exchange has hardware addresses only where they are asked for. */
static struct exchange
random_exchange(uint64_t *seed, bool mac)
{
	/* Half of them TCP and UDP; ICMP of the other IP version, too. */
	static const uint8_t protocols[] = { PROTOCOL_TCP, PROTOCOL_UDP,
		PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_ICMP, PROTOCOL_ICMP6, 47,
		255 };
	struct exchange exchange;
	uint64_t bits = random64(seed);

	memset(&exchange, 0, sizeof(exchange));
	exchange.ip_version = bits & 1 ? 4 : 6;
	exchange.protocol = protocols[bits >> 1 & 7];
	exchange.icmp_type_code = (uint16_t)(bits >> 16);
	for (int i = 0; i < (bits & 1 ? 4 : 16); i++) {
		exchange.address[CLIENT][i] = (uint8_t)random64(seed);
		exchange.address[SERVER][i] = (uint8_t)random64(seed);
	}
	exchange.port[CLIENT] = (uint16_t)(bits >> 8);
	exchange.port[SERVER] = (uint16_t)(bits >> 24);
	exchange.vlan = bits >> 40 & 0xfff;
	exchange.interface = (uint32_t)random64(seed);
	exchange.end = (uint8_t)(1 + bits % (END_COUNT - 1));
	exchange.end_reason = 1 + (bits >> 52) % 5;
	exchange.direction = bits >> 60 & 1;
	exchange.flow_id = random64(seed);
	random_side(&exchange.side[CLIENT], seed);
	random_side(&exchange.side[SERVER], seed);
	for (int i = 0; i < 2; i++)
		memset(exchange.side[i].mac, (uint8_t)random64(seed), 6);
	exchange.macs = mac ? random64(seed) & 3 : 0;
	if (exchange.side[CLIENT].packets + exchange.side[SERVER].packets == 0)
		exchange.side[CLIENT].packets = 1;
	exchange.quality = random_quality(seed);
	random_brief(&exchange, seed);
	exchange.names = random_names(seed);
	return exchange;
}

static struct stream
encode(const struct ipfix_options *options, uint64_t seed, size_t records)
{
	struct stream stream = { 0 };
	struct ipfix_encoder *encoder = encoder_of(options, &stream);

	for (size_t i = 0; i < records; i++) {
		struct exchange exchange =
		    random_exchange(&seed, options->record.mac);

		unsigned shape = ipfix_shape(&exchange, &options->record);

		if (options->plain)
			exchange_expand(&exchange);
		assert_int_equal(
		    ipfix_encoder_add_shape(encoder, &exchange, shape), 0);
	}
	assert_int_equal(ipfix_encoder_flush(encoder), 0);
	stream.cut = ipfix_encoder_cut(encoder);
	ipfix_encoder_free(&encoder);
	assert_null(encoder);
	return stream;
}

static void
same_octets(unsigned combination, uint32_t message_octets)
{
	struct ipfix_options options =
	    options_of(combination, message_octets, false);
	struct stream hand = encode(&options, combination, 500), plain;

	options.plain = true;
	plain = encode(&options, combination, 500);
	assert_int_equal(hand.messages, plain.messages);
	assert_int_equal(hand.length, plain.length);
	assert_memory_equal(hand.octets, plain.octets, hand.length);
	assert_int_equal(hand.records, 500);
	assert_int_equal(hand.cut, plain.cut);
	assert_in_range(hand.longest, 17, message_octets);
	free(hand.octets);
	free(plain.octets);
}

/* An emulator would take minutes for all: one size of each combination. */
static void
test_by_hand_and_by_libfixbuf_are_the_same_octets(void **state)
{
	const bool all = getenv("EXFLOW_EMULATED") == NULL;

	(void)state;
	for (unsigned c = 0; c < COMBINATIONS; c++) {
		const uint32_t sizes[] = { min_octets(c), 1420, 8192,
			MESSAGE_MAX_OCTETS };

		for (size_t i = 0; i < 4; i++)
			if (all || i == (c ^ c >> 2 ^ c >> 4 ^ c >> 6) % 4)
				same_octets(c, sizes[i]);
	}
}

/* Whether the exchange's record has names, which only TCP and UDP have. */
static bool
has_names(const struct exchange *exchange, const struct record_options *options)
{
	return options->names && exchange->names != NULL &&
	       (exchange->protocol == PROTOCOL_TCP ||
	           exchange->protocol == PROTOCOL_UDP);
}

/* Whether its record leaves out what one packet of each side cannot tell. */
static bool
is_brief(const struct exchange *exchange, const struct record_options *options)
{
	struct exchange_quality figures;
	bool ecn = false;

	if (!options->quality || options->profiles != 0 ||
	    exchange->quality == NULL || exchange->brief.kind == BRIEF_NONE ||
	    exchange->macs != 0 || has_names(exchange, options))
		return false;
	exchange_read_brief(exchange, &figures);
	if (figures.idle_time > 0)
		return false;
	for (int i = 0; i < 2; i++)
		ecn |= exchange->side[i].tos % 4 != 0;
	return !ecn && (exchange->protocol == PROTOCOL_TCP ||
	                   exchange->protocol == PROTOCOL_UDP);
}

/* A text on the wire, or what was left of it.  The octet behind it. */
static const uint8_t *
check_text(const uint8_t *at, const struct field *field,
    const struct exchange *exchange)
{
	size_t length = *at++, whole;
	const char *text = field->text(exchange, &whole);

	if (length == 255) {
		length = get(at, 2);
		at += 2;
		assert_true(length > 254);
	}
	assert_in_range(length, 0, whole);
	for (size_t i = 0; i < length; i++)
		if (at[i] != (uint8_t)text[i])
			assert_true(
			    at[i] == '?' && field->type == FIELD_STRING);
	return at + length;
}

/* Compare a record on the wire with the exchange that it was made of. */
static const uint8_t *
check_record(const uint8_t *at, const struct exchange *exchange, bool brief,
    const struct record_options *options)
{
	const struct record_kind kind = { .ip_version = exchange->ip_version,
		.protocol = exchange->protocol,
		.client = exchange->side[CLIENT].packets > 0,
		.server = exchange->side[SERVER].packets > 0,
		.macs = exchange->macs,
		.quality = options->quality && exchange->quality != NULL,
		.names = has_names(exchange, options),
		.brief = brief };
	unsigned conditions = record_conditions(options, &kind);

	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (!field_present(field, conditions))
			continue;
		if (field->text != NULL) {
			at = check_text(at, field, exchange);
		} else if (field->bins != NULL) {
			for (unsigned n = 0; n < QUALITY_SIZE_BINS; n++)
				assert_int_equal(get(at + 4 * n, 4),
				    field->bins(exchange)[n]);
		} else if (field->value == NULL) {
			assert_memory_equal(
			    at, field_address(field, exchange), field->octets);
		} else if (field->octets == 8) {
			uint64_t high = get(at, 4), low = get(at + 4, 4);

			assert_int_equal(
			    high << 32 | low, field->value(exchange));
		} else {
			assert_int_equal(
			    get(at, field->octets), field->value(exchange));
		}
		at += field->octets;
	}
	return at;
}

static uint16_t
base_of(const struct exchange *exchange)
{
	bool four = exchange->ip_version == 4;

	switch (exchange->protocol) {
	case PROTOCOL_TCP:
		return four ? TEMPLATE_TCP4 : TEMPLATE_TCP6;
	case PROTOCOL_UDP:
		return four ? TEMPLATE_UDP4 : TEMPLATE_UDP6;
	case PROTOCOL_ICMP:
		return four ? TEMPLATE_ICMP4 : TEMPLATE_OTHER6;
	case PROTOCOL_ICMP6:
		return four ? TEMPLATE_OTHER4 : TEMPLATE_ICMP6;
	default:
		return four ? TEMPLATE_OTHER4 : TEMPLATE_OTHER6;
	}
}

static uint16_t
template_of(
    const struct exchange *exchange, const struct record_options *options)
{
	uint16_t base = base_of(exchange) | (uint16_t)(exchange->macs << 6);

	if (options->quality && exchange->quality != NULL)
		base |= 0x200;
	if (has_names(exchange, options))
		base |= 0x400;
	if (exchange->side[SERVER].packets == 0)
		return base | 0x10;
	return exchange->side[CLIENT].packets == 0 ? base | 0x20 : base;
}

/* Check all records of one message, in order; returns how many. */
static uint32_t
check_message(const uint8_t *message, const struct record_options *options,
    uint64_t *seed)
{
	const uint8_t *end = message + get(message + 2, 2);
	const uint8_t *at = message + MESSAGE_HEADER_OCTETS;
	uint32_t records = 0;

	while (at < end) {
		uint16_t set = (uint16_t)get(at, 2);
		const uint8_t *set_end = at + get(at + 2, 2);

		for (at += 4; at < set_end; records++) {
			struct exchange exchange =
			    random_exchange(seed, options->mac);

			bool brief = is_brief(&exchange, options);

			exchange_expand(&exchange);
			assert_int_equal(set, template_of(&exchange, options) |
			                          (brief ? TEMPLATE_BRIEF : 0));
			at = check_record(at, &exchange, brief, options);
		}
		assert_ptr_equal(at, set_end);
	}
	assert_ptr_equal(at, end);
	return records;
}

static void
check_records(unsigned combination)
{
	const struct ipfix_options options =
	    options_of(combination, 1420, false);
	struct stream stream = encode(&options, 99, 1000);
	uint32_t sequence = 0;
	uint64_t seed = 99;

	for (const uint8_t *at = stream.octets;
	     at < stream.octets + stream.length; at += get(at + 2, 2)) {
		assert_int_equal(get(at, 2), 10);
		assert_int_equal(get(at + 8, 4), sequence);
		assert_int_equal(get(at + 12, 4), DOMAIN);
		sequence += check_message(at, &options.record, &seed);
	}
	assert_int_equal(sequence, 1000);
	free(stream.octets);
}

static void
test_records_keep_order_values_and_sequence_numbers(void **state)
{
	(void)state;
	check_records(15 | 32);
}

/* Flowmon's elements, ntop's, and both. */
static void
test_quality_and_profiles_stand_behind_all_else(void **state)
{
	(void)state;
	check_records(64);
	check_records(64 | 1);
	check_records(64 | 2);
	check_records(64 | 15 | 32);
}

/* Names, without quality and with it, with payload and without. */
static void
test_names_stand_behind_quality_and_texts_behind_numbers(void **state)
{
	(void)state;
	check_records(128);
	check_records(128 | 4);
	check_records(128 | 64 | 4 | 3);
	check_records(128 | 64 | 15 | 32);
}

/* Quality costs no octet where it is off, whatever the exchanges have. */
static void
test_figures_and_names_are_ignored_where_records_have_none(void **state)
{
	const struct ipfix_options options = options_of(1, 1420, false);
	struct stream with = { 0 }, without = { 0 };
	struct ipfix_encoder *one = encoder_of(&options, &with);
	struct ipfix_encoder *other = encoder_of(&options, &without);
	uint64_t seed = 5;

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		struct exchange exchange = random_exchange(&seed, false);

		assert_int_equal(ipfix_encoder_add(one, &exchange), 0);
		exchange.quality = NULL;
		exchange.names = NULL;
		assert_int_equal(ipfix_encoder_add(other, &exchange), 0);
	}
	assert_int_equal(ipfix_encoder_flush(one), 0);
	assert_int_equal(ipfix_encoder_flush(other), 0);
	assert_int_equal(with.length, without.length);
	assert_memory_equal(with.octets, without.octets, with.length);
	ipfix_encoder_free(&one);
	ipfix_encoder_free(&other);
	free(with.octets);
	free(without.octets);
}

static void
test_messages_are_filled_to_the_last_octet(void **state)
{
	const struct ipfix_options options = options_of(1, 1520, false);
	struct stream stream = { 0 };
	struct ipfix_encoder *encoder = encoder_of(&options, &stream);
	struct exchange exchange = { .ip_version = 4,
		.protocol = PROTOCOL_UDP };

	(void)state;
	/* Header 16, set 4, and 150 octets a record: 10 make 1520. */
	exchange.side[CLIENT].packets = exchange.side[SERVER].packets = 1;
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(ipfix_encoder_add(encoder, &exchange), 0);
	assert_int_equal(stream.messages, 0);
	assert_int_equal(ipfix_encoder_add(encoder, &exchange), 0);
	assert_int_equal(stream.messages, 1);
	assert_int_equal(stream.records, 10);
	assert_int_equal(stream.length, 1520);
	ipfix_encoder_free(&encoder);
	free(stream.octets);
}

static void
test_flush_hands_a_message_on_once(void **state)
{
	const struct ipfix_options options = options_of(1, 1420, false);
	struct stream stream = { 0 };
	struct ipfix_encoder *encoder = encoder_of(&options, &stream);
	uint64_t seed = 1;
	struct exchange exchange = random_exchange(&seed, false);

	(void)state;
	assert_int_equal(ipfix_encoder_flush(encoder), 0);
	assert_int_equal(stream.messages, 0);
	assert_int_equal(ipfix_encoder_add(encoder, &exchange), 0);
	assert_int_equal(ipfix_encoder_flush(encoder), 0);
	assert_int_equal(ipfix_encoder_flush(encoder), 0);
	assert_int_equal(stream.messages, 1);
	ipfix_encoder_free(&encoder);
	free(stream.octets);
}

static void *
encode_in_thread(void *argument)
{
	struct ipfix_options options = options_of(15, 1420, false);
	struct stream *stream = argument;

	*stream = encode(&options, 7, 20000);
	return NULL;
}

static void
test_two_encoders_work_in_two_threads(void **state)
{
	struct stream stream[2] = { 0 };
	pthread_t thread[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL,
		                     encode_in_thread, &stream[i]),
		    0);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(stream[0].length, stream[1].length);
	assert_memory_equal(
	    stream[0].octets, stream[1].octets, stream[0].length);
	free(stream[0].octets);
	free(stream[1].octets);
}

static void
test_stamp_writes_sequence_and_export_time(void **state)
{
	static const uint8_t expected[16] = { 0, 10, 0, 16, 0xa1, 0xb2, 0xc3,
		0xd4, 1, 2, 3, 4, 9, 9, 9, 9 };
	uint8_t octets[16] = { 0, 10, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9,
		9 };

	(void)state;
	message_stamp(octets, 0x01020304, 0xa1b2c3d4);
	assert_memory_equal(octets, expected, sizeof(expected));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_by_hand_and_by_libfixbuf_are_the_same_octets),
		cmocka_unit_test(
		    test_records_keep_order_values_and_sequence_numbers),
		cmocka_unit_test(
		    test_quality_and_profiles_stand_behind_all_else),
		cmocka_unit_test(
		    test_figures_and_names_are_ignored_where_records_have_none),
		cmocka_unit_test(
		    test_names_stand_behind_quality_and_texts_behind_numbers),
		cmocka_unit_test(test_messages_are_filled_to_the_last_octet),
		cmocka_unit_test(test_flush_hands_a_message_on_once),
		cmocka_unit_test(test_two_encoders_work_in_two_threads),
		cmocka_unit_test(test_stamp_writes_sequence_and_export_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The encoder's messages with templates and types, and its limits. */
#include "encoded.h"

#include <fixbuf/public.h>

static void
check_template(const struct message *message, uint16_t id,
    const struct record_options *options, const struct record_kind *kind)
{
	unsigned conditions = record_conditions(options, kind);
	const uint8_t *at = message->octets + MESSAGE_HEADER_OCTETS;
	uint16_t count = (uint16_t)get(at + 6, 2);

	assert_int_equal(message->kind, MESSAGE_TEMPLATES);
	assert_int_equal(message->records, 0);
	assert_int_equal(get(message->octets + 2, 2), message->length);
	assert_int_equal(get(at, 2), 2); /* template set */
	assert_int_equal(get(at + 2, 2), message->length - 16);
	assert_int_equal(get(at + 4, 2), id);
	at += 8;
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];
		uint32_t pen =
		    field->pen == PEN_OWN ? PEN_DOCUMENTATION : field->pen;

		if (!field_present(field, conditions))
			continue;
		assert_int_equal(
		    get(at, 2), field->id | (pen != 0 ? 0x8000 : 0));
		assert_int_equal(get(at + 2, 2),
		    field->text != NULL                  ? 65535
		    : field->bins != NULL && kind->brief ? 16
		                                         : field->octets);
		if (pen != 0)
			assert_int_equal(get(at + 4, 4), pen);
		at += pen != 0 ? 8 : 4;
		count--;
	}
	assert_int_equal(count, 0);
	assert_ptr_equal(at, message->octets + message->length);
}

/* Of TCP the client's alone, of UDP also those of both sides. */
#define BRIEF_TEMPLATES 6

/* How many templates there are with names, or without. */
static size_t
templates_of(const struct ipfix_options *options, unsigned bases)
{
	return (options->record.mac ? 4u : 1u) * 3 * bases *
	       (options->record.quality ? 2 : 1);
}

/* The nth of count, which have names or not. */
static void
check_template_number(const struct ipfix_options *options,
    const struct message *message, unsigned bases, unsigned n, size_t count,
    bool names)
{
	static const uint8_t kinds[][2] = { { 4, PROTOCOL_TCP },
		{ 4, PROTOCOL_UDP }, { 6, PROTOCOL_TCP }, { 6, PROTOCOL_UDP },
		{ 4, PROTOCOL_ICMP }, { 4, 47 }, { 6, PROTOCOL_ICMP6 },
		{ 6, 47 } };
	unsigned base = n % bases, sides = n / bases % 3;
	unsigned macs = n / bases / 3 % (options->record.mac ? 4 : 1);
	bool quality = options->record.quality && n >= count / 2;
	const struct record_kind kind = { .ip_version = kinds[base][0],
		.protocol = kinds[base][1],
		.client = sides != 2,
		.server = sides != 1,
		.macs = (uint8_t)macs,
		.quality = quality,
		.names = names };
	unsigned id = 0x101 + base + sides * 0x10 + macs * 0x40;

	check_template(message,
	    (uint16_t)(id + (quality ? 0x200 : 0) + (names ? 0x400 : 0)),
	    &options->record, &kind);
}

/* The nth of those with brief figures: answered datagrams, then the others. */
static void
check_brief_template(const struct ipfix_options *options,
    const struct message *message, unsigned n)
{
	static const struct {
		uint16_t id;
		uint8_t ip_version, protocol;
		bool server;
	} kinds[BRIEF_TEMPLATES] = { { 0xb02, 4, PROTOCOL_UDP, true },
		{ 0xb04, 6, PROTOCOL_UDP, true },
		{ 0xb11, 4, PROTOCOL_TCP, false },
		{ 0xb12, 4, PROTOCOL_UDP, false },
		{ 0xb13, 6, PROTOCOL_TCP, false },
		{ 0xb14, 6, PROTOCOL_UDP, false } };
	const struct record_kind kind = { .ip_version = kinds[n].ip_version,
		.protocol = kinds[n].protocol,
		.client = true,
		.server = kinds[n].server,
		.quality = true,
		.brief = true };

	check_template(message, kinds[n].id, &options->record, &kind);
}

/* The templates of the first so many bases; the others are not there. */
static void
check_templates(const struct ipfix_options *options, unsigned bases)
{
	struct ipfix_encoder *encoder = encoder_of(options, NULL);
	const struct message *message;
	size_t count, fixed, brief, named;

	message = ipfix_encoder_templates(encoder, &count);
	fixed = templates_of(options, bases);
	named = options->record.names ? templates_of(options, 4) : 0;
	brief = options->record.quality && options->record.profiles == 0
	            ? BRIEF_TEMPLATES
	            : 0;
	assert_int_equal(count, fixed + brief + named);
	for (unsigned n = 0; n < fixed; n++)
		check_template_number(
		    options, message++, bases, n, fixed, false);
	for (unsigned n = 0; n < brief; n++)
		check_brief_template(options, message++, n);
	for (unsigned n = 0; n < named; n++)
		check_template_number(options, message++, 4, n, named, true);
	ipfix_encoder_free(&encoder);
}

static void
test_each_template_has_a_message_of_its_own(void **state)
{
	(void)state;
	for (unsigned c = 0; c < COMBINATIONS; c++) {
		const struct ipfix_options options =
		    options_of(c, min_octets(c), false);

		check_templates(&options, 8);
	}
}

static void
test_other_protocols_have_templates_where_they_are_metered(void **state)
{
	struct ipfix_options options = options_of(1, 1420, false);

	(void)state;
	options.record.other = false;
	check_templates(&options, 4);
}

/* The answer's type is not known: it has the template of other protocols. */
static void
test_a_ping_answer_of_uniflow_has_no_type(void **state)
{
	const struct ipfix_options options = options_of(17, 1420, false);
	struct exchange ping = { .protocol = PROTOCOL_ICMP,
		.ip_version = 4,
		.icmp_type_code = 0x0800,
		.side = { { .packets = 1 }, { .packets = 1 } } };
	static const uint16_t templates[2][2] = {
		{ TEMPLATE_ICMP4 | TEMPLATE_CLIENT_ONLY,
		    TEMPLATE_OTHER4 | TEMPLATE_CLIENT_ONLY },
		{ TEMPLATE_ICMP6 | TEMPLATE_CLIENT_ONLY,
		    TEMPLATE_OTHER6 | TEMPLATE_CLIENT_ONLY },
	};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct stream stream = { 0 };
		struct ipfix_encoder *encoder = encoder_of(&options, &stream);
		struct exchange half;

		ping.ip_version = i < 2 ? 4 : 6;
		ping.protocol = i < 2 ? PROTOCOL_ICMP : PROTOCOL_ICMP6;
		exchange_one_way(&ping, i % 2, &half);
		assert_int_equal(ipfix_encoder_add(encoder, &half), 0);
		assert_int_equal(ipfix_encoder_flush(encoder), 0);
		assert_int_equal(get(stream.octets + MESSAGE_HEADER_OCTETS, 2),
		    templates[i / 2][i % 2]);
		ipfix_encoder_free(&encoder);
		free(stream.octets);
	}
}

static void
test_a_ping_has_no_ports_and_its_type(void **state)
{
	const struct ipfix_options options = options_of(1, 1420, false);
	struct stream stream = { 0 };
	struct ipfix_encoder *encoder = encoder_of(&options, &stream);
	struct exchange exchange = { .ip_version = 4,
		.protocol = PROTOCOL_ICMP,
		.icmp_type_code = 0x0800,
		.side[CLIENT].packets = 1 };
	const uint8_t *record;

	(void)state;
	assert_int_equal(ipfix_encoder_add(encoder, &exchange), 0);
	assert_int_equal(ipfix_encoder_flush(encoder), 0);
	assert_int_equal(get(stream.octets + 16, 2), TEMPLATE_ICMP4 | 0x10);
	record = stream.octets + 20;
	/* Addresses of 8 octets, ports 0, protocol, type and code. */
	assert_int_equal(get(record + 8, 4), 0);
	assert_int_equal(record[12], PROTOCOL_ICMP);
	assert_int_equal(get(record + 13, 2), 0x0800);
	ipfix_encoder_free(&encoder);
	free(stream.octets);
}

/* A collector that learns elements from type information. */
struct collector {
	fbInfoModel_t *model;
	fBuf_t *buffer;
};

static void
collector_open(struct collector *collector, const struct stream *stream)
{
	fbSession_t *session;
	GError *error = NULL;
	fbTemplate_t *types;

	collector->model = fbInfoModelAlloc();
	session = fbSessionAlloc(collector->model);
	types = fbInfoElementAllocTypeTemplate(collector->model, &error);
	assert_non_null(types);
	assert_true(fbSessionAddTemplate(session, TRUE, 0x500, types, &error));
	collector->buffer = fBufAllocForCollection(session, NULL);
	assert_true(fBufSetAutomaticInsert(collector->buffer, &error));
	assert_true(fBufSetInternalTemplate(collector->buffer, 0x500, &error));
	fBufSetBuffer(collector->buffer, stream->octets, stream->length);
}

/* Read to the end; type records go into the model. */
static void
collector_read(struct collector *collector)
{
	GError *error = NULL;
	fbInfoElementOptRec_t record;
	size_t length = sizeof(record);

	while (fBufNext(collector->buffer, (uint8_t *)&record, &length, &error))
		length = sizeof(record);
	assert_non_null(error);
	assert_int_equal(error->code, FB_ERROR_BUFSZ);
	g_clear_error(&error);
}

static void
collector_close(struct collector *collector)
{
	fBufFree(collector->buffer);
	fbInfoModelFree(collector->model);
}

static struct stream
types_of(const struct ipfix_options *options)
{
	struct stream stream = { 0 };
	struct ipfix_encoder *encoder = encoder_of(options, NULL);
	const struct message *messages;
	size_t count;

	messages = ipfix_encoder_types(encoder, &count);
	assert_true(count >= 2);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(messages[i].kind,
		    i == 0 ? MESSAGE_TEMPLATES : MESSAGE_TYPES);
		assert_int_equal(messages[i].records > 0, i > 0);
		assert_int_equal(
		    get(messages[i].octets + 2, 2), messages[i].length);
		stream_add(&stream, &messages[i]);
	}
	ipfix_encoder_free(&encoder);
	return stream;
}

static void
check_types(
    uint32_t message_octets, uint32_t enterprise_number, unsigned combination)
{
	struct ipfix_options options =
	    options_of(combination, message_octets, false);
	unsigned absent =
	    (options.record.quality ? 0 : (unsigned)FIELD_IF_QUALITY) |
	    (options.record.names ? 0 : (unsigned)FIELD_IF_NAMES);
	struct collector collector;
	struct stream stream;
	uint64_t own = 0;

	options.record.enterprise_number = enterprise_number;
	stream = types_of(&options);
	assert_in_range(stream.longest, 17, message_octets);
	collector_open(&collector, &stream);
	collector_read(&collector);
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];
		const fbInfoElement_t *element;

		if (field->pen != PEN_OWN)
			continue;
		if ((field->conditions & absent) != 0) {
			assert_null(fbInfoModelGetElementByID(
			    collector.model, field->id, enterprise_number));
			continue;
		}
		own++;
		element = fbInfoModelGetElementByID(
		    collector.model, field->id, enterprise_number);
		assert_non_null(element);
		assert_string_equal(element->ref.name, field->name);
		assert_string_equal(element->description, field->description);
		/* The type is all that says how long octets are. */
		assert_int_equal(element->len,
		    field->type == FIELD_COUNTS || field->type == FIELD_STRING
		        ? FB_IE_VARLEN
		        : field->octets);
		assert_int_equal(
		    FB_IE_SEMANTIC(element->flags), field->semantics);
		assert_int_equal(FB_IE_UNITS(element->flags), field->units);
	}
	assert_int_equal(stream.records, own);
	collector_close(&collector);
	free(stream.octets);
}

static void
test_collector_learns_own_elements_from_type_records(void **state)
{
	(void)state;
	check_types(MESSAGE_MIN_OCTETS, PEN_DOCUMENTATION, 1);
	check_types(MESSAGE_QUALITY_MIN_OCTETS, PEN_DOCUMENTATION, 1 | 64);
	check_types(MESSAGE_QUALITY_MIN_OCTETS, PEN_DOCUMENTATION, 1 | 128);
	check_types(8192, PEN_DOCUMENTATION, 1 | 64 | 128);
	check_types(MESSAGE_MAX_OCTETS, 65535, 1);
	check_types(MESSAGE_MAX_OCTETS, UINT32_MAX, 1 | 64 | 128);
}

static void
check_refused(uint32_t enterprise_number, uint32_t octets, const char *expected)
{
	struct ipfix_options options = options_of(1, octets, false);
	char error[256] = "";

	options.record.profiles = 0;
	options.record.enterprise_number = enterprise_number;
	assert_null(ipfix_encoder_new(
	    &options, stream_add, NULL, error, sizeof(error)));
	assert_non_null(strstr(error, expected));
}

static void
test_enterprise_number_must_be_free_in_its_low_16_bits(void **state)
{
	(void)state;
	check_refused(0, 1420, "enterprise_number");
	check_refused(65536, 1420, "enterprise_number");
	check_refused(29305, 1420, "enterprise_number");
	check_refused(65536 + 6871, 1420, "enterprise_number");
}

/* With the profile of the others, their numbers are taken. */
static void
test_enterprise_number_must_not_be_that_of_a_profile(void **state)
{
	static const uint32_t numbers[] = { 0, PEN_FLOWMON, PEN_NTOP };
	char error[256] = "";

	(void)state;
	for (unsigned profile = RECORD_FLOWMON; profile <= RECORD_NTOP;
	     profile++) {
		struct ipfix_options options = options_of(0, 1420, false);
		struct ipfix_encoder *encoder;

		options.record.enterprise_number = numbers[profile];
		encoder = encoder_of(&options, NULL);
		ipfix_encoder_free(&encoder);
		options.record.profiles = profile;
		assert_null(ipfix_encoder_new(
		    &options, stream_add, NULL, error, sizeof(error)));
		assert_non_null(strstr(error, "profile"));
	}
}

static void
test_message_size_must_hold_any_record_with_a_group(void **state)
{
	struct ipfix_options options =
	    options_of(65, MESSAGE_QUALITY_MIN_OCTETS - 1, false);
	char error[256] = "";

	(void)state;
	assert_null(ipfix_encoder_new(
	    &options, stream_add, NULL, error, sizeof(error)));
	assert_non_null(strstr(error, "1232 to"));
	options.record.quality = false;
	options.record.names = true;
	assert_null(ipfix_encoder_new(
	    &options, stream_add, NULL, error, sizeof(error)));
	assert_non_null(strstr(error, "1232 to"));
	options.record.quality = true;
	options.message_octets = MESSAGE_BOTH_MIN_OCTETS - 1;
	assert_null(ipfix_encoder_new(
	    &options, stream_add, NULL, error, sizeof(error)));
	assert_non_null(strstr(error, "1312 to"));
}

static void
test_message_size_must_hold_any_record(void **state)
{
	(void)state;
	check_refused(PEN_DOCUMENTATION, MESSAGE_MIN_OCTETS - 1, "512 to");
	check_refused(PEN_DOCUMENTATION, MESSAGE_MAX_OCTETS + 1, "to 65535");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_template_has_a_message_of_its_own),
		cmocka_unit_test(
		    test_other_protocols_have_templates_where_they_are_metered),
		cmocka_unit_test(test_a_ping_answer_of_uniflow_has_no_type),
		cmocka_unit_test(test_a_ping_has_no_ports_and_its_type),
		cmocka_unit_test(
		    test_collector_learns_own_elements_from_type_records),
		cmocka_unit_test(
		    test_enterprise_number_must_be_free_in_its_low_16_bits),
		cmocka_unit_test(
		    test_enterprise_number_must_not_be_that_of_a_profile),
		cmocka_unit_test(
		    test_message_size_must_hold_any_record_with_a_group),
		cmocka_unit_test(test_message_size_must_hold_any_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

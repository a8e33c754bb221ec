/* SPDX-License-Identifier: BSD-2-Clause */
/* Reader and dump, over files made octet by octet and our own files. */
#include "../text_fixture.h"

#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "exflow/export/exporter.h"
#include "exflow/ipfixfile/reader.h"
#include "exflow/reader/dump.h"
#include "exflow/record/record.h"

#define UNKNOWN_PEN 4242
#define CERT_STML 293 /* subTemplateMultiList 293, IANA */

struct octets {
	uint8_t data[8192];
	size_t used, message, set;
};

static void
put(struct octets *o, unsigned n, uint64_t value)
{
	for (unsigned i = n; i > 0; i--)
		o->data[o->used++] = (uint8_t)(value >> (8 * (i - 1)));
}

static void
put_length(struct octets *o, size_t start)
{
	size_t length = o->used - start;

	o->data[start + 2] = (uint8_t)(length >> 8);
	o->data[start + 3] = (uint8_t)length;
}

static void
message_begin(struct octets *o, uint32_t sequence, uint32_t domain)
{
	o->message = o->used;
	put(o, 2, 10);
	put(o, 2, 0);
	put(o, 4, 1704164645);
	put(o, 4, sequence);
	put(o, 4, domain);
}

static void
message_end(struct octets *o)
{
	put_length(o, o->message);
}

static void
set_begin(struct octets *o, unsigned id)
{
	o->set = o->used;
	put(o, 2, id);
	put(o, 2, 0);
}

static void
set_end(struct octets *o)
{
	put_length(o, o->set);
}

/* id, length pairs, ended by id 0. */
static void
put_template(struct octets *o, unsigned id, const unsigned (*fields)[2])
{
	unsigned count = 0;

	while (fields[count][0] != 0)
		count++;
	set_begin(o, 2);
	put(o, 2, id);
	put(o, 2, count);
	for (unsigned i = 0; i < count; i++) {
		put(o, 2, fields[i][0]);
		put(o, 2, fields[i][1]);
	}
	set_end(o);
}

/* A template of sourceTransportPort alone, and n records: 1, 2, … */
static void
put_ports(struct octets *o, uint32_t sequence, uint32_t domain, unsigned n)
{
	message_begin(o, sequence, domain);
	put_template(o, 256, (const unsigned[][2]){ { 7, 2 }, { 0, 0 } });
	set_begin(o, 256);
	for (unsigned i = 1; i <= n; i++)
		put(o, 2, i);
	set_end(o);
	message_end(o);
}

static char complaint[READER_ERROR_SIZE];
static unsigned complaints;

__attribute__((format(printf, 1, 2))) static void
complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(complaint, sizeof(complaint), format, arguments);
	va_end(arguments);
	complaints++;
}

static char warning[READER_ERROR_SIZE];
static unsigned warnings;

__attribute__((format(printf, 1, 2))) static void
warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(warning, sizeof(warning), format, arguments);
	va_end(arguments);
	warnings++;
}

static int last_result;

static char *
dump_path(const char *path, enum dump_mode mode)
{
	char error[READER_ERROR_SIZE];
	struct dump_options options = { .mode = mode };
	struct reader *reader =
	    reader_new(PEN_DOCUMENTATION, error, sizeof(error));
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	struct dump *dump = dump_new(&options, stream);

	complaints = 0;
	complaint[0] = '\0';
	warnings = 0;
	warning[0] = '\0';
	assert_int_equal(reader_open(reader, path, error, sizeof(error)), 0);
	last_result = dump_file(dump, reader, complain, warn);
	assert_int_equal(dump_finish(dump, reader), 0);
	dump_free(&dump);
	reader_free(&reader);
	fclose(stream);
	return text;
}

static char *
dump_octets(const struct octets *o, enum dump_mode mode)
{
	char path[] = "/tmp/check_reader.XXXXXX";
	int fd = mkstemp(path);
	char *text;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, o->data, o->used), o->used);
	close(fd);
	text = dump_path(path, mode);
	unlink(path);
	return text;
}

static void
expect_dump(const struct octets *o, enum dump_mode mode, const char *expected)
{
	char *text = dump_octets(o, mode);

	assert_string_equal(text, expected);
	free(text);
}

static void
expect_part(const struct octets *o, enum dump_mode mode, const char *part)
{
	char *text = dump_octets(o, mode);

	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is missing in\n%s", part, text);
	free(text);
}

static void
values_have_the_form_of_their_type(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	message_begin(&o, 0, 0);
	put_template(&o, 300,
	    (const unsigned[][2]){ { 8, 4 }, { 27, 16 }, { 1, 4 }, { 56, 6 },
	        { 150, 4 }, { 152, 8 }, { 154, 8 }, { 156, 8 }, { 276, 1 },
	        { 82, 4 }, { 210, 2 }, { 82, 65535 }, { 434, 4 }, { 0, 0 } });
	set_begin(&o, 300);
	put(&o, 4, 0xc0000201);
	put(&o, 8, 0x20010db800000000);
	put(&o, 8, 1);
	put(&o, 4, 70000); /* octetDeltaCount in four octets */
	put(&o, 6, 0x0123456789ab);
	put(&o, 4, 1704164645);
	put(&o, 8, 1704164645123);
	put(&o, 8, ((uint64_t)(1704164645 + 2208988800) << 32) | 0x80000000);
	put(&o, 8, 0);
	put(&o, 1, 1);
	put(&o, 4, 0x61620000); /* "ab" */
	put(&o, 2, 0);
	put(&o, 1, 3);
	put(&o, 3, 0x22090a); /* quote, tab, newline */
	put(&o, 4, 0xfffffffe);
	set_end(&o);
	message_end(&o);
	expect_dump(&o, DUMP_JSON,
	    "{\"sourceIPv4Address\":\"192.0.2.1\","
	    "\"sourceIPv6Address\":\"2001:db8::1\",\"octetDeltaCount\":70000,"
	    "\"sourceMacAddress\":\"01:23:45:67:89:ab\","
	    "\"flowStartSeconds\":\"2024-01-02T03:04:05Z\","
	    "\"flowStartMilliseconds\":\"2024-01-02T03:04:05.123Z\","
	    "\"flowStartMicroseconds\":\"2024-01-02T03:04:05.500000Z\","
	    "\"flowStartNanoseconds\":null,\"dataRecordsReliability\":true,"
	    "\"interfaceName\":\"ab\",\"interfaceName#2\":"
	    "\"\\\"\\u0009\\u000a\",\"mibObjectValueInteger\":-2}\n");
	assert_int_equal(last_result, 0);
}

/* A record of interfaceName alone, as long as it is. */
static void
put_name(struct octets *o, const char *name)
{
	message_begin(o, 0, 0);
	put_template(o, 300, (const unsigned[][2]){ { 82, 65535 }, { 0, 0 } });
	set_begin(o, 300);
	put(o, 1, strlen(name));
	for (const char *at = name; *at != '\0'; at++)
		put(o, 1, (uint8_t)*at);
	set_end(o);
	message_end(o);
}

static void
strings_cannot_steer_a_terminal(void **state)
{
	/* ESC, DEL, CSI as one C1 octet; then octets that are not UTF-8. */
	struct octets o = { .used = 0 }, broken = { .used = 0 };

	(void)state;
	put_name(&o, "\x1b[2J\x7f\xc2\x9b \xc3\xa9");
	expect_dump(&o, DUMP_TABLE,
	    "record 300: interfaceName=\\x1b[2J\\x7f\\xc2\\x9b \xc3\xa9\n");
	put_name(&broken, "a\xff\xc3");
	expect_dump(
	    &broken, DUMP_TABLE, "record 300: interfaceName=a\\xff\\xc3\n");
}

static void
marks_of_direction_are_escaped_in_every_output(void **state)
{
	static const char *const marks[] = { "\xd8\x9c", "\xe2\x80\x8e",
		"\xe2\x80\x8f", "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa6",
		"\xe2\x81\xa9", "\xc2\x80", "\xc2\x9f" };
	static const char *const json[] = { "061c", "200e", "200f", "202a",
		"202e", "2066", "2069", "0080", "009f" };

	(void)state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct octets o = { .used = 0 };
		char expected[64], *text;

		put_name(&o, marks[i]);
		snprintf(expected, sizeof(expected),
		    "{\"interfaceName\":\"\\u%s\"}\n", json[i]);
		expect_dump(&o, DUMP_JSON, expected);
		for (int mode = DUMP_TABLE; mode <= DUMP_CSV; mode++) {
			text = dump_octets(&o, (enum dump_mode)mode);
			assert_null(strstr(text, marks[i]));
			snprintf(expected, sizeof(expected), "\\x%02x\\x%02x",
			    (uint8_t)marks[i][0], (uint8_t)marks[i][1]);
			assert_non_null(strstr(text, expected));
			free(text);
		}
	}
}

static void
csv_quotes_what_would_end_a_field(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	message_begin(&o, 0, 0);
	put_template(&o, 300,
	    (const unsigned[][2]){
	        { 82, 4 }, { 210, 2 }, { 82, 4 }, { 0, 0 } });
	set_begin(&o, 300);
	put(&o, 4, 0x612c2262); /* a,"b */
	put(&o, 2, 0);
	put(&o, 4, 0x63000000); /* c */
	set_end(&o);
	message_end(&o);
	expect_dump(&o, DUMP_CSV,
	    "#300,interfaceName,interfaceName#2\n300,\"a,\"\"b\",c\n");
}

static void
fractions_and_nanoseconds_have_their_form(void **state)
{
	const unsigned fields[][2] = { { 311, 8 }, { 311, 4 }, { 320, 8 },
		{ 156, 8 }, { 0, 0 } };
	struct octets o = { .used = 0 };

	(void)state;
	message_begin(&o, 0, 0);
	put_template(&o, 300, fields);
	set_begin(&o, 300);
	put(&o, 8, 0x3fe0000000000000); /* 0.5 */
	put(&o, 4, 0xbfa00000);         /* -1.25, in four octets */
	put(&o, 8, 0x7ff0000000000000); /* infinite: no number of JSON */
	put(&o, 8, ((uint64_t)(1704164645 + 2208988800) << 32) | 0x80000000);
	set_end(&o);
	message_end(&o);
	expect_dump(&o, DUMP_JSON,
	    "{\"samplingProbability\":0.5,\"samplingProbability#2\":-1.25,"
	    "\"absoluteError\":null,\"flowStartNanoseconds\":"
	    "\"2024-01-02T03:04:05.500000000Z\"}\n");
	expect_part(&o, DUMP_TABLE, "absoluteError=inf");
}

static void
unknown_elements_are_shown_as_hex_in_wire_order(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	message_begin(&o, 0, 0);
	set_begin(&o, 2);
	put(&o, 4, 256 << 16 | 1);
	put(&o, 4, 0x8000u << 16 | 5 << 16 | 4);
	put(&o, 4, UNKNOWN_PEN);
	set_end(&o);
	set_begin(&o, 256);
	put(&o, 4, 0x01020304);
	set_end(&o);
	message_end(&o);
	expect_dump(&o, DUMP_JSON, "{\"4242/5\":\"0x01020304\"}\n");
	expect_dump(&o, DUMP_TABLE, "record 256: 4242/5=0x01020304\n");
	expect_dump(&o, DUMP_CSV, "#256,4242/5\n256,0x01020304\n");
}

static void
put_type_record(struct octets *o)
{
	set_begin(o, 3);
	put(o, 4, 400 << 16 | 4);
	put(o, 2, 2); /* of these, scopes */
	put(o, 4, 346 << 16 | 4);
	put(o, 4, 303 << 16 | 2);
	put(o, 4, 339 << 16 | 1);
	put(o, 4, 341 << 16 | 65535);
	set_end(o);
	set_begin(o, 400);
	put(o, 4, UNKNOWN_PEN);
	put(o, 2, 5);
	put(o, 1, READER_UNSIGNED32);
	put(o, 1, 4);
	put(o, 4, 0x6c756d70); /* lump */
	set_end(o);
}

static void
type_records_behind_the_template_name_its_elements(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	message_begin(&o, 0, 0);
	set_begin(&o, 2);
	put(&o, 4, 256 << 16 | 1);
	put(&o, 4, 0x8000u << 16 | 5 << 16 | 4);
	put(&o, 4, UNKNOWN_PEN);
	set_end(&o);
	put_type_record(&o);
	set_begin(&o, 256);
	put(&o, 4, 0x01020304);
	set_end(&o);
	message_end(&o);
	expect_dump(&o, DUMP_JSON, "{\"lump\":16909060}\n");
	expect_part(&o, DUMP_STATISTICS, "type records            1\n");
}

/* yaf's shape: a flow with its details in a subTemplateMultiList. */
static void
put_lists(struct octets *o)
{
	message_begin(o, 0, 0);
	put_template(o, 256, (const unsigned[][2]){ { 7, 2 }, { 0, 0 } });
	put_template(
	    o, 257, (const unsigned[][2]){ { 4, 1 }, { 82, 65535 }, { 0, 0 } });
	put_template(o, 258,
	    (const unsigned[][2]){ { 291, 65535 }, { 292, 65535 },
	        { CERT_STML, 65535 }, { 0, 0 } });
	set_begin(o, 258);
	put(o, 1, 9); /* basicList of two ports */
	put(o, 1, 3);
	put(o, 4, 7 << 16 | 2);
	put(o, 4, 80 << 16 | 443);
	put(o, 1, 255); /* subTemplateList of two, long form of length */
	put(o, 2, 9);
	put(o, 3, 3 << 16 | 257);
	put(o, 3, 0x060161); /* tcp, "a" */
	put(o, 3, 0x110162); /* udp, "b" */
	put(o, 1, 14);       /* subTemplateMultiList */
	put(o, 1, 3);
	put(o, 4, 256 << 16 | 6);
	put(o, 2, 53);
	put(o, 4, 257 << 16 | 7);
	put(o, 3, 0x060163);
	set_end(o);
	message_end(o);
}

static void
lists_are_shown_with_the_names_of_their_fields(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	put_lists(&o);
	expect_dump(&o, DUMP_JSON,
	    "{\"basicList\":[80,443],\"subTemplateList\":"
	    "[{\"protocolIdentifier\":6,\"interfaceName\":\"a\"},"
	    "{\"protocolIdentifier\":17,\"interfaceName\":\"b\"}],"
	    "\"subTemplateMultiList\":[{\"sourceTransportPort\":53},"
	    "{\"protocolIdentifier\":6,\"interfaceName\":\"c\"}]}\n");
}

static void
a_damaged_list_is_shown_as_hex(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	message_begin(&o, 0, 0);
	put_template(&o, 258, (const unsigned[][2]){ { 291, 9 }, { 0, 0 } });
	set_begin(&o, 258);
	put(&o, 1, 3);
	put(&o, 4, 82 << 16 | 65535); /* strings, the first too long */
	put(&o, 4, 0xfe616263);
	set_end(&o);
	message_end(&o);
	expect_dump(
	    &o, DUMP_JSON, "{\"basicList\":\"0x030052fffffe616263\"}\n");
}

static void
domains_have_templates_of_their_own(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	put_ports(&o, 0, 1, 1);
	message_begin(&o, 0, 2);
	put_template(&o, 256, (const unsigned[][2]){ { 4, 1 }, { 0, 0 } });
	set_begin(&o, 256);
	put(&o, 1, 17);
	set_end(&o);
	message_end(&o);
	message_begin(&o, 1, 1);
	set_begin(&o, 256);
	put(&o, 2, 9);
	set_end(&o);
	message_end(&o);
	expect_dump(&o, DUMP_JSON,
	    "{\"sourceTransportPort\":1}\n{\"protocolIdentifier\":17}\n"
	    "{\"sourceTransportPort\":9}\n");
}

static void
statistics_count_gaps_of_the_sequence(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	put_ports(&o, 0, 1, 3);
	put_ports(&o, 3, 1, 2);
	put_ports(&o, 9, 1, 1); /* 5 was expected */
	expect_part(&o, DUMP_STATISTICS, "sequence gaps           1\n");
	expect_part(&o, DUMP_STATISTICS, "records missing         4\n");
	expect_part(&o, DUMP_STATISTICS, "messages                3\n");
	expect_part(&o, DUMP_STATISTICS,
	    "template 256: 1 fields, announced 3 times, 6 records\n");
	expect_part(&o, DUMP_STATISTICS, "2024-01-02T03:04:05Z\n");
}

static void
a_set_without_a_template_is_counted(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	message_begin(&o, 0, 1);
	set_begin(&o, 999);
	put(&o, 4, 1);
	set_end(&o);
	message_end(&o);
	put_ports(&o, 77, 1, 1); /* no gap: how many it had is unknown */
	expect_part(&o, DUMP_STATISTICS, "sets without template   1\n");
	expect_part(&o, DUMP_STATISTICS, "sequence gaps           0\n");
	assert_int_equal(last_result, 0);
}

/* Withdrawals in a set of that kind, ended by id 0. */
static void
put_withdrawals(struct octets *o, unsigned set_id, const unsigned *ids)
{
	set_begin(o, set_id);
	for (; *ids != 0; ids++)
		put(o, 4, *ids << 16);
	set_end(o);
}

/* A record of template id, sourceTransportPort alone. */
static void
put_port(struct octets *o, unsigned id, unsigned port)
{
	set_begin(o, id);
	put(o, 2, port);
	set_end(o);
}

/* "template 256 has records without an octet" was all that it gave. */
static void
a_withdrawn_template_can_be_defined_anew(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	message_begin(&o, 0, 1);
	put_template(&o, 256, (const unsigned[][2]){ { 7, 2 }, { 0, 0 } });
	put_port(&o, 256, 1);
	put_withdrawals(&o, 2, (const unsigned[]){ 256, 0 });
	put_template(&o, 256, (const unsigned[][2]){ { 4, 1 }, { 0, 0 } });
	set_begin(&o, 256);
	put(&o, 1, 6);
	set_end(&o);
	message_end(&o);
	expect_dump(&o, DUMP_JSON,
	    "{\"sourceTransportPort\":1}\n{\"protocolIdentifier\":6}\n");
	assert_int_equal(last_result, 0);
	assert_int_equal(warnings, 0);
	expect_part(&o, DUMP_STATISTICS,
	    "template 256: 1 fields, announced 2 times, withdrawn 1 times, "
	    "2 records\n");
}

/* Templates in front of the withdrawals and behind them are kept. */
static void
a_set_may_mix_templates_and_withdrawals(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	put_ports(&o, 0, 1, 1); /* 256 */
	message_begin(&o, 1, 1);
	set_begin(&o, 2);
	put(&o, 4, 300 << 16 | 1);
	put(&o, 4, 7 << 16 | 2);
	put(&o, 4, 256 << 16); /* withdrawn */
	put(&o, 4, 999 << 16); /* never announced */
	put(&o, 4, 301 << 16 | 1);
	put(&o, 4, 4 << 16 | 1);
	put(&o, 2, 0); /* padding */
	set_end(&o);
	put_port(&o, 300, 3);
	put_port(&o, 256, 4);
	set_begin(&o, 301);
	put(&o, 1, 17);
	set_end(&o);
	message_end(&o);
	expect_dump(&o, DUMP_JSON,
	    "{\"sourceTransportPort\":1}\n{\"sourceTransportPort\":3}\n"
	    "{\"protocolIdentifier\":17}\n");
	assert_int_equal(last_result, 0);
	assert_non_null(strstr(warning, "came before: 1,"));
	assert_non_null(strstr(warning, "octet 34, of template 256"));
}

/* "Illegal template id 2" was all that it gave. */
static void
all_templates_of_a_kind_can_be_withdrawn(void **state)
{
	for (unsigned kind = 2; kind <= 3; kind++) {
		struct octets o = { .used = 0 };

		(void)state;
		message_begin(&o, 0, 1);
		put_template(
		    &o, 256, (const unsigned[][2]){ { 7, 2 }, { 0, 0 } });
		put_template(
		    &o, 257, (const unsigned[][2]){ { 7, 2 }, { 0, 0 } });
		set_begin(&o, 3);
		put(&o, 4, 258 << 16 | 1);
		put(&o, 2, 1);
		put(&o, 4, 7 << 16 | 2);
		set_end(&o);
		put_withdrawals(&o, kind, (const unsigned[]){ kind, 0 });
		for (unsigned id = 256; id <= 258; id++)
			put_port(&o, id, id);
		message_end(&o);
		expect_dump(&o, DUMP_JSON,
		    kind == 2 ? "{\"sourceTransportPort\":258}\n"
		              : "{\"sourceTransportPort\":256}\n"
		                "{\"sourceTransportPort\":257}\n");
		assert_int_equal(last_result, 0);
		expect_part(&o, DUMP_STATISTICS,
		    kind == 2 ? "sets without template   2\n"
		              : "sets without template   1\n");
	}
}

/* The withdrawal behind damage counts, though templates there are lost. */
static void
damage_does_not_keep_a_withdrawn_template(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	put_ports(&o, 0, 1, 1);
	message_begin(&o, 1, 1);
	put_template(&o, 300, (const unsigned[][2]){ { 82, 0 }, { 0, 0 } });
	put_port(&o, 300, 0); /* records without an octet */
	put_withdrawals(&o, 2, (const unsigned[]){ 256, 0 });
	message_end(&o);
	message_begin(&o, 2, 1);
	put_port(&o, 256, 9);
	message_end(&o);
	expect_dump(&o, DUMP_JSON, "{\"sourceTransportPort\":1}\n");
	assert_int_equal(last_result, -1);
	assert_int_equal(complaints, 1);
	assert_int_equal(warnings, 1);
}

static void
sets_before_their_template_are_told_once(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		message_begin(&o, i, 1);
		put_port(&o, 256, 1);
		message_end(&o);
	}
	put_ports(&o, 3, 1, 1);
	expect_dump(&o, DUMP_JSON, "{\"sourceTransportPort\":1}\n");
	assert_int_equal(last_result, 0);
	assert_int_equal(complaints, 0);
	assert_int_equal(warnings, 1);
	assert_non_null(strstr(warning, "came before: 3,"));
	assert_non_null(strstr(warning, "octet 0, of template 256"));
}

static void
an_empty_file_is_no_ipfix_file(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	expect_dump(&o, DUMP_JSON, "");
	assert_int_equal(last_result, -1);
	assert_non_null(strstr(complaint, "the file is empty"));
}

/* NetFlow headers of 20 and 24 octets; nfcapd's file in either order. */
static void
files_of_others_are_called_by_their_name(void **state)
{
	static const struct {
		uint32_t begin;
		const char *name;
	} others[] = { { 0x00050001, "NetFlow v5" },
		{ 0x00070001, "NetFlow v7" }, { 0x00090002, "NetFlow v9" },
		{ 0x0ca50200, "file of nfcapd" },
		{ 0xa50c0002, "file of nfcapd" },
		{ 0xa1b2c3d4, "capture of packets" },
		{ 0x0a0d0d0a, "capture of packets" } };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct octets o = { .used = 0 };

		put(&o, 4, others[i].begin);
		for (int n = 0; n < 5; n++)
			put(&o, 4, 0);
		expect_dump(&o, DUMP_TABLE, "");
		assert_int_equal(last_result, -1);
		assert_int_equal(complaints, 1);
		assert_non_null(strstr(complaint, others[i].name));
	}
}

static void
a_cut_file_gives_what_precedes_the_cut(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	put_ports(&o, 0, 1, 2);
	put_ports(&o, 2, 1, 3);
	o.used -= 3; /* the last record and half of the one before it */
	expect_dump(&o, DUMP_JSON,
	    "{\"sourceTransportPort\":1}\n{\"sourceTransportPort\":2}\n"
	    "{\"sourceTransportPort\":1}\n");
	assert_int_equal(last_result, -1);
	assert_int_equal(complaints, 1);
	assert_non_null(strstr(complaint, "the file ends in a message"));
	/* 36 octets, then 35 of the second message. */
	assert_non_null(strstr(complaint, ": octet 71: "));
}

static void
damage_in_a_message_stays_in_it(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	put_ports(&o, 0, 1, 1);
	put_ports(&o, 1, 1, 1);
	o.data[o.set + 3] = 2; /* the data set of the second message */
	put_ports(&o, 2, 1, 4);
	expect_part(&o, DUMP_JSON, "{\"sourceTransportPort\":4}\n");
	assert_int_equal(last_result, -1);
	assert_int_equal(complaints, 1);
	assert_non_null(strstr(complaint, ": octet 62: a set cannot have"));
}

static void
what_is_no_ipfix_is_said_so(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	put_ports(&o, 0, 1, 1);
	put(&o, 8, 0x000b000000000000);
	put(&o, 8, 0);
	expect_dump(&o, DUMP_JSON, "{\"sourceTransportPort\":1}\n");
	assert_int_equal(last_result, -1);
	assert_non_null(strstr(complaint, ": octet 34: no IPFIX message"));
	o.data[o.used - 15] = 9;
	expect_dump(&o, DUMP_JSON, "{\"sourceTransportPort\":1}\n");
	assert_non_null(strstr(complaint, ": octet 34: a NetFlow v9 message"));
}

static void
records_without_an_octet_end_the_message(void **state)
{
	struct octets o = { .used = 0 };

	(void)state;
	message_begin(&o, 0, 1);
	put_template(&o, 256, (const unsigned[][2]){ { 82, 0 }, { 0, 0 } });
	set_begin(&o, 256);
	put(&o, 4, 0);
	set_end(&o);
	message_end(&o);
	expect_dump(&o, DUMP_JSON, "");
	assert_int_equal(last_result, -1);
}

/* Each octet of a file with one of everything is changed in turn. */
static void
no_flipped_octet_is_fatal(void **state)
{
	static const uint8_t masks[] = { 0xff, 0x80, 0x01 };
	struct octets o = { .used = 0 }, damaged;

	(void)state;
	put_ports(&o, 0, 0, 2);
	message_begin(&o, 2, 0);
	put_type_record(&o);
	message_end(&o);
	put_lists(&o);
	put_ports(&o, 3, 0, 1);
	message_begin(&o, 4, 0);
	put_withdrawals(&o, 2, (const unsigned[]){ 256, 257, 0 });
	put_template(&o, 256, (const unsigned[][2]){ { 4, 1 }, { 0, 0 } });
	put_withdrawals(&o, 3, (const unsigned[]){ 3, 0 });
	message_end(&o);
	for (size_t i = 0; i < o.used; i++)
		for (size_t m = 0; m < sizeof(masks); m++) {
			damaged = o;
			damaged.data[i] ^= masks[m];
			free(dump_octets(&damaged, DUMP_JSON));
		}
	for (size_t n = 0; n < o.used; n++) {
		damaged = o;
		damaged.used = n;
		free(dump_octets(&damaged, DUMP_TABLE));
		assert_true(complaints <= 1);
	}
}

static void
own_files_come_back_whole(void **state)
{
	static const char *const names[] = { "out.ipfix", NULL };
	char *folder = fixture_folder();
	char *path = fixture_path(folder, "out.ipfix");
	struct destination *destination = fixture_destination(path, NULL);
	struct exchange tcp = fixture_exchange(PROTOCOL_TCP, 4);
	struct exchange udp = fixture_exchange(PROTOCOL_UDP, 6);
	char error[256];
	struct exporter *exporter =
	    exporter_new(&destination, 1, error, sizeof(error));
	struct exporter_port *port;
	char *text;

	(void)state;
	assert_non_null(exporter);
	port = exporter_port_new(exporter);
	exporter_put(port, &tcp);
	exporter_put(port, &udp);
	exporter_port_flush(port);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	exporter_free(&exporter);

	text = dump_path(path, DUMP_JSON);
	assert_int_equal(last_result, 0);
	assert_non_null(strstr(text, "\"tcpSynPacketDeltaCount\":111,"
	                             "\"reverseTcpSynPacketDeltaCount\":211"));
	assert_non_null(strstr(
	    text, "\"flowStartMicroseconds\":\"2024-01-02T03:04:05.123456Z\""));
	assert_non_null(strstr(text, "\"reverseFlowDeltaMilliseconds\":1"));
	assert_null(strstr(text, "0x"));
	free(text);
	text = dump_path(path, DUMP_TABLE);
	assert_non_null(strstr(text, "2024-01-02 UTC\n03:04:05.123 2.00s tcp"));
	assert_non_null(strstr(text, "  100  200  103  203\n"));
	free(text);
	text = dump_path(path, DUMP_STATISTICS);
	assert_non_null(strstr(text, "sequence gaps           0\n"));
	free(text);
	free(path);
	fixture_remove(folder, names);
}

#ifdef HAVE_ZSTD
#define KINDS 2
#else
#define KINDS 1
#endif

/* The octets as one member of a gzip file, or one frame of zstd. */
static void
pack(struct octets *packed, const struct octets *o, bool zstd)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)o->data,
		.avail_in = (uInt)o->used,
		.next_out = packed->data,
		.avail_out = sizeof(packed->data) };

#ifdef HAVE_ZSTD
	if (zstd) {
		packed->used = ZSTD_compress(
		    packed->data, sizeof(packed->data), o->data, o->used, 1);
		assert_false(ZSTD_isError(packed->used));
		return;
	}
#endif
	assert_false(zstd);
	assert_int_equal(
	    deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
	    Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	packed->used = z.total_out;
	deflateEnd(&z);
}

static void
compressed_files_are_read_as_they_are(void **state)
{
	struct octets o = { .used = 0 }, packed;

	(void)state;
	put_ports(&o, 0, 1, 2);
	for (int zstd = 0; zstd < KINDS; zstd++) {
		pack(&packed, &o, zstd != 0);
		expect_dump(&packed, DUMP_JSON,
		    "{\"sourceTransportPort\":1}\n"
		    "{\"sourceTransportPort\":2}\n");
		assert_int_equal(last_result, 0);
	}
}

static void
a_cut_compressed_file_is_damage_that_names_the_codec(void **state)
{
	struct octets o = { .used = 0 }, packed;

	(void)state;
	put_ports(&o, 0, 1, 2);
	for (int zstd = 0; zstd < KINDS; zstd++) {
		pack(&packed, &o, zstd != 0);
		packed.used -= 2;
		free(dump_octets(&packed, DUMP_JSON));
		assert_int_equal(last_result, -1);
		assert_int_equal(complaints, 1);
		assert_non_null(strstr(complaint, zstd ? "zstd: " : "gzip: "));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compressed_files_are_read_as_they_are),
		cmocka_unit_test(
		    a_cut_compressed_file_is_damage_that_names_the_codec),
		cmocka_unit_test(values_have_the_form_of_their_type),
		cmocka_unit_test(strings_cannot_steer_a_terminal),
		cmocka_unit_test(
		    marks_of_direction_are_escaped_in_every_output),
		cmocka_unit_test(csv_quotes_what_would_end_a_field),
		cmocka_unit_test(fractions_and_nanoseconds_have_their_form),
		cmocka_unit_test(
		    unknown_elements_are_shown_as_hex_in_wire_order),
		cmocka_unit_test(
		    type_records_behind_the_template_name_its_elements),
		cmocka_unit_test(
		    lists_are_shown_with_the_names_of_their_fields),
		cmocka_unit_test(a_damaged_list_is_shown_as_hex),
		cmocka_unit_test(domains_have_templates_of_their_own),
		cmocka_unit_test(statistics_count_gaps_of_the_sequence),
		cmocka_unit_test(a_set_without_a_template_is_counted),
		cmocka_unit_test(a_withdrawn_template_can_be_defined_anew),
		cmocka_unit_test(a_set_may_mix_templates_and_withdrawals),
		cmocka_unit_test(all_templates_of_a_kind_can_be_withdrawn),
		cmocka_unit_test(damage_does_not_keep_a_withdrawn_template),
		cmocka_unit_test(sets_before_their_template_are_told_once),
		cmocka_unit_test(an_empty_file_is_no_ipfix_file),
		cmocka_unit_test(files_of_others_are_called_by_their_name),
		cmocka_unit_test(a_cut_file_gives_what_precedes_the_cut),
		cmocka_unit_test(damage_in_a_message_stays_in_it),
		cmocka_unit_test(what_is_no_ipfix_is_said_so),
		cmocka_unit_test(records_without_an_octet_end_the_message),
		cmocka_unit_test(no_flipped_octet_is_fatal),
		cmocka_unit_test(own_files_come_back_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The limits of the reader: a file that asks for more is damaged. */
#include "../text_fixture.h"

#include "exflow/ipfixfile/reader.h"
#include "exflow/reader/dump.h"
#include "exflow/record/record.h"

#define MESSAGE_ROOM 65000

static FILE *file;
static char path[] = "/tmp/check_reader_limits.XXXXXX";
static char complaint[READER_ERROR_SIZE], *text;

static void
put(unsigned n, uint64_t value)
{
	while (n-- > 0)
		putc((int)(value >> (8 * n) & 0xff), file);
}

/* The headers of a message with one set of so many octets. */
static void
put_set(uint32_t domain, unsigned id, unsigned octets)
{
	put(2, 10);
	put(2, 20 + octets);
	put(8, 1704164645ull << 32);
	put(4, domain);
	put(2, id);
	put(2, 4 + octets);
}

/* Fields of one element, so many octets long. */
static void
put_fields(unsigned n, unsigned element, unsigned octets)
{
	while (n-- > 0)
		put(4, element << 16 | octets);
}

/* Template 256: protocolIdentifier, and interfaceName without an octet. */
static void
put_empty_fields(unsigned n)
{
	put_set(1, 2, 8 + 4 * n);
	put(4, 256 << 16 | (n + 1));
	put_fields(1, 4, 1);
	put_fields(n, 82, 0);
	put_set(1, 256, 1);
	put(1, 6);
}

static void
put_port(void)
{
	put_set(9, 2, 8);
	put(4, 300 << 16 | 1);
	put_fields(1, 7, 2);
	put_set(9, 300, 2);
	put(2, 80);
}

__attribute__((format(printf, 1, 2))) static void
complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(complaint, sizeof(complaint), format, arguments);
	va_end(arguments);
}

/* The file as JSON, in text. */
static int
dumped(void)
{
	struct dump_options options = { .mode = DUMP_JSON };
	char error[READER_ERROR_SIZE];
	struct reader *reader =
	    reader_new(PEN_DOCUMENTATION, error, sizeof(error));
	size_t size;
	FILE *stream;
	struct dump *dump;
	int result;

	free(text);
	text = NULL;
	stream = open_memstream(&text, &size);
	dump = dump_new(&options, stream);
	fflush(file);
	assert_int_equal(reader_open(reader, path, error, sizeof(error)), 0);
	result = dump_file(dump, reader, complain, complain);
	assert_int_equal(dump_finish(dump, reader), 0);
	dump_free(&dump);
	reader_free(&reader);
	fclose(stream);
	return result;
}

static void
fields_without_an_octet_made_gigabytes_of_a_message(void **state)
{
	(void)state;
	put_empty_fields(READER_EMPTY_FIELDS_MAX);
	assert_int_equal(dumped(), 0);
	assert_non_null(strstr(text, "\"interfaceName#8\":\"\"}"));
	put_empty_fields(READER_EMPTY_FIELDS_MAX + 1);
	assert_int_equal(dumped(), -1);
	assert_non_null(strstr(complaint,
	    "template 256 has 9 fields without an octet, at most 8"));
}

static void
a_template_took_the_square_of_its_fields_in_time(void **state)
{
	(void)state;
	for (unsigned n = 1024; n <= 1025; n++) {
		put_set(1, 2, 4 + 4 * n);
		put(4, 256 << 16 | n);
		put_fields(n, 4, 1);
		put_set(1, 256, n);
		for (unsigned i = 0; i < n; i++)
			put(1, i % 3);
		assert_int_equal(dumped(), n == 1024 ? 0 : -1);
	}
	assert_non_null(strstr(text, "{\"protocolIdentifier\":0,"));
	assert_non_null(strstr(text, ",\"protocolIdentifier#1024\":0}"));
	assert_non_null(
	    strstr(complaint, "template 256 has 1025 fields, at most 1024"));
}

static void
a_refused_template_leaves_the_next_message_alone(void **state)
{
	(void)state;
	put_empty_fields(100);
	put_port();
	assert_int_equal(dumped(), -1);
	assert_string_equal(text, "{\"sourceTransportPort\":80}\n");
}

static void
a_withdrawal_hides_no_template_behind_it(void **state)
{
	(void)state;
	put_set(1, 3, 4 + 6 + 4 * 10);
	put(4, 300 << 16);
	put(4, 301 << 16 | 10);
	put(2, 1);
	put_fields(1, 4, 1);
	put_fields(9, 82, 0);
	assert_int_equal(dumped(), -1);
	assert_non_null(strstr(complaint, "template 301 has 9 fields"));
}

/* Beyond the limit of each kind; the record behind it is not read. */
static void
expect_given_up(const char *why)
{
	put_port();
	assert_int_equal(dumped(), -1);
	assert_string_equal(text, "");
	assert_non_null(strstr(complaint, why));
}

static void
templates_without_an_end_are_given_up(void **state)
{
	unsigned each = MESSAGE_ROOM / 8;

	(void)state;
	for (unsigned n = 0; n <= READER_TEMPLATES_MAX; n += each) {
		put_set(n / each / 7, 2, 8 * each);
		for (unsigned i = 0; i < each; i++) {
			put(4, (256 + n / each % 7 * each + i) << 16 | 1);
			put_fields(1, 4, 1);
		}
	}
	expect_given_up("too many templates");
}

static void
fields_without_an_end_are_given_up(void **state)
{
	unsigned octets = 4 + 4 * READER_FIELDS_MAX;
	unsigned each = MESSAGE_ROOM / octets;

	(void)state;
	for (unsigned n = 0; n * READER_FIELDS_MAX <= READER_FIELDS_HELD_MAX;
	     n += each) {
		put_set(n, 2, each * octets);
		for (unsigned i = 0; i < each; i++) {
			put(4, (256 + i) << 16 | READER_FIELDS_MAX);
			for (unsigned f = 0; f < READER_FIELDS_MAX; f++)
				put_fields(1, 1 + f % 400, 1);
		}
	}
	expect_given_up("too many fields in templates");
}

static void
unknown_elements_without_an_end_are_given_up(void **state)
{
	unsigned each = 1000;

	(void)state;
	for (unsigned n = 0; n <= READER_ELEMENTS_MAX; n += each) {
		put_set(1, 2, 4 + 8 * each);
		put(4, 256 << 16 | each);
		for (unsigned i = n; i < n + each; i++) {
			put(4, 0x80000001 | (i % 30000 + 1) << 16);
			put(4, 70000 + i / 30000);
		}
	}
	expect_given_up("too many unknown elements");
}

static int
setup(void **state)
{
	int fd;

	(void)state;
	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	fd = mkstemp(path);
	file = fd == -1 ? NULL : fdopen(fd, "wb");
	return file == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	fclose(file);
	free(text);
	text = NULL;
	return unlink(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fields_without_an_octet_made_gigabytes_of_a_message),
		TEST(a_template_took_the_square_of_its_fields_in_time),
		TEST(a_refused_template_leaves_the_next_message_alone),
		TEST(a_withdrawal_hides_no_template_behind_it),
		TEST(templates_without_an_end_are_given_up),
		TEST(fields_without_an_end_are_given_up),
		TEST(unknown_elements_without_an_end_are_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/export/kinds.h"
#include "exflow/output/kind.h"

#include "../export_fixture.h"

static void
expect_kind(const char *spec, const char *scheme)
{
	struct destination *d = fixture_destination(spec, NULL);

	assert_string_equal(d->ops->scheme, scheme);
	assert_string_equal(d->name, spec);
	destination_free(&d);
	assert_null(d);
}

static void
expect_error(const char *spec, const char *part)
{
	struct destination_options options;
	char error[DESTINATION_ERROR_SIZE] = "";

	destination_options_init(&options);
	assert_null(destination_new(spec, &options, error));
	if (strstr(error, part) == NULL)
		fail_msg("\"%s\": \"%s\" lacks \"%s\"", spec, error, part);
}

static void
specs_name_their_kind(void **state)
{
	(void)state;
	expect_kind("ipfix:out", "ipfix");
	expect_kind("ipfix:/a/b.dat", "ipfix");
	expect_kind("udp://collector", "udp");
	expect_kind("udp://127.0.0.1:2055", "udp");
	expect_kind("udp://[::1]", "udp");
	expect_kind("udp://[fe80::1%lo]:4739", "udp");
	expect_kind("tcp://collector.example:4739", "tcp");
	expect_kind("tcp://[2001:db8::1]:65535", "tcp");
}

static void
a_name_that_ends_in_ipfix_is_an_ipfix_file(void **state)
{
	(void)state;
	expect_kind("flows.ipfix", "ipfix");
	expect_kind("/tmp/a:b.ipfix", "ipfix");
	expect_kind("udp://host.ipfix", "udp");
	expect_error(".ipfix", "unknown kind");
}

static void
unknown_kinds_are_refused_with_the_list(void **state)
{
	(void)state;
	expect_error("flows.txt", "ipfix:FILE");
	expect_error("sctp://host", "udp://HOST[:PORT]");
	expect_error("", "tcp://HOST[:PORT]");
	expect_error("netflow10://host", "netflow9://HOST[:PORT]");
}

static void
wrong_specs_say_what_was_expected(void **state)
{
	(void)state;
	expect_error("udp:host", "expected udp://HOST[:PORT]");
	expect_error("udp", "expected udp://HOST[:PORT]");
	expect_error("netflow5:host", "expected netflow5://HOST[:PORT]");
	expect_error("netflow9://", "expected netflow9://HOST[:PORT]");
	expect_error("udp://", "host is missing");
	expect_error("tcp://:4739", "host is missing");
	expect_error("tcp://[::1", "closing ]");
	expect_error("tcp://[::1]4739", "only :PORT");
	expect_error("tcp://::1", "brackets");
	expect_error("tcp://host/", "no /");
	expect_error("tcp://[]:1", "expected tcp://HOST[:PORT]");
	expect_error("ipfix:", "expected ipfix:FILE");
	expect_error("ipfix:folder/", "expected ipfix:FILE");
}

static void
ports_are_1_to_65535(void **state)
{
	static const char *const wrong[] = { "", "0", "65536", "99999", "-1",
		"+1", "1x", "ipfix", "000000001" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char spec[64];

		snprintf(spec, sizeof(spec), "udp://host:%s", wrong[i]);
		expect_error(spec, "from 1 to 65535");
	}
	expect_kind("udp://host:1", "udp");
	expect_kind("udp://host:65535", "udp");
}

static void
the_books_of_a_destination_balance(void **state)
{
	struct destination_counts counts = {
		.records_due = 10,
		.delivered = 4,
		.waiting = 3,
		.lost = { [LOSS_ENCODE] = 1, [LOSS_SEND] = 2 },
	};

	(void)state;
	assert_int_equal(destination_lost(&counts), 3);
	assert_true(destination_balanced(&counts));
	counts.delivered++;
	assert_false(destination_balanced(&counts));
}

/* A kind's own thread knows nothing of them. */
static void
counts_of_the_export_thread_stay(void **state)
{
	struct destination d = { .counts = { .records_due = 9,
		                     .split = 4,
		                     .left_out = 2,
		                     .parts = 3,
		                     .sums = 1,
		                     .lost = { [LOSS_ENCODE] = 1 } } };
	struct destination_counts own = { .delivered = 6 };

	(void)state;
	destination_set_counts(&d, &own);
	assert_int_equal(d.counts.records_due, 9);
	assert_int_equal(d.counts.left_out, 2);
	assert_int_equal(d.counts.parts, 3);
	assert_int_equal(d.counts.sums, 1);
	assert_int_equal(d.counts.split, 4);
	assert_int_equal(d.counts.lost[LOSS_ENCODE], 1);
	assert_int_equal(d.counts.waiting, 2);
	assert_true(destination_balanced(&d.counts));
}

static void
losses_have_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(loss_name(i), loss_name(j));
	assert_string_equal(loss_name(LOSS_SEND), "send");
	assert_string_equal(loss_name(LOSS_COUNT), "unknown");
}

static void
message_stamp_writes_sequence_and_time_alone(void **state)
{
	uint8_t octets[MESSAGE_HEADER_OCTETS], expected[MESSAGE_HEADER_OCTETS];

	(void)state;
	memset(octets, 0xee, sizeof(octets));
	memcpy(expected, octets, sizeof(expected));
	memcpy(expected + 4, "\x0a\x0b\x0c\x0d\x01\x02\x03\x04", 8);
	message_stamp(octets, 0x01020304, 0x0a0b0c0d);
	assert_memory_equal(octets, expected, sizeof(expected));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(specs_name_their_kind),
		cmocka_unit_test(a_name_that_ends_in_ipfix_is_an_ipfix_file),
		cmocka_unit_test(unknown_kinds_are_refused_with_the_list),
		cmocka_unit_test(wrong_specs_say_what_was_expected),
		cmocka_unit_test(ports_are_1_to_65535),
		cmocka_unit_test(the_books_of_a_destination_balance),
		cmocka_unit_test(counts_of_the_export_thread_stay),
		cmocka_unit_test(losses_have_names),
		cmocka_unit_test(message_stamp_writes_sequence_and_time_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

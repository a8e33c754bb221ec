/* SPDX-License-Identifier: BSD-2-Clause */
/* Which messages of a preamble go first, and which when they are needed. */
#include "../export_fixture.h"

#include "exflow/ipfix/preamble.h"

static struct fixture_message types, options, unknown, one, two;

/* An options template, 3 type records, 0x101, a variable length, 0x102. */
static struct preamble *
make(void)
{
	struct message templates[3], first[2];

	memcpy(fixture_set(&options, MESSAGE_TEMPLATES, 0, 3, 14),
	    "\1\xf0\0\2\0\1\1\x5a\0\4\1\x2f\0\2", 14);
	fixture_set(&types, MESSAGE_TYPES, 3, 0x1f0, 18);
	memcpy(fixture_set(&unknown, MESSAGE_TEMPLATES, 0, 2, 8),
	    "\1\x09\0\1\0\x52\xff\xff", 8);
	first[0] = options.message;
	first[1] = types.message;
	templates[0] = fixture_template(&one, 0x101);
	templates[1] = unknown.message;
	templates[2] = fixture_template(&two, 0x102);
	return preamble_new(templates, 3, first, 2);
}

static void
what_no_record_is_told_by_goes_first(void **state)
{
	static const int sets[] = { 3, 0x1f0, 2 };
	static const uint32_t records[] = { 0, 3, 0 };
	struct preamble *preamble = make();
	struct message message;
	size_t at = 0, n = 0;

	(void)state;
	assert_non_null(preamble);
	for (; preamble_first(preamble, &at, &message); n++) {
		assert_true(n < 3);
		assert_int_equal(
		    message.octets[16] << 8 | message.octets[17], sets[n]);
		assert_int_equal(message.records, records[n]);
	}
	assert_int_equal(n, 3);
	preamble_free(&preamble);
}

static void
a_message_needs_the_templates_of_its_sets(void **state)
{
	static struct fixture_message m;
	struct preamble *preamble = make();
	struct message template;
	struct shape_set shapes = { 0 }, covered;
	uint8_t *set;

	(void)state;
	fixture_set(&m, MESSAGE_DATA, 1, 0x102, 8);
	preamble_needs(preamble, m.octets, m.message.length, &shapes);
	assert_int_equal(shapes.word[0], 2);
	template = preamble_template(preamble, &shapes, &covered);
	assert_int_equal(fixture_content(template.octets), -0x102);
	assert_int_equal(covered.word[0], 2);
	/* Another set behind it, and one that nobody knows. */
	set = fixture_set(&m, MESSAGE_DATA, 3, 0x102, 8 + 12 + 12);
	fixture_put16(set - 2, 4 + 8);
	fixture_put16(set + 8, 0x101);
	fixture_put16(set + 10, 12);
	fixture_put16(set + 20, 0x105);
	fixture_put16(set + 22, 12);
	shapes = (struct shape_set){ 0 };
	preamble_needs(preamble, m.octets, m.message.length, &shapes);
	assert_int_equal(shapes.word[0], 3);
	template = preamble_template(preamble, &shapes, &covered);
	assert_int_equal(fixture_content(template.octets), -0x101);
	assert_int_equal(covered.word[0], 1);
	preamble_free(&preamble);
}

static void
a_message_with_two_templates_is_needed_once(void **state)
{
	static struct fixture_message m;
	struct preamble *preamble;
	struct message template;
	struct shape_set shapes = { { 3 } }, covered;
	uint8_t *at = fixture_set(&m, MESSAGE_TEMPLATES, 0, 2, 16);

	(void)state;
	memcpy(at, "\1\1\0\1\0\1\0\x8\1\2\0\1\0\1\0\4", 16);
	preamble = preamble_new(&m.message, 1, NULL, 0);
	assert_non_null(preamble);
	assert_int_equal(preamble->shape_count, 2);
	template = preamble_template(preamble, &shapes, &covered);
	assert_int_equal(template.length, m.message.length);
	assert_int_equal(covered.word[0], 3);
	preamble_free(&preamble);
}

static void
a_set_that_lies_about_its_length_needs_nothing(void **state)
{
	static struct fixture_message m;
	struct preamble *preamble = make();
	struct shape_set shapes = { 0 };

	(void)state;
	fixture_put16(
	    fixture_set(&m, MESSAGE_DATA, 1, 0x101, 8) - 2, 4 + 8 + 1);
	preamble_needs(preamble, m.octets, m.message.length, &shapes);
	assert_true(shape_set_empty(&shapes));
	preamble_free(&preamble);
}

static void
a_set_of_shapes_holds_the_highest_number(void **state)
{
	struct shape_set shapes = { 0 }, low = { 0 };

	(void)state;
	shape_set_add(&shapes, SHAPE_SET_SIZE - 1);
	shape_set_add(&shapes, 64);
	shape_set_add(&low, 63);
	shape_set_add(&low, 64);
	shape_set_add_all(&shapes, &low);
	assert_int_equal(shape_set_take(&shapes), 63);
	shape_set_remove_all(&shapes, &low);
	assert_int_equal(shape_set_take(&shapes), SHAPE_SET_SIZE - 1);
	assert_true(shape_set_empty(&shapes));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_record_is_told_by_goes_first),
		cmocka_unit_test(a_message_needs_the_templates_of_its_sets),
		cmocka_unit_test(a_message_with_two_templates_is_needed_once),
		cmocka_unit_test(
		    a_set_that_lies_about_its_length_needs_nothing),
		cmocka_unit_test(a_set_of_shapes_holds_the_highest_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

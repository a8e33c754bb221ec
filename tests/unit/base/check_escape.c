/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/base/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

static bool
is_dangerous(gunichar c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c ||
	       c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

/* Every character of Unicode is as it was or ASCII, as it has to be. */
static void
nothing_but_what_is_dangerous_is_escaped(void **state)
{
	char text[8], out[ESCAPE_SIZE];

	(void)state;
	for (gunichar c = 1; c <= 0x10ffff; c++) {
		size_t length;

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		length = (size_t)g_unichar_to_utf8(c, text);
		text[length] = '\0';
		assert_int_equal(
		    escape_character(text, length, ESCAPE_TEXT, out), length);
		assert_int_equal(strcmp(out, text) != 0, is_dangerous(c));
		assert_int_equal(
		    escape_character(text, length, ESCAPE_JSON, out), length);
		assert_int_equal(strcmp(out, text) != 0,
		    is_dangerous(c) || c == '"' || c == '\\');
	}
}

static void
json_has_code_points_and_text_has_octets(void **state)
{
	char out[ESCAPE_SIZE];

	(void)state;
	escape_character("\xe2\x80\xae", 3, ESCAPE_JSON, out);
	assert_string_equal(out, "\\u202e");
	escape_character("\xe2\x80\xae", 3, ESCAPE_TEXT, out);
	assert_string_equal(out, "\\xe2\\x80\\xae");
	escape_character("\"", 1, ESCAPE_JSON, out);
	assert_string_equal(out, "\\\"");
	escape_character("\0x", 2, ESCAPE_TEXT, out);
	assert_string_equal(out, "\\x00");
}

/* Cut, overlong, a surrogate: one octet at a time. */
static void
octets_that_are_no_utf8_are_escaped_one_by_one(void **state)
{
	static const char *const texts[] = { "\xff", "\xe2\x80", "\xc0\x80",
		"\xed\xa0\x80", "\xf5\x80\x80\x80", "\x80" };
	char out[ESCAPE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(escape_character(texts[i], strlen(texts[i]),
		                     ESCAPE_TEXT, out),
		    1);
		assert_int_equal(strlen(out), 4);
	}
	escape_character("\xff", 1, ESCAPE_JSON, out);
	assert_string_equal(out, "\\u00ff");
}

static void
a_line_is_cut_between_characters(void **state)
{
	char line[16];

	(void)state;
	escape_line(line, sizeof(line), "eth0 \xc3\xa9\x1b[2J");
	assert_string_equal(line, "eth0 \xc3\xa9\\x1b[2J");
	escape_line(line, 9, "eth0 \x1b[2J");
	assert_string_equal(line, "eth0 ");
	escape_line(line, 2, "\xc3\xa9");
	assert_string_equal(line, "");
}

static void
replacing_keeps_what_is_harmless(void **state)
{
	char text[] = "\xc3\xa9th\x1b\xc2\x9b\xe2\x80\xae\xff\\0\xc3";

	(void)state;
	escape_replace(text);
	assert_string_equal(text, "\xc3\xa9th????\\0?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_but_what_is_dangerous_is_escaped),
		cmocka_unit_test(json_has_code_points_and_text_has_octets),
		cmocka_unit_test(
		    octets_that_are_no_utf8_are_escaped_one_by_one),
		cmocka_unit_test(a_line_is_cut_between_characters),
		cmocka_unit_test(replacing_keeps_what_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

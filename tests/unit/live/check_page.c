/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "exflow/live/page.h"

#include "../../../src/live/top.h"

static const timestamp now = { INT64_C(1700000000) * NS_PER_SECOND };

/* Ten seconds old, with this server's name. */
static void
offer(struct top *top, const char *name, size_t length)
{
	struct exchange_names *names = calloc(1, sizeof(*names) + length);
	struct exchange_quality quality = { 0 };
	struct exchange exchange = { .ip_version = 4,
		.protocol = 6,
		.address = { { 10, 0, 0, 2 }, { 192, 0, 2, 80 } },
		.port = { 51234, 443 },
		.names = names,
		.quality = &quality,
		.side = {
		    { .packets = 1234,
		        .ip_octets = 70000,
		        .last = now,
		        .first = { now.ns - 10 * NS_PER_SECOND } },
		    { .packets = 7,
		        .ip_octets = 30000,
		        .last = now,
		        .first = { now.ns - 9 * NS_PER_SECOND } },
		} };

	assert_non_null(names);
	names->length[NAMES_SERVER] = (uint16_t)length;
	names->texts = (uint16_t)length;
	memcpy(names->text, name, length);
	top_offer(top, &exchange);
	free(names);
}

static char *
print(const char *name, size_t length)
{
	struct top top;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	assert_int_equal(top_init(&top, TOP_RATE, 3, now), 0);
	offer(&top, name, length);
	top_sort(&top);
	live_page_print(&top, 1234567, stream);
	top_clear(&top);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void
has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in\n%s", part, strstr(text, "<tbody>"));
}

static void
a_row_has_the_counts_of_both_sides(void **state)
{
	char *text = print("www.example.org", 15);

	(void)state;
	has(text, "<td class=\"t\">tcp</td>"
	          "<td class=\"t\">10.0.0.2:51234</td>"
	          "<td class=\"t\">192.0.2.80:443</td>"
	          "<td class=\"t\">www.example.org</td>"
	          "<td>1,234</td><td>7</td><td>70,000</td><td>30,000</td>"
	          "<td>10,000</td><td>10.0s</td></tr>");
	has(text, "<p>1 of 1,234,567 live exchanges at 2023-11-14T22:13:20Z,");
	has(text, "<a href=\"/status?by=rate\" aria-current=\"page\">rate</a>");
	has(text, "<a href=\"/status?by=age\">age</a>");
	free(text);
}

/* Whoever sends a hello chooses the name. */
static void
no_name_becomes_a_tag_or_turns_the_text(void **state)
{
	static const char evil[] =
	    "<script>alert(1)</script>\"&\0\x1b\xff\xe2\x80\xae";
	char *text = print(evil, sizeof(evil) - 1);

	(void)state;
	has(text,
	    "<td class=\"t\">&lt;script&gt;alert(1)"
	    "&lt;/script&gt;&quot;&amp;\\x00\\x1b\\xff\\xe2\\x80\\xae</td>");
	assert_null(strstr(text, "<script"));
	free(text);
}

static void
the_longest_name_fits(void **state)
{
	char name[NAME_OCTETS_MAX], *text;
	size_t octets = 0;

	(void)state;
	memset(name, 1, sizeof(name));
	text = print(name, sizeof(name));
	for (const char *at = text; (at = strstr(at, "\\x01")) != NULL; at++)
		octets++;
	assert_int_equal(octets, sizeof(name));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_has_the_counts_of_both_sides),
		cmocka_unit_test(no_name_becomes_a_tag_or_turns_the_text),
		cmocka_unit_test(the_longest_name_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

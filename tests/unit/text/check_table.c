/* SPDX-License-Identifier: BSD-2-Clause */
#include "../text_fixture.h"

#include <time.h>

#include "exflow/base/human.h"
#include "exflow/base/text.h"

static char *
table_with(const struct destination_options *options,
    const struct exchange *exchanges, size_t count)
{
	static const char *const names[] = { "out", NULL };
	struct destination *destination;
	char *folder = fixture_folder();
	char *path = fixture_path(folder, "out");
	char *text;
	int saved = fixture_redirect(path);

	destination = fixture_destination("table", options);
	assert_int_equal(destination->ops->start(destination), 0);
	for (size_t i = 0; i < count; i++)
		fixture_send(destination, &exchanges[i]);
	assert_int_equal(destination->ops->finish(destination), 0);
	fixture_restore(saved);
	assert_int_equal(destination->counts.delivered, count);
	text = fixture_read(path);
	destination_free(&destination);
	free(path);
	fixture_remove(folder, names);
	return text;
}

static char *
table_of(unsigned width, const struct exchange *exchange)
{
	struct destination_options options;

	destination_options_init(&options);
	options.record.quality = true; /* where there is room */
	options.terminal_width = width;
	return table_with(&options, exchange, 1);
}

static void
expect(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is missing in\n%s", part, text);
}

static size_t
widest(const char *text)
{
	size_t width = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		width = n > width ? n : width;
		text += n + (text[n] == '\n');
	}
	return width;
}

static void
a_line_has_what_people_ask_for(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	char *text = table_of(0, &exchange);

	(void)state;
	expect(text, "2024-01-02 UTC\n");
	expect(text, "03:04:05 2.00s tcp 10.0.0.5:51234 > 93.184.216.34:443 ");
	expect(text, "  100  200  103  203 fin\n");
	free(text);
}

/* What is measured of the quality, and without figures nothing. */
static void
quality_is_shown_where_it_is_wanted(void **state)
{
	struct exchange_quality figures;
	struct exchange e = fixture_exchange(PROTOCOL_TCP, 4);
	struct destination_options options;
	char *text;

	(void)state;
	quality_figures_init(&figures);
	figures.side[CLIENT].rtt_mean = 1000;
	figures.side[SERVER].rtt_mean = 234000;
	figures.side[CLIENT].segments[LOSS_FAST] = 1;
	figures.side[SERVER].segments[LOSS_SPURIOUS] = 2;
	e.quality = &figures;
	destination_options_init(&options);
	options.record.quality = options.detailed = true;
	text = table_with(&options, &e, 1);
	expect(text, "   RTT RETR END\n");
	expect(text, "  100  200  103  203 235ms    3 fin\n");
	free(text);
	options.sort_start = true; /* figures do not outlive the call */
	text = table_with(&options, &e, 1);
	expect(text, "  100  200  103  203 235ms    3 fin\n");
	free(text);
	options.detailed = false;
	text = table_with(&options, &e, 1);
	expect(text, "  100  200  103  203 fin\n");
	free(text);
	options.terminal_width = 152;
	text = table_with(&options, &e, 1);
	expect(text, "   RTT RETR END\n");
	free(text);
	options.record.quality = false;
	text = table_with(&options, &e, 1);
	assert_null(strstr(text, "RTT"));
	free(text);
}

static void
a_round_trip_time_has_two_halves(void **state)
{
	struct exchange_quality figures;
	struct exchange e = fixture_exchange(PROTOCOL_TCP, 4);
	struct destination_options options;
	char *text;

	(void)state;
	quality_figures_init(&figures);
	figures.side[CLIENT].rtt_mean = 1000;
	e.quality = &figures;
	destination_options_init(&options);
	options.record.quality = options.detailed = true;
	text = table_with(&options, &e, 1);
	expect(text, "  203     -    0 fin\n");
	free(text);
	figures.side[CLIENT].handshake_rtt = 2000;
	figures.side[SERVER].handshake_rtt = 3000;
	text = table_with(&options, &e, 1);
	expect(text, "  203   5ms    0 fin\n");
	free(text);
	e = fixture_exchange(PROTOCOL_UDP, 4);
	text = table_with(&options, &e, 1);
	expect(text, "  203     -    - fin\n");
	free(text);
}

static void
no_line_is_wider_than_the_terminal(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 6);

	(void)state;
	/* The longest addresses there are. */
	memset(exchange.address, 0xab, sizeof(exchange.address));
	exchange.end = END_HALF_CLOSED;
	exchange.side[SERVER].packets = UINT64_MAX;
	exchange.side[CLIENT].ip_octets = 999999;
	for (unsigned width = 80; width <= 220; width += 20) {
		char *text = table_of(width, &exchange);

		assert_in_range(widest(text), 60, width);
		free(text);
	}
}

static void
long_endpoints_break_the_line(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_UDP, 6);
	char *text;

	(void)state;
	text = table_of(80, &exchange);
	expect(text, " udp [2001:db8::5]:51234\n"
	             "                   > [2001:db8:1:2:3:4:5:6]:443 ");
	free(text);
	text = table_of(160, &exchange);
	expect(text, "[2001:db8::5]:51234 > [2001:db8:1:2:3:4:5:6]:443 ");
	free(text);
}

static void
protocols_without_ports_have_their_names(void **state)
{
	struct exchange exchange = fixture_other(PROTOCOL_ICMP, 4);
	char *text = table_of(0, &exchange);

	(void)state;
	expect(text, "03:04:05 2.00s icmp 10.0.0.5 > 93.184.216.34        "
	             "     100  200  103  203 idle\n");
	free(text);
	text = table_of(120, &exchange);
	expect(text, " 8/0               idle");
	assert_in_range(widest(text), 60, 120);
	free(text);
	exchange = fixture_other(PROTOCOL_ICMP6, 6);
	memset(exchange.address, 0xab, sizeof(exchange.address));
	text = table_of(0, &exchange);
	expect(text, " icmp6 abab:abab:abab:abab:abab:abab:abab:abab\n");
	assert_in_range(widest(text), 60, 80);
	free(text);
	exchange = fixture_other(47, 4);
	text = table_of(0, &exchange);
	expect(text, " gre 10.0.0.5 > 93.184.216.34 ");
	free(text);
	exchange = fixture_other(253, 4);
	text = table_of(0, &exchange);
	expect(text, " 253 10.0.0.5 > 93.184.216.34 ");
	free(text);
}

static void
protocols_are_found_by_their_names(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++) {
		char text[HUMAN_SIZE];

		human_protocol(text, (uint8_t)i);
		assert_in_range(strlen(text), 1, HUMAN_PROTOCOL_WIDTH);
		assert_int_equal(
		    human_protocol_number(text), *text >= 'a' ? i : -1);
	}
	assert_int_equal(human_protocol_number("icmp6"), 58);
	assert_int_equal(human_protocol_number("132"), -1);
	assert_int_equal(human_protocol_number(""), -1);
}

static void
a_wide_terminal_shows_more(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	char *text;

	(void)state;
	exchange.side[SERVER].flag_packets[2] = 0; /* no RST */
	text = table_of(120, &exchange);
	expect(text, "03:04:05.123 2.00s");
	expect(text, "CEUAPRSF CEUAP.SF finished");
	free(text);
	text = table_of(140, &exchange);
	expect(text, "03:04:05.123 03:04:07.124 2.00s");
	free(text);
}

static void
a_very_wide_terminal_has_no_wide_gap(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	char *text = table_of(200, &exchange);

	(void)state;
	assert_null(strstr(text, "                           100"));
	free(text);
}

static void
the_heading_tells_the_order_and_the_zone(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	char *text = table_of(0, &exchange);

	(void)state;
	expect(text, "\n(in order of end, UTC) ");
	free(text);
}

static void
local_time_is_that_of_tz(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	struct destination_options options;
	char *text;

	(void)state;
	destination_options_init(&options);
	options.local_time = true;
	/* 2024-01-02 03:04:05 UTC is the day before, eight hours west. */
	setenv("TZ", "PST8", 1);
	tzset();
	text = table_with(&options, &exchange, 1);
	unsetenv("TZ");
	tzset();
	expect(text, "\n(in order of end, local time) ");
	expect(text, "2024-01-01 PST\n");
	expect(text, "\n19:04:05 ");
	free(text);
}

static void
rows_are_sorted_by_start(void **state)
{
	struct exchange exchanges[3] = { fixture_exchange(PROTOCOL_TCP, 4),
		fixture_exchange(PROTOCOL_TCP, 4),
		fixture_exchange(PROTOCOL_TCP, 4) };
	struct destination_options options;
	const char *first, *second, *third;
	char *text;

	(void)state;
	destination_options_init(&options);
	options.sort_start = true;
	for (int i = 0; i < 3; i++) {
		exchanges[i].port[CLIENT] = (uint16_t)(1001 + i);
		for (int side = CLIENT; side <= SERVER; side++)
			exchanges[i].side[side].first.ns -= i * NS_PER_SECOND;
	}
	text = table_with(&options, exchanges, 3);
	expect(text, "\n(in order of start, UTC) ");
	first = strstr(text, ":1003 ");
	second = strstr(text, ":1002 ");
	third = strstr(text, ":1001 ");
	assert_true(first != NULL && first < second && second < third);
	free(text);
}

static void
numbers_take_four_columns(void **state)
{
	static const struct {
		uint64_t value;
		const char *text;
	} cases[] = { { 0, "0" }, { 999, "999" }, { 1000, "1.0k" },
		{ 1234, "1.2k" }, { 9949, "9.9k" }, { 9950, "10k" },
		{ 12345, "12k" }, { 999499, "999k" }, { 999500, "1.0M" },
		{ 3400000, "3.4M" }, { UINT64_MAX, "18E" } };
	char text[HUMAN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		human_number(text, cases[i].value);
		assert_string_equal(text, cases[i].text);
	}
}

static void
spans_take_five_columns(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = { { 0, "0" }, { 999999, "999us" }, { 1000000, "1ms" },
		{ 999999999, "999ms" }, { 1230000000, "1.23s" },
		{ 9996000000, "10.0s" }, { 99960000000, "1m39" },
		{ INT64_C(754) * NS_PER_SECOND, "12m34" },
		{ INT64_C(6000) * NS_PER_SECOND, "1h40" },
		{ INT64_C(864000) * NS_PER_SECOND, "10d" } };
	char text[HUMAN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		human_time(text, (duration){ cases[i].ns });
		assert_string_equal(text, cases[i].text);
	}
}

/* The date is computed by hand: compare with the C library's. */
static void
dates_are_those_of_the_calendar(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 106751; day += 7) {
		char text[TEXT_TIME_SIZE + 1], expected[64];
		time_t seconds = (time_t)(day * 86400 + day % 86400);
		struct tm tm;

		gmtime_r(&seconds, &tm);
		strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &tm);
		*text_time(text, timestamp_from(seconds, 0), 0) = '\0';
		assert_string_equal(text, expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_what_people_ask_for),
		cmocka_unit_test(quality_is_shown_where_it_is_wanted),
		cmocka_unit_test(a_round_trip_time_has_two_halves),
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(long_endpoints_break_the_line),
		cmocka_unit_test(protocols_without_ports_have_their_names),
		cmocka_unit_test(protocols_are_found_by_their_names),
		cmocka_unit_test(a_wide_terminal_shows_more),
		cmocka_unit_test(a_very_wide_terminal_has_no_wide_gap),
		cmocka_unit_test(the_heading_tells_the_order_and_the_zone),
		cmocka_unit_test(local_time_is_that_of_tz),
		cmocka_unit_test(rows_are_sorted_by_start),
		cmocka_unit_test(numbers_take_four_columns),
		cmocka_unit_test(spans_take_five_columns),
		cmocka_unit_test(dates_are_those_of_the_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

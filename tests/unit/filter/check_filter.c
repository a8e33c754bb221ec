/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "exflow/filter/filter.h"

#define SECOND UINT64_C(1000000000)
#define START (UINT64_C(1700000000) * SECOND)

static struct exchange_quality figures;

/* 10.0.0.1:1000 > 192.0.2.1:443, from START to START + 2 s */
static struct exchange exchange = {
	.address = { { 10, 0, 0, 1 }, { 192, 0, 2, 1 } },
	.port = { 1000, 443 },
	.protocol = PROTOCOL_TCP,
	.ip_version = 4,
	.end = END_RESET,
	.end_reason = 3,
	.direction = DIRECTION_INITIATOR,
	.vlan = 7,
	.flow_id = 99,
	.macs = 1 << CLIENT,
	.side = { { .first = { START },
	              .last = { START + SECOND },
	              .packets = 10,
	              .ip_octets = 1000,
	              .payload_octets = 500,
	              .flag_packets = { [FLAG_SYN] = 1, [FLAG_ACK] = 9 },
	              .initial_flags = TCP_SYN,
	              .tos = 0xb8,
	              .mac = { 0, 0x1b, 0x21, 0x3c, 0x9d, 0xf8 } },
	    { .first = { START + SECOND / 2 },
	        .last = { START + 2 * SECOND },
	        .packets = 20,
	        .ip_octets = 1500000,
	        .flag_packets = { [FLAG_SYN] = 1,
	            [FLAG_ACK] = 20,
	            [FLAG_RST] = 1 } } },
};

static const struct filter_options options = { .now = { START + SECOND } };

static bool
takes(const char *text)
{
	struct filter_error error;
	struct filter *filter = filter_compile(text, &options, &error);
	bool result;

	if (filter == NULL)
		fail_msg("%s: %s", text, error.text);
	result = filter_takes_exchange(filter, &exchange);
	filter_free(&filter);
	assert_null(filter);
	return result;
}

static void
refuses(const char *text, const char *line)
{
	struct filter_error error;
	char shown[FILTER_ERROR_SIZE];

	assert_null(filter_compile(text, &options, &error));
	filter_error_line(&error, text, shown, sizeof(shown));
	if (strstr(shown, line) == NULL)
		fail_msg("%s: %s", text, shown);
}

static void
words_of_tcpdump_mean_what_they_mean_there(void **state)
{
	(void)state;
	assert_true(takes(""));
	assert_true(takes("tcp"));
	assert_false(takes("udp"));
	assert_true(takes("proto 6"));
	assert_true(takes("proto tcp"));
	assert_true(takes("ip"));
	assert_false(takes("ip6"));
	assert_true(takes("port 443"));
	assert_true(takes("port 1000"));
	assert_false(takes("port 80"));
	assert_true(takes("src port 1000"));
	assert_false(takes("dst port 1000"));
	assert_true(takes("host 10.0.0.1"));
	assert_true(takes("dst host 192.0.2.1"));
	assert_false(takes("src host 192.0.2.1"));
	assert_true(takes("net 192.0.2.0/24"));
	assert_false(takes("net 2001:db8::/32"));
	assert_true(takes("port 80 or 443"));
	assert_true(takes("tcp && (port 80 || port 443) && !udp"));
}

static void
sides_may_be_named(void **state)
{
	(void)state;
	assert_true(takes("client 10.0.0.1 and server 192.0.2.0/24"));
	assert_true(takes("client in {10.0.0.1, 10.0.0.2}"));
	assert_false(takes("client != 10.0.0.1"));
	assert_true(takes("server port {80, 400..500}"));
	assert_true(takes("octets = 1501000"));
	assert_true(takes("client octets = 1k and server octets = 1.5M"));
	assert_true(takes("client tos 184 and client dscp 46"));
	assert_true(takes("mac 00:1B:21:3c:9d:f8"));
	assert_false(takes("server mac 00:1b:21:3c:9d:f8"));
	refuses("client vlan 7", "at \"vlan\": expected no client or server");
}

static void
numbers_compare(void **state)
{
	(void)state;
	assert_true(takes("packets > 29"));
	assert_false(takes("packets > 30"));
	assert_true(takes("packets >= 30"));
	assert_true(takes("packets < 31"));
	assert_false(takes("packets < 30"));
	assert_false(takes("packets < 0"));
	assert_true(takes("packets <= 30"));
	assert_true(takes("packets != 31"));
	assert_true(takes("packets in {1..5, 29..30}"));
	assert_false(takes("packets in {1..5, 31..40, 6..20}"));
	assert_false(takes("octets > 18446744073709551615"));
	assert_true(takes("octets < 1.5Mi"));
	assert_true(takes("packetDeltaCount = 10"));
	assert_true(takes("reversePacketDeltaCount = 0x14"));
	assert_true(takes("end reset and reason end and vlan 7"));
	assert_true(takes("end {finished, reset}"));
	assert_true(takes("end != finished"));
	assert_true(takes("exchangeEnd = 2 and flowId = 99"));
}

static void
times_are_dates_or_relative(void **state)
{
	(void)state;
	assert_true(takes("duration = 2s"));
	assert_true(takes("duration > 1500ms and duration < 1m30s"));
	assert_true(takes("start = 2023-11-14T22:13:20Z"));
	assert_true(takes("start > 2023-11-14 and last < 2023-11-15"));
	assert_true(takes("start = -1s"));
	assert_true(takes("start >= -1h and start < now"));
	assert_true(takes("last = +1s"));
	assert_true(takes("start @1700000000"));
	assert_true(takes("hour = 2023-11-14T22:00"));
	assert_true(takes("flowStartMicroseconds = 2023-11-14T22:13:20"));
	assert_true(takes("reverseFlowDeltaMilliseconds = 500"));
	assert_true(takes("reverseFlowDeltaMilliseconds = 500ms"));
	refuses("duration > 5", "at \"5\": expected a time with its unit");
	refuses("start > yesterday", "at \"yesterday\": expected a time");
	refuses("start > 2023-13-01", "expected a time");
}

static void
flags_have_masks(void **state)
{
	(void)state;
	assert_true(takes("flags R"));
	assert_false(takes("client flags R"));
	assert_true(takes("client flags S/SR"));
	assert_false(takes("server flags S/SR"));
	assert_true(takes("flags SA/SAF"));
	assert_true(takes("client flags 18"));
	assert_true(takes("tcpControlBits = SA"));
	refuses("flags X", "at \"X\": expected flags of FSRPAUEC");
	refuses("flags S/A", "expected flags");
	refuses("flags > S", "expected = or !=");
}

static void
what_an_exchange_lacks_passes_no_test(void **state)
{
	(void)state;
	exchange.quality = NULL;
	assert_false(takes("rtt < 1s"));
	assert_false(takes("rtt != 1s"));
	assert_true(takes("not rtt = 1s"));
	assert_false(takes("has rtt"));
	assert_false(takes("retransmissions = 0"));
	quality_figures_init(&figures);
	exchange.quality = &figures;
	assert_false(takes("has rtt"));
	assert_true(takes("retransmissions = 0"));
	figures.side[CLIENT].handshake_rtt = 1000;
	assert_false(takes("has rtt"));
	assert_true(takes("client rtt = 1ms"));
	assert_true(takes("handshakeRttMicroseconds = 1000"));
	figures.side[SERVER].handshake_rtt = 99000;
	assert_true(takes("rtt = 100ms"));
	assert_false(takes("icmptype = 0"));
	exchange.quality = NULL;
}

static void
and_binds_before_or(void **state)
{
	(void)state;
	assert_true(takes("tcp or udp and port 1"));
	assert_false(takes("(tcp or udp) and port 1"));
	assert_true(takes("not udp and not port 1"));
	assert_false(takes("not (tcp and port 443)"));
	assert_true(takes("not not tcp"));
}

static void
an_error_names_the_place(void **state)
{
	struct filter_error error;
	char shown[FILTER_ERROR_SIZE];
	const char *text = "tcp and octets > many";

	(void)state;
	refuses("ping", "at \"ping\": expected a name of exflow-filter(7)");
	refuses("tcp udp", "at \"udp\": expected and, or or the end");
	refuses("tcp and", "expected a test at the end");
	refuses("port", "expected a value");
	refuses("port 65536", "at \"65536\": expected a port");
	refuses("port -1", "at \"-1\": expected a port");
	refuses("host example", "at \"example\": expected an address");
	refuses("net 10.0.0.1/8", "expected no address bits behind");
	refuses("(tcp", "expected and, or or )");
	refuses("tcp)", "at \")\": expected and, or or the end");
	refuses("port {80", "expected a comma or }");
	refuses("octets > {1, 2}", "expected one value");
	refuses("port ~ 80", "expected =, as patterns are for texts");
	refuses("end nowhere", "expected one of its names");
	refuses("octets > 99999999999999999999", "expected a number");
	assert_null(filter_compile(text, &options, &error));
	filter_error_show(&error, text, shown, sizeof(shown));
	assert_string_equal(shown,
	    "expected a number, as 1000, 10k, 1.5M or 1Mi\n"
	    "  tcp and octets > many\n"
	    "                   ^");
}

static void
what_is_too_deep_or_too_long_is_refused(void **state)
{
	char text[20000] = "";

	(void)state;
	memset(text, '(', 200);
	refuses(text, "expected fewer parentheses");
	memset(text, '!', 200);
	refuses(text, "expected fewer parentheses");
	for (int i = 0; i < 1200; i++)
		snprintf(text + (size_t)i * 7, sizeof(text) - (size_t)i * 7,
		    "%s", "tcp or ");
	refuses(text, "expected fewer tests");
	text[999 * 7 + 3] = '\0';
	assert_true(takes(text));
}

static void
names_match_patterns_in_any_case(void **state)
{
	static union {
		struct exchange_names names;
		char room[sizeof(struct exchange_names) + 32];
	} made;
	const char *name = "www.example.org";

	(void)state;
	assert_false(takes("has name"));
	made.names.length[NAMES_SERVER] = (uint16_t)strlen(name);
	made.names.texts = (uint16_t)strlen(name);
	made.names.application = APPLICATION_TLS;
	memcpy(made.room + sizeof(struct exchange_names), name, strlen(name));
	exchange.names = &made.names;
	assert_true(takes("name ~ \"*.Example.org\""));
	assert_true(takes("name = WWW.example.org"));
	assert_true(takes("serverName ~ '*exam?le*'"));
	assert_true(takes("name in {a.org, www.example.org}"));
	assert_true(takes("name !~ *.com and application = 443"));
	assert_false(takes("name ~ example.org"));
	assert_false(takes("name != www.example.org"));
	assert_false(takes("has sslServerName"));
	refuses("name > a", "expected = or !=");
	exchange.names = NULL;
}

/* Every short name has a value, or none, without harm. */
static void
every_name_can_be_asked_for(void **state)
{
	const char *meaning, *name;
	char text[80];

	(void)state;
	exchange.quality = &figures;
	for (size_t i = 0; (name = attribute_name(i, &meaning)) != NULL; i++) {
		snprintf(text, sizeof(text), "has %s", name);
		takes(text);
		assert_true(strlen(meaning) > 5);
	}
	for (size_t i = 0; i < record_field_count; i++)
		if (record_fields[i].bins == NULL) {
			snprintf(text, sizeof(text), "has %s",
			    record_fields[i].name);
			takes(text);
		}
	exchange.quality = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_tcpdump_mean_what_they_mean_there),
		cmocka_unit_test(sides_may_be_named),
		cmocka_unit_test(numbers_compare),
		cmocka_unit_test(times_are_dates_or_relative),
		cmocka_unit_test(flags_have_masks),
		cmocka_unit_test(what_an_exchange_lacks_passes_no_test),
		cmocka_unit_test(and_binds_before_or),
		cmocka_unit_test(an_error_names_the_place),
		cmocka_unit_test(what_is_too_deep_or_too_long_is_refused),
		cmocka_unit_test(names_match_patterns_in_any_case),
		cmocka_unit_test(every_name_can_be_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Names in all kinds of text: shown where they are known, and escaped. */
#include "../text_fixture.h"

#include "exflow/text/endpoints.h"
#include "exflow/text/json_row.h"
#include "exflow/text/table_row.h"

#include "../names_fixture.h"

/* A name that would end a field, a line, and steer a terminal. */
static const char nasty[] = "a,\"b\\\n\x1b[2J \xc2\x9b\xe2\x80\xae\xff";
#define NASTY_OCTETS (sizeof(nasty) - 1)

/*
 * What an output of one exchange wrote, in a file of this name (NULL: on standard
 * output).  To be freed.
 */
static char *
output_of(const char *scheme, const char *file, const char *const *all,
    const struct exchange *exchange, const struct destination_options *options)
{
	char *folder = fixture_folder(), spec[128], *path, *text;
	struct destination *destination;
	int saved = -1;

	path = fixture_path(folder, file);
	snprintf(spec, sizeof(spec), "%s", scheme);
	if (strcmp(scheme, "table") == 0)
		saved = fixture_redirect(path);
	else
		snprintf(spec, sizeof(spec), "%s:%s", scheme,
		    strcmp(scheme, "json") == 0 ? path : folder);
	destination = fixture_destination(spec, options);
	assert_int_equal(destination->ops->start(destination), 0);
	fixture_send(destination, exchange);
	assert_int_equal(destination->ops->finish(destination), 0);
	if (saved >= 0)
		fixture_restore(saved);
	text = fixture_read(path);
	destination_free(&destination);
	free(path);
	fixture_remove(folder, all);
	return text;
}

static struct destination_options
options_of(bool payload)
{
	struct destination_options options;

	destination_options_init(&options);
	options.record.names = true;
	options.record.payload = payload;
	options.text.extended = true;
	return options;
}

static void
expect(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("%s is missing in %s", part, text);
}

static char *
json_of(const struct exchange *exchange, bool payload)
{
	static const char *const all[] = { "out.json", NULL };
	struct destination_options options = options_of(payload);

	return output_of("json", "out.json", all, exchange, &options);
}

/* --- JSON */

static void
json_has_the_names_that_are_known(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	struct exchange_names *names = names_fixture_tls();
	char *line;

	(void)state;
	names_fixture_set(names, NAMES_PAYLOAD_CLIENT, "\x16\3\1\0\xff", 5);
	exchange.names = names;
	line = json_of(&exchange, true);
	expect(line, "\"silkAppLabel\":443,\"serverNameSource\":1,"
	             "\"tlsVersionOffered\":772,\"tlsVersionChosen\":772,"
	             "\"tlsFlags\":1,\"serverName\":\"www.example.org\","
	             "\"sslServerName\":\"www.example.org\","
	             "\"alpnOffered\":\"h2,http/1.1\","
	             "\"ja4\":\"t13d1516h2_8daaf6152771_e5627efa2ab1\","
	             "\"payload\":\"0x16030100ff\"}\n");
	assert_null(strstr(line, "quicVersion"));
	assert_null(strstr(line, "httpStatusCode"));
	assert_null(strstr(line, "dnsQName"));
	assert_null(strstr(line, "reversePayload"));
	free(line);
	line = json_of(&exchange, false);
	assert_null(strstr(line, "ayload\""));
	free(line);
	free(names);
}

static void
json_without_names_is_as_it_was(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_UDP, 6);
	struct destination_options none;
	static const char *const all[] = { "out.json", NULL };
	char *with = json_of(&exchange, true), *without;

	(void)state;
	destination_options_init(&none);
	without = output_of("json", "out.json", all, &exchange, &none);
	assert_string_equal(with, without);
	free(with);
	free(without);
}

static void
a_name_cannot_break_a_json_line(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	struct exchange_names *names = names_fixture_new();
	char *line;

	(void)state;
	names_fixture_set(names, NAMES_SERVER, nasty, NASTY_OCTETS);
	exchange.names = names;
	line = json_of(&exchange, false);
	expect(line, "\"serverName\":\"a,\\\"b\\\\\\u000a\\u001b[2J "
	             "\\u009b\\u202e\\u00ff\"}\n");
	free(line);
	free(names);
}

/* Every octet of every text is escaped, and payload is as long as can be. */
static void
the_longest_object_fits(void **state)
{
	static char row[JSON_ROW_SIZE];
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 6);
	struct exchange_names *names = names_fixture_new();
	struct exchange_quality figures;
	struct record_options record;
	char ones[NAMES_PAYLOAD_MAX];
	struct json_rows *rows;

	(void)state;
	memset(ones, 1, sizeof(ones));
	for (unsigned i = 0; i < NAMES_TEXT_COUNT; i++)
		names_fixture_set(names, (enum names_text)i, ones,
		    i < NAMES_PAYLOAD_CLIENT ? NAME_OCTETS_MAX : sizeof(ones));
	memset(&figures, 0x7f, sizeof(figures));
	exchange.quality = &figures;
	exchange.names = names;
	record_options_init(&record);
	record.quality = record.interface = record.vlan = true;
	record.names = record.payload = true;
	rows = json_rows_new(&record, NULL);
	assert_non_null(rows);
	assert_true(json_row(rows, &exchange, row) - row < JSON_ROW_SIZE - 512);
	for (size_t i = 0; i < record_field_count; i++)
		if (record_fields[i].text != NULL)
			assert_true(
			    json_value(row, &record_fields[i], &exchange) -
			        row <=
			    JSON_VALUE_SIZE);
	json_rows_free(&rows);
	free(names);
}

/* --- CSV */

static char *
csv_of(const struct exchange *exchange, const char *file)
{
	static const char *const all[] = { "tcp_flows.csv", "udp_flows.csv",
		NULL };
	struct destination_options options = options_of(true);

	return output_of("csv", file, all, exchange, &options);
}

static void
extended_csv_has_columns_of_names(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	struct exchange_names *names = names_fixture_tls();
	char *text;

	(void)state;
	names_fixture_text(names, NAMES_PAYLOAD_SERVER, "ok");
	exchange.names = names;
	text = csv_of(&exchange, "tcp_flows.csv");
	expect(text, ",silkAppLabel,serverNameSource,tlsVersionOffered,"
	             "tlsVersionChosen,tlsFlags,quicVersion,httpStatusCode,"
	             "dnsQRType,dnsResponseCode,dnsResolutionMicroseconds,"
	             "serverName,sslServerName,alpnOffered,alpnChosen,"
	             "tlsCertificateName,ja4,httpRequestHost,"
	             "httpRequestMethod,httpRequestTarget,dnsQName,payload,"
	             "reversePayload\n");
	expect(text, ",443,1,772,772,1,,,,,,www.example.org,www.example.org,"
	             "\"h2,http/1.1\",,,t13d1516h2_8daaf6152771_e5627efa2ab1,"
	             ",,,,,0x6f6b\n");
	free(text);
	exchange.protocol = PROTOCOL_UDP;
	text = csv_of(&exchange, "udp_flows.csv");
	assert_null(strstr(text, "httpRequestHost"));
	expect(text, ",443,1,772,772,1,,,,,www.example.org,www.example.org,"
	             "\"h2,http/1.1\",,t13d1516h2_8daaf6152771_e5627efa2ab1,,"
	             ",0x6f6b\n");
	free(text);
	free(names);
}

/* In quotes, one line, and no control character. */
static void
a_name_cannot_break_a_csv_line(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_UDP, 4);
	struct exchange_names *names = names_fixture_new();
	char *text;

	(void)state;
	names_fixture_set(names, NAMES_SERVER, nasty, NASTY_OCTETS);
	exchange.names = names;
	text = csv_of(&exchange, "udp_flows.csv");
	expect(text, ",\"a,\"\"b\\\\x0a\\x1b[2J "
	             "\\xc2\\x9b\\xe2\\x80\\xae\\xff\",,,,,,,\n");
	free(text);
	free(names);
}

/* --- the table */

static char *
table_of(
    const struct exchange *exchange, unsigned width, bool numbers, bool sorted)
{
	static const char *const all[] = { "out", NULL };
	struct destination_options options = options_of(false);

	options.terminal_width = width;
	options.numbers = numbers;
	options.sort_start = sorted;
	return output_of("table", "out", all, exchange, &options);
}

static void
the_table_shows_the_name_of_the_server_where_it_fits(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	struct exchange_names *names = names_fixture_tls();
	char *text;

	(void)state;
	exchange.names = names;
	for (int sorted = 0; sorted < 2; sorted++) {
		text = table_of(&exchange, 80, false, sorted);
		expect(text, " 10.0.0.5:51234 > www.example.org:443 ");
		free(text);
		text = table_of(&exchange, 120, false, sorted);
		expect(text, " 10.0.0.5:51234 > www.example.org:443 ");
		free(text);
		text = table_of(&exchange, 80, true, sorted);
		expect(text, " 10.0.0.5:51234 > 93.184.216.34:443 ");
		free(text);
	}
	names_fixture_text(names, NAMES_SERVER, "www1.example.org");
	text = table_of(&exchange, 80, false, false);
	expect(text, " 10.0.0.5:51234>www1.example.org:443 ");
	free(text);
	/* Too long for this width. */
	names_fixture_text(
	    names, NAMES_SERVER, "a-much-longer-name.example.org");
	text = table_of(&exchange, 80, false, false);
	expect(text, " 10.0.0.5:51234 > 93.184.216.34:443 ");
	free(text);
	text = table_of(&exchange, 200, false, false);
	expect(text, " > a-much-longer-name.example.org:443 ");
	free(text);
	free(names);
}

/* Of IPv6 the name may save the second line, or stands on it. */
static void
a_name_takes_less_room_than_an_ipv6_address(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 6);
	struct exchange_names *names = names_fixture_tls();
	char *text;

	(void)state;
	exchange.names = names;
	text = table_of(&exchange, 90, false, false);
	expect(text, " [2001:db8::5]:51234 > www.example.org:443 ");
	free(text);
	names_fixture_text(names, NAMES_SERVER, "twenty-octets.example.org");
	text = table_of(&exchange, 80, false, false);
	expect(text, " [2001:db8::5]:51234\n");
	expect(text, " > twenty-octets.example.org:443 ");
	free(text);
	free(names);
}

static void
a_name_cannot_look_like_something_else_in_the_table(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_UDP, 4);
	struct exchange_names *names = names_fixture_new();
	char *text;

	(void)state;
	names_fixture_set(names, NAMES_SERVER, "a b\x1b\xc2\x9b", 6);
	exchange.names = names;
	text = table_of(&exchange, 200, false, false);
	expect(text, " > a\\x20b\\x1b\\xc2\\x9b:443 ");
	free(text);
	free(names);
}

static void
a_name_that_does_not_fit_its_room_is_not_shown(void **state)
{
	char text[ENDPOINT_NAME_SIZE], name[NAME_OCTETS_MAX];

	(void)state;
	memset(name, 'a', sizeof(name));
	for (size_t length = 0; length <= sizeof(name); length++) {
		endpoint_name(text, name, length, 65535);
		assert_true(strlen(text) == 0 || strlen(text) == length + 6);
	}
	endpoint_name(text, name, 3, -1);
	assert_string_equal(text, "aaa");
	endpoint_name(text, "\x1b\x1b", 2, 53);
	assert_string_equal(text, "\\x1b\\x1b:53");
}

/* --- Tstat */

static char *
tstat_of(const struct exchange *exchange, const char *file)
{
	static const char *const all[] = { "log_tcp_complete",
		"log_tcp_nocomplete", "log_udp_complete", NULL };
	struct destination_options options = options_of(false);

	return output_of("tstat", file, all, exchange, &options);
}

static void
tstat_has_the_name_and_its_own_numbers_of_tls(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	struct exchange_names *names = names_fixture_tls();
	char *text;

	(void)state;
	names_fixture_text(names, NAMES_CERTIFICATE, "*.example.org");
	names_fixture_text(names, NAMES_ALPN_CHOSEN, "h2");
	exchange.names = names;
	text = tstat_of(&exchange, "log_tcp_complete");
	expect(text, " 0 0 8192 0 0 ");
	expect(text, " 0 0 --- 0 0 www.example.org *.example.org 160 128 0 "
	             "0.000000 0.000000 0.000000 0.000000 0 0 - - 0.0 0.0 - "
	             "1.3 1.3 0\n");
	free(text);
	free(names);
}

static void
tstat_has_the_host_and_the_status_of_http(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	struct exchange_names *names = names_fixture_new();
	char *text;

	(void)state;
	names->application = APPLICATION_HTTP;
	names->http_status = 404;
	names->source = NAME_SOURCE_DNS;
	names_fixture_text(names, NAMES_SERVER, "dns.example.org");
	names_fixture_text(names, NAMES_HTTP_HOST, "a host%\n");
	exchange.names = names;
	text = tstat_of(&exchange, "log_tcp_complete");
	expect(text, " 0 0 1 0 0 ");
	expect(text, " 0 0 404 0 0 - - 0 0 0 0.000000 0.000000 0.000000 "
	             "0.000000 0 0 dns.example.org - 0.0 0.0 a%20host%25%0A - "
	             "- 0\n");
	free(text);
	free(names);
}

static void
tstat_has_quic_and_dns_over_udp(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_UDP, 4);
	struct exchange_names *names = names_fixture_tls();
	char *text;

	(void)state;
	names->source = NAME_SOURCE_QUIC;
	names->quic_version = 0x6b3343cf;
	names->tls_flags = NAMES_TLS_ECH | NAMES_TLS_EARLY_DATA;
	exchange.names = names;
	text = tstat_of(&exchange, "log_udp_complete");
	expect(text, " 0 0 27 93.184.216.34 ");
	expect(text, " 0 0 27 - www.example.org - 6b3343cf - 1 1\n");
	free(text);
	free(names);
	names = names_fixture_new();
	names->application = APPLICATION_DNS;
	exchange.names = names;
	text = tstat_of(&exchange, "log_udp_complete");
	expect(text, " 0 0 19 - - - - - 0 0\n");
	free(text);
	free(names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_has_the_names_that_are_known),
		cmocka_unit_test(json_without_names_is_as_it_was),
		cmocka_unit_test(a_name_cannot_break_a_json_line),
		cmocka_unit_test(the_longest_object_fits),
		cmocka_unit_test(extended_csv_has_columns_of_names),
		cmocka_unit_test(a_name_cannot_break_a_csv_line),
		cmocka_unit_test(
		    the_table_shows_the_name_of_the_server_where_it_fits),
		cmocka_unit_test(a_name_takes_less_room_than_an_ipv6_address),
		cmocka_unit_test(
		    a_name_cannot_look_like_something_else_in_the_table),
		cmocka_unit_test(
		    a_name_that_does_not_fit_its_room_is_not_shown),
		cmocka_unit_test(tstat_has_the_name_and_its_own_numbers_of_tls),
		cmocka_unit_test(tstat_has_the_host_and_the_status_of_http),
		cmocka_unit_test(tstat_has_quic_and_dns_over_udp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

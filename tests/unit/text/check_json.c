/* SPDX-License-Identifier: BSD-2-Clause */
#include "../text_fixture.h"

#include <signal.h>

#include "exflow/text/json_row.h"

static char *
lines_with(
    const struct exchange *exchange, const struct destination_options *options)
{
	static const char *const names[] = { "out.json", NULL };
	char *folder = fixture_folder();
	char *path = fixture_path(folder, "out.json");
	char spec[128];
	struct destination *destination;
	char *text;

	snprintf(spec, sizeof(spec), "json:%s", path);
	destination = fixture_destination(spec, options);
	assert_int_equal(destination->ops->start(destination), 0);
	assert_int_equal(access(path, F_OK), 0);
	fixture_send(destination, exchange);
	assert_int_equal(destination->ops->finish(destination), 0);
	assert_int_equal(destination->counts.delivered, 1);
	text = fixture_read(path);
	assert_int_equal(destination->counts.octets, strlen(text));
	destination_free(&destination);
	free(path);
	fixture_remove(folder, names);
	return text;
}

static char *
lines_of(const struct exchange *exchange)
{
	return lines_with(exchange, NULL);
}

static void
expect(const char *line, const char *part)
{
	if (strstr(line, part) == NULL)
		fail_msg("%s is missing in %s", part, line);
}

static void
an_exchange_is_one_object_with_element_names(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	char *line = lines_of(&exchange);

	(void)state;
	assert_int_equal(line[0], '{');
	assert_string_equal(line + strlen(line) - 2, "}\n");
	assert_null(memchr(line, '\n', strlen(line) - 1));
	expect(line, "{\"sourceIPv4Address\":\"10.0.0.5\",");
	expect(line, "\"destinationIPv4Address\":\"93.184.216.34\",");
	expect(line, "\"sourceTransportPort\":51234,");
	expect(line, "\"packetDeltaCount\":100,");
	expect(line, "\"reversePacketDeltaCount\":200,");
	expect(line, "\"octetDeltaCount\":103,");
	expect(line, "\"initiatorOctets\":101,\"responderOctets\":201,");
	expect(line, "\"tcpSynPacketDeltaCount\":111,");
	expect(line, "\"reverseTcpSynPacketDeltaCount\":211,");
	expect(line, "\"exchangeEnd\":\"finished\",");
	expect(line, "\"initialTCPFlags\":0,\"unionTCPFlags\":255,");
	expect(line, "\"flowId\":99");
	free(line);
}

static void
a_hardware_address_that_is_not_known_is_null(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_UDP, 6);
	struct destination_options options;
	char *line;

	(void)state;
	destination_options_init(&options);
	options.record.mac = true;
	exchange.macs = 1 << CLIENT;
	memcpy(exchange.side[CLIENT].mac, "\0\x1b\x21\x3c\x9d\xf8", MAC_OCTETS);
	line = lines_with(&exchange, &options);
	expect(line, ",\"sourceMacAddress\":\"00:1b:21:3c:9d:f8\","
	             "\"destinationMacAddress\":null,");
	free(line);
	line = lines_of(&exchange);
	assert_null(strstr(line, "MacAddress"));
	free(line);
}

static void
a_ping_has_its_type_and_no_flags(void **state)
{
	struct exchange exchange = fixture_other(PROTOCOL_ICMP, 4);
	char *line = lines_of(&exchange);

	(void)state;
	expect(line, "\"sourceTransportPort\":0,\"destinationTransportPort\":0,"
	             "\"protocolIdentifier\":1,\"icmpTypeCodeIPv4\":2048,");
	assert_null(strstr(line, "tcp"));
	free(line);
	exchange = fixture_other(PROTOCOL_ICMP6, 6);
	line = lines_of(&exchange);
	expect(line, "\"protocolIdentifier\":58,\"icmpTypeCodeIPv6\":2048,");
	free(line);
	exchange = fixture_other(47, 4);
	line = lines_of(&exchange);
	expect(line, "\"protocolIdentifier\":47,\"flowStartMicroseconds\":");
	free(line);
}

static void
times_have_the_precision_of_their_element(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_UDP, 6);
	char *line = lines_of(&exchange);

	(void)state;
	expect(line, "\"sourceIPv6Address\":\"2001:db8::5\"");
	expect(line, "\"flowStartMilliseconds\":\"2024-01-02T03:04:05.123Z\"");
	expect(
	    line, "\"flowStartMicroseconds\":\"2024-01-02T03:04:05.123456Z\"");
	expect(line, "\"reverseFlowStartMicroseconds\":"
	             "\"2024-01-02T03:04:05.124456Z\"");
	expect(line, "\"flowEndMilliseconds\":\"2024-01-02T03:04:07.124Z\"");
	free(line);
}

/* NTP's seconds wrap in 2036, 2172, 2308, 2444; 64 bits with a sign in 2262. */
static void
times_are_right_in_every_century(void **state)
{
	static const struct {
		int64_t seconds;
		const char *milliseconds, *first, *last;
	} starts[] = {
		{ 0, "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000000Z",
		    "1970-01-01T00:00:02.000000Z" },
		{ 2085978494, "2036-02-07T06:28:14.000Z",
		    "2036-02-07T06:28:14.000000Z",
		    "2036-02-07T06:28:16.000000Z" },
		{ 4294967296, "2106-02-07T06:28:16.000Z",
		    "2106-02-07T06:28:16.000000Z",
		    "2106-02-07T06:28:18.000000Z" },
		{ 6380945791, "2172-03-15T12:56:31.000Z",
		    "2172-03-15T12:56:31.000000Z",
		    "2172-03-15T12:56:33.000000Z" },
		{ 9223372036, "2262-04-11T23:47:16.000Z",
		    "2262-04-11T23:47:16.000000Z",
		    "2262-04-11T23:47:18.000000Z" },
		{ 13569465600, "2400-01-01T00:00:00.000Z",
		    "2400-01-01T00:00:00.000000Z",
		    "2400-01-01T00:00:02.000000Z" },
		{ 18446644070, "2554-07-20T19:47:50.000Z",
		    "2554-07-20T19:47:50.000000Z",
		    "2554-07-20T19:47:52.000000Z" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		struct exchange exchange = fixture_exchange(PROTOCOL_UDP, 4);
		timestamp start = timestamp_from(starts[i].seconds, 0);
		char wanted[128], *line;

		for (int side = CLIENT; side <= SERVER; side++) {
			exchange.side[side].first = start;
			exchange.side[side].last =
			    timestamp_add(start, duration_seconds(2));
		}
		line = lines_of(&exchange);
		snprintf(wanted, sizeof(wanted),
		    "\"flowStartMilliseconds\":\"%s\"", starts[i].milliseconds);
		expect(line, wanted);
		snprintf(wanted, sizeof(wanted),
		    "\"flowStartMicroseconds\":\"%s\",", starts[i].first);
		expect(line, wanted);
		snprintf(wanted, sizeof(wanted),
		    "\"reverseFlowEndMicroseconds\":\"%s\",", starts[i].last);
		expect(line, wanted);
		free(line);
	}
}

static void
the_times_of_a_silent_server_are_null(void **state)
{
	struct exchange exchange = fixture_unanswered(PROTOCOL_TCP);
	char *line = lines_of(&exchange);

	(void)state;
	expect(line, "\"reverseFlowStartMicroseconds\":null,");
	expect(line, "\"reverseFlowEndMicroseconds\":null,");
	expect(line, "\"exchangeEnd\":\"unanswered\"");
	free(line);
}

static void
figures_that_are_not_known_are_left_out(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	struct exchange_quality figures = fixture_figures();
	struct destination_options options;
	char *line;

	(void)state;
	destination_options_init(&options);
	options.record.quality = true;
	options.record.profiles = RECORD_NTOP; /* of collectors */
	exchange.quality = &figures;
	line = lines_with(&exchange, &options);
	expect(
	    line, ",\"handshakeRttMicroseconds\":31234,\"rttSampleCount\":0,");
	expect(line, "\"fastRetransmissionDeltaCount\":0,"
	             "\"reverseFastRetransmissionDeltaCount\":3,");
	expect(line, "\"reverseMaximumTtl\":255,");
	expect(line, "\"firstPayloadMicroseconds\":"
	             "\"2024-01-02T03:04:06.123456Z\",\"ect");
	expect(line, ",\"packetSizeBins\":[4294967295,0,0,0,0,0,0,2],"
	             "\"reversePacketSizeBins\":[0,0,0,0,0,0,0,0],"
	             "\"idleTimeMicroseconds\":1500000}");
	assert_null(strstr(line, "reverseHandshakeRtt"));
	assert_null(strstr(line, "responseTime"));
	assert_null(strstr(line, "maximumSegmentSize"));
	assert_null(strstr(line, "astPayloadMicroseconds"));
	assert_null(strstr(line, "minimumTTL"));
	assert_null(strstr(line, "LATENCY"));
	free(line);
	/* Of a silent server nothing is known. */
	exchange = fixture_unanswered(PROTOCOL_TCP);
	exchange.quality = &figures;
	line = lines_with(&exchange, &options);
	expect(line, "\"handshakeRttMicroseconds\":31234,");
	assert_null(strstr(line, "reverseFastRetransmissionDeltaCount"));
	assert_null(strstr(line, "reversePacketSizeBins"));
	free(line);
}

static void
an_exchange_without_figures_is_as_without_quality(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_UDP, 4);
	struct exchange_quality figures = fixture_figures();
	struct destination_options options;
	char *line, *with, *without = lines_of(&exchange);

	(void)state;
	destination_options_init(&options);
	options.record.quality = true;
	with = lines_with(&exchange, &options);
	assert_string_equal(with, without);
	free(with);
	/* Of UDP only what has a meaning there. */
	exchange.quality = &figures;
	with = lines_with(&exchange, &options);
	expect(with, ",\"packetSizeBins\":[");
	assert_null(strstr(with, "handshakeRtt"));
	free(with);
	/* Nor has it figures where records have no quality. */
	options.record.quality = false;
	line = lines_with(&exchange, &options);
	assert_string_equal(line, without);
	free(line);
	free(without);
}

/* The first column may be the one that is not known. */
static void
chosen_figures_make_an_object(void **state)
{
	static const char *const wanted[] = { "{\"flowId\":99}\n", "{}\n",
		("{\"handshakeRttMicroseconds\":31234,"
		 "\"CLIENT_NW_LATENCY_MS\":16}\n") };
	static const char *const columns[] = {
		"reverseHandshakeRttMicroseconds,flowId",
		"reverseHandshakeRttMicroseconds",
		"handshakeRttMicroseconds,CLIENT_NW_LATENCY_MS"
	};
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	struct exchange_quality figures = fixture_figures();
	struct destination_options options;

	(void)state;
	destination_options_init(&options);
	options.record.quality = true;
	exchange.quality = &figures;
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		char *line;

		options.text.columns = columns[i];
		line = lines_with(&exchange, &options);
		assert_string_equal(line, wanted[i]);
		free(line);
	}
}

/* Every digit of every number there can be. */
static void
the_longest_object_fits(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 6);
	struct exchange_quality figures;
	struct record_options record;
	struct json_rows *rows;
	char row[JSON_ROW_SIZE];

	(void)state;
	memset(&figures, 0x7f, sizeof(figures));
	for (int i = 0; i < 2; i++) {
		memset(&exchange.side[i].packets, 0xff, 5 * sizeof(uint64_t));
		memset(exchange.address[i], 0xff, 16);
		for (int bin = 0; bin < QUALITY_SIZE_BINS; bin++)
			figures.side[i].size_bins[bin] = UINT32_MAX;
	}
	exchange.quality = &figures;
	record_options_init(&record);
	record.quality = record.interface = record.vlan = true;
	rows = json_rows_new(&record, NULL);
	assert_non_null(rows);
	assert_true(json_row(rows, &exchange, row) - row < JSON_ROW_SIZE / 2);
	json_rows_free(&rows);
}

static void
own_names_whatever_flag_counters_says(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	struct destination_options options;
	struct destination *destination;
	char *folder = fixture_folder();
	char *path = fixture_path(folder, "out");
	static const char *const names[] = { "out", NULL };
	char *line;
	int saved;

	(void)state;
	destination_options_init(&options);
	options.record.flags_own = false;
	options.record.flags_iana = true;
	destination = fixture_destination("json:-", &options);
	saved = fixture_redirect(path);
	assert_int_equal(destination->ops->start(destination), 0);
	fixture_send(destination, &exchange);
	fixture_restore(saved);
	/* Standard output: delivered as written. */
	assert_int_equal(destination->counts.delivered, 1);
	line = fixture_read(path);
	expect(line, "\"tcpSynPacketDeltaCount\":111,");
	assert_null(strstr(line, "tcpSynTotalCount"));
	free(line);
	free(path);
	destination_free(&destination);
	fixture_remove(folder, names);
}

static void
a_reader_that_stops_is_counted_not_reported(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	struct destination *destination = fixture_destination("json:-", NULL);
	int ends[2], saved;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(destination->ops->start(destination), 0);
	fixture_send(destination, &exchange);
	fixture_send(destination, &exchange);
	destination->ops->finish(destination);
	fixture_restore(saved);
	assert_int_equal(destination->counts.lost[LOSS_WRITE], 2);
	assert_true(destination_balanced(&destination->counts));
	assert_string_equal(destination->error, "");
	destination_free(&destination);
}

static void
a_full_disk_is_reported_and_counted(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_TCP, 4);
	struct destination *destination = fixture_destination("json:-", NULL);
	int saved = fixture_redirect("/dev/full");

	(void)state;
	assert_int_equal(destination->ops->start(destination), 0);
	fixture_send(destination, &exchange);
	assert_int_equal(destination->ops->finish(destination), -1);
	fixture_restore(saved);
	assert_int_equal(destination->counts.lost[LOSS_WRITE], 1);
	expect(destination->error, "No space");
	destination_free(&destination);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exchange_is_one_object_with_element_names),
		cmocka_unit_test(a_hardware_address_that_is_not_known_is_null),
		cmocka_unit_test(a_ping_has_its_type_and_no_flags),
		cmocka_unit_test(times_have_the_precision_of_their_element),
		cmocka_unit_test(times_are_right_in_every_century),
		cmocka_unit_test(the_times_of_a_silent_server_are_null),
		cmocka_unit_test(figures_that_are_not_known_are_left_out),
		cmocka_unit_test(
		    an_exchange_without_figures_is_as_without_quality),
		cmocka_unit_test(chosen_figures_make_an_object),
		cmocka_unit_test(the_longest_object_fits),
		cmocka_unit_test(own_names_whatever_flag_counters_says),
		cmocka_unit_test(a_reader_that_stops_is_counted_not_reported),
		cmocka_unit_test(a_full_disk_is_reported_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The values of elements of quality, and of the profiles that have them. */
#include "values.h"

/* Each figure of CLIENT has a value of its own; of SERVER, 100,000 more. */
static struct exchange_quality
some_figures(void)
{
	struct exchange_quality quality = { .response_time = 8499,
		.idle_time = 7000000 };

	for (int i = 0; i < 2; i++) {
		uint32_t more = i == CLIENT ? 0 : 100000;

		quality.side[i] = (struct quality_side){
			.handshake_rtt = 30999 + more,
			.rtt_minimum = 12 + more,
			.rtt_mean = 13 + more,
			.rtt_maximum = 14 + more,
			.rtt_deviation = 15 + more,
			.rtt_samples = 16 + more,
			.retransmitted_octets = 22 + more,
			.unique_octets = 30 + more,
			.missed_octets = 29 + more,
			.maximum_segment_size = (uint16_t)(31 + i),
			.window_scale = (uint8_t)(32 + i),
			.tcp_options = (uint8_t)(5 + i),
			.window_minimum = 33 + more,
			.window_maximum = 34 + more,
			.zero_window_packets = 35 + more,
			.in_flight_maximum = 36 + more,
			.initial_in_flight = 37 + more,
			.sack_packets = 41 + more,
			.pure_acks = 42 + more,
			.first_payload = { (1500 + i) * NS_PER_MS },
			.last_payload = { (1600 + i) * NS_PER_MS },
			.payload_minimum = (uint16_t)(45 + i),
			.payload_maximum = (uint16_t)(46 + i),
			.ttl_minimum = (uint8_t)(38 + i),
			.ttl_maximum = (uint8_t)(39 + i),
			.ect_packets = 47 + more,
			.ce_packets = 48 + more,
			.size_bins = { 1 + more },
		};
		quality.side[i].segments[LOSS_KEEP_ALIVE] = 28 + more;
		quality.side[i].segments[LOSS_REORDERED] = 23 + more;
		quality.side[i].segments[LOSS_DUPLICATED] = 24 + more;
		quality.side[i].segments[LOSS_SPURIOUS] = 25 + more;
		quality.side[i].segments[LOSS_FAST] = 26 + more;
		quality.side[i].segments[LOSS_TIMEOUT] = 27 + more;
		quality.side[i].segments[LOSS_OTHER] = 4 + more;
	}
	return quality;
}

static void
test_each_figure_is_its_own(void **state)
{
	static const struct {
		const char *name;
		uint64_t client, server;
	} figures[] = {
		{ "andshakeRttMicroseconds", 30999, 130999 },
		{ "ttMinimumMicroseconds", 12, 100012 },
		{ "ttMeanMicroseconds", 13, 100013 },
		{ "ttMaximumMicroseconds", 14, 100014 },
		{ "ttDeviationMicroseconds", 15, 100015 },
		{ "ttSampleCount", 16, 100016 },
		{ "etransmittedPacketDeltaCount", 82, 400082 },
		{ "etransmittedOctetDeltaCount", 22, 100022 },
		{ "eorderedPacketDeltaCount", 23, 100023 },
		{ "uplicatedPacketDeltaCount", 24, 100024 },
		{ "puriousRetransmissionDeltaCount", 25, 100025 },
		{ "astRetransmissionDeltaCount", 26, 100026 },
		{ "imeoutRetransmissionDeltaCount", 27, 100027 },
		{ "eepAlivePacketDeltaCount", 28, 100028 },
		{ "issedOctetDeltaCount", 29, 100029 },
		{ "niqueOctetDeltaCount", 30, 100030 },
		{ "aximumSegmentSize", 31, 32 },
		{ "indowScale", 32, 33 },
		{ "indowMinimum", 33, 100033 },
		{ "indowMaximum", 34, 100034 },
		{ "eroWindowPacketDeltaCount", 35, 100035 },
		{ "nFlightMaximum", 36, 100036 },
		{ "nitialInFlight", 37, 100037 },
		{ "inimumTtl", 38, 39 },
		{ "aximumTtl", 39, 40 },
		{ "cpOptionsSeen", 5, 6 },
		{ "ackPacketDeltaCount", 41, 100041 },
		{ "ureAckPacketDeltaCount", 42, 100042 },
		{ "ayloadMinimum", 45, 46 },
		{ "ayloadMaximum", 46, 47 },
		{ "ctPacketDeltaCount", 47, 100047 },
		{ "ePacketDeltaCount", 48, 100048 },
	};
	/* The first letters of the names, small and large. */
	static const char small[] = "hrrrrrrrrdsftkmumwwwziimmtspppec";
	struct exchange_quality quality = some_figures();
	struct exchange exchange = answered();

	(void)state;
	exchange.quality = &quality;
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "%c%s", small[i], figures[i].name);
		assert_int_equal(value(name, &exchange), figures[i].client);
		snprintf(name, sizeof(name), "reverse%c%s", small[i] - 32,
		    figures[i].name);
		assert_int_equal(value(name, &exchange), figures[i].server);
	}
	assert_int_equal(value("responseTimeMicroseconds", &exchange), 8499);
	assert_int_equal(value("idleTimeMicroseconds", &exchange), 7000000);
	assert_int_equal(value("minimumTTL", &exchange), 38);
	assert_int_equal(value("maximumTTL", &exchange), 39);
	assert_int_equal(value("firstPayloadMicroseconds", &exchange),
	    ntp_of((timestamp){ 1500 * NS_PER_MS }));
	assert_int_equal(value("reverseLastPayloadMicroseconds", &exchange),
	    ntp_of((timestamp){ 1601 * NS_PER_MS }));
	assert_ptr_equal(find("packetSizeBins")->bins(&exchange),
	    quality.side[CLIENT].size_bins);
	assert_ptr_equal(find("reversePacketSizeBins")->bins(&exchange),
	    quality.side[SERVER].size_bins);
}

static void
test_a_profile_says_the_same_in_its_units(void **state)
{
	struct exchange_quality quality = some_figures(), room;
	struct exchange exchange = answered(), half = { .quality = &room };

	(void)state;
	exchange.quality = &quality;
	assert_int_equal(value("npmRoundTripTime", &exchange), 161998);
	assert_int_equal(value("npmServerResponseTime", &exchange), 8499);
	assert_int_equal(value("npmTcpRetransmission", &exchange), 82);
	assert_int_equal(value("npmTcpOutOfOrder", &exchange), 23);
	assert_int_equal(value("RETRANSMITTED_IN_PKTS", &exchange), 82);
	assert_int_equal(value("RETRANSMITTED_OUT_PKTS", &exchange), 400082);
	assert_int_equal(value("OOORDER_IN_PKTS", &exchange), 23);
	assert_int_equal(value("OOORDER_OUT_PKTS", &exchange), 100023);
	assert_int_equal(value("RETRANSMITTED_IN_BYTES", &exchange), 22);
	assert_int_equal(value("RETRANSMITTED_OUT_BYTES", &exchange), 100022);
	/* Half of 30.999 ms and of 130.999 ms, and 8.499 ms. */
	assert_int_equal(value("CLIENT_NW_LATENCY_MS", &exchange), 15);
	assert_int_equal(value("SERVER_NW_LATENCY_MS", &exchange), 65);
	assert_int_equal(value("APPL_LATENCY_MS", &exchange), 8);
	/* In the server's record of uniflow the client is still the client. */
	exchange_one_way(&exchange, SERVER, &half);
	assert_int_equal(value("CLIENT_NW_LATENCY_MS", &half), 15);
	assert_int_equal(value("SERVER_NW_LATENCY_MS", &half), 65);
	assert_int_equal(value("npmRoundTripTime", &half), 161998);
	assert_int_equal(value("npmTcpRetransmission", &half), 400082);
	assert_int_equal(value("APPL_LATENCY_MS", &half), 0);
}

static void
test_a_profile_has_0_where_nothing_is_known(void **state)
{
	static const char *const names[] = { "npmRoundTripTime",
		"npmServerResponseTime", "CLIENT_NW_LATENCY_MS",
		"SERVER_NW_LATENCY_MS", "APPL_LATENCY_MS" };
	struct exchange_quality quality;
	struct exchange exchange = answered();

	(void)state;
	quality_figures_init(&quality);
	exchange.quality = &quality;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(value(names[i], &exchange), 0);
	/* One half of the path does not make a round trip. */
	quality.side[SERVER].handshake_rtt = 5000;
	assert_int_equal(value("npmRoundTripTime", &exchange), 0);
	quality.side[CLIENT].handshake_rtt = UINT32_MAX - 1;
	assert_int_equal(value("npmRoundTripTime", &exchange), UINT32_MAX);
	quality.side[CLIENT].retransmitted_octets = UINT64_C(1) << 40;
	assert_int_equal(
	    value("RETRANSMITTED_IN_BYTES", &exchange), UINT32_MAX);
}

/* All ones is "not known"; of a TTL, where 255 is known, it is 0. */
static void
test_what_is_not_known_has_all_bits_set(void **state)
{
	static const char *const unknown[] = { "handshakeRttMicroseconds",
		"reverseRttMinimumMicroseconds", "responseTimeMicroseconds",
		"maximumSegmentSize", "reverseWindowScale", "windowMinimum",
		"inFlightMaximum", "tcpOptionsSeen", "firstPayloadMicroseconds",
		"reverseLastPayloadMicroseconds", "payloadMaximum" };
	static const char *const known[] = { "rttSampleCount",
		"retransmittedPacketDeltaCount", "zeroWindowPacketDeltaCount",
		"pureAckPacketDeltaCount", "idleTimeMicroseconds", "flowId",
		"unionTCPFlags" };
	static const char *const ttls[] = { "minimumTtl", "reverseMinimumTtl",
		"maximumTtl", "reverseMaximumTtl", "minimumTTL", "maximumTTL" };
	struct exchange_quality quality;
	struct exchange exchange = answered();

	(void)state;
	quality_figures_init(&quality);
	exchange.quality = &quality;
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		const struct field *field = find(unknown[i]);
		uint64_t is = field->value(&exchange);

		assert_true(is == UINT64_MAX >> (64 - 8 * field->octets));
		assert_true(field_unknown(field, is));
		assert_false(field_unknown(field, 0));
	}
	exchange.flow_id = UINT64_MAX;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_false(
		    field_unknown(find(known[i]), value(known[i], &exchange)));
	for (size_t i = 0; i < sizeof(ttls) / sizeof(ttls[0]); i++) {
		assert_int_equal(value(ttls[i], &exchange), 0);
		assert_true(field_unknown(find(ttls[i]), 0));
		assert_false(field_unknown(find(ttls[i]), 255));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_figure_is_its_own),
		cmocka_unit_test(test_a_profile_says_the_same_in_its_units),
		cmocka_unit_test(test_a_profile_has_0_where_nothing_is_known),
		cmocka_unit_test(test_what_is_not_known_has_all_bits_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

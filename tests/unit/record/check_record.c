/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers of elements, and the values of those that every record has. */
#include "values.h"

static void
test_elements_have_their_numbers(void **state)
{
	static const struct {
		const char *name;
		uint32_t pen;
		uint16_t id;
		uint8_t octets;
	} numbers[] = {
		{ "sourceIPv4Address", 0, 8, 4 },
		{ "destinationIPv4Address", 0, 12, 4 },
		{ "sourceIPv6Address", 0, 27, 16 },
		{ "destinationIPv6Address", 0, 28, 16 },
		{ "sourceTransportPort", 0, 7, 2 },
		{ "destinationTransportPort", 0, 11, 2 },
		{ "protocolIdentifier", 0, 4, 1 },
		{ "icmpTypeCodeIPv4", 0, 32, 2 },
		{ "icmpTypeCodeIPv6", 0, 139, 2 },
		{ "flowStartMilliseconds", 0, 152, 8 },
		{ "flowEndMilliseconds", 0, 153, 8 },
		{ "flowStartMicroseconds", 0, 154, 8 },
		{ "flowEndMicroseconds", 0, 155, 8 },
		{ "reverseFlowStartMicroseconds", 29305, 154, 8 },
		{ "reverseFlowEndMicroseconds", 29305, 155, 8 },
		{ "reverseFlowDeltaMilliseconds", 6871, 21, 4 },
		{ "reverseFlowDeltaMicroseconds", 6871, 41, 8 },
		{ "octetDeltaCount", 0, 1, 8 },
		{ "packetDeltaCount", 0, 2, 8 },
		{ "reverseOctetDeltaCount", 29305, 1, 8 },
		{ "reversePacketDeltaCount", 29305, 2, 8 },
		{ "initiatorOctets", 0, 231, 8 },
		{ "responderOctets", 0, 232, 8 },
		{ "dataPacketDeltaCount", PEN_OWN, 1001, 8 },
		{ "reverseDataPacketDeltaCount", PEN_OWN, 0x4000 | 1001, 8 },
		{ "tcpAckPacketDeltaCount", PEN_OWN, 1002, 8 },
		{ "tcpSynPacketDeltaCount", PEN_OWN, 1003, 8 },
		{ "tcpRstPacketDeltaCount", PEN_OWN, 1004, 8 },
		{ "tcpFinPacketDeltaCount", PEN_OWN, 1005, 8 },
		{ "tcpUrgPacketDeltaCount", PEN_OWN, 1006, 8 },
		{ "tcpPshPacketDeltaCount", PEN_OWN, 1007, 8 },
		{ "tcpEcePacketDeltaCount", PEN_OWN, 1008, 8 },
		{ "tcpCwrPacketDeltaCount", PEN_OWN, 1009, 8 },
		{ "reverseTcpCwrPacketDeltaCount", PEN_OWN, 0x4000 | 1009, 8 },
		{ "exchangeEnd", PEN_OWN, 1010, 1 },
		{ "tcpSynTotalCount", 0, 218, 8 },
		{ "tcpFinTotalCount", 0, 219, 8 },
		{ "tcpRstTotalCount", 0, 220, 8 },
		{ "tcpPshTotalCount", 0, 221, 8 },
		{ "tcpAckTotalCount", 0, 222, 8 },
		{ "tcpUrgTotalCount", 0, 223, 8 },
		{ "reverseTcpUrgTotalCount", 29305, 223, 8 },
		{ "initialTCPFlags", 6871, 14, 1 },
		{ "unionTCPFlags", 6871, 15, 1 },
		{ "reverseInitialTCPFlags", 6871, 16398, 1 },
		{ "reverseUnionTCPFlags", 6871, 16399, 1 },
		{ "reverseTcpControlBits", 29305, 6, 1 },
		{ "tcpControlBits", 0, 6, 1 },
		{ "reverseIpClassOfService", 29305, 5, 1 },
		{ "ipClassOfService", 0, 5, 1 },
		{ "sourceMacAddress", 0, 56, 6 },
		{ "destinationMacAddress", 0, 80, 6 },
		{ "flowEndReason", 0, 136, 1 },
		{ "biflowDirection", 0, 239, 1 },
		{ "flowId", 0, 148, 8 },
		{ "ingressInterface", 0, 10, 4 },
		{ "vlanId", 0, 58, 2 },
		{ "dot1qVlanId", 0, 243, 2 },
		{ "dot1qCustomerVlanId", 0, 245, 2 },
		{ "handshakeRttMicroseconds", PEN_OWN, 1011, 4 },
		{ "reverseHandshakeRttMicroseconds", PEN_OWN, 0x4000 | 1011,
		    4 },
		{ "rttMinimumMicroseconds", PEN_OWN, 1012, 4 },
		{ "rttMeanMicroseconds", PEN_OWN, 1013, 4 },
		{ "rttMaximumMicroseconds", PEN_OWN, 1014, 4 },
		{ "rttDeviationMicroseconds", PEN_OWN, 1015, 4 },
		{ "rttSampleCount", PEN_OWN, 1016, 4 },
		{ "responseTimeMicroseconds", PEN_OWN, 1017, 4 },
		{ "retransmittedPacketDeltaCount", PEN_OWN, 1021, 8 },
		{ "retransmittedOctetDeltaCount", PEN_OWN, 1022, 8 },
		{ "reorderedPacketDeltaCount", PEN_OWN, 1023, 8 },
		{ "duplicatedPacketDeltaCount", PEN_OWN, 1024, 8 },
		{ "spuriousRetransmissionDeltaCount", PEN_OWN, 1025, 8 },
		{ "fastRetransmissionDeltaCount", PEN_OWN, 1026, 8 },
		{ "timeoutRetransmissionDeltaCount", PEN_OWN, 1027, 8 },
		{ "keepAlivePacketDeltaCount", PEN_OWN, 1028, 8 },
		{ "missedOctetDeltaCount", PEN_OWN, 1029, 8 },
		{ "uniqueOctetDeltaCount", PEN_OWN, 1030, 8 },
		{ "maximumSegmentSize", PEN_OWN, 1031, 2 },
		{ "windowScale", PEN_OWN, 1032, 1 },
		{ "windowMinimum", PEN_OWN, 1033, 4 },
		{ "windowMaximum", PEN_OWN, 1034, 4 },
		{ "zeroWindowPacketDeltaCount", PEN_OWN, 1035, 4 },
		{ "inFlightMaximum", PEN_OWN, 1036, 4 },
		{ "initialInFlight", PEN_OWN, 1037, 4 },
		{ "minimumTtl", PEN_OWN, 1038, 1 },
		{ "maximumTtl", PEN_OWN, 1039, 1 },
		{ "tcpOptionsSeen", PEN_OWN, 1040, 1 },
		{ "sackPacketDeltaCount", PEN_OWN, 1041, 4 },
		{ "pureAckPacketDeltaCount", PEN_OWN, 1042, 8 },
		{ "firstPayloadMicroseconds", PEN_OWN, 1043, 8 },
		{ "lastPayloadMicroseconds", PEN_OWN, 1044, 8 },
		{ "payloadMinimum", PEN_OWN, 1045, 2 },
		{ "payloadMaximum", PEN_OWN, 1046, 2 },
		{ "ectPacketDeltaCount", PEN_OWN, 1047, 4 },
		{ "cePacketDeltaCount", PEN_OWN, 1048, 4 },
		{ "packetSizeBins", PEN_OWN, 1049, 32 },
		{ "reversePacketSizeBins", PEN_OWN, 0x4000 | 1049, 32 },
		{ "idleTimeMicroseconds", PEN_OWN, 1050, 8 },
		{ "minimumTTL", 0, 52, 1 },
		{ "maximumTTL", 0, 53, 1 },
		{ "npmRoundTripTime", 39499, 69, 4 },
		{ "npmServerResponseTime", 39499, 70, 4 },
		{ "npmTcpRetransmission", 39499, 71, 4 },
		{ "npmTcpOutOfOrder", 39499, 72, 4 },
		{ "RETRANSMITTED_IN_PKTS", 35632, 109, 4 },
		{ "RETRANSMITTED_OUT_PKTS", 35632, 110, 4 },
		{ "OOORDER_IN_PKTS", 35632, 111, 4 },
		{ "OOORDER_OUT_PKTS", 35632, 112, 4 },
		{ "CLIENT_NW_LATENCY_MS", 35632, 123, 4 },
		{ "SERVER_NW_LATENCY_MS", 35632, 124, 4 },
		{ "APPL_LATENCY_MS", 35632, 125, 4 },
		{ "RETRANSMITTED_IN_BYTES", 35632, 127, 4 },
		{ "RETRANSMITTED_OUT_BYTES", 35632, 128, 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct field *field = find(numbers[i].name);

		assert_int_equal(field->pen, numbers[i].pen);
		assert_int_equal(field->id, numbers[i].id);
		assert_int_equal(field->octets, numbers[i].octets);
	}
}

static void
test_no_element_is_there_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *a = &record_fields[i];

		for (size_t j = i + 1; j < record_field_count; j++) {
			const struct field *b = &record_fields[j];

			assert_string_not_equal(a->name, b->name);
			assert_false(a->pen == b->pen && a->id == b->id);
		}
	}
}

static void
test_every_description_is_one_sentence_for_a_type_record(void **state)
{
	(void)state;
	for (size_t i = 0; i < record_field_count; i++) {
		const char *text = record_fields[i].description;
		size_t length = strlen(text);

		assert_in_range(length, 20, 254);
		assert_in_range(text[0], 'A', 'Z');
		assert_int_equal(text[length - 1], '.');
		assert_null(strstr(text, ". "));
	}
}

static void
test_each_side_counts_for_itself(void **state)
{
	const struct exchange exchange = answered();

	(void)state;
	assert_int_equal(value("sourceTransportPort", &exchange), 40000);
	assert_int_equal(value("destinationTransportPort", &exchange), 443);
	assert_int_equal(value("protocolIdentifier", &exchange), 6);
	assert_int_equal(value("octetDeltaCount", &exchange), 500);
	assert_int_equal(value("packetDeltaCount", &exchange), 5);
	assert_int_equal(value("reverseOctetDeltaCount", &exchange), 4000);
	assert_int_equal(value("reversePacketDeltaCount", &exchange), 4);
	assert_int_equal(value("initiatorOctets", &exchange), 300);
	assert_int_equal(value("responderOctets", &exchange), 3840);
	assert_int_equal(value("dataPacketDeltaCount", &exchange), 2);
	assert_int_equal(value("reverseDataPacketDeltaCount", &exchange), 3);
	assert_int_equal(value("exchangeEnd", &exchange), END_RESET);
	assert_int_equal(value("flowEndReason", &exchange), 3);
	assert_int_equal(value("flowId", &exchange), 0x1122334455667788);
	assert_int_equal(value("ipClassOfService", &exchange), 0xb8);
	assert_int_equal(value("reverseIpClassOfService", &exchange), 0x28);
	assert_int_equal(value("ingressInterface", &exchange), 3);
	assert_int_equal(value("vlanId", &exchange), 7);
	assert_int_equal(value("dot1qVlanId", &exchange), 7);
	assert_int_equal(value("dot1qCustomerVlanId", &exchange), 9);
}

static void
test_each_flag_counts_for_itself(void **state)
{
	/* The order of the bits in the header. */
	static const char *const own[] = { "tcpFinPacketDeltaCount",
		"tcpSynPacketDeltaCount", "tcpRstPacketDeltaCount",
		"tcpPshPacketDeltaCount", "tcpAckPacketDeltaCount",
		"tcpUrgPacketDeltaCount", "tcpEcePacketDeltaCount",
		"tcpCwrPacketDeltaCount" };
	static const char *const iana[] = { "tcpFinTotalCount",
		"tcpSynTotalCount", "tcpRstTotalCount", "tcpPshTotalCount",
		"tcpAckTotalCount", "tcpUrgTotalCount" };
	const struct exchange exchange = answered();

	(void)state;
	for (unsigned bit = 0; bit < 8; bit++)
		assert_int_equal(value(own[bit], &exchange), bit + 1);
	for (unsigned bit = 0; bit < 6; bit++)
		assert_int_equal(value(iana[bit], &exchange), bit + 1);
	assert_int_equal(value("reverseTcpAckTotalCount", &exchange), 4);
	assert_int_equal(value("reverseTcpSynPacketDeltaCount", &exchange), 1);
	assert_int_equal(value("tcpControlBits", &exchange), 0xff);
	assert_int_equal(
	    value("reverseTcpControlBits", &exchange), TCP_SYN | TCP_ACK);
}

static void
test_later_flags_are_those_of_all_packets_but_the_first(void **state)
{
	struct exchange exchange = answered();

	(void)state;
	assert_int_equal(value("initialTCPFlags", &exchange), TCP_SYN);
	assert_int_equal(value("unionTCPFlags", &exchange), 0xff);
	/* Its only SYN was in the first packet, not its only ACK. */
	assert_int_equal(
	    value("reverseInitialTCPFlags", &exchange), TCP_SYN | TCP_ACK);
	assert_int_equal(value("reverseUnionTCPFlags", &exchange), TCP_ACK);
	exchange.side[CLIENT] = (struct exchange_side){ .packets = 1,
		.flag_packets = { 0, 1, 0, 0, 0, 0, 0, 0 },
		.initial_flags = TCP_SYN };
	assert_int_equal(value("unionTCPFlags", &exchange), 0);
	assert_int_equal(value("tcpControlBits", &exchange), TCP_SYN);
}

static void
test_milliseconds_are_of_either_side_and_floored(void **state)
{
	const struct exchange exchange = answered();

	(void)state;
	assert_int_equal(value("flowStartMilliseconds", &exchange), 1000);
	assert_int_equal(value("flowEndMilliseconds", &exchange), 2900);
	assert_int_equal(value("reverseFlowDeltaMilliseconds", &exchange), 2);
	assert_int_equal(
	    value("reverseFlowDeltaMicroseconds", &exchange), 2000);
}

static void
test_microseconds_are_of_each_side(void **state)
{
	const struct exchange exchange = answered();
	const struct exchange_side *side = exchange.side;

	(void)state;
	assert_int_equal(value("flowStartMicroseconds", &exchange),
	    ntp_of(side[CLIENT].first));
	assert_int_equal(
	    value("flowEndMicroseconds", &exchange), ntp_of(side[CLIENT].last));
	assert_int_equal(value("reverseFlowStartMicroseconds", &exchange),
	    ntp_of(side[SERVER].first));
	assert_int_equal(value("reverseFlowEndMicroseconds", &exchange),
	    ntp_of(side[SERVER].last));
}

static void
test_silent_server_has_zero_times_and_delta(void **state)
{
	struct exchange exchange = answered();

	(void)state;
	memset(&exchange.side[SERVER], 0, sizeof(exchange.side[SERVER]));
	assert_int_equal(value("reverseFlowStartMicroseconds", &exchange), 0);
	assert_int_equal(value("reverseFlowEndMicroseconds", &exchange), 0);
	assert_int_equal(value("reverseFlowDeltaMilliseconds", &exchange), 0);
	assert_int_equal(value("reverseFlowDeltaMicroseconds", &exchange), 0);
	assert_int_equal(value("reverseTcpControlBits", &exchange), 0);
	assert_int_equal(value("flowStartMilliseconds", &exchange), 1000);
	assert_int_equal(value("flowEndMilliseconds", &exchange), 2000);
}

static void
test_silent_client_of_a_midstream_exchange_has_zero_times(void **state)
{
	struct exchange exchange = answered();

	(void)state;
	memset(&exchange.side[CLIENT], 0, sizeof(exchange.side[CLIENT]));
	exchange.direction = DIRECTION_GUESSED;
	assert_int_equal(value("flowStartMicroseconds", &exchange), 0);
	assert_int_equal(value("flowEndMicroseconds", &exchange), 0);
	assert_int_equal(value("flowStartMilliseconds", &exchange), 1002);
	assert_int_equal(value("flowEndMilliseconds", &exchange), 2900);
	assert_int_equal(value("reverseFlowDeltaMilliseconds", &exchange), 0);
	assert_int_equal(value("biflowDirection", &exchange), 0);
}

static void
test_direction_is_initiator(void **state)
{
	const struct exchange exchange = answered();

	(void)state;
	assert_int_equal(value("biflowDirection", &exchange), 1);
}

static void
test_delta_stays_within_the_exchange(void **state)
{
	struct exchange exchange = answered();

	(void)state;
	/* A server that spoke first, by the times of the capture. */
	exchange.side[SERVER].first.ns = 900 * NS_PER_MS;
	assert_int_equal(value("reverseFlowDeltaMilliseconds", &exchange), 0);
	/* First behind last: a clock that was set back. */
	exchange.side[SERVER].first.ns = 5 * NS_PER_SECOND;
	assert_int_equal(
	    value("reverseFlowDeltaMilliseconds", &exchange), 1900);
	assert_int_equal(
	    value("reverseFlowDeltaMicroseconds", &exchange), 1899500);
	/* 50 days do not fit in 32 bits of milliseconds. */
	exchange.side[SERVER].first.ns = 50 * 86400 * NS_PER_SECOND;
	exchange.side[SERVER].last = exchange.side[SERVER].first;
	assert_int_equal(
	    value("reverseFlowDeltaMilliseconds", &exchange), UINT32_MAX);
	assert_int_equal(value("reverseFlowDeltaMicroseconds", &exchange),
	    UINT64_C(50) * 86400 * 1000000 - 1000500);
}

static void
test_ntp_fraction_survives_a_truncating_reader(void **state)
{
	(void)state;
	for (int64_t us = 0; us < 1000000; us++) {
		timestamp time = { 1700000000 * NS_PER_SECOND + us * NS_PER_US +
			           999 };
		uint64_t ntp = ntp_of(time);
		uint64_t fraction = ntp & UINT32_MAX;
		uint64_t page = (us * (1 << 21) + 999999) / 1000000;

		assert_int_equal(fraction, page << 11);
		if (fraction * 1000000 >> 32 != (uint64_t)us)
			fail_msg("%lld us come back as %llu", (long long)us,
			    (unsigned long long)(fraction * 1000000 >> 32));
		if (ntp >> 32 != UINT64_C(1700000000) + 2208988800)
			fail_msg(
			    "second %llu", (unsigned long long)(ntp >> 32));
	}
}

static void
test_ntp_is_the_formula_of_the_page(void **state)
{
	(void)state;
	assert_int_equal(ntp_of((timestamp){ 0 }), UINT64_C(2208988800) << 32);
	assert_int_equal(ntp_of((timestamp){ 1500000000 }),
	    UINT64_C(2208988801) << 32 | UINT64_C(1) << 31);
	assert_int_equal(
	    ntp_of((timestamp){ 1000 }), UINT64_C(2208988800) << 32 | 3 << 11);
}

static void
test_addresses_are_those_of_client_and_server(void **state)
{
	const struct exchange exchange = answered();

	(void)state;
	assert_ptr_equal(field_address(find("sourceIPv4Address"), &exchange),
	    exchange.address[CLIENT]);
	assert_ptr_equal(
	    field_address(find("destinationIPv6Address"), &exchange),
	    exchange.address[SERVER]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elements_have_their_numbers),
		cmocka_unit_test(test_no_element_is_there_twice),
		cmocka_unit_test(
		    test_every_description_is_one_sentence_for_a_type_record),
		cmocka_unit_test(test_each_side_counts_for_itself),
		cmocka_unit_test(test_each_flag_counts_for_itself),
		cmocka_unit_test(
		    test_later_flags_are_those_of_all_packets_but_the_first),
		cmocka_unit_test(
		    test_milliseconds_are_of_either_side_and_floored),
		cmocka_unit_test(test_microseconds_are_of_each_side),
		cmocka_unit_test(test_silent_server_has_zero_times_and_delta),
		cmocka_unit_test(
		    test_silent_client_of_a_midstream_exchange_has_zero_times),
		cmocka_unit_test(test_direction_is_initiator),
		cmocka_unit_test(test_delta_stays_within_the_exchange),
		cmocka_unit_test(
		    test_ntp_fraction_survives_a_truncating_reader),
		cmocka_unit_test(test_ntp_is_the_formula_of_the_page),
		cmocka_unit_test(test_addresses_are_those_of_client_and_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Which elements a template has, and their order. */
#include "values.h"

static unsigned
conditions_of(
    const struct record_options *options, uint8_t ip_version, uint8_t protocol)
{
	const struct record_kind kind = { .ip_version = ip_version,
		.protocol = protocol,
		.client = true,
		.server = true };

	return record_conditions(options, &kind);
}

/* The fields of one template in the order of the manual. */
static void
check_order(const char *const *expected, unsigned conditions)
{
	size_t j = 0;

	for (size_t i = 0; i < record_field_count; i++) {
		if (!field_present(&record_fields[i], conditions))
			continue;
		assert_non_null(expected[j]);
		assert_string_equal(record_fields[i].name, expected[j++]);
	}
	assert_null(expected[j]);
}

#define KEY(version)                                                           \
	"sourceIPv" version "Address", "destinationIPv" version "Address",     \
	    "sourceTransportPort", "destinationTransportPort",                 \
	    "protocolIdentifier"
#define COUNTS                                                                 \
	"flowStartMicroseconds", "flowEndMicroseconds",                        \
	    "reverseFlowStartMicroseconds", "reverseFlowEndMicroseconds",      \
	    "flowStartMilliseconds", "flowEndMilliseconds",                    \
	    "reverseFlowDeltaMilliseconds", "reverseFlowDeltaMicroseconds",    \
	    "octetDeltaCount", "packetDeltaCount", "reverseOctetDeltaCount",   \
	    "reversePacketDeltaCount", "initiatorOctets", "responderOctets",   \
	    "dataPacketDeltaCount", "reverseDataPacketDeltaCount"
#define HEAD(version) KEY(version), COUNTS
#define OWN(flag)                                                              \
	"tcp" flag "PacketDeltaCount", "reverseTcp" flag "PacketDeltaCount"
#define IANA(flag) "tcp" flag "TotalCount", "reverseTcp" flag "TotalCount"
#define FLAGS                                                                  \
	"initialTCPFlags", "unionTCPFlags", "reverseInitialTCPFlags",          \
	    "reverseUnionTCPFlags", "reverseTcpControlBits", "tcpControlBits"
#define TAIL_OF_ONE                                                            \
	"ipClassOfService", "flowEndReason", "biflowDirection", "flowId"
#define TAIL "reverseIpClassOfService", TAIL_OF_ONE

static void
test_tcp_template_has_the_order_of_the_page(void **state)
{
	static const char *const expected[] = { HEAD("4"), OWN("Ack"),
		OWN("Syn"), OWN("Rst"), OWN("Fin"), OWN("Urg"), OWN("Psh"),
		OWN("Ece"), OWN("Cwr"), "exchangeEnd", FLAGS, TAIL, NULL };
	struct record_options options;

	(void)state;
	record_options_init(&options);
	check_order(expected, conditions_of(&options, 4, PROTOCOL_TCP));
}

static void
test_udp_template_has_no_flags(void **state)
{
	static const char *const expected[] = { HEAD("6"), "exchangeEnd", TAIL,
		NULL };
	struct record_options options;

	(void)state;
	record_options_init(&options);
	check_order(expected, conditions_of(&options, 6, PROTOCOL_UDP));
}

static void
test_icmp_has_its_type_and_other_protocols_do_not(void **state)
{
	static const char *const icmp[] = { KEY("4"), "icmpTypeCodeIPv4",
		COUNTS, "exchangeEnd", TAIL, NULL };
	static const char *const icmp6[] = { KEY("6"), "icmpTypeCodeIPv6",
		COUNTS, "exchangeEnd", TAIL, NULL };
	static const char *const other[] = { HEAD("4"), "exchangeEnd", TAIL,
		NULL };
	static const char *const other6[] = { HEAD("6"), "exchangeEnd", TAIL,
		NULL };
	struct record_options options;

	(void)state;
	record_options_init(&options);
	check_order(icmp, conditions_of(&options, 4, PROTOCOL_ICMP));
	check_order(icmp6, conditions_of(&options, 6, PROTOCOL_ICMP6));
	check_order(other, conditions_of(&options, 4, 47));
	/* The ICMP of the other IP version is no ICMP. */
	check_order(other, conditions_of(&options, 4, PROTOCOL_ICMP6));
	check_order(other6, conditions_of(&options, 6, PROTOCOL_ICMP));
}

static void
test_flags_iana_replaces_own_but_for_ece_and_cwr(void **state)
{
	static const char *const expected[] = { HEAD("4"), OWN("Ece"),
		OWN("Cwr"), "exchangeEnd", IANA("Syn"), IANA("Fin"),
		IANA("Rst"), IANA("Psh"), IANA("Ack"), IANA("Urg"), FLAGS, TAIL,
		NULL };
	struct record_options options;

	(void)state;
	record_options_init(&options);
	options.flags_own = false;
	options.flags_iana = true;
	check_order(expected, conditions_of(&options, 4, PROTOCOL_TCP));
}

static void
test_a_silent_server_has_no_reverse_element(void **state)
{
	static const char *const expected[] = { KEY("4"),
		"flowStartMicroseconds", "flowEndMicroseconds",
		"flowStartMilliseconds", "flowEndMilliseconds",
		"octetDeltaCount", "packetDeltaCount", "initiatorOctets",
		"dataPacketDeltaCount", "tcpAckPacketDeltaCount",
		"tcpSynPacketDeltaCount", "tcpRstPacketDeltaCount",
		"tcpFinPacketDeltaCount", "tcpUrgPacketDeltaCount",
		"tcpPshPacketDeltaCount", "tcpEcePacketDeltaCount",
		"tcpCwrPacketDeltaCount", "exchangeEnd", "tcpSynTotalCount",
		"tcpFinTotalCount", "tcpRstTotalCount", "tcpPshTotalCount",
		"tcpAckTotalCount", "tcpUrgTotalCount", "initialTCPFlags",
		"unionTCPFlags", "tcpControlBits", TAIL_OF_ONE, NULL };
	const struct record_kind kind = { 4, PROTOCOL_TCP, true, false, 0, 0, 0,
		false };
	struct record_options options;

	(void)state;
	record_options_init(&options);
	options.flags_iana = true;
	check_order(expected, record_conditions(&options, &kind));
}

static void
test_a_silent_client_has_counts_but_no_times(void **state)
{
	static const char *const expected[] = { KEY("6"),
		"reverseFlowStartMicroseconds", "reverseFlowEndMicroseconds",
		"flowStartMilliseconds", "flowEndMilliseconds",
		"reverseFlowDeltaMilliseconds", "reverseFlowDeltaMicroseconds",
		"octetDeltaCount", "packetDeltaCount", "reverseOctetDeltaCount",
		"reversePacketDeltaCount", "initiatorOctets", "responderOctets",
		"dataPacketDeltaCount", "reverseDataPacketDeltaCount",
		OWN("Ack"), OWN("Syn"), OWN("Rst"), OWN("Fin"), OWN("Urg"),
		OWN("Psh"), OWN("Ece"), OWN("Cwr"), "exchangeEnd",
		"reverseInitialTCPFlags", "reverseUnionTCPFlags",
		"reverseTcpControlBits", "tcpControlBits", TAIL, NULL };
	const struct record_kind kind = { 6, PROTOCOL_TCP, false, true, 0, 0, 0,
		false };
	struct record_options options;

	(void)state;
	record_options_init(&options);
	check_order(expected, record_conditions(&options, &kind));
}

/* Collectors would take payload octets for another count of the flow. */
static void
test_uniflow_has_no_payload_octets(void **state)
{
	static const char *const expected[] = { KEY("6"),
		"flowStartMicroseconds", "flowEndMicroseconds",
		"flowStartMilliseconds", "flowEndMilliseconds",
		"octetDeltaCount", "packetDeltaCount", "dataPacketDeltaCount",
		"exchangeEnd", TAIL_OF_ONE, NULL };
	const struct record_kind kind = { 6, PROTOCOL_UDP, true, false, 0, 0, 0,
		false };
	struct record_options options;

	(void)state;
	record_options_init(&options);
	assert_true(options.biflow);
	options.biflow = false;
	check_order(expected, record_conditions(&options, &kind));
}

static void
test_both_flags_interface_and_vlan(void **state)
{
	static const char *const expected[] = { HEAD("6"), OWN("Ack"),
		OWN("Syn"), OWN("Rst"), OWN("Fin"), OWN("Urg"), OWN("Psh"),
		OWN("Ece"), OWN("Cwr"), "exchangeEnd", IANA("Syn"), IANA("Fin"),
		IANA("Rst"), IANA("Psh"), IANA("Ack"), IANA("Urg"), FLAGS, TAIL,
		"ingressInterface", "vlanId", "dot1qVlanId",
		"dot1qCustomerVlanId", NULL };
	struct record_options options;

	(void)state;
	record_options_init(&options);
	options.flags_iana = options.interface = options.vlan = true;
	check_order(expected, conditions_of(&options, 6, PROTOCOL_TCP));
}

#define BOTH(name, Name) name, "reverse" Name
#define QUALITY_TCP                                                            \
	BOTH("handshakeRttMicroseconds", "HandshakeRttMicroseconds"),          \
	    BOTH("rttMinimumMicroseconds", "RttMinimumMicroseconds"),          \
	    BOTH("rttMeanMicroseconds", "RttMeanMicroseconds"),                \
	    BOTH("rttMaximumMicroseconds", "RttMaximumMicroseconds"),          \
	    BOTH("rttDeviationMicroseconds", "RttDeviationMicroseconds"),      \
	    BOTH("rttSampleCount", "RttSampleCount"),                          \
	    "responseTimeMicroseconds",                                        \
	    BOTH("retransmittedPacketDeltaCount",                              \
	        "RetransmittedPacketDeltaCount"),                              \
	    BOTH("retransmittedOctetDeltaCount",                               \
	        "RetransmittedOctetDeltaCount"),                               \
	    BOTH("reorderedPacketDeltaCount", "ReorderedPacketDeltaCount"),    \
	    BOTH("duplicatedPacketDeltaCount", "DuplicatedPacketDeltaCount"),  \
	    BOTH("spuriousRetransmissionDeltaCount",                           \
	        "SpuriousRetransmissionDeltaCount"),                           \
	    BOTH("fastRetransmissionDeltaCount",                               \
	        "FastRetransmissionDeltaCount"),                               \
	    BOTH("timeoutRetransmissionDeltaCount",                            \
	        "TimeoutRetransmissionDeltaCount"),                            \
	    BOTH("keepAlivePacketDeltaCount", "KeepAlivePacketDeltaCount"),    \
	    BOTH("missedOctetDeltaCount", "MissedOctetDeltaCount"),            \
	    BOTH("uniqueOctetDeltaCount", "UniqueOctetDeltaCount"),            \
	    BOTH("maximumSegmentSize", "MaximumSegmentSize"),                  \
	    BOTH("windowScale", "WindowScale"),                                \
	    BOTH("windowMinimum", "WindowMinimum"),                            \
	    BOTH("windowMaximum", "WindowMaximum"),                            \
	    BOTH("zeroWindowPacketDeltaCount", "ZeroWindowPacketDeltaCount"),  \
	    BOTH("inFlightMaximum", "InFlightMaximum"),                        \
	    BOTH("initialInFlight", "InitialInFlight"),                        \
	    BOTH("minimumTtl", "MinimumTtl"),                                  \
	    BOTH("maximumTtl", "MaximumTtl"),                                  \
	    BOTH("tcpOptionsSeen", "TcpOptionsSeen"),                          \
	    BOTH("sackPacketDeltaCount", "SackPacketDeltaCount"),              \
	    BOTH("pureAckPacketDeltaCount", "PureAckPacketDeltaCount"),        \
	    BOTH("firstPayloadMicroseconds", "FirstPayloadMicroseconds"),      \
	    BOTH("lastPayloadMicroseconds", "LastPayloadMicroseconds"),        \
	    BOTH("payloadMinimum", "PayloadMinimum"),                          \
	    BOTH("payloadMaximum", "PayloadMaximum"),                          \
	    BOTH("ectPacketDeltaCount", "EctPacketDeltaCount"),                \
	    BOTH("cePacketDeltaCount", "CePacketDeltaCount"),                  \
	    BOTH("packetSizeBins", "PacketSizeBins"), "idleTimeMicroseconds",  \
	    "minimumTTL", "maximumTTL"

/* The template of exchanges of IPv4 with figures. */
static void
check_quality_order(const struct record_options *options, uint8_t protocol,
    bool client, bool server, const char *const *expected)
{
	const struct record_kind kind = { 4, protocol, client, server, 0, true,
		false, false };

	check_order(expected, record_conditions(options, &kind));
}

static void
test_quality_is_a_group_at_the_end_of_a_template(void **state)
{
	static const char *const expected[] = { HEAD("4"), OWN("Ack"),
		OWN("Syn"), OWN("Rst"), OWN("Fin"), OWN("Urg"), OWN("Psh"),
		OWN("Ece"), OWN("Cwr"), "exchangeEnd", FLAGS, TAIL,
		"ingressInterface", QUALITY_TCP, NULL };
	struct record_options options;

	(void)state;
	record_options_init(&options);
	options.interface = true;
	check_quality_order(&options, PROTOCOL_TCP, true, true, expected);
}

/* What has no meaning there is not in it. */
static void
test_quality_of_udp_is_a_smaller_group(void **state)
{
	static const char *const expected[] = { HEAD("4"), "exchangeEnd", TAIL,
		"responseTimeMicroseconds", BOTH("minimumTtl", "MinimumTtl"),
		BOTH("maximumTtl", "MaximumTtl"),
		BOTH("payloadMinimum", "PayloadMinimum"),
		BOTH("payloadMaximum", "PayloadMaximum"),
		BOTH("ectPacketDeltaCount", "EctPacketDeltaCount"),
		BOTH("cePacketDeltaCount", "CePacketDeltaCount"),
		BOTH("packetSizeBins", "PacketSizeBins"),
		"idleTimeMicroseconds", "minimumTTL", "maximumTTL", NULL };
	static const char *const client[] = { KEY("4"), "flowStartMicroseconds",
		"flowEndMicroseconds", "flowStartMilliseconds",
		"flowEndMilliseconds", "octetDeltaCount", "packetDeltaCount",
		"initiatorOctets", "dataPacketDeltaCount", "exchangeEnd",
		TAIL_OF_ONE, "responseTimeMicroseconds", "minimumTtl",
		"maximumTtl", "payloadMinimum", "payloadMaximum",
		"ectPacketDeltaCount", "cePacketDeltaCount", "packetSizeBins",
		"idleTimeMicroseconds", "minimumTTL", "maximumTTL", NULL };
	struct record_options options;

	(void)state;
	record_options_init(&options);
	check_quality_order(&options, PROTOCOL_UDP, true, true, expected);
	check_quality_order(&options, PROTOCOL_UDP, true, false, client);
}

/* Of one packet of each side: what is 0 or unknown in all of them is not there. */
static void
check_brief_order(uint8_t protocol, bool server, const char *const *expected)
{
	const struct record_kind kind = { 4, protocol, true, server, 0, true,
		false, true };
	struct record_options options;

	record_options_init(&options);
	check_order(expected, record_conditions(&options, &kind));
}

static void
test_quality_of_one_packet_is_brief(void **state)
{
	static const char *const syn[] = { KEY("4"), "flowStartMicroseconds",
		"flowEndMicroseconds", "flowStartMilliseconds",
		"flowEndMilliseconds", "octetDeltaCount", "packetDeltaCount",
		"initiatorOctets", "dataPacketDeltaCount",
		"tcpAckPacketDeltaCount", "tcpSynPacketDeltaCount",
		"tcpRstPacketDeltaCount", "tcpFinPacketDeltaCount",
		"tcpUrgPacketDeltaCount", "tcpPshPacketDeltaCount",
		"tcpEcePacketDeltaCount", "tcpCwrPacketDeltaCount",
		"exchangeEnd", "initialTCPFlags", "unionTCPFlags",
		"tcpControlBits", TAIL_OF_ONE, "maximumSegmentSize",
		"windowScale", "windowMinimum", "windowMaximum", "minimumTtl",
		"maximumTtl", "tcpOptionsSeen", "minimumTTL", "maximumTTL",
		NULL };
	static const char *const query[] = { KEY("4"), "flowStartMicroseconds",
		"flowEndMicroseconds", "flowStartMilliseconds",
		"flowEndMilliseconds", "octetDeltaCount", "packetDeltaCount",
		"initiatorOctets", "dataPacketDeltaCount", "exchangeEnd",
		TAIL_OF_ONE, "minimumTtl", "maximumTtl", "payloadMinimum",
		"payloadMaximum", "minimumTTL", "maximumTTL", NULL };
	static const char *const answered[] = { HEAD("4"), "exchangeEnd", TAIL,
		"responseTimeMicroseconds", BOTH("minimumTtl", "MinimumTtl"),
		BOTH("maximumTtl", "MaximumTtl"),
		BOTH("payloadMinimum", "PayloadMinimum"),
		BOTH("payloadMaximum", "PayloadMaximum"), "minimumTTL",
		"maximumTTL", NULL };

	(void)state;
	check_brief_order(PROTOCOL_TCP, false, syn);
	check_brief_order(PROTOCOL_UDP, false, query);
	check_brief_order(PROTOCOL_UDP, true, answered);
}

static void
test_a_profile_adds_the_elements_of_others(void **state)
{
	static const char *const head[] = { HEAD("4"), OWN("Ack"), OWN("Syn"),
		OWN("Rst"), OWN("Fin"), OWN("Urg"), OWN("Psh"), OWN("Ece"),
		OWN("Cwr"), "exchangeEnd", FLAGS, TAIL, QUALITY_TCP };
	static const char *const profile[2][10] = {
		{ "npmRoundTripTime", "npmServerResponseTime",
		    "npmTcpRetransmission", "npmTcpOutOfOrder" },
		{ "RETRANSMITTED_IN_PKTS", "RETRANSMITTED_OUT_PKTS",
		    "OOORDER_IN_PKTS", "OOORDER_OUT_PKTS",
		    "CLIENT_NW_LATENCY_MS", "SERVER_NW_LATENCY_MS",
		    "APPL_LATENCY_MS", "RETRANSMITTED_IN_BYTES",
		    "RETRANSMITTED_OUT_BYTES" },
	};
	enum {
		HEADS = sizeof(head) / sizeof(head[0])
	};
	struct record_options options;

	(void)state;
	record_options_init(&options);
	for (unsigned i = 0; i < 2; i++) {
		const char *expected[HEADS + 10] = { NULL };

		options.profiles = i == 0 ? RECORD_FLOWMON : RECORD_NTOP;
		memcpy(expected, head, sizeof(head));
		memcpy(expected + HEADS, profile[i], sizeof(profile[i]));
		check_quality_order(
		    &options, PROTOCOL_TCP, true, true, expected);
		/* And none where the exchange has no figures. */
		expected[HEADS - sizeof((const char *[]){ QUALITY_TCP }) /
		                     sizeof(char *)] = NULL;
		check_order(expected, conditions_of(&options, 4, PROTOCOL_TCP));
	}
}

static void
a_hardware_address_is_there_where_it_is_known(void **state)
{
	static const char *const both[] = { HEAD("4"), "exchangeEnd",
		"reverseIpClassOfService", "ipClassOfService",
		"sourceMacAddress", "destinationMacAddress", "flowEndReason",
		"biflowDirection", "flowId", NULL };
	static const char *const servers[] = { HEAD("4"), "exchangeEnd",
		"reverseIpClassOfService", "ipClassOfService",
		"destinationMacAddress", "flowEndReason", "biflowDirection",
		"flowId", NULL };
	static const char *const none[] = { HEAD("4"), "exchangeEnd", TAIL,
		NULL };
	struct record_kind kind = { 4, PROTOCOL_UDP, true, true,
		1 << CLIENT | 1 << SERVER, false, false, false };
	struct record_options options;

	(void)state;
	record_options_init(&options);
	check_order(none, record_conditions(&options, &kind));
	options.mac = true;
	check_order(both, record_conditions(&options, &kind));
	kind.macs = 1 << SERVER;
	check_order(servers, record_conditions(&options, &kind));
	kind.macs = 0;
	check_order(none, record_conditions(&options, &kind));
}

#define NUMBERS_OF_NAMES                                                       \
	"silkAppLabel", "serverNameSource", "tlsVersionOffered",               \
	    "tlsVersionChosen", "tlsFlags", "quicVersion"
#define NAMES_OF_DNS "dnsQRType", "dnsResponseCode", "dnsResolutionMicroseconds"
#define UDP_HEAD                                                               \
	KEY("4"), "flowStartMicroseconds", "flowEndMicroseconds",              \
	    "flowStartMilliseconds", "flowEndMilliseconds", "octetDeltaCount", \
	    "packetDeltaCount", "initiatorOctets", "dataPacketDeltaCount",     \
	    "exchangeEnd"

static void
test_names_are_a_group_at_the_end_and_texts_its_end(void **state)
{
	static const char *const udp[] = { UDP_HEAD, TAIL_OF_ONE,
		NUMBERS_OF_NAMES, NAMES_OF_DNS, "serverName", "sslServerName",
		"alpnOffered", "alpnChosen", "ja4", "dnsQName", "payload",
		NULL };
	static const char *const tcp[] = { HEAD("4"), OWN("Ack"), OWN("Syn"),
		OWN("Rst"), OWN("Fin"), OWN("Urg"), OWN("Psh"), OWN("Ece"),
		OWN("Cwr"), "exchangeEnd", FLAGS, TAIL, NUMBERS_OF_NAMES,
		"httpStatusCode", NAMES_OF_DNS, "serverName", "sslServerName",
		"alpnOffered", "alpnChosen", "tlsCertificateName", "ja4",
		"httpRequestHost", "httpRequestMethod", "httpRequestTarget",
		"dnsQName", NULL };
	struct record_kind kind = { 4, PROTOCOL_UDP, true, false, 0, false,
		true, false };
	struct record_options options;

	(void)state;
	record_options_init(&options);
	options.payload = true;
	check_order(udp, record_conditions(&options, &kind));
	kind.protocol = PROTOCOL_TCP;
	kind.server = true;
	options.payload = false;
	check_order(tcp, record_conditions(&options, &kind));
}

/* Preambles count records by this order: numbers first. */
static void
test_no_field_of_a_fixed_length_stands_behind_a_text(void **state)
{
	bool text = false;

	(void)state;
	for (size_t i = 0; i < record_field_count; i++) {
		assert_false(text && record_fields[i].text == NULL);
		text |= record_fields[i].text != NULL;
		assert_int_equal(record_fields[i].text != NULL,
		    record_fields[i].octets == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp_template_has_the_order_of_the_page),
		cmocka_unit_test(test_udp_template_has_no_flags),
		cmocka_unit_test(
		    test_icmp_has_its_type_and_other_protocols_do_not),
		cmocka_unit_test(
		    test_flags_iana_replaces_own_but_for_ece_and_cwr),
		cmocka_unit_test(test_a_silent_server_has_no_reverse_element),
		cmocka_unit_test(test_a_silent_client_has_counts_but_no_times),
		cmocka_unit_test(test_uniflow_has_no_payload_octets),
		cmocka_unit_test(test_both_flags_interface_and_vlan),
		cmocka_unit_test(a_hardware_address_is_there_where_it_is_known),
		cmocka_unit_test(
		    test_quality_is_a_group_at_the_end_of_a_template),
		cmocka_unit_test(test_quality_of_udp_is_a_smaller_group),
		cmocka_unit_test(test_quality_of_one_packet_is_brief),
		cmocka_unit_test(test_a_profile_adds_the_elements_of_others),
		cmocka_unit_test(
		    test_names_are_a_group_at_the_end_and_texts_its_end),
		cmocka_unit_test(
		    test_no_field_of_a_fixed_length_stands_behind_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

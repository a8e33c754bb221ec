/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "exflow/record/derived.h"
#include "exflow/record/record.h"

#include "../names_fixture.h"

static const struct field *
find(const char *name)
{
	for (size_t i = 0; i < record_field_count; i++)
		if (strcmp(record_fields[i].name, name) == 0)
			return &record_fields[i];
	fail_msg("no field %s", name);
	return NULL;
}

static uint64_t
value(const char *name, const struct exchange *exchange)
{
	return find(name)->value(exchange);
}

static uint64_t
ntp_of(timestamp time)
{
	return moment_ntp(moment_of(time));
}

/* Client speaks at 1.0005 s, server from 1.0025 s to 2.9 s. */
static struct exchange
answered(void)
{
	struct exchange exchange = { .protocol = PROTOCOL_TCP,
		.ip_version = 4,
		.port = { 40000, 443 },
		.vlan = 7,
		.customer_vlan = 9,
		.interface = 3,
		.end = END_RESET,
		.end_reason = 3,
		.direction = DIRECTION_INITIATOR,
		.flow_id = 0x1122334455667788 };

	exchange.side[CLIENT] = (struct exchange_side){ .first = { 1000500999 },
		.last = { 2000700999 },
		.packets = 5,
		.ip_octets = 500,
		.payload_octets = 300,
		.data_packets = 2,
		.flag_packets = { 1, 2, 3, 4, 5, 6, 7, 8 },
		.initial_flags = TCP_SYN,
		.tos = 0xb8 };
	exchange.side[SERVER] = (struct exchange_side){ .first = { 1002500000 },
		.last = { 2900000000 },
		.packets = 4,
		.ip_octets = 4000,
		.payload_octets = 3840,
		.data_packets = 3,
		.flag_packets = { 0, 1, 0, 0, 4, 0, 0, 0 },
		.initial_flags = TCP_SYN | TCP_ACK,
		.tos = 0x28 };
	return exchange;
}

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

/* --- figures */

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

/* --- names */

static size_t
text_of(const char *name, const struct exchange *exchange, const char **octets)
{
	size_t length;

	*octets = find(name)->text(exchange, &length);
	return length;
}

static void
check_text(
    const char *name, const struct exchange *exchange, const char *expected)
{
	const char *octets;
	size_t length = text_of(name, exchange, &octets);

	assert_int_equal(length, strlen(expected));
	assert_memory_equal(octets, expected, length);
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

static void
test_names_have_the_numbers_of_the_page(void **state)
{
	static const struct {
		const char *name;
		uint32_t pen;
		uint16_t id;
		uint8_t octets;
	} numbers[] = {
		{ "silkAppLabel", 6871, 33, 2 },
		{ "serverName", PEN_OWN, 1101, 0 },
		{ "serverNameSource", PEN_OWN, 1102, 1 },
		{ "tlsVersionOffered", PEN_OWN, 1103, 2 },
		{ "tlsVersionChosen", PEN_OWN, 1104, 2 },
		{ "alpnOffered", PEN_OWN, 1105, 0 },
		{ "alpnChosen", PEN_OWN, 1106, 0 },
		{ "tlsFlags", PEN_OWN, 1107, 1 },
		{ "tlsCertificateName", PEN_OWN, 1108, 0 },
		{ "quicVersion", PEN_OWN, 1109, 4 },
		{ "ja4", PEN_OWN, 1110, 0 },
		{ "dnsResponseCode", PEN_OWN, 1111, 1 },
		{ "dnsResolutionMicroseconds", PEN_OWN, 1112, 4 },
		{ "sslServerName", 6871, 294, 0 },
		{ "httpRequestHost", 0, 460, 0 },
		{ "httpRequestMethod", 0, 459, 0 },
		{ "httpRequestTarget", 0, 461, 0 },
		{ "httpStatusCode", 0, 457, 2 },
		{ "dnsQName", 6871, 179, 0 },
		{ "dnsQRType", 6871, 175, 2 },
		{ "payload", 6871, 18, 0 },
		{ "reversePayload", 6871, 0x4000 | 18, 0 },
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
test_names_are_those_of_the_exchange(void **state)
{
	struct exchange exchange = answered();
	struct exchange_names *names = names_fixture_tls();

	(void)state;
	names_fixture_text(names, NAMES_ALPN_CHOSEN, "h2");
	names_fixture_text(names, NAMES_PAYLOAD_SERVER, "server");
	exchange.names = names;
	assert_int_equal(value("silkAppLabel", &exchange), 443);
	assert_int_equal(value("serverNameSource", &exchange), 1);
	assert_int_equal(value("tlsVersionOffered", &exchange), 0x304);
	assert_int_equal(value("tlsFlags", &exchange), 1);
	check_text("serverName", &exchange, "www.example.org");
	check_text("alpnOffered", &exchange, "h2,http/1.1");
	check_text("alpnChosen", &exchange, "h2");
	check_text("ja4", &exchange, "t13d1516h2_8daaf6152771_e5627efa2ab1");
	check_text("httpRequestHost", &exchange, "");
	check_text("payload", &exchange, "");
	check_text("reversePayload", &exchange, "server");
	free(names);
}

/* Numbers of names that are not known: all ones, or 0 of these three. */
static void
test_a_name_that_is_not_known_says_so(void **state)
{
	static const char *const zero[] = { "silkAppLabel", "serverNameSource",
		"quicVersion" };
	static const char *const ones[] = { "tlsVersionOffered",
		"tlsVersionChosen", "tlsFlags", "httpStatusCode", "dnsQRType",
		"dnsResponseCode", "dnsResolutionMicroseconds" };
	struct exchange exchange = answered();
	struct exchange_names *names = names_fixture_new();

	(void)state;
	exchange.names = names;
	for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++) {
		assert_int_equal(value(zero[i], &exchange), 0);
		assert_true(field_unknown(find(zero[i]), 0));
		assert_false(field_unknown(find(zero[i]), 255));
	}
	for (size_t i = 0; i < sizeof(ones) / sizeof(ones[0]); i++) {
		assert_true(
		    field_unknown(find(ones[i]), value(ones[i], &exchange)));
		assert_false(field_unknown(find(ones[i]), 0));
	}
	free(names);
}

/* Of uniflow each record has the payload of its own side, guessed or not. */
static void
test_each_half_has_its_own_payload_and_the_names_of_both(void **state)
{
	struct exchange exchange = answered(), half = { 0 };
	struct exchange_names *names = names_fixture_tls();

	(void)state;
	names_fixture_text(names, NAMES_PAYLOAD_CLIENT, "client");
	names_fixture_text(names, NAMES_PAYLOAD_SERVER, "server");
	exchange.names = names;
	for (int guessed = 0; guessed < 2; guessed++) {
		exchange.direction =
		    guessed ? DIRECTION_GUESSED : DIRECTION_INITIATOR;
		exchange_one_way(&exchange, CLIENT, &half);
		check_text("payload", &half, "client");
		check_text("serverName", &half, "www.example.org");
		exchange_one_way(&exchange, SERVER, &half);
		check_text("payload", &half, "server");
		check_text("serverName", &half, "www.example.org");
	}
	free(names);
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
		cmocka_unit_test(test_each_figure_is_its_own),
		cmocka_unit_test(test_a_profile_says_the_same_in_its_units),
		cmocka_unit_test(test_a_profile_has_0_where_nothing_is_known),
		cmocka_unit_test(test_what_is_not_known_has_all_bits_set),
		cmocka_unit_test(
		    test_names_are_a_group_at_the_end_and_texts_its_end),
		cmocka_unit_test(
		    test_no_field_of_a_fixed_length_stands_behind_a_text),
		cmocka_unit_test(test_names_have_the_numbers_of_the_page),
		cmocka_unit_test(test_names_are_those_of_the_exchange),
		cmocka_unit_test(test_a_name_that_is_not_known_says_so),
		cmocka_unit_test(
		    test_each_half_has_its_own_payload_and_the_names_of_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table.  Its order is the order on the wire (RECORDS, "What goes on the
 * wire"), and parts of that order matter to collectors: nfdump keeps
 * the last of reverseTcpControlBits and tcpControlBits that it meets.
 *
 * MEMBER and DERIVED make the getter of one member of a struct.
 */
#include "exflow/record/record.h"

#include "exflow/record/derived.h"

#define MEMBER(name, member)                                                   \
	static uint64_t get_##name(const struct exchange *exchange)            \
	{                                                                      \
		return exchange->member;                                       \
	}
#define DERIVED(name, member)                                                  \
	static uint64_t get_##name(const struct exchange *exchange)            \
	{                                                                      \
		struct record_derived derived;                                 \
                                                                               \
		record_derive(&derived, exchange);                             \
		return derived.member;                                         \
	}
#define VALUE(name) get_##name, 0

/* One of each side. */
#define SIDES(name, member)                                                    \
	MEMBER(client_##name, side[CLIENT].member)                             \
	MEMBER(server_##name, side[SERVER].member)

MEMBER(client_port, port[CLIENT])
MEMBER(server_port, port[SERVER])
MEMBER(protocol, protocol)
DERIVED(start_ms, start_ms)
DERIVED(end_ms, end_ms)
DERIVED(client_first, first_ntp[CLIENT])
DERIVED(client_last, last_ntp[CLIENT])
DERIVED(server_first, first_ntp[SERVER])
DERIVED(server_last, last_ntp[SERVER])
DERIVED(server_delta, server_delta_ms)
SIDES(ip_octets, ip_octets)
SIDES(packets, packets)
SIDES(payload, payload_octets)
SIDES(data, data_packets)
SIDES(fin, flag_packets[0])
SIDES(syn, flag_packets[1])
SIDES(rst, flag_packets[2])
SIDES(psh, flag_packets[3])
SIDES(ack, flag_packets[4])
SIDES(urg, flag_packets[5])
SIDES(ece, flag_packets[6])
SIDES(cwr, flag_packets[7])
MEMBER(end, end)
DERIVED(server_flags, flags[SERVER])
DERIVED(client_flags, flags[CLIENT])
MEMBER(end_reason, end_reason)
DERIVED(direction, direction)
MEMBER(flow_id, flow_id)
MEMBER(interface, interface)
MEMBER(vlan, vlan)

#define ADDRESS(side) NULL, offsetof(struct exchange, address[side])
#define IDENTIFIER FIELD_UNSIGNED, 0, SEMANTICS_IDENTIFIER, NULL
#define COUNTER(conditions, semantics, units)                                  \
	FIELD_UNSIGNED, conditions, SEMANTICS_##semantics##_COUNTER, units

/* A flag's counter as an own element, and as a registered one. */
#define FLAG_TEXT(FLAG, side)                                                  \
	"The number of packets with the " #FLAG " flag set that the " side     \
	" sent, whatever other flags they carried."
#define FLAG_OWN(id, conditions, Flag, FLAG, value)                            \
	{ "tcp" #Flag "PacketDeltaCount", PEN_OWN, id, 8,                      \
		COUNTER(FIELD_IF_TCP | conditions, DELTA, "packets"),          \
		VALUE(client_##value), FLAG_TEXT(FLAG, "client") },            \
	{                                                                      \
		"reverseTcp" #Flag "PacketDeltaCount", PEN_OWN,                \
		    REVERSE_BIT | id, 8,                                       \
		    COUNTER(FIELD_IF_TCP | conditions, DELTA, "packets"),      \
		    VALUE(server_##value), FLAG_TEXT(FLAG, "server")           \
	}
#define FLAG_IANA(id, Flag, FLAG, value)                                       \
	{ "tcp" #Flag "TotalCount", 0, id, 8,                                  \
		COUNTER(FIELD_IF_TCP | FIELD_IF_FLAGS_IANA, TOTAL, "packets"), \
		VALUE(client_##value), FLAG_TEXT(FLAG, "client") },            \
	{                                                                      \
		"reverseTcp" #Flag "TotalCount", PEN_REVERSE, id, 8,           \
		    COUNTER(                                                   \
		        FIELD_IF_TCP | FIELD_IF_FLAGS_IANA, TOTAL, "packets"), \
		    VALUE(server_##value), FLAG_TEXT(FLAG, "server")           \
	}

const struct field record_fields[] = {
	{ "sourceIPv4Address", 0, 8, 4, FIELD_IPV4, FIELD_IF_IPV4,
	    SEMANTICS_DEFAULT, NULL, ADDRESS(CLIENT),
	    "The IPv4 address of the client, the endpoint that opened the "
	    "exchange." },
	{ "destinationIPv4Address", 0, 12, 4, FIELD_IPV4, FIELD_IF_IPV4,
	    SEMANTICS_DEFAULT, NULL, ADDRESS(SERVER),
	    "The IPv4 address of the server, the endpoint that the client "
	    "addressed." },
	{ "sourceIPv6Address", 0, 27, 16, FIELD_IPV6, FIELD_IF_IPV6,
	    SEMANTICS_DEFAULT, NULL, ADDRESS(CLIENT),
	    "The IPv6 address of the client, the endpoint that opened the "
	    "exchange." },
	{ "destinationIPv6Address", 0, 28, 16, FIELD_IPV6, FIELD_IF_IPV6,
	    SEMANTICS_DEFAULT, NULL, ADDRESS(SERVER),
	    "The IPv6 address of the server, the endpoint that the client "
	    "addressed." },
	{ "sourceTransportPort", 0, 7, 2, IDENTIFIER, VALUE(client_port),
	    "The client's TCP or UDP port." },
	{ "destinationTransportPort", 0, 11, 2, IDENTIFIER, VALUE(server_port),
	    "The server's TCP or UDP port." },
	{ "protocolIdentifier", 0, 4, 1, IDENTIFIER, VALUE(protocol),
	    "The IP protocol number of the exchange: 6 for TCP, 17 for UDP." },
	{ "flowStartMilliseconds", 0, 152, 8, FIELD_MILLISECONDS, 0,
	    SEMANTICS_DEFAULT, "milliseconds", VALUE(start_ms),
	    "The time of the first packet of either side, rounded down to the "
	    "millisecond." },
	{ "flowEndMilliseconds", 0, 153, 8, FIELD_MILLISECONDS, 0,
	    SEMANTICS_DEFAULT, "milliseconds", VALUE(end_ms),
	    "The time of the last packet of either side, rounded down to the "
	    "millisecond." },
	{ "flowStartMicroseconds", 0, 154, 8, FIELD_MICROSECONDS, 0,
	    SEMANTICS_DEFAULT, "microseconds", VALUE(client_first),
	    "The time of the client's first packet, exact to the microsecond, "
	    "or 0 if it sent none." },
	{ "flowEndMicroseconds", 0, 155, 8, FIELD_MICROSECONDS, 0,
	    SEMANTICS_DEFAULT, "microseconds", VALUE(client_last),
	    "The time of the client's last packet, exact to the microsecond, "
	    "or 0 if it sent none." },
	{ "reverseFlowStartMicroseconds", PEN_REVERSE, 154, 8,
	    FIELD_MICROSECONDS, 0, SEMANTICS_DEFAULT, "microseconds",
	    VALUE(server_first),
	    "The time of the server's first packet, exact to the microsecond, "
	    "or 0 if it sent none." },
	{ "reverseFlowEndMicroseconds", PEN_REVERSE, 155, 8, FIELD_MICROSECONDS,
	    0, SEMANTICS_DEFAULT, "microseconds", VALUE(server_last),
	    "The time of the server's last packet, exact to the microsecond, "
	    "or 0 if it sent none." },
	{ "reverseFlowDeltaMilliseconds", PEN_CERT, 21, 4, FIELD_UNSIGNED, 0,
	    SEMANTICS_QUANTITY, "milliseconds", VALUE(server_delta),
	    "The milliseconds from flowStartMilliseconds to the server's first "
	    "packet, never beyond flowEndMilliseconds, or 0 if the server sent "
	    "none." },
	{ "octetDeltaCount", 0, 1, 8, COUNTER(0, DELTA, "octets"),
	    VALUE(client_ip_octets),
	    "The octets of all IP packets that the client sent, IP headers "
	    "included." },
	{ "packetDeltaCount", 0, 2, 8, COUNTER(0, DELTA, "packets"),
	    VALUE(client_packets),
	    "The number of packets that the client sent." },
	{ "reverseOctetDeltaCount", PEN_REVERSE, 1, 8,
	    COUNTER(0, DELTA, "octets"), VALUE(server_ip_octets),
	    "The octets of all IP packets that the server sent, IP headers "
	    "included." },
	{ "reversePacketDeltaCount", PEN_REVERSE, 2, 8,
	    COUNTER(0, DELTA, "packets"), VALUE(server_packets),
	    "The number of packets that the server sent." },
	{ "initiatorOctets", 0, 231, 8, COUNTER(0, DELTA, "octets"),
	    VALUE(client_payload),
	    "The octets behind the TCP or UDP headers that the client sent." },
	{ "responderOctets", 0, 232, 8, COUNTER(0, DELTA, "octets"),
	    VALUE(server_payload),
	    "The octets behind the TCP or UDP headers that the server sent." },
	{ "dataPacketDeltaCount", PEN_OWN, 1, 8, COUNTER(0, DELTA, "packets"),
	    VALUE(client_data),
	    "The number of packets with at least one octet of payload that the "
	    "client sent." },
	{ "reverseDataPacketDeltaCount", PEN_OWN, REVERSE_BIT | 1, 8,
	    COUNTER(0, DELTA, "packets"), VALUE(server_data),
	    "The number of packets with at least one octet of payload that the "
	    "server sent." },
	FLAG_OWN(2, FIELD_IF_FLAGS_OWN, Ack, ACK, ack),
	FLAG_OWN(3, FIELD_IF_FLAGS_OWN, Syn, SYN, syn),
	FLAG_OWN(4, FIELD_IF_FLAGS_OWN, Rst, RST, rst),
	FLAG_OWN(5, FIELD_IF_FLAGS_OWN, Fin, FIN, fin),
	FLAG_OWN(6, FIELD_IF_FLAGS_OWN, Urg, URG, urg),
	FLAG_OWN(7, FIELD_IF_FLAGS_OWN, Psh, PSH, psh),
	FLAG_OWN(8, 0, Ece, ECE, ece),
	FLAG_OWN(9, 0, Cwr, CWR, cwr),
	{ "exchangeEnd", PEN_OWN, 10, 1, IDENTIFIER, VALUE(end),
	    "How the exchange ended: 1 finished, 2 reset, 3 half-closed, 4 "
	    "replaced, 5 unanswered, 6 idle, 7 active (it goes on in another "
	    "record), 8 evicted, 9 shutdown." },
	FLAG_IANA(218, Syn, SYN, syn),
	FLAG_IANA(219, Fin, FIN, fin),
	FLAG_IANA(220, Rst, RST, rst),
	FLAG_IANA(221, Psh, PSH, psh),
	FLAG_IANA(222, Ack, ACK, ack),
	FLAG_IANA(223, Urg, URG, urg),
	/* This order: nfdump keeps the last, and has one place for both. */
	{ "reverseTcpControlBits", PEN_REVERSE, 6, 1, FIELD_UNSIGNED,
	    FIELD_IF_TCP, SEMANTICS_FLAGS, NULL, VALUE(server_flags),
	    "The union of the TCP flags of all packets that the server sent." },
	{ "tcpControlBits", 0, 6, 1, FIELD_UNSIGNED, FIELD_IF_TCP,
	    SEMANTICS_FLAGS, NULL, VALUE(client_flags),
	    "The union of the TCP flags of all packets that the client sent." },
	{ "flowEndReason", 0, 136, 1, IDENTIFIER, VALUE(end_reason),
	    "Why the record ends: 1 idle timeout, 2 active timeout, 3 end of "
	    "flow detected, 4 forced end, 5 lack of resources." },
	{ "biflowDirection", 0, 239, 1, IDENTIFIER, VALUE(direction),
	    "How the client was told from the server: 1 it opened the "
	    "exchange, "
	    "0 the opening was not captured and ports and local networks "
	    "tell." },
	{ "flowId", 0, 148, 8, IDENTIFIER, VALUE(flow_id),
	    "A number that all records of one exchange share." },
	{ "ingressInterface", 0, 10, 4, FIELD_UNSIGNED, FIELD_IF_INTERFACE,
	    SEMANTICS_IDENTIFIER, NULL, VALUE(interface),
	    "The index of the interface on which the first packet was "
	    "captured." },
	{ "vlanId", 0, 58, 2, FIELD_UNSIGNED, FIELD_IF_VLAN,
	    SEMANTICS_IDENTIFIER, NULL, VALUE(vlan),
	    "The VLAN identifier of the first packet, or 0 if it had no tag." },
};
const size_t record_field_count =
    sizeof(record_fields) / sizeof(record_fields[0]);

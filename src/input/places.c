/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Elements and their places.  Those of the table of fields come first, then
 * others that mean the same; the first one that a template has is taken.
 */
#include <config.h>

#include "places.h"

#include "exflow/record/record.h"

#define EXCHANGE(member) offsetof(struct exchange, member)
#define QUALITY(member) offsetof(struct exchange_quality, member)
#define GATHERED(member) offsetof(struct gathered, member)

#define NUMBER(pen, id, part, width, member)                                   \
	{                                                                      \
		pen, id, PART_##part, PLACE_NUMBER_##width, 0,                 \
		    EXCHANGE(member)                                           \
	}
#define GATHER(pen, id, part, how, member)                                     \
	{                                                                      \
		pen, id, PART_##part, PLACE_GATHER##how, 0, GATHERED(member)   \
	}
#define ENDPOINT(id, part, kind, side)                                         \
	{                                                                      \
		0, id, PART_##part, PLACE_##kind, side, 0                      \
	}

/* An element of IANA's and its reverse, for each side's member. */
#define SIDES(id, part, width, member)                                         \
	NUMBER(0, id, part, width, side[CLIENT].member),                       \
	    NUMBER(PEN_REVERSE, id, part, width, side[SERVER].member)
/* The same of the project's own. */
#define OWN(id, part, width, member)                                           \
	NUMBER(PEN_OWN, id, part, width, side[CLIENT].member),                 \
	    NUMBER(                                                            \
	        PEN_OWN, REVERSE_BIT | (id), part, width, side[SERVER].member)
#define FIGURE(id, width, member)                                              \
	{ PEN_OWN, id, PART_QUALITY, PLACE_FIGURE_##width, 0,                  \
		QUALITY(side[CLIENT].member) },                                \
	{                                                                      \
		PEN_OWN, REVERSE_BIT | (id), PART_QUALITY,                     \
		    PLACE_FIGURE_##width, 0, QUALITY(side[SERVER].member)      \
	}
#define NAMES(pen, id, width, member)                                          \
	{                                                                      \
		pen, id, PART_NAMES, PLACE_NAMES_##width, 0,                   \
		    offsetof(struct exchange_names, member)                    \
	}
#define TEXT(pen, id, text)                                                    \
	{                                                                      \
		pen, id, PART_NAMES, PLACE_NAMES_TEXT, 0, NAMES_##text         \
	}
#define TIMES(id, how, member)                                                 \
	GATHER(0, id, TIMES, how, member[CLIENT]),                             \
	    GATHER(PEN_REVERSE, id, TIMES, how, member[SERVER])

const struct place places[] = {
	ENDPOINT(8, ADDRESSES, ADDRESS, CLIENT),
	ENDPOINT(27, ADDRESSES, ADDRESS, CLIENT),
	ENDPOINT(12, ADDRESSES, ADDRESS, SERVER),
	ENDPOINT(28, ADDRESSES, ADDRESS, SERVER),
	NUMBER(0, 7, KEY, 16, port[CLIENT]),
	NUMBER(0, 11, KEY, 16, port[SERVER]),
	NUMBER(0, 180, KEY, 16, port[CLIENT]),
	NUMBER(0, 181, KEY, 16, port[SERVER]),
	NUMBER(0, 182, KEY, 16, port[CLIENT]),
	NUMBER(0, 183, KEY, 16, port[SERVER]),
	NUMBER(0, 4, KEY, 8, protocol),

	/* Microseconds are of the client where the table of fields says so. */
	TIMES(154, _TIME, start),
	TIMES(155, _TIME, end),
	GATHER(0, 152, TIMES, _TIME, whole[0]),
	GATHER(0, 153, TIMES, _TIME, whole[1]),
	GATHER(PEN_REVERSE, 152, TIMES, _TIME, start[SERVER]),
	GATHER(PEN_REVERSE, 153, TIMES, _TIME, end[SERVER]),
	TIMES(156, _TIME, start),
	TIMES(157, _TIME, end),
	GATHER(0, 150, TIMES, _TIME, whole[0]),
	GATHER(0, 151, TIMES, _TIME, whole[1]),
	GATHER(0, 22, TIMES, _MS, uptime[0]),
	GATHER(0, 21, TIMES, _MS, uptime[1]),
	GATHER(0, 161, TIMES, _MS, duration),
	GATHER(0, 162, TIMES, _US, duration),
	{ PEN_CERT, 41, PART_TIMES, PLACE_DELTA_US, 0, 0 },
	{ PEN_CERT, 21, PART_TIMES, PLACE_DELTA_MS, 0, 0 },

	SIDES(1, COUNTS, 64, ip_octets),
	SIDES(2, COUNTS, 64, packets),
	SIDES(85, COUNTS, 64, ip_octets),
	SIDES(86, COUNTS, 64, packets),
	GATHER(0, 231, COUNTS, , initiated[CLIENT]),
	GATHER(0, 232, COUNTS, , initiated[SERVER]),
	GATHER(0, 298, COUNTS, , initiated_packets[CLIENT]),
	GATHER(0, 299, COUNTS, , initiated_packets[SERVER]),
	OWN(1001, PAYLOAD, 64, data_packets),

	OWN(1002, FLAGS, 64, flag_packets[FLAG_ACK]),
	OWN(1003, FLAGS, 64, flag_packets[FLAG_SYN]),
	OWN(1004, FLAGS, 64, flag_packets[FLAG_RST]),
	OWN(1005, FLAGS, 64, flag_packets[FLAG_FIN]),
	OWN(1006, FLAGS, 64, flag_packets[FLAG_URG]),
	OWN(1007, FLAGS, 64, flag_packets[FLAG_PSH]),
	OWN(1008, FLAGS, 64, flag_packets[FLAG_ECE]),
	OWN(1009, FLAGS, 64, flag_packets[FLAG_CWR]),
	SIDES(218, FLAGS, 64, flag_packets[FLAG_SYN]),
	SIDES(219, FLAGS, 64, flag_packets[FLAG_FIN]),
	SIDES(220, FLAGS, 64, flag_packets[FLAG_RST]),
	SIDES(221, FLAGS, 64, flag_packets[FLAG_PSH]),
	SIDES(222, FLAGS, 64, flag_packets[FLAG_ACK]),
	SIDES(223, FLAGS, 64, flag_packets[FLAG_URG]),
	NUMBER(PEN_CERT, 14, FLAGS, 8, side[CLIENT].initial_flags),
	NUMBER(
	    PEN_CERT, REVERSE_BIT | 14, FLAGS, 8, side[SERVER].initial_flags),
	GATHER(0, 6, FLAGS, , flags[CLIENT]),
	GATHER(PEN_REVERSE, 6, FLAGS, , flags[SERVER]),

	NUMBER(PEN_OWN, 1010, OTHER, 8, end),
	NUMBER(0, 136, OTHER, 8, end_reason),
	NUMBER(0, 239, OTHER, 8, direction),
	NUMBER(0, 148, OTHER, 64, flow_id),
	NUMBER(0, 10, OTHER, 32, interface),
	NUMBER(0, 58, OTHER, 16, vlan),
	NUMBER(0, 243, OTHER, 16, vlan),
	NUMBER(0, 245, OTHER, 16, customer_vlan),
	SIDES(5, OTHER, 8, tos),
	NUMBER(0, 32, OTHER, 16, icmp_type_code),
	NUMBER(0, 139, OTHER, 16, icmp_type_code),
	ENDPOINT(56, OTHER, MAC, CLIENT),
	ENDPOINT(80, OTHER, MAC, SERVER),

	FIGURE(1011, 32, handshake_rtt),
	FIGURE(1012, 32, rtt_minimum),
	FIGURE(1013, 32, rtt_mean),
	FIGURE(1014, 32, rtt_maximum),
	FIGURE(1015, 32, rtt_deviation),
	FIGURE(1016, 32, rtt_samples),
	{ PEN_OWN, 1017, PART_QUALITY, PLACE_FIGURE_32, 0,
	    QUALITY(response_time) },
	GATHER(PEN_OWN, 1021, QUALITY, , retransmitted[CLIENT]),
	GATHER(PEN_OWN, REVERSE_BIT | 1021, QUALITY, , retransmitted[SERVER]),
	FIGURE(1022, 64, retransmitted_octets),
	FIGURE(1023, 64, segments[LOSS_REORDERED]),
	FIGURE(1024, 64, segments[LOSS_DUPLICATED]),
	FIGURE(1025, 64, segments[LOSS_SPURIOUS]),
	FIGURE(1026, 64, segments[LOSS_FAST]),
	FIGURE(1027, 64, segments[LOSS_TIMEOUT]),
	FIGURE(1028, 64, segments[LOSS_KEEP_ALIVE]),
	FIGURE(1029, 64, missed_octets),
	FIGURE(1030, 64, unique_octets),
	FIGURE(1031, 16, maximum_segment_size),
	FIGURE(1032, 8, window_scale),
	FIGURE(1033, 32, window_minimum),
	FIGURE(1034, 32, window_maximum),
	FIGURE(1035, 32, zero_window_packets),
	FIGURE(1036, 32, in_flight_maximum),
	FIGURE(1037, 32, initial_in_flight),
	FIGURE(1038, 8, ttl_minimum),
	FIGURE(1039, 8, ttl_maximum),
	FIGURE(1040, 8, tcp_options),
	FIGURE(1041, 32, sack_packets),
	FIGURE(1042, 64, pure_acks),
	FIGURE(1043, TIME, first_payload),
	FIGURE(1044, TIME, last_payload),
	FIGURE(1045, 16, payload_minimum),
	FIGURE(1046, 16, payload_maximum),
	FIGURE(1047, 32, ect_packets),
	FIGURE(1048, 32, ce_packets),
	{ PEN_OWN, 1050, PART_QUALITY, PLACE_FIGURE_64, 0, QUALITY(idle_time) },

	NAMES(PEN_CERT, 33, 16, application),
	NAMES(PEN_OWN, 1102, 8, source),
	NAMES(PEN_OWN, 1103, 16, tls_version_offered),
	NAMES(PEN_OWN, 1104, 16, tls_version_chosen),
	NAMES(PEN_OWN, 1107, 8, tls_flags),
	NAMES(PEN_OWN, 1109, 32, quic_version),
	NAMES(0, 457, 16, http_status),
	NAMES(PEN_CERT, 175, 16, dns_type),
	NAMES(PEN_OWN, 1111, 8, dns_response_code),
	NAMES(PEN_OWN, 1112, 32, dns_resolution),
	TEXT(PEN_OWN, 1101, SERVER),
	TEXT(PEN_CERT, 294, TLS_SERVER),
	TEXT(PEN_OWN, 1105, ALPN_OFFERED),
	TEXT(PEN_OWN, 1106, ALPN_CHOSEN),
	TEXT(PEN_OWN, 1108, CERTIFICATE),
	TEXT(PEN_OWN, 1110, JA4),
	TEXT(0, 460, HTTP_HOST),
	TEXT(0, 459, HTTP_METHOD),
	TEXT(0, 461, HTTP_TARGET),
	TEXT(PEN_CERT, 179, DNS_QUESTION),
	TEXT(PEN_CERT, 18, PAYLOAD_CLIENT),
	TEXT(PEN_CERT, REVERSE_BIT | 18, PAYLOAD_SERVER),
};
const size_t place_count = sizeof(places) / sizeof(places[0]);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What differs between the protocols that are sent over UDP: IPFIX and two
 * versions of NetFlow.  All of them begin a datagram with a header in which
 * stand the export time, a sequence number and the observation domain.
 */
#ifndef EXFLOW_SRC_UDP_UDP_PROTOCOL_H
#define EXFLOW_SRC_UDP_UDP_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

/* Of NetFlow's header: sysUptime, then the seconds since 1970. */
#define UDP_TIMES_AT 4
#define UDP_TIMES_OCTETS 8

struct udp_protocol {
	const char *port;      /* where the address gives none */
	uint8_t header_octets; /* at most UDP_HEADER_MAX */
	uint8_t sequence_at;   /* where in the header these stand */
	uint8_t domain_at;
	uint8_t domain_octets;
	bool sets; /* sets follow the header, those of data from id 256 on */
	/* The preamble is sent again by time and by count of messages. */
	bool refreshed;
	/*
	 * The encoder has written the times, as those of the records count
	 * from them; a preamble that is sent again gets those of the data
	 * before it.  Else the export time is stamped when it is sent.
	 */
	bool own_times;
};
#define UDP_HEADER_MAX 24

#endif

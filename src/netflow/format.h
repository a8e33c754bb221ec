/* SPDX-License-Identifier: BSD-2-Clause */
/* A version of NetFlow: how its header, its records and templates look. */
#ifndef EXFLOW_SRC_NETFLOW_FORMAT_H
#define EXFLOW_SRC_NETFLOW_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/base/octets.h"
#include "exflow/exchange/exchange.h"

/* A datagram that is being filled. */
struct netflow_datagram {
	uint8_t *octets;
	uint32_t length; /* header included */
	uint16_t count;  /* of records, templates included */
	uint16_t set_id; /* version 9: of the last set; 0: there is none */
	uint32_t set_at; /* … and where it begins */
};

/* A record: one direction of an exchange, or a part of it. */
struct netflow_record {
	const struct exchange *half; /* what its client sent */
	uint64_t packets, octets;
	uint32_t first_ms, last_ms; /* of sysUptime */
};

struct netflow_header {
	uint32_t uptime_ms;
	uint32_t seconds; /* since 1970 */
	uint32_t domain;
};

struct netflow_format {
	uint32_t header_octets;
	uint32_t octets_max;
	uint64_t counter_max; /* what a record's counters hold */
	bool ipv6;
	bool sequence_of_records; /* else of datagrams */
	/* Octets that so many records of this IP version would add. */
	uint64_t (*record_octets)(const struct netflow_datagram *datagram,
	    unsigned ip_version, uint64_t records);
	/* They fit; add them behind what there is, and count them. */
	void (*put_record)(struct netflow_datagram *datagram,
	    const struct netflow_record *record);
	/* NULL: there are none. */
	void (*put_templates)(struct netflow_datagram *datagram);
	/* When all records are in. */
	void (*put_header)(struct netflow_datagram *datagram,
	    const struct netflow_header *header);
};

extern const struct netflow_format netflow_v5, netflow_v9;

/*
 * Source and destination port of what one side sent.  Other protocols have
 * none; of ICMP the destination is type * 256 + code, as NetFlow has it, or 0
 * where that is not known.
 */
static inline uint8_t *
netflow_put_ports(uint8_t *at, const struct exchange *half)
{
	uint16_t code = half->icmp_type_code;

	if (segment_has_ports(half->protocol)) {
		at = put16(at, half->port[CLIENT]);
		return put16(at, half->port[SERVER]);
	}
	at = put16(at, 0);
	return put16(at, code != ICMP_TYPE_CODE_UNKNOWN ? code : 0);
}

#endif

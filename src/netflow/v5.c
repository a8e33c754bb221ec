/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetFlow version 5: a header of 24 octets, then up to 30 records of 48.
 * Cisco's format, in no RFC; every field that is not known here is 0.
 */
#include <config.h>

#include "exflow/base/octets.h"
#include "exflow/netflow/netflow.h"

#include "format.h"

#define RECORD_OCTETS 48
#define RECORDS_MAX 30

static uint64_t
v5_record_octets(const struct netflow_datagram *datagram, unsigned ip_version,
    uint64_t records)
{
	(void)datagram;
	(void)ip_version;
	return records * RECORD_OCTETS;
}

static void
v5_put_record(
    struct netflow_datagram *datagram, const struct netflow_record *record)
{
	const struct exchange *half = record->half;
	uint8_t *out = datagram->octets + datagram->length;

	memcpy(out, half->address[CLIENT], 4);
	memcpy(out + 4, half->address[SERVER], 4);
	out = put32(out + 8, 0); /* next hop */
	/* An index that does not fit is not known. */
	out = put16(
	    out, half->interface <= UINT16_MAX ? (uint16_t)half->interface : 0);
	out = put16(out, 0); /* output interface */
	out = put32(out, (uint32_t)record->packets);
	out = put32(out, (uint32_t)record->octets);
	out = put32(out, record->first_ms);
	out = put32(out, record->last_ms);
	out = netflow_put_ports(out, half);
	out = put8(out, 0);
	out = put8(out, exchange_flags(half, CLIENT));
	out = put8(out, half->protocol);
	out = put8(out, 0);  /* type of service */
	out = put32(out, 0); /* autonomous systems */
	put32(out, 0);       /* lengths of masks, padding */
	datagram->length += RECORD_OCTETS;
	datagram->count++;
}

static void
v5_put_header(
    struct netflow_datagram *datagram, const struct netflow_header *header)
{
	uint8_t *out = datagram->octets;

	out = put16(out, NETFLOW_V5);
	out = put16(out, datagram->count);
	out = put32(out, header->uptime_ms);
	out = put32(out, header->seconds);
	out = put32(out, 0); /* nanoseconds */
	out = put32(out, 0); /* sequence number */
	out = put16(out, (uint16_t)header->domain);
	put16(out, 0); /* not sampled */
}

const struct netflow_format netflow_v5 = {
	.header_octets = NETFLOW5_HEADER_OCTETS,
	.octets_max = NETFLOW5_HEADER_OCTETS + RECORDS_MAX * RECORD_OCTETS,
	.counter_max = UINT32_MAX,
	.sequence_of_records = true,
	.record_octets = v5_record_octets,
	.put_record = v5_put_record,
	.put_header = v5_put_header,
};

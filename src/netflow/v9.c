/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetFlow version 9 (RFC 3954): a header of 20 octets, then sets.  Set 0 has
 * the templates, sets 256 and 257 have records of IPv4 and of IPv6; a datagram
 * has a new set where the IP version changes.  A template is the list of fields
 * below, and v9_put_record writes them in the same order.  Records are whole
 * multiples of 4 octets, so no set needs padding.
 */
#include <config.h>

#include "exflow/base/octets.h"
#include "exflow/netflow/netflow.h"

#include "format.h"

#define SET_HEADER_OCTETS 4
#define TEMPLATE_SET 0
#define TEMPLATE_IPV4 256
#define TEMPLATE_IPV6 257
#define INGRESS 0

struct v9_field {
	uint16_t type, octets;
};

/* RFC 3954, 8; those behind 80 are IPFIX's, with the same numbers. */
static const struct v9_field addresses4[] = {
	{ 8, 4 },  /* IPV4_SRC_ADDR */
	{ 12, 4 }, /* IPV4_DST_ADDR */
};
static const struct v9_field addresses6[] = {
	{ 27, 16 }, /* IPV6_SRC_ADDR */
	{ 28, 16 }, /* IPV6_DST_ADDR */
};
static const struct v9_field fields[] = {
	{ 7, 2 },   /* L4_SRC_PORT */
	{ 11, 2 },  /* L4_DST_PORT */
	{ 4, 1 },   /* PROTOCOL */
	{ 1, 8 },   /* IN_BYTES */
	{ 2, 8 },   /* IN_PKTS */
	{ 6, 1 },   /* TCP_FLAGS */
	{ 22, 4 },  /* FIRST_SWITCHED */
	{ 21, 4 },  /* LAST_SWITCHED */
	{ 61, 1 },  /* DIRECTION */
	{ 10, 4 },  /* INPUT_SNMP */
	{ 136, 1 }, /* flowEndReason */
};
#define ADDRESSES (sizeof(addresses4) / sizeof(addresses4[0]))
#define FIELDS (sizeof(fields) / sizeof(fields[0]))
#define FIELD_OCTETS 36 /* of all but the addresses */
#define RECORD4_OCTETS (2 * 4 + FIELD_OCTETS)
#define RECORD6_OCTETS (2 * 16 + FIELD_OCTETS)
_Static_assert(RECORD4_OCTETS % 4 == 0, "sets end at a multiple of 4");
_Static_assert(RECORD6_OCTETS % 4 == 0, "sets end at a multiple of 4");

static uint16_t
template_of(unsigned ip_version)
{
	return ip_version == 4 ? TEMPLATE_IPV4 : TEMPLATE_IPV6;
}

static uint64_t
v9_record_octets(const struct netflow_datagram *datagram, unsigned ip_version,
    uint64_t records)
{
	uint64_t octets = ip_version == 4 ? RECORD4_OCTETS : RECORD6_OCTETS;
	bool open = datagram->set_id == template_of(ip_version);

	return (open ? 0 : SET_HEADER_OCTETS) + records * octets;
}

/* The set's length follows from where the datagram ends now. */
static void
extend_to(struct netflow_datagram *datagram, const uint8_t *end)
{
	uint8_t *set = datagram->octets + datagram->set_at;

	datagram->length = (uint32_t)(end - datagram->octets);
	put16(set + 2, (uint16_t)(end - set));
}

static void
begin_set(struct netflow_datagram *datagram, uint16_t id)
{
	datagram->set_id = id;
	datagram->set_at = datagram->length;
	put16(datagram->octets + datagram->set_at, id);
	datagram->length += SET_HEADER_OCTETS;
}

static void
v9_put_record(
    struct netflow_datagram *datagram, const struct netflow_record *record)
{
	const struct exchange *half = record->half;
	uint16_t id = template_of(half->ip_version);
	size_t octets = half->ip_version == 4 ? 4 : 16;
	uint8_t *out;

	if (datagram->set_id != id)
		begin_set(datagram, id);
	out = datagram->octets + datagram->length;
	memcpy(out, half->address[CLIENT], octets);
	memcpy(out + octets, half->address[SERVER], octets);
	out = netflow_put_ports(out + 2 * octets, half);
	out = put8(out, half->protocol);
	out = put64(out, record->octets);
	out = put64(out, record->packets);
	out = put8(out, exchange_flags(half, CLIENT));
	out = put32(out, record->first_ms);
	out = put32(out, record->last_ms);
	out = put8(out, INGRESS);
	out = put32(out, half->interface);
	out = put8(out, half->end_reason);
	extend_to(datagram, out);
	datagram->count++;
}

static uint8_t *
put_fields(uint8_t *out, const struct v9_field *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		out = put16(out, list[i].type);
		out = put16(out, list[i].octets);
	}
	return out;
}

static void
put_template(struct netflow_datagram *datagram, uint16_t id,
    const struct v9_field addresses[ADDRESSES])
{
	uint8_t *out = datagram->octets + datagram->length;

	out = put16(out, id);
	out = put16(out, ADDRESSES + FIELDS);
	out = put_fields(out, addresses, ADDRESSES);
	out = put_fields(out, fields, FIELDS);
	extend_to(datagram, out);
	datagram->count++;
}

static void
v9_put_templates(struct netflow_datagram *datagram)
{
	begin_set(datagram, TEMPLATE_SET);
	put_template(datagram, TEMPLATE_IPV4, addresses4);
	put_template(datagram, TEMPLATE_IPV6, addresses6);
}

static void
v9_put_header(
    struct netflow_datagram *datagram, const struct netflow_header *header)
{
	uint8_t *out = datagram->octets;

	out = put16(out, NETFLOW_V9);
	out = put16(out, datagram->count);
	out = put32(out, header->uptime_ms);
	out = put32(out, header->seconds);
	out = put32(out, 0); /* sequence number */
	put32(out, header->domain);
}

const struct netflow_format netflow_v9 = {
	.header_octets = NETFLOW9_HEADER_OCTETS,
	.octets_max = MESSAGE_MAX_OCTETS,
	.counter_max = UINT64_MAX,
	.ipv6 = true,
	.record_octets = v9_record_octets,
	.put_record = v9_put_record,
	.put_templates = v9_put_templates,
	.put_header = v9_put_header,
};

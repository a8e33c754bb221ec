/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The statistics message is written without libfixbuf: its octets are the same
 * each time but for the values, and a session of libfixbuf takes a megabyte.
 */
#include <config.h>

#include "exflow/ipfix/statistics.h"

#include <string.h>

#include "exflow/base/octets.h"
#include "exflow/ipfix/message.h"
#include "exflow/ipfix/wire.h"

#define SCOPE_FIELDS 1

/* In the order of the record, whose values put_record() lists. */
static const struct {
	uint16_t id, octets;
} elements[] = {
	{ 144, 4 }, /* exportingProcessId */
	{ 160, 8 }, /* systemInitTimeMilliseconds */
	{ 86, 8 },  /* packetTotalCount */
	{ 85, 8 },  /* octetTotalCount */
	{ 164, 8 }, /* ignoredPacketTotalCount */
	{ 135, 8 }, /* droppedPacketTotalCount */
	{ 163, 8 }, /* observedFlowTotalCount */
	{ 42, 8 },  /* exportedFlowRecordTotalCount */
	{ 41, 8 },  /* exportedMessageTotalCount */
	{ 40, 8 },  /* exportedOctetTotalCount */
	{ 166, 8 }, /* notSentFlowTotalCount */
};
#define ELEMENTS (sizeof(elements) / sizeof(elements[0]))

static uint8_t *
put_template(uint8_t *at)
{
	at = put16(at, OPTIONS_TEMPLATE_SET);
	at = put16(at, 4 + 6 + 4 * ELEMENTS);
	at = put16(at, TEMPLATE_STATISTICS);
	at = put16(at, ELEMENTS);
	at = put16(at, SCOPE_FIELDS);
	for (size_t i = 0; i < ELEMENTS; i++) {
		at = put16(at, elements[i].id);
		at = put16(at, elements[i].octets);
	}
	return at;
}

static uint8_t *
put_record(uint8_t *at, const struct ipfix_statistics *s)
{
	const uint64_t values[ELEMENTS - 1] = {
		(uint64_t)(s->started.ns / NS_PER_MS), s->packets, s->octets,
		s->ignored, s->dropped, s->exchanges, s->exported_records,
		s->exported_messages, s->exported_octets, s->lost_records
	};

	at = put16(at, TEMPLATE_STATISTICS);
	at = put16(at, 4 + 4 + 8 * (ELEMENTS - 1));
	at = put32(at, s->process);
	for (size_t i = 0; i < ELEMENTS - 1; i++)
		at = put64(at, values[i]);
	return at;
}

size_t
ipfix_statistics_message(const struct ipfix_statistics *statistics,
    uint8_t octets[IPFIX_STATISTICS_OCTETS])
{
	uint8_t *at = octets + MESSAGE_HEADER_OCTETS;

	memset(
	    octets, 0, MESSAGE_HEADER_OCTETS); /* domain 0; see message_stamp */
	at = put_template(at);
	at = put_record(at, statistics);
	put16(octets, IPFIX_VERSION);
	put16(octets + LENGTH_OFFSET, (uint16_t)(at - octets));
	return (size_t)(at - octets);
}

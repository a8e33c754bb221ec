/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The statistics record: what the program counts, as an options record
 * (RFC 7011, 4.1 and 4.3) with elements of IANA's registry.  Its message holds
 * the options template, too.  The observation domain is 0, because nfcapd
 * counts options records in the domain of exchanges as sequence errors.
 */
#ifndef EXFLOW_IPFIX_STATISTICS_H
#define EXFLOW_IPFIX_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/base/timestamp.h"

#define IPFIX_STATISTICS_OCTETS 256 /* longer than the message */
#define TEMPLATE_STATISTICS 0x1f1

struct ipfix_statistics {
	uint32_t process;           /* exportingProcessId: the process id */
	timestamp started;          /* systemInitTimeMilliseconds */
	uint64_t packets;           /* packetTotalCount: read */
	uint64_t octets;            /* octetTotalCount: of these */
	uint64_t ignored;           /* ignoredPacketTotalCount: unmatched */
	uint64_t dropped;           /* droppedPacketTotalCount: by the system */
	uint64_t exchanges;         /* observedFlowTotalCount: opened */
	uint64_t exported_records;  /* exportedFlowRecordTotalCount */
	uint64_t exported_messages; /* exportedMessageTotalCount */
	uint64_t exported_octets;   /* exportedOctetTotalCount */
	uint64_t lost_records;      /* notSentFlowTotalCount */
};

/*
 * Make the message, with one record; message_stamp() completes its header.
 * Returns its octets.
 */
size_t ipfix_statistics_message(const struct ipfix_statistics *statistics,
    uint8_t octets[IPFIX_STATISTICS_OCTETS]);

#endif

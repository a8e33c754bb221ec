/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which datagrams were refused.  Where a datagram does not arrive, an ICMP
 * error may come back later, which quotes how the datagram began.  The kernel
 * keeps these reports for us (IP_RECVERR), and the sequence number in the
 * quoted header says which message it was.
 *
 *   sent ──► ring of what was sent lately, the oldest first ──► delivered
 *                 ▲                                   after UDP_REPORT_MS
 *                 └── ICMP error quotes one: its records are lost
 *
 * A datagram without an ICMP error after UDP_REPORT_MS counts as delivered;
 * UDP tells no more.  Where the ring is full, the oldest counts as delivered.
 * What can go wrong: a report that quotes too little is taken to be about the
 * oldest; one about something no longer in the ring is counted as an error,
 * but its records have been delivered already.
 */
#ifndef EXFLOW_SRC_UDP_UDP_REPORT_H
#define EXFLOW_SRC_UDP_UDP_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/output/sender.h"

#include "udp_protocol.h"

#define UDP_SENT 512         /* entries of the ring */
#define UDP_QUOTED_OCTETS 32 /* of a report: by these it is recognised */
#define UDP_REPORT_MS 250    /* no report for so long: it was delivered */

/* One datagram, or several that were handed to the kernel as one piece. */
struct udp_sent {
	uint32_t first, behind; /* their sequence numbers */
	uint32_t records;       /* exchanges; 0: none, or lost */
	uint64_t at_ms;
	uint32_t head_length;
	uint8_t head[UDP_QUOTED_OCTETS]; /* of the first datagram */
};

struct udp_reports {
	struct sender *sender; /* whose counts and error these are */
	const struct udp_protocol *protocol;
	struct udp_sent ring[UDP_SENT];
	size_t first, count;
	bool delivered; /* records, since this was set to false */
};

/* These were sent as one piece, with sequence numbers from first on. */
void udp_report_expect(struct udp_reports *reports,
    const struct queued_message *head, uint32_t first, uint32_t behind,
    uint32_t records);
/*
 * Read the reports that have come in at the socket.  How many there were, and
 * the last one's errno in *code.
 */
unsigned udp_report_read(struct udp_reports *reports, int fd, int *code);
/* Count what is older than UDP_REPORT_MS, or all, as delivered. */
void udp_report_settle(struct udp_reports *reports, bool all);
/* When that is due next; UINT64_MAX: nothing is in the ring. */
uint64_t udp_report_deadline(const struct udp_reports *reports);

/* So many messages met this errno; it becomes the sender's error. */
void udp_count_error(struct sender *sender, int code, uint64_t messages);
/* The destination's error becomes all kinds of errors, with their counts. */
void udp_summarise_errors(struct destination *destination);

#endif

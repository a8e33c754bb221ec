/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libpcap reads of a file beside what exflow reads of it: the same
 * packets octet by octet, lengths and times, and the end or the damage at the
 * same packet, wherever libpcap can read it.  It differs only where
 *
 *	- libpcap gives up: interfaces of different link type or snap length,
 *	  sections of different octet order;
 *	- a packet has no time (libpcap: 1970, exflow: that of the one before);
 *	- a pcap file's two numbers of a time have 32 bits (libpcap 1.10
 *	  takes them to have a sign, which tcpdump undoes);
 *	- a packet is longer than CAPTURE_PACKET_MAX;
 *	- libpcap turns round the headers of link types without IP.
 *
 * Binary fractions of a second finer than 2^-34 overflow in libpcap: with lax
 * only the second is compared, and what no clock can show is not at all.
 */
#ifndef EXFLOW_TESTS_SECOND_OPINION_H
#define EXFLOW_TESTS_SECOND_OPINION_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "exflow/capture/capture.h"

#define PCAPNG_MAJOR 1 /* libpcap's version of a pcapng file; pcap has 2 */

struct opinion {
	pcap_t *pcap;
	struct capture *capture;
	bool lax, classic;
	timestamp before; /* of the packet before */
	uint64_t packets; /* compared */
	char wrong[1024]; /* "": both agree */
};

#define OPINION_WRONG(opinion, ...)                                            \
	snprintf((opinion)->wrong, sizeof((opinion)->wrong), __VA_ARGS__)

/* These libpcap turns round, and exflow cannot decode or does not need. */
static inline bool
opinion_turned_round(const struct opinion *opinion, int datalink)
{
	return pcap_is_swapped(opinion->pcap) &&
	       (datalink == DLT_PFLOG || datalink == DLT_LINUX_SLL ||
	           datalink == DLT_LINUX_SLL2 || datalink == DLT_USB_LINUX ||
	           datalink == DLT_USB_LINUX_MMAPPED);
}

static inline void
opinion_time(struct opinion *opinion, const struct pcap_pkthdr *header,
    const struct capture_packet *packet)
{
	const int64_t wrap = INT64_C(1) << 32;
	int64_t seconds = header->ts.tv_sec, fraction = header->ts.tv_usec;
	timestamp theirs;

	if (seconds < 0 && opinion->classic)
		seconds += wrap;
	theirs = timestamp_from(seconds, fraction);
	if (packet->time.ns == theirs.ns)
		return;
	if (fraction < 0 && opinion->classic &&
	    (packet->time.ns == timestamp_from(seconds, fraction + wrap).ns ||
	        packet->time.ns ==
	            timestamp_from(seconds, fraction + wrap * NS_PER_US).ns))
		return;
	if (!opinion->classic && packet->time.ns == opinion->before.ns &&
	    (theirs.ns == 0 || opinion->lax))
		return; /* it has no time */
	if (opinion->lax && !opinion->classic &&
	    (packet->time.ns / NS_PER_SECOND == theirs.ns / NS_PER_SECOND ||
	        packet->time.ns == TIMESTAMP_LAST.ns))
		return;
	OPINION_WRONG(opinion, "packet %llu: time %lld, libpcap %lld",
	    (unsigned long long)opinion->packets, (long long)packet->time.ns,
	    (long long)theirs.ns);
}

static inline void
opinion_packet(struct opinion *opinion, const struct pcap_pkthdr *header,
    const u_char *frame, const struct capture_packet *packet)
{
	uint32_t captured = header->caplen < CAPTURE_PACKET_MAX
	                        ? header->caplen
	                        : CAPTURE_PACKET_MAX;

	opinion->packets++;
	opinion_time(opinion, header, packet);
	if (packet->captured != captured ||
	    (packet->wire_length != header->len &&
	        packet->datalink != DLT_USB_LINUX_MMAPPED))
		OPINION_WRONG(opinion, "packet %llu: %u of %u, libpcap %u/%u",
		    (unsigned long long)opinion->packets, packet->captured,
		    packet->wire_length, header->caplen, header->len);
	else if (packet->datalink != pcap_datalink(opinion->pcap))
		OPINION_WRONG(opinion, "packet %llu: link type %d",
		    (unsigned long long)opinion->packets, packet->datalink);
	else if (!opinion_turned_round(opinion, packet->datalink) &&
	         memcmp(packet->frame, frame, captured) != 0)
		OPINION_WRONG(opinion, "packet %llu: other octets",
		    (unsigned long long)opinion->packets);
	opinion->before = packet->time;
}

/* libpcap cannot read on, and exflow can. */
static inline bool
opinion_gives_up(const char *words)
{
	return strstr(words, "different from the type of the first") != NULL ||
	       strstr(words, "different from the snapshot length") != NULL ||
	       strstr(words, "sections with different byte orders") != NULL;
}

static inline void
opinion_read(struct opinion *opinion)
{
	int theirs = 1, ours = 1;

	while (theirs == 1 && ours == 1 && opinion->wrong[0] == '\0') {
		struct pcap_pkthdr *header;
		struct capture_packet packet;
		const u_char *frame;

		theirs = pcap_next_ex(opinion->pcap, &header, &frame);
		ours = capture_next(opinion->capture, &packet);
		if (theirs == 1 && ours == 1)
			opinion_packet(opinion, header, frame, &packet);
	}
	if (opinion->wrong[0] != '\0')
		return;
	theirs = theirs == PCAP_ERROR_BREAK ? 0 : theirs;
	if (theirs == ours ||
	    (theirs == -1 && opinion_gives_up(pcap_geterr(opinion->pcap))))
		return;
	OPINION_WRONG(opinion, "after packet %llu: %d, libpcap %d: %s %s",
	    (unsigned long long)opinion->packets, ours, theirs,
	    capture_error(opinion->capture), pcap_geterr(opinion->pcap));
}

/* False with what is wrong; packets: how many were compared. */
static inline bool
opinion_agrees(struct opinion *opinion, const char *file, bool lax)
{
	char words[PCAP_ERRBUF_SIZE], error[CAPTURE_ERROR_SIZE] = "";

	memset(opinion, 0, sizeof(*opinion));
	opinion->lax = lax;
	opinion->pcap = pcap_open_offline_with_tstamp_precision(
	    file, PCAP_TSTAMP_PRECISION_NANO, words);
	if (opinion->pcap == NULL)
		return true;
	opinion->classic = pcap_major_version(opinion->pcap) != PCAPNG_MAJOR;
	opinion->capture = capture_open(file, NULL, error);
	if (opinion->capture == NULL)
		OPINION_WRONG(opinion, "libpcap opens it: %s", error);
	else if (capture_datalink(opinion->capture) !=
	         pcap_datalink(opinion->pcap))
		OPINION_WRONG(opinion, "another link type");
	else
		opinion_read(opinion);
	pcap_close(opinion->pcap);
	capture_close(&opinion->capture);
	return opinion->wrong[0] == '\0';
}

#endif

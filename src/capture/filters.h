/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libpcap knows of link types: the DLT_ of a file's number, and the
 * filter, compiled once for each link type.
 *
 *	filters ──► EN10MB: program ──► LINUX_SLL: program ──► USB_LINUX: none
 *
 * A filter that is right for one link type may mean nothing to another
 * ("ether host …" on raw IP): there it has no program, and lets nothing pass.
 */
#ifndef EXFLOW_SRC_CAPTURE_FILTERS_H
#define EXFLOW_SRC_CAPTURE_FILTERS_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>

#include "exflow/capture/capture.h"

struct filter {
	struct filter *following;
	int datalink;
	struct bpf_program program; /* bf_insns NULL: lets nothing pass */
};

struct filters {
	const char *expression; /* borrowed; NULL: every packet passes */
	struct filter *first;
	bool unusable, usable; /* for some link type so far */
	char reason[256];      /* the first time that it was unusable */
};

/*
 * The DLT_ of a link type as it stands in a file; *filter becomes what its
 * packets have to pass, NULL where all do.  -1 without memory.
 */
int filters_datalink(
    struct filters *filters, uint32_t linktype, const struct filter **filter);
void filters_free(struct filters *filters);

/* Whether the filter is wrong whatever the link type is. */
bool filters_are_wrong(const struct filters *filters);

static inline bool
filter_passes(const struct filter *filter, const struct capture_packet *packet)
{
	struct pcap_pkthdr header = {
		.caplen = packet->captured,
		.len = packet->wire_length,
	};

	return filter->program.bf_insns != NULL &&
	       pcap_offline_filter(&filter->program, &header, packet->frame) !=
	           0;
}

/* Octets of a packet above which libpcap takes a file for damaged. */
uint32_t datalink_packet_max(int datalink);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Payloads that belong to segments of a batch: beside the segments and not in
 * them, as few segments have one that anybody wants.
 *
 *	segments │ 0 │ 1 │ 2 │ 3 │ 4 │ 5 │ …	of one call of meter_segments
 *	payloads     │ 1 │       │ 4 │		by the index of their segment
 */
#ifndef EXFLOW_NAMES_PAYLOAD_H
#define EXFLOW_NAMES_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

struct segment_payload {
	uint32_t segment;  /* its index in the batch; they go upwards */
	uint32_t captured; /* octets; 0: none, but a name */
	const uint8_t *octets;
	uint32_t sequence; /* TCP's, of the first of the octets */
	uint32_t first;    /* of the side's first octet, if … */
	bool first_known;  /* … its SYN was seen */
	/*
	 * What the sender asked DNS for before, when it was told the address
	 * of the receiver; no octets: nothing.
	 */
	uint8_t hunted_octets;
	uint8_t hunt; /* what is to be done before (gate/hunt.h); 0 */
	bool late;    /* … also if this segment opens nothing */
	const char *hunted;
};

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole IPFIX messages (RFC 7011), and NetFlow datagrams, as octets: an encoder
 * makes them, outputs send and keep them.
 */
#ifndef EXFLOW_IPFIX_MESSAGE_H
#define EXFLOW_IPFIX_MESSAGE_H

#include <stdint.h>
#include <stddef.h>

#define MESSAGE_HEADER_OCTETS 16
#define MESSAGE_MAX_OCTETS 65535
#define MESSAGE_MIN_OCTETS 512 /* room for any single record … */
/* … without quality and names; with one: IPv6's smallest MTU less headers; … */
#define MESSAGE_QUALITY_MIN_OCTETS 1232
#define MESSAGE_BOTH_MIN_OCTETS 1312 /* … with both, for their template */

enum message_kind {
	MESSAGE_TEMPLATES,  /* a template or options template, no records */
	MESSAGE_TYPES,      /* RFC 5610 type information records */
	MESSAGE_DATA,       /* exchanges */
	MESSAGE_STATISTICS, /* of domain 0, with its own template */
};

struct message {
	const uint8_t *octets; /* not owned: copy them to keep them */
	uint32_t length;
	uint32_t records; /* data records, options records included */
	enum message_kind kind;
	/*
	 * NetFlow: records counts exchanges, and this is what the datagram
	 * advances the sequence number by.  0: by its records, as in IPFIX.
	 */
	uint32_t step;
};

/*
 * Write the sequence number (octets 8–11) and the export time (octets 4–7,
 * seconds since 1970) into a message's own copy.
 */
void message_stamp(uint8_t *octets, uint32_t sequence, uint32_t export_time);

/*
 * Remove the template sets that a message begins with, for a peer that has
 * them (RFC 7011, 8.1: over TCP they are sent once).  Returns the new length.
 */
uint32_t message_drop_templates(uint8_t *octets, uint32_t length);

#endif

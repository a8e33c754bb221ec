/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fragments of IP datagrams: which segment the first fragment was, and which
 * later ones wait for it.  The head of fragment.c draws the table.
 */
#ifndef EXFLOW_SRC_DECODE_FRAGMENT_H
#define EXFLOW_SRC_DECODE_FRAGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/decode/decode.h"

/* Every octet is defined, so that keys are compared and hashed as memory. */
struct fragment_key {
	uint8_t source[16];
	uint8_t destination[16];
	uint64_t scope; /* with key_vlan, key_tunnel: packet_scope() */
	uint32_t id;
	uint8_t protocol; /* of IPv4; 0 in IPv6 */
	uint8_t ip_version;
	uint8_t zero[2];
};
_Static_assert(sizeof(struct fragment_key) == 48, "hashed as memory");

/* What one fragment is without its first one. */
struct fragment_piece {
	timestamp time;
	uint32_t ip_octets; /* the packet by its length fields */
	uint32_t octets;    /* behind the headers that every fragment has */
	uint32_t tunnel;
	uint16_t vlan, customer_vlan;
	uint16_t offset; /* in the datagram, in units of eight octets */
	bool last;       /* no more fragments behind it */
	uint8_t head_octets;
	uint8_t head[8]; /* its first octets, as far as captured */
	uint8_t tos;
};

enum fragment_fate {
	FRAGMENT_JOINS,   /* the segment is set */
	FRAGMENT_WAITS,   /* undecided */
	FRAGMENT_REFUSED, /* the reason is set */
};

struct fragment_table;

/* capacity in datagrams, 0: the default.  NULL with errno. */
struct fragment_table *fragment_table_new(size_t capacity);
void fragment_table_free(struct fragment_table **table); /* sets NULL */

/* A later fragment. */
enum fragment_fate fragment_table_later(struct fragment_table *table,
    const struct fragment_key *key, const struct fragment_piece *piece,
    timestamp now, struct segment *segment, enum unmatched *reason);

/*
 * A first fragment that is a segment; the datagram's octets are payload from
 * header_octets on.
 */
void fragment_table_first(struct fragment_table *table,
    const struct fragment_key *key, const struct fragment_piece *piece,
    timestamp now, const struct segment *segment, uint32_t header_octets);

/* A first fragment whose later ones are unmatched for a reason. */
void fragment_table_refuse(struct fragment_table *table,
    const struct fragment_key *key, const struct fragment_piece *piece,
    timestamp now, enum unmatched reason);

/*
 * A first fragment that ends before TCP's flags; they are in the fragment
 * that begins at header_octets.  The segment has all the rest; where it joins
 * it is set, and may be that of another packet.
 */
enum fragment_fate fragment_table_tiny(struct fragment_table *table,
    const struct fragment_key *key, const struct fragment_piece *piece,
    timestamp now, uint32_t header_octets, struct segment *segment,
    enum unmatched *reason);

/* Is there a segment that was waiting?  Then fragment_table_next takes it. */
bool fragment_table_released(const struct fragment_table *table);
void fragment_table_next(struct fragment_table *table, struct segment *segment);

/* What is due by now ends; everything ends. */
void fragment_table_advance(struct fragment_table *table, timestamp now);
void fragment_table_finish(struct fragment_table *table);

const struct decode_counts *fragment_table_counts(
    const struct fragment_table *table);

#endif

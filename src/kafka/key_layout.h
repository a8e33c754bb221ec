/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in the records of an IPFIX template their key is, learned from the
 * template itself: so it can be told of records that another output's encoder
 * made, and of messages that an earlier run has left in the spool.
 */
#ifndef EXFLOW_SRC_KAFKA_KEY_LAYOUT_H
#define EXFLOW_SRC_KAFKA_KEY_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "key.h"

struct preamble;

struct key_layout {
	uint32_t id;     /* of the template */
	uint32_t octets; /* of all fields of a fixed length, which come first */
	uint32_t texts;  /* fields of any length */
	uint32_t address[2], port[2], protocol; /* octets before them */
	uint8_t ip_version;                     /* 4 or 6 */
};

/* The layout of this template; false: it is not there, or has no addresses. */
bool key_layout_find(
    struct key_layout *layout, const struct preamble *preamble, uint32_t id);
/* Where the record at this place ends; NULL: it goes on behind the end. */
const uint8_t *key_layout_record_end(
    const struct key_layout *layout, const uint8_t *at, const uint8_t *end);
/* The key of a whole record, which is that of its exchange. */
struct key key_layout_get(const struct key_layout *layout, enum kafka_key kind,
    const uint8_t *record);

#endif

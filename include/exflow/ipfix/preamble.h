/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The template preamble: the messages that come first in every transport
 * session and in every spool file.  They hold the type information, if it is
 * wanted, and the templates.
 */
#ifndef EXFLOW_IPFIX_PREAMBLE_H
#define EXFLOW_IPFIX_PREAMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"

#define PREAMBLE_SHAPES 16

/* What of a template is needed to count its records. */
struct preamble_shape {
	uint32_t id;
	uint32_t octets; /* of a record */
};

struct preamble {
	struct preamble *next; /* free for the owner's list */
	uint8_t *octets;       /* whole messages, sequence from 0 */
	size_t length;
	uint32_t messages;
	uint32_t records; /* of type information */
	struct preamble_shape shapes[PREAMBLE_SHAPES];
	size_t shape_count;
};

/*
 * Make one of copies of these messages; there may be no types (0).  NULL if
 * there is no memory.
 */
struct preamble *preamble_new(const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count);
/* Add a message that a spool file begins with; 0, or -1 without memory. */
int preamble_extend(
    struct preamble *preamble, const uint8_t *octets, uint32_t length);
void preamble_free(struct preamble **preamble);

/* Are they equal but for the export times? */
bool preamble_equal(const struct preamble *a, const struct preamble *b);
/*
 * How many records a message holds of these templates; 0 for a message without
 * data, or with data of other templates.
 */
uint32_t preamble_count(
    const struct preamble *preamble, const uint8_t *octets, uint32_t length);
/* Octets of one record of this template; 0: there is no such template. */
uint32_t preamble_record_octets(const struct preamble *preamble, uint32_t id);
/* Write the present time into every message header. */
void preamble_stamp(struct preamble *preamble);

#endif

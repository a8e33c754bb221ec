/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A preamble: the messages that come first on every connection and in every
 * file of a spool: type information, where it is wanted, and templates.
 */
#ifndef EXFLOW_IPFIX_PREAMBLE_H
#define EXFLOW_IPFIX_PREAMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"

#define PREAMBLE_SHAPES 16

/* A template, as far as one needs it to count records. */
struct preamble_shape {
	uint32_t id;
	uint32_t octets; /* of a record */
};

struct preamble {
	struct preamble *next; /* for who keeps several */
	uint8_t *octets;       /* whole messages, sequence from 0 */
	size_t length;
	uint32_t messages;
	uint32_t records; /* of type information */
	struct preamble_shape shapes[PREAMBLE_SHAPES];
	size_t shape_count;
};

/* NULL without memory.  The types may be left out (0). */
struct preamble *preamble_new(const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count);
/* Add what a file of a spool begins with; 0, or -1 without memory. */
int preamble_extend(
    struct preamble *preamble, const uint8_t *octets, uint32_t length);
void preamble_free(struct preamble **preamble);

/* The same but for the export times. */
bool preamble_equal(const struct preamble *a, const struct preamble *b);
/*
 * How many records a message of data holds; 0 where it is no such message,
 * or none that these templates explain.
 */
uint32_t preamble_count(
    const struct preamble *preamble, const uint8_t *octets, uint32_t length);
/* Write the present time into every message. */
void preamble_stamp(struct preamble *preamble);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The template preamble: the type information, if it is wanted, and the
 * templates that records may need, as messages.
 *
 * A spool file begins with all of it.  A transport session and an IPFIX file
 * begin with the type information only (preamble_first); a template goes before
 * the first message that needs it (preamble_needs, preamble_template), because
 * few of them are ever needed.  What was sent is a set of shapes, one for each
 * session or file.
 */
#ifndef EXFLOW_IPFIX_PREAMBLE_H
#define EXFLOW_IPFIX_PREAMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"
#include "exflow/ipfix/shape_set.h"

#define PREAMBLE_SHAPES SHAPE_SET_SIZE /* more than an encoder has */

/* What of a template is needed to count its records, and to find it. */
struct preamble_shape {
	uint32_t id;
	uint32_t octets; /* of a record; of its fields of a fixed length … */
	uint32_t texts;  /* … and so many of any length, all behind these */
	size_t at;       /* its message in the preamble */
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
/*
 * How many records of this template fill so many octets of a set exactly; 0:
 * they do not, or there is no such template.
 */
uint32_t preamble_set_records(const struct preamble *preamble, uint32_t id,
    const uint8_t *octets, uint32_t length);
/*
 * Octets of one record of this template; where they differ, the mean of those
 * in these octets of a set.  0: there is no such template, or no record.
 */
uint32_t preamble_record_octets(const struct preamble *preamble, uint32_t id,
    const uint8_t *octets, uint32_t length);

/*
 * The first message behind *at octets of the preamble that goes first, which
 * is any from which no template was learned; *at moves behind it.  False: there
 * is none.
 */
bool preamble_first(
    const struct preamble *preamble, size_t *at, struct message *message);
/* Add the shapes that the records of a message have: n is shapes[n]. */
void preamble_needs(const struct preamble *preamble, const uint8_t *octets,
    uint32_t length, struct shape_set *shapes);
/*
 * The message with the template of the lowest of these shapes, of which there
 * is one at least.  *covered: all shapes whose templates are in that message.
 */
struct message preamble_template(const struct preamble *preamble,
    const struct shape_set *shapes, struct shape_set *covered);

/* Write the present time into every message header. */
void preamble_stamp(struct preamble *preamble);

#endif

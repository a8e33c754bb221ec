/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The templates of exchange records, and the octets of a record.  The drawing
 * is at the head of record_template.c.
 */
#ifndef EXFLOW_SRC_IPFIX_RECORD_TEMPLATE_H
#define EXFLOW_SRC_IPFIX_RECORD_TEMPLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/ipfix/encoder.h"

/* A template (RFC 7011, 3.4.1): the fields of its records in their order. */
struct record_template {
	uint16_t id;
	uint16_t shape;
	uint16_t octets;     /* of a record, without its texts */
	unsigned conditions; /* that hold: mask of enum field_condition */
	unsigned field_count;
	unsigned text_count; /* of these, at the end */
	/* What the shape says, for every record: */
	uint16_t plain;      /* the shape without groups */
	uint16_t quality_at; /* where the groups are in a record; 0: it has */
	uint16_t names_at;   /* none */
	bool brief;
	const struct field *field[RECORD_FIELDS];
};

/* The templates of all shapes that occur, by shape; others stay as they are. */
void record_templates_init(struct record_template templates[IPFIX_SHAPES],
    const struct record_options *options);

/*
 * Write a record as it is on the wire, but for its texts: template->octets of
 * them.  The template is one of such an array.
 */
void record_encode(const struct record_template *template,
    const struct exchange *exchange, uint8_t *out);
/* The same as libfixbuf takes it: in host order, packed. */
void record_pack(const struct record_template *template,
    const struct exchange *exchange, uint8_t *out);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message in parts, cut where a template is withdrawn (RFC 7011, 8.1), so
 * that libfixbuf, which knows no withdrawals, never sees one.
 */
#ifndef EXFLOW_SRC_IPFIXFILE_PART_H
#define EXFLOW_SRC_IPFIXFILE_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct withdrawal {
	bool options; /* it stands in an options template set */
	uint16_t id;  /* TEMPLATE_SET, OPTIONS_TEMPLATE_SET: all of that kind */
};

struct part {
	uint8_t *octets; /* a message header and whole sets */
	size_t length;
	bool withdraws; /* what follows the part is the withdrawal */
	struct withdrawal withdrawal;
	uint8_t *rest;   /* where the next part begins, behind its headers */
	uint8_t *end;    /* of the message */
	uint16_t set_id; /* rest is inside of such a set, else 0 */
	size_t set_left; /* octets of that set from rest on */
	bool last;       /* nothing is left */
};

/* A message of a header and whole sets; the first part follows. */
void part_begin(struct part *part, uint8_t *message, size_t length);
/*
 * False after the last part.  Overwrites the octets of the part before, whose
 * records must have been read.
 */
bool part_next(struct part *part);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fields of quality of an exchange of one packet, or of one of each side
 * (struct quality_brief): most exchanges of a scan and of a name server.  Their
 * templates have no field that is 0 or unknown in all of them, so a SYN's
 * record grows by 16 octets instead of 217.
 */
#ifndef EXFLOW_SRC_IPFIX_RECORD_BRIEF_H
#define EXFLOW_SRC_IPFIX_RECORD_BRIEF_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/exchange/exchange.h"

/* Whether exchanges of this shape, one below IPFIX_PLAIN_SHAPES, are so. */
bool record_brief_occurs(unsigned shape);

/* Write the fields of quality of an exchange that ipfix_is_brief(). */
void record_brief_encode(const struct exchange *exchange, uint8_t *out);

#endif

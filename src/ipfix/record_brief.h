/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fields of quality of an exchange of one packet, or of one of each side
 * (struct quality_brief): most exchanges of a scan and of a name server.
 */
#ifndef EXFLOW_SRC_IPFIX_RECORD_BRIEF_H
#define EXFLOW_SRC_IPFIX_RECORD_BRIEF_H

#include <stdint.h>

#include "record_template.h"

/*
 * The octets of the fields in records of such a template; 0 where they cannot
 * be written here.
 */
unsigned record_brief_octets(unsigned conditions);
/* Write them; template->unknown_octets is not 0. */
void record_brief_encode(const struct record_template *template,
    const struct exchange_quality *figures, uint8_t *out);

#endif

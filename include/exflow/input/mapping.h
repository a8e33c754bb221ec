/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A record of any exporter as an exchange.  Which element goes where is planned
 * once for each template; only the parts in use are filled.
 *
 *	fields of the record ──► plan ──► struct exchange, its figures
 *	                                  └► the subject of filters and keys
 *
 * The source is the client, as in RFC 5103.  What a record does not say stays 0
 * or unknown.
 */
#ifndef EXFLOW_INPUT_MAPPING_H
#define EXFLOW_INPUT_MAPPING_H

#include "exflow/filter/attribute.h"
#include "exflow/ipfixfile/reader.h"

#define MAPPING_FOREIGN_MAX 32 /* elements that an exchange does not have */

struct mapping;

/* own_pen: the enterprise number of the project's own elements. */
struct mapping *mapping_new(struct reader *reader, uint32_t own_pen);
void mapping_free(struct mapping **mapping); /* idempotent, sets NULL */

/*
 * Finds elements of others in the reader's model, for filters and keys that are
 * made before the first record.
 */
struct attribute_resolver mapping_resolver(struct mapping *mapping);
/* These parts are in use, too; before the first record. */
void mapping_use(struct mapping *mapping, unsigned parts);

/*
 * The record as an exchange, valid until the next one; false where it is none:
 * it has no addresses, or is an options record.  octets: those of another record
 * of its run (reader_run), which is taken instead; or NULL.
 */
bool mapping_take(struct mapping *mapping, const struct reader_record *record,
    const uint8_t *octets);
const struct subject *mapping_subject(const struct mapping *mapping);

#endif

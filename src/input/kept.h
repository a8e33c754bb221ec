/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records that outlive the reader's, and two of them made one: the uniflows of a
 * pair as a biflow (RFC 5103).
 */
#ifndef EXFLOW_SRC_INPUT_KEPT_H
#define EXFLOW_SRC_INPUT_KEPT_H

#include "exflow/exchange/exchange.h"
#include "exflow/ipfixfile/reader.h"

struct kept; /* a record's fields, without their names */
struct keeper;

struct keeper *keeper_new(struct reader *reader);
void keeper_free(struct keeper **keeper); /* idempotent, sets NULL */

/* Lists of records are not kept: their templates may be gone later. */
struct kept *keeper_keep(
    struct keeper *keeper, const struct reader_record *record);
void kept_free(struct kept *kept); /* NULL: nothing */
size_t kept_octets(const struct kept *kept);

/*
 * The record of an exchange of which one or two records were kept: what the
 * client sent, and of the other one all that has a reverse element, as that.
 * server may be NULL.  Valid until the next call, and as long as both are.
 */
const struct reader_record *keeper_join(struct keeper *keeper,
    const struct kept *client, const struct kept *server,
    const struct exchange *exchange);

#endif

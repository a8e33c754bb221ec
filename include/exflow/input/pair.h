/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uniflows of one 5-tuple become one exchange: what one end sent waits for what
 * the other one sent.  The client is the end that biflowDirection names, or
 * else that which sent first.
 *
 * Two records are a pair if they are opposite and their times overlap, or are
 * not more than PAIR_GAP apart.  Records with both sides pass.
 */
#ifndef EXFLOW_INPUT_PAIR_H
#define EXFLOW_INPUT_PAIR_H

#include "exflow/exchange/exchange.h"
#include "exflow/ipfixfile/reader.h"

#define PAIR_GAP (60 * NS_PER_SECOND)

/*
 * Takes an exchange and, where records are kept, its record; both are valid
 * during the call.  Not 0: enough.
 */
typedef int pair_handler(void *context, const struct exchange *exchange,
    const struct reader_record *record);

struct pairs;

/* Records are kept, and made one of two, if the reader is given. */
struct pairs *pairs_new(uint64_t memory, struct reader *reader,
    pair_handler *handler, void *context);
void pairs_free(struct pairs **pairs); /* idempotent, sets NULL */
/*
 * Offer a record.  What the handler returned; or -1 where it is to wait and the
 * memory is used up.
 */
int pairs_offer(struct pairs *pairs, const struct exchange *exchange,
    const struct reader_record *record);
/* Hand over those that had no other half, in the order that they came. */
int pairs_finish(struct pairs *pairs);
uint64_t pairs_waiting(const struct pairs *pairs);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of exchanges (`names`, `payload`): from the payloads that came
 * with the segments of a batch, to what goes with a record.
 *
 *	meter_set_payloads ─► naming_payload ─► names_payload ─► state
 *	                      each, when its segment is counted    │
 *	record ◄──────────────────────────────── naming_read ◄─────┘
 *
 * An exchange has a head (names_pool.h) with the number of its state and with
 * what its client had asked DNS for when it opened.  Both stay for all of its
 * parts, and while what has ended may be resumed; then the exchange that goes
 * on has them.
 */
#ifndef EXFLOW_SRC_METER_NAMING_H
#define EXFLOW_SRC_METER_NAMING_H

#include "exflow/memory/names_pool.h"
#include "exflow/names/payload.h"

#include "table.h"

struct naming {
	struct names *names;
	struct names_pool pool;
	/* Of this call of meter_segments: */
	const struct segment *segments;
	const struct segment_payload *payloads;
	size_t count, next;
	struct names_head resumed; /* of what the next exchange goes on with */
	struct exchange_names *room; /* EXCHANGE_NAMES_OCTETS_MAX */
};

/* Are names wanted? */
static inline bool
naming_on(const struct meter *meter)
{
	return __builtin_expect(meter->naming != NULL, 0);
}

/* The index of the next segment that has a payload; SIZE_MAX: none. */
static inline size_t
naming_next(const struct naming *naming)
{
	return naming->next < naming->count
	           ? naming->payloads[naming->next].segment
	           : SIZE_MAX;
}

/* An exchange has been opened by a segment. */
void naming_open(
    struct meter *meter, uint32_t number, const struct segment *segment);
/*
 * The segment that the next payload belongs to has been counted, in whatever
 * exchange.  Returns naming_next.
 */
size_t naming_payload(struct meter *meter, const struct segment *segment);
/*
 * An exchange may end now, and the next one soon: its state is fetched, and the
 * other's head.
 */
static inline void
naming_prefetch(const struct meter *meter, uint32_t number, uint32_t next)
{
	const struct names_pool *pool = &meter->naming->pool;
	const struct names_head *head = names_pool_head(pool, number);

	if (head != NULL && head->state != 0)
		names_prefetch(meter->naming->names, head->state);
	if (next != LIVE_NONE)
		__builtin_prefetch(names_pool_head(pool, next));
}
/*
 * All exchanges end in the order of their numbers, and it is this one's turn:
 * the names of those behind it are fetched, step by step.
 */
void naming_prefetch_behind(const struct meter *meter, uint32_t number);
/* The names as they stand, until the next call; NULL: none are known. */
const struct exchange_names *naming_read(struct meter *meter, uint32_t number);
/* Those of the last record of an exchange go into the ledger. */
void naming_account(struct meter *meter, const struct exchange_names *names);
/* The exchange is over. */
void naming_end(struct meter *meter, uint32_t number);

/* It is over, but may be resumed: its head is taken away, … */
struct names_head naming_take(struct meter *meter, uint32_t number);
/* … and kept by what is resumable, which may be RESUMABLE_NONE. */
void naming_leave(
    struct meter *meter, uint32_t resumable, struct names_head head);
/* What was resumable goes on as the exchange that opens next, … */
void naming_resume(struct meter *meter, uint32_t resumable);
/* … or is forgotten. */
void naming_forget(struct meter *meter, uint32_t resumable);

/*
 * After the options have changed: names end where they were turned off.  -1: no
 * memory, and there are none.
 */
int naming_configure(struct meter *meter);
void naming_free(struct naming **naming); /* idempotent, sets NULL */
/* Octets that are taken so far, but for the states. */
uint64_t naming_octets(const struct meter *meter);

#endif

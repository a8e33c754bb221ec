/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of SEMANTICS that are about one segment and one exchange: who
 * may open, what a segment changes, when it is over and how it ends.
 */
#ifndef EXFLOW_SRC_METER_RULES_H
#define EXFLOW_SRC_METER_RULES_H

#include <stdbool.h>

#include "exflow/meter/meter.h"

#include "live.h"

/* An opening: which endpoint of the key is the client, and how. */
struct opening {
	uint8_t client;
	bool midstream;
};

/* Timeouts by class, made once from the options. */
struct timeouts {
	duration after[CLASS_COUNT];
	uint8_t end[CLASS_COUNT]; /* enum exchange_end */
};
void rules_timeouts(
    struct timeouts *timeouts, const struct meter_options *options);

/* True, or false with the reason why the segment opens nothing. */
bool rules_opens(const struct meter_options *options,
    const struct segment *segment, struct opening *opening,
    enum unmatched *reason);

/* Does the segment end the exchange it belongs to and open the next? */
bool rules_replaces(const struct meter_options *options,
    const struct live *live, const struct segment *segment);

/* The state after a segment; true where it has changed the class. */
bool rules_advance(struct live *live, int side, const struct segment *segment);

/* flowEndReason (IANA element 136). */
uint8_t rules_end_reason(enum exchange_end end, bool closing);

#endif

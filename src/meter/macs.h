/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hardware addresses of an exchange (`mac`): those of its first packet.
 *
 *	segments  │ 0 │ 1 │ 2 │ …	of one call of meter_segments
 *	details   │ 0 │ 1 │ 2 │ …	set before it (details.h)
 *	                │ opens
 *	                ▼
 *	pool.macs  number ─► client's, server's
 *
 * A segment is as long with them as without, and so are the hot records of an
 * exchange: only what opens an exchange looks for them.
 */
#ifndef EXFLOW_SRC_METER_MACS_H
#define EXFLOW_SRC_METER_MACS_H

#include "table.h"

/* An exchange begins: keep the addresses of the segment that opens it. */
void macs_begin(struct meter *meter, uint32_t number,
    const struct segment *segment, unsigned client);

#endif

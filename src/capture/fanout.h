/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several handles of one interface share its packets so that workers can run
 * apart: both directions of an exchange, and all fragments of a datagram, go
 * to the same handle.
 */
#ifndef EXFLOW_SRC_CAPTURE_FANOUT_H
#define EXFLOW_SRC_CAPTURE_FANOUT_H

#include <stdint.h>

/*
 * Make a packet socket a member of a group, which the first one creates.  0,
 * or -1 with errno (ENOSYS: not Linux).
 */
int fanout_join(int descriptor, uint16_t group);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several handles of one interface that share its packets, as the workers
 * need it: both directions of an exchange, and every fragment of a datagram,
 * go to the same handle.
 */
#ifndef EXFLOW_SRC_CAPTURE_FANOUT_H
#define EXFLOW_SRC_CAPTURE_FANOUT_H

#include <stdint.h>

/* A packet socket joins a group.  0, or -1 with errno (ENOSYS: no Linux). */
int fanout_join(int descriptor, uint16_t group);

#endif

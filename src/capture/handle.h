/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How libpcap opens an interface for a probe: a ring in memory, times in
 * nanoseconds, non-blocking, a filter in the kernel that also cuts packets to
 * the snap length, and membership of a fanout group.
 *
 *	packet ─► kernel filter: 0, or the snap length ─► ring ─► libpcap
 *
 * What can go wrong is told when the interface is opened, in a message that
 * names it: no permission, no such interface, a filter that does not compile,
 * a kernel without fanout.
 */
#ifndef EXFLOW_SRC_CAPTURE_HANDLE_H
#define EXFLOW_SRC_CAPTURE_HANDLE_H

#include <pcap/pcap.h>
#include <stdbool.h>

#include "exflow/capture/interface.h"

/* Whether it is all interfaces, which is no interface of its own. */
bool handle_is_any(const struct interface_options *options);

/*
 * NULL with a message.  *per_packet_index: whether each frame holds the index
 * of its interface (LINKTYPE_LINUX_SLL2).
 */
pcap_t *handle_open(const struct interface_options *options,
    bool *per_packet_index, char error[CAPTURE_ERROR_SIZE]);

#endif

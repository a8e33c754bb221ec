/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A libpcap handle as a probe wants it: a ring, packets in nanoseconds, the
 * filter in the kernel, nothing that blocks, in its group of handles.
 */
#ifndef EXFLOW_SRC_CAPTURE_HANDLE_H
#define EXFLOW_SRC_CAPTURE_HANDLE_H

#include <pcap/pcap.h>
#include <stdbool.h>

#include "exflow/capture/interface.h"

bool handle_is_any(const struct interface_options *options);

/*
 * NULL with a message.  per_packet_index: each frame says which interface it
 * came by (LINKTYPE_LINUX_SLL2).
 */
pcap_t *handle_open(const struct interface_options *options,
    bool *per_packet_index, char error[CAPTURE_ERROR_SIZE]);

#endif

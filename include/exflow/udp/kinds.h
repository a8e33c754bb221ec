/* SPDX-License-Identifier: BSD-2-Clause */
/* Outputs that are collectors over UDP: IPFIX (RFC 7011, 10.3) and NetFlow. */
#ifndef EXFLOW_UDP_KINDS_H
#define EXFLOW_UDP_KINDS_H

#include "exflow/output/kind.h"

destination_constructor udp_new;      /* udp://HOST[:PORT] */
destination_constructor netflow9_new; /* netflow9://HOST[:PORT] */
destination_constructor netflow5_new; /* netflow5://HOST[:PORT] */

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Outputs that are collectors: IPFIX (RFC 7011, 10) and NetFlow. */
#ifndef EXFLOW_COLLECTOR_KINDS_H
#define EXFLOW_COLLECTOR_KINDS_H

#include "exflow/output/kind.h"

destination_constructor udp_new;             /* udp://HOST[:PORT] */
destination_constructor tcp_new;             /* tcp://HOST[:PORT] */
destination_constructor tls_destination_new; /* tls://HOST[:PORT] */
destination_constructor netflow9_new;        /* netflow9://HOST[:PORT] */
destination_constructor netflow5_new;        /* netflow5://HOST[:PORT] */

#endif

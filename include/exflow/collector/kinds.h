/* SPDX-License-Identifier: BSD-2-Clause */
/* Outputs that are IPFIX collectors (RFC 7011, 10). */
#ifndef EXFLOW_COLLECTOR_KINDS_H
#define EXFLOW_COLLECTOR_KINDS_H

#include "exflow/output/kind.h"

destination_constructor udp_new;             /* udp://HOST[:PORT] */
destination_constructor tcp_new;             /* tcp://HOST[:PORT] */
destination_constructor tls_destination_new; /* tls://HOST[:PORT] */

#endif

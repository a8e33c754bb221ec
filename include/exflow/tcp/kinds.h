/* SPDX-License-Identifier: BSD-2-Clause */
/* Outputs that are collectors of IPFIX over TCP (RFC 7011, 10.4), and TLS. */
#ifndef EXFLOW_TCP_KINDS_H
#define EXFLOW_TCP_KINDS_H

#include "exflow/output/kind.h"

destination_constructor tcp_new;             /* tcp://HOST[:PORT] */
destination_constructor tls_destination_new; /* tls://HOST[:PORT] */

#endif

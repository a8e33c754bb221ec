/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificate message of TLS up to 1.2 (RFC 5246, 7.4.2). */
#ifndef EXFLOW_SRC_NAMES_CERTIFICATE_H
#define EXFLOW_SRC_NAMES_CERTIFICATE_H

#include "parsed.h"

/*
 * The common name of the subject of the first certificate, which is the
 * server's; the last one where the subject has several, which is the most
 * specific.  body: as much of the message as there is; its length is `length`.
 *
 * PARSED_DONE: name is it, or is empty where there is none.  PARSED_MORE: the
 * subject lies behind what there is.
 */
enum parsed certificate_read_name(
    struct span body, uint32_t length, struct span *name);

#endif

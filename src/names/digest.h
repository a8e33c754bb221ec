/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256, by OpenSSL where it is there, else by glib. */
#ifndef EXFLOW_SRC_NAMES_DIGEST_H
#define EXFLOW_SRC_NAMES_DIGEST_H

#include "parsed.h"

#define DIGEST_OCTETS 32

struct digest;

/* NULL: no memory, or the library refuses. */
struct digest *digest_new(void);
void digest_free(struct digest **digest); /* idempotent, sets NULL */
bool digest_sha256(
    struct digest *digest, struct span octets, uint8_t result[DIGEST_OCTETS]);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JA4, the fingerprint of a client hello, by FoxIO's technical details
 * (BSD-licensed, unlike the rest of JA4+):
 *
 *	t13d1516h2_8daaf6152771_e5627efa2ab1
 *	││ ││ │ │  │            └ of sorted extensions, signatures as they stand
 *	││ ││ │ │  └ of the sorted ciphers: SHA-256, its first 12 digits
 *	││ ││ │ └ first and last octet of the first ALPN name
 *	││ ││ └ number of extensions          └ number of ciphers: 15 before it
 *	││ │└ and of ciphers
 *	││ └ d: with a server name; i: without
 *	│└ version
 *	└ t: TCP, q: QUIC
 *
 * GREASE is left out everywhere.
 */
#ifndef EXFLOW_SRC_NAMES_JA4_H
#define EXFLOW_SRC_NAMES_JA4_H

#include "digest.h"
#include "hello.h"

#define JA4_OCTETS 36

/* False: the library that hashes failed. */
bool ja4_make(struct digest *digest, const struct client_hello *hello,
    bool quic, char ja4[JA4_OCTETS]);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS for a connection: octets in, octets out, without a socket.  A build
 * without OpenSSL has the same functions, but tls_new always fails there.
 */
#ifndef EXFLOW_SRC_TCP_TLS_H
#define EXFLOW_SRC_TCP_TLS_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/output/destination.h"

struct tls;         /* certificates and rules, for all connections */
struct tls_session; /* one connection's */

/*
 * Read the certificates and the key.  The collector's certificate must be for
 * tls_name, or else for this host.  NULL with a message in error that names
 * the setting; errno is the system's reason, or 0.  Never asks for a
 * passphrase.
 */
struct tls *tls_new(const struct destination_options *options, const char *host,
    char error[DESTINATION_ERROR_SIZE]);
void tls_free(struct tls **tls);

/* NULL without memory. */
struct tls_session *tls_session_new(struct tls *tls);
void tls_session_free(struct tls_session **session);

/* Go on with the handshake.  1: done; 0: not yet; -1: failed, *why says why. */
int tls_session_handshake(struct tls_session *session, const char **why);
/*
 * Octets from the wire, and octets to be sent.  NULL, or why the session has
 * ended, a text of the session's own.
 */
const char *tls_session_in(
    struct tls_session *session, const uint8_t *octets, size_t length);
const char *tls_session_write(
    struct tls_session *session, const uint8_t *octets, size_t length);
/* Take octets for the wire, up to this size; 0: there are none left. */
size_t tls_session_out(
    struct tls_session *session, uint8_t *octets, size_t size);
/* Make a close_notify, for tls_session_out to take. */
void tls_session_close(struct tls_session *session);

#endif

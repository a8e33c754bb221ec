/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS for connections: octets in, octets out, no socket of its own.  In a
 * build without OpenSSL there are no contexts, hence no sessions.
 */
#ifndef EXFLOW_SRC_COLLECTOR_TLS_H
#define EXFLOW_SRC_COLLECTOR_TLS_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/output/destination.h"

struct tls; /* certificates and rules, for all sessions with a collector */
struct tls_session;

/*
 * Reads the certificates.  Host is who the collector must be.  NULL with a
 * message in error.
 */
struct tls *tls_new(const struct destination_options *options, const char *host,
    char error[DESTINATION_ERROR_SIZE]);
void tls_free(struct tls **tls);

/* NULL without memory. */
struct tls_session *tls_session_new(struct tls *tls);
void tls_session_free(struct tls_session **session);

/* 1: done; 0: not yet; -1: refused, and *why says so. */
int tls_session_shake(struct tls_session *session, const char **why);
/* NULL, or why the session is over. */
const char *tls_session_in(
    struct tls_session *session, const uint8_t *octets, size_t length);
const char *tls_session_write(
    struct tls_session *session, const uint8_t *octets, size_t length);
/* Octets for the wire; 0: none (more). */
size_t tls_session_out(
    struct tls_session *session, uint8_t *octets, size_t size);
void tls_session_close(struct tls_session *session);

#endif

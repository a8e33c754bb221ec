/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS by OpenSSL between two buffers in memory:
 *
 *   message ──► SSL_write ──► out ──► send buffer ──► socket
 *               SSL_read  ◄── in  ◄────────────────── socket
 *
 * OpenSSL never sees the socket, so the connection knows the octets on the
 * wire and can tell which of them are acknowledged.
 *
 * In TLS 1.3 a client ends the handshake before the server has seen its
 * certificate.  So where the server requested one, the handshake counts as
 * done only when the server has sent something more (as a rule a session
 * ticket), or nothing for a second: else messages would be sent to a server
 * that is about to refuse us.
 */
#include <config.h>

#include "tls.h"

#include <stdio.h>

#ifdef HAVE_OPENSSL

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exflow/base/clock.h"
#include "exflow/output/peer.h"

#define SERVER_SILENCE_MS 1000 /* a server that refuses us says so sooner */

struct tls {
	SSL_CTX *context;
	char *host;
};

struct tls_session {
	SSL *ssl;
	BIO *in, *out;              /* the SSL's */
	bool certificate_requested; /* ours, by the server */
	bool server_spoke;          /* octets came after the handshake */
	uint64_t established_ms;
	char error[256];
};

static const char *
reason_of(unsigned long code)
{
	const char *reason = ERR_reason_error_string(code);

	return reason != NULL ? reason : "unknown error";
}

/* The last error in OpenSSL's queue, which is emptied. */
static const char *
library_error(void)
{
	unsigned long code = ERR_peek_last_error();

	ERR_clear_error();
	return reason_of(code);
}

/* --- the context */

/* What went wrong, and of which setting (NULL: of none). */
static int
refuse(const char *setting, const char *path, const char *why, char *error)
{
	snprintf(error, DESTINATION_ERROR_SIZE, "%s%s%.200s: %s",
	    setting != NULL ? setting : "TLS", path != NULL ? " " : "",
	    path != NULL ? path : "", why);
	return -1;
}

/*
 * As refuse, for a file that OpenSSL could not use.  errno is the system's
 * where that was the reason, else 0.
 */
static int
refuse_file(
    const char *setting, const char *path, const char *expected, char *error)
{
	unsigned long code = ERR_peek_error();
	char why[200];
	int system = ERR_SYSTEM_ERROR(code) ? ERR_GET_REASON(code) : 0;

	snprintf(why, sizeof(why), "%s, expected %s",
	    system != 0 ? strerror(system) : reason_of(code), expected);
	ERR_clear_error();
	refuse(setting, path, why, error);
	errno = system;
	return -1;
}

/* The certificates of a file or folder, or the system's (NULL). */
static int
use_authorities(SSL_CTX *context, const char *ca, char *error)
{
	struct stat status;

	if (ca == NULL)
		return SSL_CTX_set_default_verify_paths(context) == 1
		           ? 0
		           : refuse(NULL, NULL, library_error(), error);
	if (stat(ca, &status) != 0) {
		int code = errno;

		refuse("tls_ca", ca, strerror(code), error);
		errno = code;
		return -1;
	}
	if ((S_ISDIR(status.st_mode)
	            ? SSL_CTX_load_verify_dir
	            : SSL_CTX_load_verify_file)(context, ca) == 1)
		return 0;
	return refuse_file("tls_ca", ca, "certificates (PEM)", error);
}

/* In place of OpenSSL's own, which asks at the terminal and waits. */
static int
no_passphrase(
    /* NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL's type */
    char *buffer, int size, int writing, void *asked)
{
	(void)buffer;
	(void)size;
	(void)writing;
	*(bool *)asked = true;
	return -1;
}

static int
use_key(SSL_CTX *context, const char *key, char *error)
{
	bool asked = false;
	int result;

	SSL_CTX_set_default_passwd_cb(context, no_passphrase);
	SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
	result = SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM);
	SSL_CTX_set_default_passwd_cb_userdata(context, NULL);
	if (result == 1)
		return 0;
	if (!asked && ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_X509)
		return refuse_file(
		    "tls_key", key, "the key of tls_certificate", error);
	if (!asked)
		return refuse_file(
		    "tls_key", key, "a private key (PEM)", error);
	ERR_clear_error();
	errno = 0;
	return refuse("tls_key", key,
	    "it is encrypted, expected a key without a passphrase", error);
}

/* Our own certificate and its key, which belong together. */
static int
use_identity(
    SSL_CTX *context, const struct destination_options *options, char *error)
{
	const char *certificate = options->tls_certificate;
	const char *key = options->tls_key;

	if (certificate == NULL && key == NULL)
		return 0;
	errno = 0;
	if (key == NULL)
		return refuse("tls_certificate", certificate,
		    "expected tls_key, too", error);
	if (certificate == NULL)
		return refuse(
		    "tls_key", key, "expected tls_certificate, too", error);
	ERR_clear_error();
	/* As it knows the certificate, OpenSSL refuses another's key. */
	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
		return refuse_file("tls_certificate", certificate,
		    "a certificate (PEM)", error);
	if (use_key(context, key, error) != 0)
		return -1;
	if (SSL_CTX_check_private_key(context) == 1)
		return 0;
	return refuse_file("tls_key", key, "the key of tls_certificate", error);
}

static int
configure(
    SSL_CTX *context, const struct destination_options *options, char *error)
{
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
		return refuse(NULL, NULL, library_error(), error);
	if (use_authorities(context, options->tls_ca, error) != 0 ||
	    use_identity(context, options, error) != 0)
		return -1;
	SSL_CTX_set_verify(context,
	    options->tls_verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	return 0;
}

/* OpenSSL calls it; the certificate, if there is one, is set already. */
static int
on_certificate_request(SSL *ssl, void *context)
{
	struct tls_session *session = SSL_get_app_data(ssl);

	(void)context;
	session->certificate_requested = true;
	return 1;
}

struct tls *
tls_new(const struct destination_options *options, const char *host,
    char error[DESTINATION_ERROR_SIZE])
{
	const char *name = options->tls_name != NULL ? options->tls_name : host;
	struct tls *tls = calloc(1, sizeof(*tls));
	int code;

	if (tls != NULL) {
		tls->host = strdup(name);
		tls->context = SSL_CTX_new(TLS_client_method());
	}
	if (tls == NULL || tls->host == NULL || tls->context == NULL) {
		refuse(NULL, NULL, strerror(ENOMEM), error);
		errno = ENOMEM;
	} else if (configure(tls->context, options, error) == 0) {
		SSL_CTX_set_cert_cb(tls->context, on_certificate_request, NULL);
		return tls;
	}
	code = errno;
	tls_free(&tls);
	errno = code;
	return NULL;
}

void
tls_free(struct tls **tls)
{
	if (*tls == NULL)
		return;
	SSL_CTX_free((*tls)->context);
	free((*tls)->host);
	free(*tls);
	*tls = NULL;
}

/* --- a session */

/* A certificate names an address in another field, and SNI has none. */
static int
expect_host(SSL *ssl, const struct tls *tls)
{
	X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);

	if (peer_host_is_number(tls->host))
		return X509_VERIFY_PARAM_set1_ip_asc(parameters, tls->host);
	X509_VERIFY_PARAM_set_hostflags(
	    parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (SSL_set_tlsext_host_name(ssl, tls->host) != 1)
		return 0;
	return X509_VERIFY_PARAM_set1_host(parameters, tls->host, 0);
}

struct tls_session *
tls_session_new(struct tls *tls)
{
	struct tls_session *session = calloc(1, sizeof(*session));

	if (session == NULL)
		return NULL;
	session->ssl = SSL_new(tls->context);
	session->in = BIO_new(BIO_s_mem());
	session->out = BIO_new(BIO_s_mem());
	if (session->ssl == NULL || session->in == NULL ||
	    session->out == NULL || expect_host(session->ssl, tls) != 1) {
		BIO_free(session->in);
		BIO_free(session->out);
		SSL_free(session->ssl);
		free(session);
		ERR_clear_error();
		return NULL;
	}
	BIO_set_mem_eof_return(session->in, -1); /* empty is not the end */
	SSL_set_bio(session->ssl, session->in, session->out);
	SSL_set_app_data(session->ssl, session);
	SSL_set_connect_state(session->ssl);
	return session;
}

void
tls_session_free(struct tls_session **session)
{
	if (*session == NULL)
		return;
	SSL_free((*session)->ssl); /* and its BIOs */
	free(*session);
	*session = NULL;
}

/* The reason, in the words of the certificate check if that failed. */
static const char *
session_error(struct tls_session *session, const char *what)
{
	long verdict = SSL_get_verify_result(session->ssl);

	if (verdict != X509_V_OK &&
	    SSL_get_verify_mode(session->ssl) != SSL_VERIFY_NONE) {
		snprintf(session->error, sizeof(session->error),
		    "%s: the collector's certificate: %s", what,
		    X509_verify_cert_error_string(verdict));
		ERR_clear_error();
	} else {
		snprintf(session->error, sizeof(session->error), "%s: %s", what,
		    library_error());
	}
	return session->error;
}

/* Whether the call that returned this must be repeated later. */
static bool
session_waits(const struct tls_session *session, int result)
{
	int error = SSL_get_error(session->ssl, result);

	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

int
tls_session_handshake(struct tls_session *session, const char **why)
{
	int result;

	if (session->established_ms == 0) {
		ERR_clear_error();
		result = SSL_do_handshake(session->ssl);
		if (result != 1 && session_waits(session, result))
			return 0;
		if (result != 1) {
			*why = session_error(session, "TLS handshake");
			return -1;
		}
		session->established_ms = clock_ms();
		*why = tls_session_in(session, NULL, 0);
		if (*why != NULL)
			return -1;
	}
	return !session->certificate_requested || session->server_spoke ||
	       clock_ms() - session->established_ms >= SERVER_SILENCE_MS;
}

/* Collectors send no data; reading handles tickets, alerts and the end. */
const char *
tls_session_in(
    struct tls_session *session, const uint8_t *octets, size_t length)
{
	uint8_t data[1024];
	int result;

	if (length > 0 &&
	    BIO_write(session->in, octets, (int)length) != (int)length)
		return session_error(session, "TLS");
	if (session->established_ms == 0)
		return NULL; /* the handshake reads it */
	session->server_spoke =
	    session->server_spoke || BIO_pending(session->in) > 0;
	do {
		ERR_clear_error();
		result = SSL_read(session->ssl, data, sizeof(data));
	} while (result > 0);
	if (session_waits(session, result))
		return NULL;
	if (SSL_get_error(session->ssl, result) == SSL_ERROR_ZERO_RETURN)
		return NULL; /* the end of the connection follows */
	return session_error(session, "TLS");
}

const char *
tls_session_write(
    struct tls_session *session, const uint8_t *octets, size_t length)
{
	ERR_clear_error();
	if (SSL_write(session->ssl, octets, (int)length) == (int)length)
		return NULL;
	return session_error(session, "TLS");
}

size_t
tls_session_out(struct tls_session *session, uint8_t *octets, size_t size)
{
	int n = BIO_read(session->out, octets, (int)size);

	return n > 0 ? (size_t)n : 0;
}

void
tls_session_close(struct tls_session *session)
{
	ERR_clear_error();
	(void)SSL_shutdown(session->ssl);
}

#else /* !HAVE_OPENSSL */

struct tls *
tls_new(const struct destination_options *options, const char *host,
    char error[DESTINATION_ERROR_SIZE])
{
	(void)options;
	(void)host;
	snprintf(error, DESTINATION_ERROR_SIZE,
	    "TLS: this program was built without it");
	return NULL;
}

void
tls_free(struct tls **tls)
{
	(void)tls;
}

struct tls_session *
tls_session_new(struct tls *tls)
{
	(void)tls;
	return NULL;
}

void
tls_session_free(struct tls_session **session)
{
	(void)session;
}

int
tls_session_handshake(struct tls_session *session, const char **why)
{
	(void)session;
	*why = "TLS: this program was built without it";
	return -1;
}

const char *
tls_session_in(
    struct tls_session *session, const uint8_t *octets, size_t length)
{
	(void)session;
	(void)octets;
	(void)length;
	return NULL;
}

const char *
tls_session_write(
    struct tls_session *session, const uint8_t *octets, size_t length)
{
	return tls_session_in(session, octets, length);
}

size_t
tls_session_out(struct tls_session *session, uint8_t *octets, size_t size)
{
	(void)session;
	(void)octets;
	(void)size;
	return 0;
}

void
tls_session_close(struct tls_session *session)
{
	(void)session;
}

#endif

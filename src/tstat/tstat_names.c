/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Columns of Tstat's set of layer 7, from the names of an exchange.  The
 * numbers are Tstat's: bits of con_t and of c_npnalpn, values of c_type.  What
 * is not known has what Tstat writes for none.
 *
 * A name is a stranger's, and columns end with a space: what is not a visible
 * character of ASCII is written as %20, as Tstat does with names of QUIC.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "exflow/base/text.h"

#include "tstat_values.h"

enum { /* bits of con_t */
	CON_HTTP = 1,
	CON_TLS = 8192,
	CON_SSH = 32768,
};

enum { /* values of c_type */
	TYPE_UNKNOWN = 0,
	TYPE_DNS = 19,
	TYPE_QUIC = 27,
};

enum { /* bits of c_npnalpn; NPN, which is gone, has lower ones */
	ALPN_HTTP = 32,
	ALPN_SPDY = 64,
	ALPN_H2 = 128,
};

static unsigned
application_of(const struct exchange *exchange)
{
	return exchange->names == NULL ? APPLICATION_UNKNOWN
	                               : exchange->names->application;
}

static bool
has_flag(const struct exchange *exchange, unsigned flag)
{
	const struct exchange_names *names = exchange->names;

	return names != NULL && names->tls_flags != UINT8_MAX &&
	       (names->tls_flags & flag) != 0;
}

static char *
put_name(char *at, const char *name, size_t length)
{
	static const char digits[] = "0123456789ABCDEF";

	if (length == 0)
		*at++ = '-';
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c > ' ' && c < 0x7f && c != '%') {
			*at++ = name[i];
			continue;
		}
		*at++ = '%';
		*at++ = digits[c >> 4];
		*at++ = digits[c & 15];
	}
	return at;
}

/* --- columns */

char *
tstat_put_connection_type(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)column, (void)quality;
	switch (application_of(exchange)) {
	case APPLICATION_HTTP:
		return text_unsigned(at, CON_HTTP);
	case APPLICATION_TLS:
		return text_unsigned(at, CON_TLS);
	case APPLICATION_SSH:
		return text_unsigned(at, CON_SSH);
	default:
		return text_unsigned(at, 0);
	}
}

char *
tstat_put_udp_type(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)column, (void)quality;
	switch (application_of(exchange)) {
	case APPLICATION_TLS:
		return text_unsigned(at, TYPE_QUIC);
	case APPLICATION_DNS:
		return text_unsigned(at, TYPE_DNS);
	default:
		return text_unsigned(at, TYPE_UNKNOWN);
	}
}

/* A text, by its enum names_text. */
char *
tstat_put_name(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	enum names_text which = (enum names_text)column->what;

	(void)quality;
	if (exchange->names == NULL)
		return text_string(at, "-");
	return put_name(at, exchange_names_text(exchange->names, which),
	    exchange->names->length[which]);
}

/* DN-Hunter: only the name that the client had asked DNS for. */
char *
tstat_put_fqdn(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	const struct exchange_names *names = exchange->names;

	(void)column, (void)quality;
	if (names == NULL || names->source != NAME_SOURCE_DNS)
		return text_string(at, "-");
	return put_name(at, exchange_names_text(names, NAMES_SERVER),
	    names->length[NAMES_SERVER]);
}

char *
tstat_put_http_status(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)column, (void)quality;
	if (exchange->names == NULL ||
	    exchange->names->http_status == UINT16_MAX)
		return text_string(at, "---");
	return text_unsigned(at, exchange->names->http_status);
}

static bool
begins(const char *text, size_t length, const char *with)
{
	return length >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

static unsigned
alpn_bit(const char *protocol, size_t length)
{
	if (begins(protocol, length, "spdy/"))
		return ALPN_SPDY;
	if (begins(protocol, length, "h2-") ||
	    (length == 2 && begins(protocol, length, "h2")))
		return ALPN_H2;
	return begins(protocol, length, "http/") ? ALPN_HTTP : 0;
}

/* The bits of all protocols of a list with commas. */
char *
tstat_put_alpn(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	enum names_text which = (enum names_text)column->what;
	const char *list, *comma;
	unsigned bits = 0;
	size_t left;

	(void)quality;
	if (exchange->names == NULL)
		return text_unsigned(at, 0);
	list = exchange_names_text(exchange->names, which);
	left = exchange->names->length[which];
	while ((comma = memchr(list, ',', left)) != NULL) {
		bits |= alpn_bit(list, (size_t)(comma - list));
		left -= (size_t)(comma + 1 - list);
		list = comma + 1;
	}
	return text_unsigned(at, bits | alpn_bit(list, left));
}

/* "1.3" for 0x0304, "3.0" for SSL, "-". */
static char *
put_version(char *at, unsigned version)
{
	if (version == UINT16_MAX || version >> 8 != 3)
		return text_string(at, "-");
	if (version == 0x0300)
		return text_string(at, "3.0");
	at = text_string(at, "1.");
	return text_unsigned(at, (version & 0xff) - 1);
}

char *
tstat_put_tls_version(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	const struct exchange_names *names = exchange->names;

	(void)quality;
	if (names == NULL)
		return text_string(at, "-");
	return put_version(at, column->side == CLIENT
	                           ? names->tls_version_offered
	                           : names->tls_version_chosen);
}

/* Eight hexadecimal digits: the four octets of the wire. */
char *
tstat_put_quic_version(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	char text[9];

	(void)column, (void)quality;
	if (exchange->names == NULL || exchange->names->quic_version == 0)
		return text_string(at, "-");
	snprintf(text, sizeof(text), "%08x", exchange->names->quic_version);
	return text_string(at, text);
}

/* 1 where the hello has this flag. */
char *
tstat_put_tls_flag(char *at, const struct tstat_column *column,
    const struct exchange *exchange, const struct exchange_quality *quality)
{
	(void)quality;
	*at++ = has_flag(exchange, (unsigned)column->what) ? '1' : '0';
	return at;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who was talked to, as it leaves the meter with an exchange: numbers, and
 * texts packed behind them.  A plain value that points to nothing, so it can be
 * copied as exchange_names_octets() octets.
 *
 *	struct exchange_names │ text 0 │ text 1 │ …	no NUL between them
 *
 * Texts are octets from strangers: any octet may be in them.  The parsers have
 * lower-cased the names, and nothing else; who prints them escapes them.
 * A text of no octets is not known.
 */
#ifndef EXFLOW_NAMES_EXCHANGE_NAMES_H
#define EXFLOW_NAMES_EXCHANGE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#define NAME_OCTETS_MAX 255
#define NAMES_PAYLOAD_MAX 1400

/* serverNameSource: how the server's name is known, the best first. */
enum name_source {
	NAME_SOURCE_NONE,
	NAME_SOURCE_TLS = 1,
	NAME_SOURCE_QUIC = 2,
	NAME_SOURCE_HTTP = 3,
	NAME_SOURCE_DNS = 4,       /* what the client asked for before */
	NAME_SOURCE_ECH_OUTER = 5, /* of a hello with ECH, mostly GREASE */
};

/* Bits of tls_flags. */
#define NAMES_TLS_ECH 1
#define NAMES_TLS_RESUMPTION 2
#define NAMES_TLS_EARLY_DATA 4

/* application: silkAppLabel, what the octets show. */
enum {
	APPLICATION_UNKNOWN = 0,
	APPLICATION_SSH = 22,
	APPLICATION_DNS = 53,
	APPLICATION_HTTP = 80,
	APPLICATION_TLS = 443,
};

enum names_text {
	NAMES_SERVER,         /* serverName: the best of them */
	NAMES_TLS_SERVER,     /* sslServerName: SNI of TLS or QUIC */
	NAMES_ALPN_OFFERED,   /* all of them, a comma between two */
	NAMES_ALPN_CHOSEN,    /* by the server, where visible */
	NAMES_CERTIFICATE,    /* common name, TLS up to 1.2 */
	NAMES_JA4,            /* 36 octets */
	NAMES_HTTP_HOST,      /* of the first request */
	NAMES_HTTP_METHOD,    /* of the first request */
	NAMES_HTTP_TARGET,    /* its path, up to the first '?' */
	NAMES_DNS_QUESTION,   /* of the first query */
	NAMES_PAYLOAD_CLIENT, /* its first octets, as they came */
	NAMES_PAYLOAD_SERVER,
	NAMES_TEXT_COUNT
};

/* What is not known is all ones of its width, but for the three 0s. */
struct exchange_names {
	uint8_t source;               /* enum name_source; 0 */
	uint8_t tls_flags;            /* 0xff */
	uint16_t tls_version_offered; /* the highest, 0x0304: TLS 1.3; 0xffff */
	uint16_t tls_version_chosen;  /* 0xffff */
	uint16_t application;         /* 0 */
	uint32_t quic_version;        /* 0 */
	uint16_t http_status;         /* of the first answer; 0xffff */
	uint16_t dns_type;            /* of the question; 0xffff */
	uint8_t dns_response_code;    /* 0xff */
	uint8_t reserved;             /* 0 */
	uint16_t texts;               /* octets of all texts */
	/* From the first query to its answer, in microseconds; UINT32_MAX. */
	uint32_t dns_resolution;
	uint16_t length[NAMES_TEXT_COUNT];
	char text[]; /* in the order of enum names_text */
};

/* So many octets an exchange_names has at most. */
#define EXCHANGE_NAMES_OCTETS_MAX                                              \
	(sizeof(struct exchange_names) + (size_t)2 * NAMES_PAYLOAD_MAX +       \
	    (size_t)NAMES_PAYLOAD_CLIENT * NAME_OCTETS_MAX)

static inline size_t
exchange_names_octets(const struct exchange_names *names)
{
	return sizeof(*names) + names->texts;
}

/* The octets of a text, which has names->length[which]. */
static inline const char *
exchange_names_text(const struct exchange_names *names, enum names_text which)
{
	const char *text = names->text;

	for (unsigned i = 0; i < (unsigned)which; i++)
		text += names->length[i];
	return text;
}

#endif

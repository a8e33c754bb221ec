/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of an exchange, made by hand. */
#ifndef EXFLOW_TESTS_UNIT_NAMES_FIXTURE_H
#define EXFLOW_TESTS_UNIT_NAMES_FIXTURE_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/names/exchange_names.h"

/* Nothing is known, and there is room for any text; to be freed. */
static inline struct exchange_names *
names_fixture_new(void)
{
	struct exchange_names *names = calloc(1, EXCHANGE_NAMES_OCTETS_MAX);

	assert(names != NULL);
	names->tls_flags = UINT8_MAX;
	names->tls_version_offered = names->tls_version_chosen = UINT16_MAX;
	names->http_status = names->dns_type = UINT16_MAX;
	names->dns_response_code = UINT8_MAX;
	names->dns_resolution = UINT32_MAX;
	return names;
}

/* Give them a text, instead of the one that they had. */
static inline void
names_fixture_set(struct exchange_names *names, enum names_text which,
    const char *octets, size_t length)
{
	char *at =
	    names->text + (exchange_names_text(names, which) - names->text);
	size_t before = (size_t)(at - names->text), had = names->length[which];

	memmove(at + length, at + had, names->texts - before - had);
	memcpy(at, octets, length);
	names->length[which] = (uint16_t)length;
	names->texts = (uint16_t)(names->texts - had + length);
}

static inline void
names_fixture_text(
    struct exchange_names *names, enum names_text which, const char *text)
{
	names_fixture_set(names, which, text, strlen(text));
}

/* A session of TLS 1.3 with www.example.org, as a browser begins it. */
static inline struct exchange_names *
names_fixture_tls(void)
{
	struct exchange_names *names = names_fixture_new();

	names->source = NAME_SOURCE_TLS;
	names->application = APPLICATION_TLS;
	names->tls_flags = NAMES_TLS_ECH;
	names->tls_version_offered = names->tls_version_chosen = 0x0304;
	names_fixture_text(names, NAMES_SERVER, "www.example.org");
	names_fixture_text(names, NAMES_TLS_SERVER, "www.example.org");
	names_fixture_text(names, NAMES_ALPN_OFFERED, "h2,http/1.1");
	names_fixture_text(
	    names, NAMES_JA4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
	return names;
}

#endif

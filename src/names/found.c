/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parsers of streams found goes into the state of the exchange. */
#include <config.h>

#include "certificate.h"
#include "hello.h"
#include "http.h"
#include "ja4.h"
#include "state.h"
#include "tls.h"

/* --- HTTP */

static void
count_name(struct talk *talk, enum name_source source)
{
	talk->names->counts.found[source - 1]++;
}

static void
request_found(struct talk *talk, const struct http_request *request)
{
	struct state *state = talk->state;

	if (request->method.length == 0)
		return;
	if (request->host.length > 0 && !state_has_text(state, NAMES_HTTP_HOST))
		count_name(talk, NAME_SOURCE_HTTP);
	state->application = APPLICATION_HTTP;
	state_set_name(talk, NAMES_HTTP_HOST, request->host);
	state_set_text(talk, NAMES_HTTP_METHOD, request->method);
	state_set_text(talk, NAMES_HTTP_TARGET,
	    (struct span){
	        request->target.octets, request->target.length < NAME_OCTETS_MAX
	                                    ? request->target.length
	                                    : NAME_OCTETS_MAX });
}

enum parsed
http_stream(struct talk *talk, struct span octets, bool last,
    size_t *used) /* NOLINT(readability-non-const-parameter): as all readers */
{
	struct http_request request;
	enum parsed parsed;

	(void)used;
	if (http_looks_like_answer(octets)) {
		parsed = http_read_answer(octets, &talk->state->http_status);
		if (parsed == PARSED_DONE)
			talk->state->application = APPLICATION_HTTP;
		return parsed;
	}
	parsed = http_read_request(octets, &request);
	/* A header beyond what is read has no Host, but a first line. */
	if (parsed == PARSED_DONE || (parsed == PARSED_MORE && last))
		request_found(talk, &request);
	return parsed == PARSED_MORE && request.method.length > 0 && last
	           ? PARSED_DONE
	           : parsed;
}

/* --- TLS */

/* Names behind their lengths become names with a comma between two. */
static void
alpn_found(struct talk *talk, struct span list)
{
	uint8_t text[NAME_OCTETS_MAX];
	struct cursor cursor, name;
	size_t length = 0;

	cursor_over(&cursor, list);
	while (cursor_goes_on(&cursor)) {
		struct span span;

		cursor_sub(&name, &cursor, cursor_8(&cursor));
		span = span_of(&name);
		if (length + (length > 0) + span.length > sizeof(text))
			break;
		if (length > 0)
			text[length++] = ',';
		for (size_t i = 0; i < span.length; i++)
			text[length++] = span.octets[i];
	}
	state_set_text(talk, NAMES_ALPN_OFFERED, (struct span){ text, length });
}

static void
server_name_found(
    struct talk *talk, const struct client_hello *hello, bool quic)
{
	enum name_source source = quic ? NAME_SOURCE_QUIC : NAME_SOURCE_TLS;

	if (hello->server_name.length == 0)
		return;
	if (hello->ech)
		source = NAME_SOURCE_ECH_OUTER;
	talk->state->tls_source = (uint8_t)source;
	state_set_name(talk, NAMES_TLS_SERVER, hello->server_name);
	if (state_has_text(talk->state, NAMES_TLS_SERVER))
		count_name(talk, source);
}

bool
hello_found(struct talk *talk, struct span message, bool quic)
{
	struct state *state = talk->state;
	struct client_hello hello;
	char ja4[JA4_OCTETS];

	if (!client_hello_read(message, &hello) ||
	    hello.server_name.length > NAME_OCTETS_MAX)
		return false;
	state->application = APPLICATION_TLS;
	state->tls_version_offered = hello.version;
	state->tls_flags = (hello.ech ? NAMES_TLS_ECH : 0) |
	                   (hello.resumes ? NAMES_TLS_RESUMPTION : 0) |
	                   (hello.early_data ? NAMES_TLS_EARLY_DATA : 0);
	server_name_found(talk, &hello, quic);
	alpn_found(talk, hello.alpn);
	if (talk->names->digest != NULL &&
	    ja4_make(talk->names->digest, &hello, quic, ja4))
		state_set_text(talk, NAMES_JA4,
		    (struct span){ (const uint8_t *)ja4, sizeof(ja4) });
	return true;
}

static enum parsed
client_message(struct talk *talk, const struct tls_message *message)
{
	if (message->body.length < message->length)
		return PARSED_MORE;
	return hello_found(talk, message->body, false) ? PARSED_DONE
	                                               : PARSED_MALFORMED;
}

/* From TLS 1.3 on what follows is encrypted, the certificate too. */
static enum parsed
server_message(struct talk *talk, const struct tls_message *message)
{
	struct server_hello hello;

	if (message->body.length < message->length)
		return PARSED_MORE;
	if (!server_hello_read(message->body, &hello))
		return PARSED_MALFORMED;
	talk->state->application = APPLICATION_TLS;
	talk->state->tls_version_chosen = hello.version;
	state_set_text(talk, NAMES_ALPN_CHOSEN, hello.alpn);
	return hello.version > TLS_1_2 ? PARSED_DONE : PARSED_MORE;
}

/* Chains are long: what there is of one may be enough for the name. */
static enum parsed
certificate_message(
    struct talk *talk, const struct tls_message *message, bool last)
{
	struct span name;
	enum parsed parsed;

	if (message->body.length < message->length && !last)
		return PARSED_MORE;
	parsed = certificate_read_name(message->body, message->length, &name);
	if (parsed == PARSED_DONE)
		state_set_name(talk, NAMES_CERTIFICATE, name);
	return parsed;
}

static enum parsed
read_messages(struct talk *talk, struct span octets, bool last)
{
	struct tls_message message;
	enum parsed parsed = PARSED_MORE;
	bool first = true;

	while (parsed == PARSED_MORE && tls_take_message(&octets, &message)) {
		if (message.type == TLS_CLIENT_HELLO && first)
			parsed = client_message(talk, &message);
		else if (message.type == TLS_SERVER_HELLO && first)
			parsed = server_message(talk, &message);
		else if (message.type == TLS_CERTIFICATE && !first)
			parsed = certificate_message(talk, &message, last);
		else
			parsed = first ? PARSED_OTHER : PARSED_DONE;
		first = false;
	}
	return parsed;
}

enum parsed
tls_stream(struct talk *talk, struct span octets, bool last,
    size_t *used) /* NOLINT(readability-non-const-parameter): as all readers */
{
	struct tls_handshake handshake;
	enum parsed parsed;

	(void)used;
	if (!tls_looks_like_handshake(octets))
		return PARSED_OTHER;
	tls_read_records(octets, &handshake);
	if (handshake.octets.length == 0 && handshake.over)
		return PARSED_OTHER;
	parsed = read_messages(talk, handshake.octets, last || handshake.over);
	if (parsed == PARSED_MORE && handshake.over)
		/* A session that is resumed has no certificate. */
		return talk->state->tls_version_chosen != UINT16_MAX
		           ? PARSED_DONE
		           : PARSED_MALFORMED;
	return parsed;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of an exchange, as the value that leaves with it. */
#include <config.h>

#include <string.h>

#include "name.h"
#include "state.h"

/* Each text but NAMES_SERVER is kept once at most. */
#define TEXTS_OCTETS_MAX ((NAMES_PAYLOAD_CLIENT - 1) * (2 + NAME_OCTETS_MAX))

struct texts {
	uint8_t octets[TEXTS_OCTETS_MAX];
	struct span by[NAMES_PAYLOAD_CLIENT];
};

static void
read_texts(
    const struct names *names, const struct state *state, struct texts *texts)
{
	const uint8_t *at = texts->octets;

	memset(texts->by, 0, sizeof(texts->by));
	chain_read(&names->cells, &state->texts, texts->octets);
	while (at < texts->octets + state->texts.octets) {
		texts->by[at[0]] = (struct span){ at + 2, at[1] };
		at += 2 + at[1];
	}
}

static void
choose_server(const struct state *state, struct texts *texts,
    struct span hunted, struct exchange_names *room)
{
	struct name_choice choice = { 0 };

	choice.by[NAME_SOURCE_HTTP] =
	    name_without_port(texts->by[NAMES_HTTP_HOST]);
	choice.by[NAME_SOURCE_DNS] = hunted;
	if (state != NULL && state->tls_source != NAME_SOURCE_NONE)
		choice.by[state->tls_source] = texts->by[NAMES_TLS_SERVER];
	room->source = (uint8_t)name_best(&choice);
	texts->by[NAMES_SERVER] = choice.by[room->source];
}

static void
read_numbers(const struct state *state, struct exchange_names *room)
{
	room->tls_flags = state->tls_flags;
	room->tls_version_offered = state->tls_version_offered;
	room->tls_version_chosen = state->tls_version_chosen;
	room->application = state->application;
	room->quic_version = state->quic_version;
	room->http_status = state->http_status;
	room->dns_type = state->dns_type;
	room->dns_response_code = state->dns_response_code;
	room->dns_resolution = state->dns_resolution;
}

static char *
write_texts(const struct texts *texts, struct exchange_names *room)
{
	char *at = room->text;

	for (int i = 0; i < NAMES_PAYLOAD_CLIENT; i++) {
		struct span text = texts->by[i];

		room->length[i] = (uint16_t)text.length;
		if (text.length > 0)
			memcpy(at, text.octets, text.length);
		at += text.length;
	}
	return at;
}

static char *
write_payload(const struct names *names, const struct state *state, char *at,
    struct exchange_names *room)
{
	for (int side = 0; side < 2; side++) {
		const struct chain *chain = &state->payload[side];

		room->length[NAMES_PAYLOAD_CLIENT + side] =
		    (uint16_t)chain->octets;
		chain_read(&names->cells, chain, (uint8_t *)at);
		at += chain->octets;
	}
	return at;
}

static bool
has_anything(const struct exchange_names *names)
{
	return names->texts > 0 || names->application != 0 ||
	       names->quic_version != 0 || names->tls_flags != UINT8_MAX ||
	       names->tls_version_chosen != UINT16_MAX ||
	       names->http_status != UINT16_MAX ||
	       names->dns_response_code != UINT8_MAX;
}

bool
names_read(const struct names *names, names_state handle, const char *hunted,
    size_t hunted_octets, struct exchange_names *room)
{
	const struct state *state = state_at(names, handle);
	struct span asked = { (const uint8_t *)hunted, hunted_octets };
	struct texts texts;
	char *at;

	*room = (struct exchange_names){
		.tls_flags = UINT8_MAX,
		.tls_version_offered = UINT16_MAX,
		.tls_version_chosen = UINT16_MAX,
		.http_status = UINT16_MAX,
		.dns_type = UINT16_MAX,
		.dns_response_code = UINT8_MAX,
		.dns_resolution = UINT32_MAX,
	};
	if (hunted == NULL || hunted_octets > NAME_OCTETS_MAX)
		asked.length = 0;
	if (state != NULL) {
		read_texts(names, state, &texts);
		read_numbers(state, room);
	} else {
		memset(texts.by, 0, sizeof(texts.by));
	}
	choose_server(state, &texts, asked, room);
	at = write_texts(&texts, room);
	if (state != NULL)
		at = write_payload(names, state, at, room);
	room->texts = (uint16_t)(at - room->text);
	return has_anything(room);
}

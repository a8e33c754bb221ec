/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door: what a payload is given to, and the pools behind it.
 *
 *	names_payload ─► segments.c  TCP: streams ─┬► tls.c, hello.c, certificate.c
 *	              │                            ├► http.c
 *	              │                            └► dns.c
 *	              └► datagrams.c UDP ──────────┬► quic_found.c, hello.c
 *	                                           └► dns.c
 *	names_read    ◄─ state.c, texts.c: what they found
 */
#include <config.h>

#include "exflow/names/names.h"

#include <stdlib.h>

#include "exflow/decode/segment.h"

#include "state.h"

#define STATE_BITS 14
#define CELL_BITS 15
#define BUFFER_BITS 9

/* Cells of an exchange, on average: 420 octets of texts, and its payload. */
#define CELLS_OF_NAMES 7

static uint32_t
cells_of(const struct names_options *options)
{
	uint64_t payload = (options->payload + CELL_OCTETS - 1) / CELL_OCTETS;
	uint64_t cells = options->states * (CELLS_OF_NAMES + 2 * payload);

	return cells < UINT32_MAX / 2 ? (uint32_t)cells : UINT32_MAX / 2;
}

static int
init_places(struct names *names)
{
	const struct names_options *options = &names->options;

	if (places_init(&names->states, sizeof(struct state), STATE_BITS,
	        options->states, options->populate) == -1 ||
	    places_init(&names->cells, sizeof(struct cell), CELL_BITS,
	        cells_of(options), options->populate) == -1)
		return -1;
	/* Large, few, and used again at once: nothing is made ready ahead. */
	return places_init(&names->buffers, sizeof(struct buffer), BUFFER_BITS,
	    options->buffers, NULL);
}

struct names *
names_new(const struct names_options *options)
{
	struct names *names = calloc(1, sizeof(*names));

	if (names == NULL)
		return NULL;
	names->options = *options;
	if (init_places(names) == -1 ||
	    ((options->kinds & NAMES_FINGERPRINT) != 0 &&
	        (names->digest = digest_new()) == NULL) ||
	    ((options->kinds & NAMES_QUIC) != 0 && names_have_quic() &&
	        (names->quic = quic_opener_new()) == NULL))
		names_free(&names);
	return names;
}

void
names_free(struct names **pointer)
{
	struct names *names = *pointer;

	if (names == NULL)
		return;
	places_clear(&names->states);
	places_clear(&names->cells);
	places_clear(&names->buffers);
	digest_free(&names->digest);
	quic_opener_free(&names->quic);
	free(names);
	*pointer = NULL;
}

bool
names_have_quic(void)
{
	return quic_keys_possible();
}

void
names_payload(
    /* NOLINTNEXTLINE(readability-non-const-parameter): written to */
    struct names *names, names_state *state, const struct names_packet *packet)
{
	struct talk talk = {
		.names = names,
		.handle = state,
		.state = state_at(names, *state),
		.packet = packet,
		.side = packet->side,
	};

	if (!names_wants(names, *state, packet->side))
		return;
	if (packet->protocol == PROTOCOL_TCP)
		segments_payload(&talk);
	else if (packet->protocol == PROTOCOL_UDP)
		datagrams_payload(&talk);
}

bool
names_wants(const struct names *names, names_state handle, int side)
{
	const struct state *state = state_at(names, handle);

	if (state == NULL)
		return !state_is_decided(handle, side);
	return state->phase[side] != PHASE_DONE ||
	       payload_wants(names, state, side);
}

void
names_prefetch(const struct names *names, names_state handle)
{
	const struct state *state = state_at(names, handle);

	if (state == NULL)
		return;
	__builtin_prefetch(state);
	__builtin_prefetch((const char *)(state + 1) - 1);
}

void
names_prefetch_texts(const struct names *names, names_state handle)
{
	const struct state *state = state_at(names, handle);

	if (state != NULL && state->texts.first != 0)
		__builtin_prefetch(
		    places_at(&names->cells, state->texts.first));
}

void
names_end(struct names *names, names_state *state)
{
	state_give(names, state);
}

const struct names_counts *
names_counts(const struct names *names)
{
	return &names->counts;
}

uint64_t
names_memory(const struct names_options *options)
{
	return (uint64_t)options->states * sizeof(struct state) +
	       (uint64_t)cells_of(options) * sizeof(struct cell) +
	       (uint64_t)options->buffers * sizeof(struct buffer);
}

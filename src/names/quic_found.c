/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QUIC: Initials of a client until its hello is whole.
 *
 *	Initial ─► keys of its connection id ─► CRYPTO frames ─► hello whole?
 *	                                                         no: a buffer,
 *	next Initial ─► the keys that were kept, else those of   with the keys
 *	                its own id (it follows a Retry) ─► …
 *
 * The client changes its connection id when the server has answered, but not
 * the keys; behind a Retry it changes both.  Another version, behind a version
 * negotiation, begins anew.
 *
 * To open an Initial costs as much as a hundred packets, so their number is
 * bounded: quic_rate in a second, QUIC_PACKETS_MAX of an exchange, and fewer
 * where they cannot be opened.
 */
#include <config.h>

#include "exflow/quic/quic.h"

#include "state.h"
#include "tls.h"

#define FAILURES_MAX 3 /* in a row: it only looks like QUIC */
#define HELLO_HEADER 4
#define DATAGRAM_OCTETS_MIN 1200 /* of a client's Initial, RFC 9000, 14.1 */

/* May one more be opened in this second? */
static bool
take_turn(struct talk *talk)
{
	struct names *names = talk->names;
	uint64_t second = talk->packet->time.ns / (uint64_t)NS_PER_SECOND;

	if (second > names->quic_second || second + 1 < names->quic_second) {
		names->quic_second = second;
		names->quic_opened = 0;
	}
	if (names->options.quic_rate == 0 ||
	    names->quic_opened < names->options.quic_rate) {
		names->quic_opened++;
		return true;
	}
	if (!talk->state->skipped)
		names->counts.quic_skipped++;
	talk->state->skipped = true;
	return false;
}

static bool
open_with(struct talk *talk, const struct quic_keys *keys,
    const struct quic_packet *packet, uint8_t *plain, struct span *frames)
{
	return keys->version == packet->wire_version && take_turn(talk) &&
	       quic_open_packet(talk->names->quic, keys, packet, plain, frames);
}

/* With the keys that were kept, or with those of its own connection id. */
static bool
open_initial(struct talk *talk, struct buffer *buffer,
    const struct quic_packet *packet, uint8_t *plain, struct span *frames)
{
	struct quic_keys own;

	if (open_with(talk, &buffer->keys, packet, plain, frames))
		return true;
	if (talk->state->skipped ||
	    !quic_keys_derive(talk->names->quic, packet->version,
	        packet->destination, &own) ||
	    !open_with(talk, &own, packet, plain, frames))
		return false;
	if (buffer->keys.version != packet->wire_version)
		stream_begin(&buffer->stream, 0);
	buffer->keys = own;
	return true;
}

static void
finish(struct talk *talk)
{
	state_give_buffer(talk);
	talk->state->phase[talk->side] = PHASE_DONE;
}

static void
finish_malformed(struct talk *talk)
{
	talk->names->counts.malformed++;
	finish(talk);
}

/* What was put together goes on in a buffer of its own. */
static void
keep(struct talk *talk, const struct buffer *scratch)
{
	struct buffer *kept = state_take_buffer(talk);

	if (kept == NULL)
		finish(talk);
	else
		*kept = *scratch;
}

/* The hello, if it is whole; else it is kept until the next packet. */
static void
look_for_hello(struct talk *talk, const struct buffer *buffer)
{
	struct span octets = { buffer->stream.octets, buffer->stream.end };
	struct tls_message message;

	if (tls_take_message(&octets, &message)) {
		if (message.type != TLS_CLIENT_HELLO) {
			finish_malformed(talk);
			return;
		}
		if (message.body.length == message.length) {
			if (!hello_found(talk, message.body, true))
				finish_malformed(talk);
			else
				finish(talk);
			return;
		}
		if (message.length > NAMES_STREAM_OCTETS - HELLO_HEADER) {
			talk->names->counts.incomplete++;
			finish(talk);
			return;
		}
	}
	if (state_buffer(talk) == NULL)
		keep(talk, buffer);
}

static void
put_crypto(void *stream, uint64_t offset, struct span octets)
{
	stream_put(stream, offset, octets.octets, octets.length);
}

/* False: nothing more is to be found in this datagram. */
static bool
look_at_initial(struct talk *talk, const struct quic_packet *packet)
{
	struct buffer *buffer = state_buffer(talk);
	struct state *state = talk->state;
	uint8_t plain[QUIC_PLAIN_MAX];
	struct span frames;

	if (buffer == NULL) {
		buffer = &talk->names->scratch;
		stream_begin(&buffer->stream, 0);
		buffer->keys.version = 0;
	}
	state->initials++;
	if (!open_initial(talk, buffer, packet, plain, &frames)) {
		if (talk->state->skipped) {
			finish(talk);
		} else if (++state->failures == FAILURES_MAX) {
			finish_malformed(talk);
		}
		return false;
	}
	state->failures = 0;
	state->quic_version = packet->wire_version;
	if (!quic_read_frames(frames, put_crypto, &buffer->stream))
		finish_malformed(talk);
	else
		look_for_hello(talk, buffer);
	return state->phase[talk->side] == PHASE_QUIC;
}

static void
look_at_packet(struct talk *talk, const struct quic_packet *packet, bool *more)
{
	struct state *state = talk->state;

	if (packet->type == QUIC_EARLY && state->quic_version != 0)
		state->tls_flags =
		    (state->tls_flags == UINT8_MAX ? 0 : state->tls_flags) |
		    NAMES_TLS_EARLY_DATA;
	if (packet->type == QUIC_INITIAL &&
	    state->phase[talk->side] == PHASE_QUIC)
		*more = look_at_initial(talk, packet);
}

static void
client_datagram(struct talk *talk)
{
	const struct names_packet *datagram = talk->packet;
	struct span rest = { datagram->octets, datagram->captured };
	struct state *state = talk->state;
	struct quic_packet packet;
	bool more = true, known = false;

	while (more && rest.length > 0 && quic_take_packet(&rest, &packet)) {
		known |= packet.version != NULL ||
		         (quic_is_reserved(packet.wire_version) &&
		             datagram->length >= DATAGRAM_OCTETS_MIN);
		look_at_packet(talk, &packet, &more);
	}
	if (state->phase[talk->side] == PHASE_DONE)
		return;
	if (!known && state->quic_version == 0) {
		finish(talk);
	} else if (state->initials >= QUIC_PACKETS_MAX) {
		talk->names->counts.incomplete++;
		finish(talk);
	}
}

/* Its first datagram says which version it speaks; what it says is not read. */
static void
server_datagram(struct talk *talk)
{
	struct span rest = { talk->packet->octets, talk->packet->captured };
	struct quic_packet packet;

	if (quic_take_packet(&rest, &packet) && packet.version != NULL &&
	    talk->state->quic_version != 0)
		talk->state->quic_version = packet.wire_version;
	talk->state->phase[talk->side] = PHASE_DONE;
}

void
quic_datagram(struct talk *talk)
{
	if (talk->side == CLIENT)
		client_datagram(talk);
	else
		server_datagram(talk);
}

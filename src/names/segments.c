/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP: what a side says first is given to the parser that its first octets ask
 * for.  The usual case is a message that lies whole in one segment, and is
 * parsed where it lies; else the segments are put together.
 *
 * What can go wrong, and ends it for the side: there is no buffer; octets were
 * not captured; the message is longer than what is put together; the sender is
 * far ahead of a hole.
 */
#include <config.h>

#include "state.h"

#include "exflow/decode/segment.h"

#include "dns.h"
#include "http.h"
#include "tls.h"

/* Behind a hole by more than this: what is missing will not come any more. */
#define AHEAD_OCTETS (256 << 10)

static const struct {
	enum phase phase;
	stream_reader *read;
} readers[] = {
	{ PHASE_TLS, tls_stream },
	{ PHASE_HTTP, http_stream },
	{ PHASE_SSH, ssh_stream },
	{ PHASE_DNS, dns_stream },
};

/* "SSH-2.0-…" from both sides, RFC 4253, 4.2. */
static bool
looks_like_ssh(struct span octets)
{
	static const char banner[] = "SSH-";

	for (size_t i = 0; i < octets.length && i < sizeof(banner) - 1; i++)
		if (octets.octets[i] != (uint8_t)banner[i])
			return false;
	return true;
}

enum parsed
ssh_stream(struct talk *talk, struct span octets, bool last,
    size_t *used) /* NOLINT(readability-non-const-parameter): as all readers */
{
	(void)last;
	(void)used;
	if (!looks_like_ssh(octets))
		return PARSED_OTHER;
	if (octets.length < 4)
		return PARSED_MORE;
	talk->state->application = APPLICATION_SSH;
	return PARSED_DONE;
}

/* Which parser the first octets ask for; PHASE_DONE: none. */
static enum phase
recognise_octets(unsigned kinds, struct span octets)
{
	if (kinds == 0)
		return PHASE_DONE;
	if ((kinds & NAMES_TLS) != 0 && tls_looks_like_handshake(octets))
		return PHASE_TLS;
	if ((kinds & NAMES_HTTP) != 0 &&
	    (http_looks_like_request(octets) || http_looks_like_answer(octets)))
		return PHASE_HTTP;
	return looks_like_ssh(octets) ? PHASE_SSH : PHASE_DONE;
}

static enum phase
recognise(const struct names *names, const struct names_packet *packet,
    struct span octets)
{
	if ((names->options.kinds & NAMES_DNS) != 0 && state_is_dns(packet))
		return PHASE_DNS;
	return recognise_octets(names->options.kinds, octets);
}

bool
names_stream_begins(unsigned kinds, const uint8_t *octets, uint32_t captured)
{
	return captured > 0 &&
	       recognise_octets(kinds, (struct span){ octets, captured }) !=
	           PHASE_DONE;
}

/* The side is over; what was put together is given back. */
static void
finish(struct talk *talk)
{
	state_give_buffer(talk);
	talk->state->phase[talk->side] = PHASE_DONE;
}

static enum parsed
read_octets(struct talk *talk, struct span octets, bool last, size_t *used)
{
	uint8_t phase = talk->state->phase[talk->side];

	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++)
		if (readers[i].phase == phase)
			return readers[i].read(talk, octets, last, used);
	return PARSED_OTHER;
}

/* Do they look like another protocol, now that there are more of them? */
static bool
recognise_again(struct talk *talk, struct span octets)
{
	enum phase phase = recognise(talk->names, talk->packet, octets);

	if (phase == PHASE_DONE || phase == talk->state->phase[talk->side])
		return false;
	talk->state->phase[talk->side] = (uint8_t)phase;
	return true;
}

/*
 * Parse the octets behind those that were consumed.  False: the side is over.
 */
static bool
parse(struct talk *talk, struct span octets, bool last)
{
	uint16_t *consumed = &talk->state->consumed[talk->side];
	size_t used = 0;
	enum parsed parsed;

	if (*consumed + octets.length >= NAMES_STREAM_OCTETS) {
		octets.length = NAMES_STREAM_OCTETS - *consumed;
		last = true;
	}
	parsed = read_octets(talk, octets, last, &used);
	/* One octet may have looked like several: 'S' of SSH and of SEARCH. */
	if (parsed == PARSED_OTHER && *consumed == 0 &&
	    recognise_again(talk, octets))
		parsed = read_octets(talk, octets, last, &used);
	*consumed = (uint16_t)(*consumed + used);
	if (parsed == PARSED_MORE && !last)
		return true;
	if (parsed == PARSED_MALFORMED)
		talk->names->counts.malformed++;
	if (parsed == PARSED_MORE && used < octets.length)
		talk->names->counts.incomplete++;
	finish(talk);
	return false;
}

/* In the order of the stream: take what is new, and parse it from its buffer. */
static void
put_together(struct talk *talk, uint64_t offset, struct span octets, bool cut)
{
	struct buffer *buffer = state_buffer(talk);
	uint32_t before, consumed = talk->state->consumed[talk->side];

	if (buffer == NULL) {
		buffer = state_take_buffer(talk);
		if (buffer == NULL) {
			finish(talk);
			return;
		}
		stream_begin(&buffer->stream, consumed);
	}
	before = buffer->stream.end;
	stream_put(&buffer->stream, offset, octets.octets, octets.length);
	cut = cut && buffer->stream.end == offset + octets.length;
	if (buffer->stream.end > before || cut) {
		octets.octets = &buffer->stream.octets[consumed];
		octets.length = buffer->stream.end - consumed;
		if (parse(talk, octets, cut) &&
		    !stream_holds(
		        &buffer->stream, talk->state->consumed[talk->side]))
			state_give_buffer(talk);
	} else if (offset > NAMES_STREAM_OCTETS + AHEAD_OCTETS) {
		talk->names->counts.incomplete++;
		finish(talk);
	}
}

/* Behind what is consumed, or in a buffer, there may be more of the message. */
static void
look(struct talk *talk, uint64_t offset, struct span octets, bool cut)
{
	uint32_t consumed = talk->state->consumed[talk->side];

	if (offset < consumed) {
		size_t known = consumed - offset;

		if (known >= octets.length)
			return;
		octets.octets += known;
		octets.length -= known;
		offset = consumed;
	}
	if (offset == consumed && talk->state->buffer[talk->side] == 0) {
		if (!parse(talk, octets, cut))
			return;
		consumed = talk->state->consumed[talk->side] - consumed;
		octets.octets += consumed;
		octets.length -= consumed;
		offset += consumed;
		if (octets.length == 0)
			return;
	}
	put_together(talk, offset, octets, cut);
}

/* The first octets are there, in the packet or put together. */
static bool
choose_reader(struct talk *talk, struct span octets)
{
	enum phase phase = recognise(talk->names, talk->packet, octets);

	if (phase == PHASE_DONE) {
		if (talk->state != NULL)
			finish(talk);
		else
			state_decide(talk);
		return false;
	}
	if (talk->state == NULL && !state_take(talk))
		return false;
	talk->state->phase[talk->side] = (uint8_t)phase;
	return true;
}

/* They are kept until the first ones are there. */
static void
keep_unordered(struct talk *talk, uint64_t offset, struct span octets)
{
	struct buffer *buffer;

	if (talk->state == NULL && !state_take(talk))
		return;
	buffer = state_take_buffer(talk);
	if (buffer == NULL) {
		finish(talk);
		return;
	}
	talk->state->phase[talk->side] = PHASE_UNORDERED;
	stream_begin(&buffer->stream, 0);
	stream_put(&buffer->stream, offset, octets.octets, octets.length);
}

/* What is behind the first octets came before them. */
static void
begin_unordered(struct talk *talk, uint64_t offset, struct span octets)
{
	if (talk->names->options.kinds == 0 ||
	    offset > NAMES_STREAM_OCTETS + AHEAD_OCTETS)
		state_decide(talk);
	else if (offset < NAMES_STREAM_OCTETS)
		keep_unordered(talk, offset, octets);
}

static void
go_on_unordered(
    struct talk *talk, uint64_t offset, struct span octets, bool cut)
{
	struct stream *stream = &state_buffer(talk)->stream;

	if (offset > 0) {
		stream_put(stream, offset, octets.octets, octets.length);
		if (offset > NAMES_STREAM_OCTETS + AHEAD_OCTETS)
			finish(talk);
		return;
	}
	if (choose_reader(talk, octets))
		put_together(talk, offset, octets, cut);
}

/*
 * Where the packet stands in its side's stream.  False: before it, or there is
 * nothing new in it.
 */
static bool
place(struct talk *talk, struct span *octets, uint64_t *offset)
{
	const struct names_packet *packet = talk->packet;
	const struct state *state = talk->state;
	uint32_t begin = packet->first_known ? packet->first : packet->sequence;
	int32_t distance;

	if (state != NULL && (state->begun >> talk->side & 1) != 0)
		begin = state->begin[talk->side];
	distance = (int32_t)(packet->sequence - begin);
	*offset = 0;
	if (distance >= 0) {
		*offset = (uint32_t)distance;
		return octets->length > 0;
	}
	if (octets->length <= -(uint64_t)(int64_t)distance)
		return false;
	octets->octets -= distance;
	octets->length -= -(uint64_t)(int64_t)distance;
	return true;
}

static void
note_begin(struct talk *talk, uint64_t offset, const struct span *octets)
{
	struct state *state = talk->state;

	if (state == NULL || (state->begun >> talk->side & 1) != 0)
		return;
	state->begun |= (uint8_t)(1u << talk->side);
	state->begin[talk->side] =
	    talk->packet->sequence +
	    (uint32_t)(octets->octets - talk->packet->octets) -
	    (uint32_t)offset;
}

static void
dispatch(struct talk *talk, uint64_t offset, struct span octets, bool cut)
{
	switch (talk->state != NULL ? talk->state->phase[talk->side]
	                            : PHASE_BEGIN) {
	case PHASE_DONE:
		break;
	case PHASE_BEGIN:
		if (offset > 0)
			begin_unordered(talk, offset, octets);
		else if (choose_reader(talk, octets))
			look(talk, 0, octets, cut);
		break;
	case PHASE_UNORDERED:
		go_on_unordered(talk, offset, octets, cut);
		break;
	default:
		look(talk, offset, octets, cut);
	}
}

void
segments_payload(struct talk *talk)
{
	const struct names_packet *packet = talk->packet;
	struct span octets = { packet->octets, packet->captured };
	bool cut = packet->captured < packet->length;
	uint64_t offset;

	if (!place(talk, &octets, &offset))
		return;
	if (talk->names->options.payload > 0)
		payload_keep(talk, offset, octets);
	if (!state_is_decided(*talk->handle, talk->side))
		dispatch(talk, offset, octets, cut);
	note_begin(talk, offset, &octets);
}

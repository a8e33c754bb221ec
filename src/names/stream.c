/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "stream.h"

#include <string.h>

void
stream_begin(struct stream *stream, uint32_t begin)
{
	memset(stream->seen, 0, sizeof(stream->seen));
	stream->end = begin;
}

/* The bits of [from, to) that lie in a word. */
static uint64_t
bits(uint32_t word, uint32_t from, uint32_t to)
{
	uint64_t mask = UINT64_MAX;

	if (from > word * 64)
		mask <<= from - word * 64;
	if (to < (word + 1) * 64)
		mask &= UINT64_MAX >> ((word + 1) * 64 - to);
	return mask;
}

/* Copy the octets of a word, from `from` up to `to`, that were not seen. */
static void
put_word(struct stream *stream, uint32_t word, uint32_t from, uint32_t to,
    const uint8_t *octets)
{
	uint64_t wanted = bits(word, from, to) & ~stream->seen[word];

	stream->seen[word] |= wanted;
	while (wanted != 0) {
		uint32_t at = word * 64 + (uint32_t)__builtin_ctzll(wanted);

		stream->octets[at] = octets[at - from];
		wanted &= wanted - 1;
	}
}

/* Where the octets in a row end now. */
static void
advance(struct stream *stream)
{
	while (stream->end < NAMES_STREAM_OCTETS) {
		uint32_t word = stream->end / 64, bit = stream->end % 64;
		uint64_t holes = ~stream->seen[word] >> bit;

		if (holes != 0) {
			stream->end += (uint32_t)__builtin_ctzll(holes);
			return;
		}
		stream->end = (word + 1) * 64;
	}
}

/* All of it is new: the usual case, which needs no look at single octets. */
static void
put_behind(
    struct stream *stream, uint32_t from, uint32_t to, const uint8_t *octets)
{
	memcpy(&stream->octets[from], octets, to - from);
	for (uint32_t word = from / 64; word * 64 < to; word++)
		stream->seen[word] |= bits(word, from, to);
}

static uint64_t
seen_any(const struct stream *stream, uint32_t from, uint32_t to)
{
	uint64_t any = 0;

	for (uint32_t word = from / 64; word * 64 < to; word++)
		any |= stream->seen[word] & bits(word, from, to);
	return any;
}

void
stream_put(struct stream *stream, uint64_t offset, const uint8_t *octets,
    size_t length)
{
	uint32_t from, to;

	if (offset < stream->end) {
		uint64_t known = stream->end - offset;

		if (known >= length)
			return;
		octets += known;
		length -= known;
		offset = stream->end;
	}
	if (offset >= NAMES_STREAM_OCTETS || length == 0)
		return;
	from = (uint32_t)offset;
	to = length > NAMES_STREAM_OCTETS - from ? NAMES_STREAM_OCTETS
	                                         : from + (uint32_t)length;
	if (seen_any(stream, from, to) == 0)
		put_behind(stream, from, to, octets);
	else
		for (uint32_t word = from / 64; word * 64 < to; word++)
			put_word(stream, word, from, to, octets);
	advance(stream);
}

bool
stream_holds(const struct stream *stream, uint32_t from)
{
	return stream->end > from ||
	       seen_any(stream, from, NAMES_STREAM_OCTETS) != 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments of IPv4 and IPv6, and the bounded table that joins them. */
#include "../frame.h"

#define SECONDS(n) ((timestamp){ (n)*NS_PER_SECOND })

/* IPv4 fragment at offset (octets) of a datagram; 24 octets of payload. */
static void
put_fragment4(
    struct frame *frame, unsigned id, unsigned offset, bool more, unsigned kind)
{
	uint32_t ip = begin_ip4(frame, kind);

	frame->octets[ip + 1] = (uint8_t)(1 + offset); /* type of service */
	set16(frame, ip + 4, id);
	set16(frame, ip + 6, offset / 8 | (more ? 0x2000u : 0));
	if (offset != 0)
		put_zeros(frame, 24);
	else if (kind == PROTOCOL_TCP) {
		put_tcp(frame);
		put_zeros(frame, 4);
	} else {
		uint32_t udp = begin_udp(frame, 5353, 53);

		set16(frame, udp + 4, 48); /* of the whole datagram */
		put_zeros(frame, 16);
	}
	end_ip4(frame, ip);
}

static int
decode_fragment4(struct decoder *decoder, unsigned id, unsigned offset,
    bool more, unsigned kind, timestamp now, struct segment *segment)
{
	struct frame frame = { .length = 0 };

	put_fragment4(&frame, id, offset, more, kind);
	return decode_cut(decoder, &frame, frame.length, now, segment);
}

static void
later_fragment_joins_the_segment_of_the_first(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment first, later;

	(void)state;
	assert_int_equal(decode_fragment4(decoder, 7, 0, true, PROTOCOL_TCP,
	                     SECONDS(1), &first),
	    -1);
	assert_int_equal(first.payload_octets, 4);
	assert_int_equal(first.tcp_flags, TCP_SYN | TCP_ACK);
	assert_int_equal(first.later_fragment, 0);
	for (unsigned offset = 24; offset < 72; offset += 24) {
		assert_int_equal(
		    decode_fragment4(decoder, 7, offset, offset == 24,
		        PROTOCOL_TCP, SECONDS(2), &later),
		    -1);
		assert_memory_equal(&later.key, &first.key, sizeof(later.key));
		assert_int_equal(later.sender, first.sender);
		assert_int_equal(later.later_fragment, 1);
		assert_int_equal(later.tcp_flags, 0);
		assert_int_equal(later.sequence, 0);
		assert_int_equal(later.payload_octets, 24);
		assert_int_equal(later.tos, 1 + offset);
		assert_int_equal(later.ip_octets, 44);
		assert_int_equal(later.vlan, 0);
		assert_int_equal(later.time.ns, SECONDS(2).ns);
	}
	decoder_free(&decoder);
}

static void
first_fragment_of_udp_counts_its_own_payload(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	assert_int_equal(decode_fragment4(decoder, 7, 0, true, PROTOCOL_UDP,
	                     SECONDS(0), &segment),
	    -1);
	assert_int_equal(segment.payload_octets, 16);
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_UDP,
	                     SECONDS(0), &segment),
	    -1);
	assert_int_equal(segment.payload_octets, 24);
	decoder_free(&decoder);
}

static struct decode_counts
counts_of(const struct decoder *decoder)
{
	struct decode_counts counts;

	decoder_counts(decoder, &counts);
	return counts;
}

static void
later_fragment_without_its_first_is_unmatched(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	assert_int_equal(decode_fragment4(decoder, 7, 0, true, PROTOCOL_TCP,
	                     SECONDS(0), &segment),
	    -1);
	/* another id, another protocol */
	assert_int_equal(decode_fragment4(decoder, 8, 24, true, PROTOCOL_TCP,
	                     SECONDS(0), &segment),
	    WAITS);
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_UDP,
	                     SECONDS(0), &segment),
	    WAITS);
	assert_int_equal(counts_of(decoder).undecided, 2);
	decoder_advance(decoder, (timestamp){ SECONDS(30).ns - 1 });
	assert_int_equal(counts_of(decoder).undecided, 2);
	decoder_advance(decoder, SECONDS(30));
	assert_int_equal(counts_of(decoder).undecided, 0);
	assert_int_equal(counts_of(decoder).unmatched[UNMATCHED_FRAGMENT], 2);
	assert_int_equal(counts_of(decoder).fragments_evicted, 0);
	decoder_free(&decoder);
}

static void
nothing_waits_at_the_end_of_input(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	decoder_finish(decoder); /* nothing yet */
	decode_fragment4(
	    decoder, 8, 24, true, PROTOCOL_TCP, SECONDS(0), &segment);
	decoder_finish(decoder);
	assert_int_equal(counts_of(decoder).undecided, 0);
	assert_int_equal(counts_of(decoder).unmatched[UNMATCHED_FRAGMENT], 1);
	decoder_free(&decoder);
}

/* The next released segment, whose packet was captured at a second. */
static enum decode_result
expect_next(struct decoder *decoder, int64_t second, uint32_t ip_octets,
    uint32_t payload, const struct segment *first)
{
	struct segment segment;
	enum decode_result result;

	memset(&segment, 0xee, sizeof(segment));
	result = decode_next(decoder, &segment);
	assert_memory_equal(&segment.key, &first->key, sizeof(segment.key));
	assert_int_equal(segment.sender, first->sender);
	assert_int_equal(segment.time.ns, SECONDS(second).ns);
	assert_int_equal(segment.ip_octets, ip_octets);
	/* Its own, see put_fragment4. */
	assert_int_equal(segment.tos % 24, segment.key.ip_version == 4);
	assert_int_equal(segment.payload_octets, payload);
	assert_int_equal(segment.tcp_flags, 0);
	assert_int_equal(segment.sequence, 0);
	assert_int_equal(segment.acknowledgement, 0);
	assert_int_equal(segment.later_fragment, 1);
	assert_int_equal(segment.vlan, 0);
	assert_int_equal(segment.customer_vlan, 0);
	assert_int_equal(segment.tunnel, 0);
	return result;
}

static void
later_fragments_that_come_first_wait_for_it(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment first, segment;

	(void)state;
	assert_int_equal(decode_fragment4(decoder, 7, 48, false, PROTOCOL_TCP,
	                     SECONDS(1), &segment),
	    WAITS);
	assert_int_equal(decode_fragment4(decoder, 9, 48, false, PROTOCOL_TCP,
	                     SECONDS(1), &segment),
	    WAITS);
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_TCP,
	                     SECONDS(2), &segment),
	    WAITS);
	assert_int_equal(counts_of(decoder).undecided, 3);
	assert_int_equal(decode_fragment4(decoder, 7, 0, true, PROTOCOL_TCP,
	                     SECONDS(3), &first),
	    -1);
	assert_int_equal(first.tcp_flags, TCP_SYN | TCP_ACK);
	assert_int_equal(first.later_fragment, 0);
	assert_int_equal(first.time.ns, SECONDS(3).ns);
	assert_int_equal(expect_next(decoder, 1, 44, 24, &first), DECODE_MORE);
	assert_int_equal(
	    expect_next(decoder, 2, 44, 24, &first), DECODE_SEGMENT);
	assert_int_equal(counts_of(decoder).undecided, 1);
	decoder_finish(decoder);
	assert_int_equal(counts_of(decoder).unmatched[UNMATCHED_FRAGMENT], 1);
	decoder_free(&decoder);
}

/* A caller that does not take them loses them, and the books know. */
static void
released_segments_that_are_not_taken_are_counted(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	for (unsigned id = 7; id < 9; id++) {
		decode_fragment4(
		    decoder, id, 24, false, PROTOCOL_TCP, SECONDS(0), &segment);
		decode_fragment4(
		    decoder, id, 0, true, PROTOCOL_TCP, SECONDS(0), &segment);
	}
	assert_int_equal(counts_of(decoder).unmatched[UNMATCHED_FRAGMENT], 1);
	assert_int_equal(counts_of(decoder).undecided, 1);
	decoder_free(&decoder);
}

static void
fragments_of_another_protocol_are_not_tcp_udp(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	assert_int_equal(
	    decode_fragment4(decoder, 7, 0, true, 1, SECONDS(0), &segment),
	    UNMATCHED_NOT_TCP_UDP);
	assert_int_equal(
	    decode_fragment4(decoder, 7, 24, false, 1, SECONDS(0), &segment),
	    UNMATCHED_NOT_TCP_UDP);
	decoder_free(&decoder);
}

/* Truncated, then malformed; before it and behind it. */
static void
later_fragments_of_a_refused_first_have_its_reason(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;

	(void)state;
	put_fragment4(&frame, 7, 0, true, PROTOCOL_TCP);
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_TCP,
	                     SECONDS(0), &segment),
	    WAITS);
	assert_int_equal(decode_cut(decoder, &frame, 33, SECONDS(0), &segment),
	    UNMATCHED_TRUNCATED_HEADER);
	assert_int_equal(counts_of(decoder).undecided, 0);
	assert_int_equal(
	    counts_of(decoder).unmatched[UNMATCHED_TRUNCATED_HEADER], 1);
	assert_int_equal(decode_fragment4(decoder, 7, 48, false, PROTOCOL_TCP,
	                     SECONDS(0), &segment),
	    UNMATCHED_TRUNCATED_HEADER);
	frame.octets[32] = 0x40;
	assert_int_equal(
	    decode_cut(decoder, &frame, frame.length, SECONDS(1), &segment),
	    UNMATCHED_MALFORMED);
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_TCP,
	                     SECONDS(1), &segment),
	    UNMATCHED_MALFORMED);
	decoder_free(&decoder);
}

/* --- a TCP header in pieces */

/* Octets from … to of a TCP header with options and payload, as a fragment. */
static int
decode_piece(struct decoder *decoder, unsigned from, unsigned to, bool more,
    int64_t second, struct segment *segment)
{
	struct frame frame = { .length = 0 }, whole = { .length = 0 };
	uint32_t ip = begin_ip4(&frame, PROTOCOL_TCP);

	put_tcp(&whole);
	whole.octets[11] = 5;    /* acknowledgement */
	whole.octets[12] = 0x70; /* 28 octets */
	put_zeros(&whole, 8 + 12);
	set16(&frame, ip + 6, from / 8 | (more ? 0x2000u : 0));
	put(&frame, whole.octets + from, to - from);
	end_ip4(&frame, ip);
	return decode_cut(
	    decoder, &frame, frame.length, SECONDS(second), segment);
}

/* Of each packet: what it counts, the flags only with the first. */
static void
expect_piece(const struct segment *segment, int64_t second, uint32_t octets,
    uint32_t payload, bool first)
{
	assert_int_equal(segment->time.ns, SECONDS(second).ns);
	assert_int_equal(segment->ip_octets, 20 + octets);
	assert_int_equal(segment->payload_octets, payload);
	assert_int_equal(segment->later_fragment, !first);
	assert_int_equal(segment->tcp_flags, first ? TCP_SYN | TCP_ACK : 0);
	assert_int_equal(segment->sequence, first ? 0x01020304 : 0);
	assert_int_equal(segment->acknowledgement, first ? 5 : 0);
	assert_int_equal(segment->key.port[segment->sender], 40000);
	assert_int_equal(segment->key.port[!segment->sender], 80);
	assert_int_equal(segment->key.protocol, PROTOCOL_TCP);
}

static void
tcp_header_in_tiny_fragments_is_put_together(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	assert_int_equal(decode_piece(decoder, 0, 8, true, 1, &segment), WAITS);
	/* a copy of it waits, too */
	assert_int_equal(decode_piece(decoder, 0, 8, true, 1, &segment), WAITS);
	assert_int_equal(
	    decode_piece(decoder, 24, 40, false, 1, &segment), WAITS);
	assert_int_equal(counts_of(decoder).undecided, 3);
	assert_int_equal(decode_piece(decoder, 8, 16, true, 2, &segment), -1);
	expect_piece(&segment, 1, 8, 0, true);
	assert_int_equal(decode_next(decoder, &segment), DECODE_MORE);
	expect_piece(&segment, 1, 8, 0, true);
	assert_int_equal(decode_next(decoder, &segment), DECODE_MORE);
	expect_piece(&segment, 1, 16, 12, false);
	assert_int_equal(decode_next(decoder, &segment), DECODE_SEGMENT);
	expect_piece(&segment, 2, 8, 0, false);
	assert_int_equal(counts_of(decoder).undecided, 0);
	assert_int_equal(decode_piece(decoder, 16, 24, true, 2, &segment), -1);
	expect_piece(&segment, 2, 8, 0, false);
	/* complete: copies of the first and of a later one still count */
	assert_int_equal(decode_piece(decoder, 0, 8, true, 2, &segment), -1);
	expect_piece(&segment, 2, 8, 0, true);
	assert_int_equal(decode_piece(decoder, 24, 40, false, 2, &segment), -1);
	expect_piece(&segment, 2, 16, 12, false);
	decoder_free(&decoder);
}

static void
tiny_fragments_in_reverse_order_are_put_together(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	assert_int_equal(
	    decode_piece(decoder, 16, 40, false, 1, &segment), WAITS);
	assert_int_equal(
	    decode_piece(decoder, 8, 16, true, 2, &segment), WAITS);
	assert_int_equal(decode_piece(decoder, 0, 8, true, 3, &segment), -1);
	expect_piece(&segment, 3, 8, 0, true);
	assert_int_equal(decode_next(decoder, &segment), DECODE_MORE);
	expect_piece(&segment, 1, 24, 12, false);
	assert_int_equal(decode_next(decoder, &segment), DECODE_SEGMENT);
	expect_piece(&segment, 2, 8, 0, false);
	decoder_free(&decoder);
}

static void
octets_beyond_the_tcp_header_are_payload(void **state)
{
	static const unsigned ends[] = { 16, 24, 32 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
		struct segment segment;
		uint32_t here = ends[i] > 28 ? ends[i] - 28 : 0;

		assert_int_equal(
		    decode_piece(decoder, 0, ends[i], true, 1, &segment), -1);
		expect_piece(&segment, 1, ends[i], here, true);
		assert_int_equal(
		    decode_piece(decoder, ends[i], 40, false, 1, &segment), -1);
		expect_piece(&segment, 1, 40 - ends[i], 12 - here, false);
		decoder_free(&decoder);
	}
}

static void
tiny_fragments_without_flags_are_unmatched(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip;

	(void)state;
	/* less than the ports' eight octets: nothing can follow that */
	ip = begin_ip4(&frame, PROTOCOL_TCP);
	set16(&frame, ip + 6, 0x2000);
	put_zeros(&frame, 7);
	end_ip4(&frame, ip);
	expect_refused(DLT_RAW_IP, 0, &frame, UNMATCHED_MALFORMED);
	/* they never come */
	decode_piece(decoder, 0, 8, true, 0, &segment);
	decode_piece(decoder, 16, 24, true, 0, &segment);
	decoder_advance(decoder, SECONDS(30));
	assert_int_equal(counts_of(decoder).unmatched[UNMATCHED_FRAGMENT], 2);
	/* the datagram ends before them */
	decode_piece(decoder, 0, 8, true, 40, &segment);
	assert_int_equal(decode_piece(decoder, 8, 12, false, 40, &segment),
	    UNMATCHED_MALFORMED);
	assert_int_equal(counts_of(decoder).unmatched[UNMATCHED_MALFORMED], 1);
	decoder_free(&decoder);
}

static void
flags_that_were_not_captured_are_a_truncated_header(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip = begin_ip4(&frame, PROTOCOL_TCP);

	(void)state;
	decode_piece(decoder, 0, 8, true, 0, &segment);
	set16(&frame, ip + 6, 1);
	put_zeros(&frame, 12);
	end_ip4(&frame, ip);
	assert_int_equal(decode_cut(decoder, &frame, 25, SECONDS(0), &segment),
	    UNMATCHED_TRUNCATED_HEADER);
	assert_int_equal(
	    counts_of(decoder).unmatched[UNMATCHED_TRUNCATED_HEADER], 1);
	assert_int_equal(counts_of(decoder).undecided, 0);
	decoder_free(&decoder);
}

static void
another_tiny_first_fragment_begins_another_datagram(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;
	uint32_t ip = begin_ip4(&frame, PROTOCOL_TCP);

	(void)state;
	decode_piece(decoder, 0, 8, true, 0, &segment);
	set16(&frame, ip + 6, 0x2000);
	put_hex(&frame, "c350 0050 00000009");
	end_ip4(&frame, ip);
	assert_int_equal(
	    decode_cut(decoder, &frame, frame.length, SECONDS(0), &segment),
	    WAITS);
	assert_int_equal(counts_of(decoder).unmatched[UNMATCHED_FRAGMENT], 1);
	assert_int_equal(decode_piece(decoder, 8, 16, true, 0, &segment), -1);
	assert_int_equal(segment.key.port[segment.sender], 50000);
	assert_int_equal(segment.sequence, 9);
	decoder_free(&decoder);
}

/* --- how long an entry lives */

static void
entry_expires_30_s_after_its_first(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;
	timestamp just_before = { SECONDS(130).ns - 1 };

	(void)state;
	decode_fragment4(
	    decoder, 7, 0, true, PROTOCOL_TCP, SECONDS(100), &segment);
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_TCP,
	                     just_before, &segment),
	    -1);
	assert_int_equal(decode_fragment4(decoder, 7, 48, false, PROTOCOL_TCP,
	                     SECONDS(130), &segment),
	    WAITS);
	assert_int_equal(counts_of(decoder).fragments_evicted, 0);
	decoder_free(&decoder);
}

/* Its first piece, not its first fragment. */
static void
entry_lives_30_s_from_its_first_piece(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	decode_fragment4(
	    decoder, 7, 24, true, PROTOCOL_TCP, SECONDS(100), &segment);
	assert_int_equal(decode_fragment4(decoder, 7, 0, true, PROTOCOL_TCP,
	                     SECONDS(129), &segment),
	    -1);
	expect_next(decoder, 100, 44, 24, &segment);
	assert_int_equal(decode_fragment4(decoder, 7, 48, false, PROTOCOL_TCP,
	                     SECONDS(130), &segment),
	    WAITS);
	decoder_free(&decoder);
}

static void
complete_datagram_ends_but_for_copies_within_a_second(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment first, segment;
	timestamp within = { SECONDS(2).ns - 1 };
	timestamp again = { SECONDS(3).ns - 2 };

	(void)state;
	decode_fragment4(decoder, 7, 0, true, PROTOCOL_UDP, SECONDS(1), &first);
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_UDP,
	                     SECONDS(1), &segment),
	    -1);
	/* copies, the first one's among them */
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_UDP,
	                     within, &segment),
	    -1);
	assert_memory_equal(&segment.key, &first.key, sizeof(first.key));
	assert_int_equal(decode_fragment4(decoder, 7, 0, true, PROTOCOL_UDP,
	                     within, &segment),
	    -1);
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_UDP,
	                     within, &segment),
	    -1);
	/* a second from the first one's copy */
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_UDP,
	                     again, &segment),
	    -1);
	/* the id again: its first fragment is not that one */
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_UDP,
	                     SECONDS(3), &segment),
	    WAITS);
	decoder_free(&decoder);
}

/* Pieces in any order, doubled and overlapping, complete a datagram. */
static void
datagram_is_complete_whatever_the_order_of_its_pieces(void **state)
{
	enum {
		PIECES = 46
	};

	(void)state;
	srandom(11);
	for (int round = 0; round < 200; round++) {
		struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
		struct segment segment;
		unsigned order[PIECES], got = 0;

		for (unsigned i = 0; i < PIECES; i++)
			order[i] = i;
		for (unsigned i = PIECES - 1; i > 0; i--) {
			unsigned j = (unsigned)random() % (i + 1);
			unsigned swap = order[i];

			order[i] = order[j];
			order[j] = swap;
		}
		for (unsigned i = 0; i < PIECES; i++) {
			int reason = decode_fragment4(decoder, 7, order[i] * 24,
			    order[i] != PIECES - 1, PROTOCOL_UDP, SECONDS(1),
			    &segment);

			if (reason != -1)
				continue;
			got++;
			while (counts_of(decoder).undecided > 0) {
				decode_next(decoder, &segment);
				got++;
			}
		}
		assert_int_equal(got, PIECES);
		assert_int_equal(decode_fragment4(decoder, 7, 24, true,
		                     PROTOCOL_UDP, SECONDS(2), &segment),
		    WAITS);
		decoder_free(&decoder);
	}
}

static void
datagram_with_a_hole_is_not_complete(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	decode_fragment4(
	    decoder, 7, 0, true, PROTOCOL_UDP, SECONDS(1), &segment);
	decode_fragment4(
	    decoder, 7, 48, false, PROTOCOL_UDP, SECONDS(1), &segment);
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_UDP,
	                     SECONDS(20), &segment),
	    -1);
	decoder_free(&decoder);
}

/* Capture time goes back by an hour: what waits moves along. */
static void
time_that_goes_back_takes_the_entries_along(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	decode_fragment4(
	    decoder, 7, 0, true, PROTOCOL_UDP, SECONDS(5000), &segment);
	decoder_advance(decoder, SECONDS(5010));
	decoder_advance(decoder, SECONDS(1400));
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_UDP,
	                     SECONDS(1419), &segment),
	    -1);
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_UDP,
	                     SECONDS(1420), &segment),
	    WAITS);
	decoder_free(&decoder);
}

static void
second_first_fragment_replaces_the_entry(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;

	(void)state;
	decode_fragment4(
	    decoder, 7, 0, true, PROTOCOL_TCP, SECONDS(0), &segment);
	put_fragment4(&frame, 7, 0, true, PROTOCOL_TCP);
	set16(&frame, 20, 50000); /* another port */
	decode_cut(decoder, &frame, frame.length, SECONDS(20), &segment);
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_TCP,
	                     SECONDS(40), &segment),
	    -1);
	assert_int_equal(segment.key.port[segment.sender], 50000);
	decoder_free(&decoder);
}

static void
full_table_gives_up_the_oldest_and_counts_it(void **state)
{
	struct decode_options options = { .fragment_table = 3 };
	struct decoder *decoder = decoder_new(&options);
	struct segment segment;

	(void)state;
	decoder_set_datalink(decoder, DLT_RAW_IP);
	for (unsigned id = 0; id < 5; id++)
		decode_fragment4(
		    decoder, id, 0, true, PROTOCOL_TCP, SECONDS(id), &segment);
	assert_int_equal(counts_of(decoder).fragments_evicted, 2);
	for (unsigned id = 2; id < 5; id++)
		assert_int_equal(decode_fragment4(decoder, id, 32, true,
		                     PROTOCOL_TCP, SECONDS(5), &segment),
		    -1);
	/* Later fragments take no place from those that are known. */
	assert_int_equal(decode_fragment4(decoder, 1, 24, false, PROTOCOL_TCP,
	                     SECONDS(5), &segment),
	    UNMATCHED_FRAGMENT);
	assert_int_equal(counts_of(decoder).fragments_evicted, 2);
	/* Expired ones are no loss: they make room. */
	for (unsigned id = 10; id < 13; id++)
		decode_fragment4(
		    decoder, id, 0, true, PROTOCOL_TCP, SECONDS(40), &segment);
	assert_int_equal(counts_of(decoder).fragments_evicted, 2);
	decoder_free(&decoder);
}

/* Complete ones are no loss, either. */
static void
full_table_gives_up_complete_datagrams_first(void **state)
{
	struct decode_options options = { .fragment_table = 2 };
	struct decoder *decoder = decoder_new(&options);
	struct segment segment;

	(void)state;
	decoder_set_datalink(decoder, DLT_RAW_IP);
	decode_fragment4(
	    decoder, 1, 0, true, PROTOCOL_UDP, SECONDS(0), &segment);
	for (unsigned id = 2; id < 6; id++) {
		decode_fragment4(
		    decoder, id, 0, true, PROTOCOL_UDP, SECONDS(0), &segment);
		decode_fragment4(
		    decoder, id, 24, false, PROTOCOL_UDP, SECONDS(0), &segment);
	}
	assert_int_equal(counts_of(decoder).fragments_evicted, 0);
	assert_int_equal(decode_fragment4(decoder, 1, 24, true, PROTOCOL_UDP,
	                     SECONDS(0), &segment),
	    -1);
	decoder_free(&decoder);
}

static void
fragments_that_wait_are_bounded_and_the_oldest_give_way(void **state)
{
	enum {
		TABLE = 4,
		PLACES = TABLE * FRAGMENT_WAITING
	};
	struct decode_options options = { .fragment_table = TABLE };
	struct decoder *decoder = decoder_new(&options);
	struct decode_counts counts;
	struct segment segment;

	(void)state;
	decoder_set_datalink(decoder, DLT_RAW_IP);
	/* One datagram that waits, then one with more than all places. */
	decode_fragment4(
	    decoder, 1, 24, true, PROTOCOL_UDP, SECONDS(0), &segment);
	for (unsigned n = 0; n < PLACES; n++)
		assert_int_equal(decode_fragment4(decoder, 2, 24 * (n + 1),
		                     true, PROTOCOL_UDP, SECONDS(0), &segment),
		    WAITS);
	counts = counts_of(decoder);
	assert_int_equal(counts.undecided, PLACES);
	assert_int_equal(counts.fragments_evicted, 1);
	assert_int_equal(counts.unmatched[UNMATCHED_FRAGMENT], 1);
	/* It gives itself up, too. */
	assert_int_equal(decode_fragment4(decoder, 2, 24, true, PROTOCOL_UDP,
	                     SECONDS(0), &segment),
	    WAITS);
	counts = counts_of(decoder);
	assert_int_equal(counts.undecided, 1);
	assert_int_equal(counts.unmatched[UNMATCHED_FRAGMENT], 1 + PLACES);
	decoder_free(&decoder);
}

static int
decode_tagged(struct decoder *decoder, const char *tags, unsigned offset,
    struct segment *segment)
{
	struct frame frame = { .length = 0 };

	put_hex(&frame, "020000000001 020000000002");
	put_hex(&frame, tags);
	put_hex(&frame, "0800");
	put_fragment4(&frame, 7, offset, true, PROTOCOL_UDP);
	return decode_cut(decoder, &frame, frame.length, SECONDS(0), segment);
}

static void
fragments_of_two_vlans_are_apart_only_with_key_vlan(void **state)
{
	(void)state;
	for (int with = 0; with < 2; with++) {
		struct decode_options options = { .key_vlan = with != 0 };
		struct decoder *decoder = decoder_new(&options);
		struct segment segment;

		decoder_set_datalink(decoder, DLT_ETHERNET);
		decode_tagged(decoder, "88a80064 81000007", 0, &segment);
		assert_int_equal(
		    decode_tagged(decoder, "88a80064 81000008", 24, &segment),
		    with ? WAITS : -1);
		assert_int_equal(
		    decode_tagged(decoder, "88a80064 81000007", 24, &segment),
		    -1);
		assert_int_equal(segment.vlan, 100);
		assert_int_equal(segment.customer_vlan, 7);
		decoder_free(&decoder);
	}
}

static uint32_t
put_fragment6(struct frame *frame, unsigned offset, bool more)
{
	uint32_t ip = begin_ip6(frame, 44);

	put_hex(frame, "06 00");
	put16(frame, offset | more);
	put_hex(frame, "89abcdef");
	if (offset == 0)
		put_tcp(frame);
	put_zeros(frame, 12);
	end_ip6(frame, ip);
	return ip;
}

static void
ip6_fragments_join_too(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame first = { .length = 0 }, later = { .length = 0 };
	struct segment segment, joined;

	(void)state;
	put_fragment6(&first, 0, true);
	put_fragment6(&later, 32, false);
	/* The first one's protocol counts, whatever the others say. */
	later.octets[40] = 59;
	assert_int_equal(
	    decode_cut(decoder, &first, first.length, SECONDS(0), &segment),
	    -1);
	assert_int_equal(segment.payload_octets, 12);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &joined), -1);
	assert_memory_equal(&joined.key, &segment.key, sizeof(joined.key));
	assert_int_equal(joined.sender, segment.sender);
	assert_int_equal(joined.payload_octets, 12);
	assert_int_equal(joined.ip_octets, 60);
	assert_int_equal(joined.later_fragment, 1);
	decoder_free(&decoder);
}

static void
atomic_fragment_is_a_whole_datagram(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame atomic = { .length = 0 }, later = { .length = 0 };
	struct segment segment;

	(void)state;
	put_fragment6(&atomic, 0, false);
	put_fragment6(&later, 32, false);
	assert_int_equal(
	    decode_cut(decoder, &atomic, atomic.length, SECONDS(0), &segment),
	    -1);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &segment),
	    WAITS);
	decoder_free(&decoder);
}

/* Of ICMP, before the first one and behind it. */
static void
ip6_fragments_have_the_reason_of_their_first(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame first = { .length = 0 }, later = { .length = 0 };
	struct segment segment;

	(void)state;
	put_fragment6(&first, 0, true);
	put_fragment6(&later, 32, false);
	first.octets[40] = 58;
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &segment),
	    WAITS);
	assert_int_equal(
	    decode_cut(decoder, &first, first.length, SECONDS(0), &segment),
	    UNMATCHED_NOT_TCP_UDP);
	assert_int_equal(
	    counts_of(decoder).unmatched[UNMATCHED_NOT_TCP_UDP], 1);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &segment),
	    UNMATCHED_NOT_TCP_UDP);
	decoder_free(&decoder);
}

/* The TCP header begins behind options that are in the first fragment. */
static void
ip6_tiny_fragments_behind_extensions(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame first = { .length = 0 }, later = { .length = 0 };
	struct segment segment;
	uint32_t ip = begin_ip6(&first, 44);

	(void)state;
	put_hex(&first, "3c 00 0001 00000007 06 00 010400000000");
	put_hex(&first, "9c40 0050 01020304");
	end_ip6(&first, ip);
	ip = begin_ip6(&later, 44);
	put_hex(&later, "3c 00 0010 00000007 00000000 60 12 ffff 0000 0000");
	put_zeros(&later, 4 + 7);
	end_ip6(&later, ip);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(1), &segment),
	    WAITS);
	assert_int_equal(
	    decode_cut(decoder, &first, first.length, SECONDS(2), &segment),
	    -1);
	assert_int_equal(segment.tcp_flags, TCP_SYN | TCP_ACK);
	assert_int_equal(segment.payload_octets, 0);
	assert_int_equal(segment.ip_octets, 40 + 8 + 16);
	expect_next(decoder, 1, 40 + 8 + 23, 7, &segment);
	decoder_free(&decoder);
}

/* Their octets are counted by the inner packet's lengths already. */
static void
outer_fragments_are_counted_inside(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, TUNNEL_IPIP);
	struct frame first = { .length = 0 }, later = { .length = 0 };
	struct segment inner;
	uint32_t ip = begin_ip4(&first, 4);

	(void)state;
	set16(&first, ip + 6, 0x2000);
	first.octets[ip + 12] = 99; /* the outer source is another */
	put_tcp4(&first);
	end_ip4(&first, ip);
	ip = begin_ip4(&later, 4);
	set16(&later, ip + 6, 50 / 8);
	later.octets[ip + 12] = 99;
	put_zeros(&later, 30);
	end_ip4(&later, ip);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &inner),
	    WAITS);
	assert_int_equal(
	    decode_cut(decoder, &first, first.length, SECONDS(0), &inner), -1);
	assert_tcp4(&inner);
	assert_int_equal(
	    counts_of(decoder).unmatched[UNMATCHED_TUNNEL_FRAGMENT], 1);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &inner),
	    UNMATCHED_TUNNEL_FRAGMENT);
	decoder_free(&decoder);
}

/* The inside is refused: so are the later fragments, for the same reason. */
static void
outer_fragments_have_the_reason_of_the_inside(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, TUNNEL_IPIP);
	struct frame first = { .length = 0 }, later = { .length = 0 };
	struct segment segment;
	uint32_t ip = begin_ip4(&first, 4), inside;

	(void)state;
	set16(&first, ip + 6, 0x2000);
	inside = begin_ip4(&first, 1);
	put_zeros(&first, 28);
	end_ip4(&first, inside);
	end_ip4(&first, ip);
	ip = begin_ip4(&later, 4);
	set16(&later, ip + 6, 6);
	put_zeros(&later, 30);
	end_ip4(&later, ip);
	assert_int_equal(
	    decode_cut(decoder, &first, first.length, SECONDS(0), &segment),
	    UNMATCHED_NOT_TCP_UDP);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &segment),
	    UNMATCHED_NOT_TCP_UDP);
	decoder_free(&decoder);
}

/*
 * Random fragments of few datagrams through a small table: every packet is
 * decided once, whatever is evicted, expires or comes twice.
 */
static void
books_balance_under_random_fragments(void **state)
{
	struct decode_options options = { .fragment_table = 5 };
	struct decoder *decoder = decoder_new(&options);
	struct decode_counts counts;
	uint64_t read = 0, segments = 0, refused = 0;

	(void)state;
	srandom(17);
	decoder_set_datalink(decoder, DLT_RAW_IP);
	for (int64_t now = 0; now < 100000; now++) {
		static const unsigned kinds[] = { 6, 6, 17, 17, 1 };
		unsigned kind = kinds[random() % 5];
		unsigned offset = 8 * ((unsigned)random() % 8);
		struct frame frame = { .length = 0 };
		uint32_t ip = begin_ip4(&frame, kind);
		enum unmatched reason;
		struct segment segment;
		enum decode_result result;
		timestamp time = { now * NS_PER_SECOND / 7 };

		set16(&frame, ip + 4, (unsigned)random() % 9);
		set16(&frame, ip + 6,
		    offset / 8 | (random() % 3 != 0 ? 0x2000u : 0));
		put_hex(&frame, "1389 0035");
		while (frame.length < 28 || random() % 8 != 0)
			put_hex(&frame, "5555");
		end_ip4(&frame, ip);
		result = decode_frame(decoder, time, time, frame.octets,
		    frame.length, frame.length, &segment, &reason);
		read++;
		refused += result == DECODE_REFUSED;
		segments += result == DECODE_SEGMENT || result == DECODE_MORE;
		while (result == DECODE_MORE) {
			result = decode_next(decoder, &segment);
			segments++;
		}
		decoder_counts(decoder, &counts);
		for (size_t i = 0; i < UNMATCHED_COUNT; i++)
			counts.undecided += counts.unmatched[i];
		assert_int_equal(read, segments + refused + counts.undecided);
	}
	assert_true(segments > 1000 && refused > 1000);
	assert_true(counts.fragments_evicted > 0);
	decoder_finish(decoder);
	decoder_counts(decoder, &counts);
	assert_int_equal(counts.undecided, 0);
	decoder_free(&decoder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(later_fragment_joins_the_segment_of_the_first),
		cmocka_unit_test(first_fragment_of_udp_counts_its_own_payload),
		cmocka_unit_test(later_fragment_without_its_first_is_unmatched),
		cmocka_unit_test(nothing_waits_at_the_end_of_input),
		cmocka_unit_test(later_fragments_that_come_first_wait_for_it),
		cmocka_unit_test(
		    released_segments_that_are_not_taken_are_counted),
		cmocka_unit_test(fragments_of_another_protocol_are_not_tcp_udp),
		cmocka_unit_test(
		    later_fragments_of_a_refused_first_have_its_reason),
		cmocka_unit_test(tcp_header_in_tiny_fragments_is_put_together),
		cmocka_unit_test(
		    tiny_fragments_in_reverse_order_are_put_together),
		cmocka_unit_test(octets_beyond_the_tcp_header_are_payload),
		cmocka_unit_test(tiny_fragments_without_flags_are_unmatched),
		cmocka_unit_test(
		    flags_that_were_not_captured_are_a_truncated_header),
		cmocka_unit_test(
		    another_tiny_first_fragment_begins_another_datagram),
		cmocka_unit_test(entry_expires_30_s_after_its_first),
		cmocka_unit_test(entry_lives_30_s_from_its_first_piece),
		cmocka_unit_test(
		    complete_datagram_ends_but_for_copies_within_a_second),
		cmocka_unit_test(
		    datagram_is_complete_whatever_the_order_of_its_pieces),
		cmocka_unit_test(datagram_with_a_hole_is_not_complete),
		cmocka_unit_test(time_that_goes_back_takes_the_entries_along),
		cmocka_unit_test(second_first_fragment_replaces_the_entry),
		cmocka_unit_test(full_table_gives_up_the_oldest_and_counts_it),
		cmocka_unit_test(full_table_gives_up_complete_datagrams_first),
		cmocka_unit_test(
		    fragments_that_wait_are_bounded_and_the_oldest_give_way),
		cmocka_unit_test(
		    fragments_of_two_vlans_are_apart_only_with_key_vlan),
		cmocka_unit_test(ip6_fragments_join_too),
		cmocka_unit_test(ip6_fragments_have_the_reason_of_their_first),
		cmocka_unit_test(ip6_tiny_fragments_behind_extensions),
		cmocka_unit_test(atomic_fragment_is_a_whole_datagram),
		cmocka_unit_test(outer_fragments_are_counted_inside),
		cmocka_unit_test(outer_fragments_have_the_reason_of_the_inside),
		cmocka_unit_test(books_balance_under_random_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

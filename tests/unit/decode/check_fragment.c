/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments of IPv4 and IPv6, and the bounded table that joins them. */
#include "../frame.h"

#include "../../../src/decode/fragment.h"

#define SECONDS(n) ((timestamp){ (n)*NS_PER_SECOND })

/* IPv4 fragment at offset (octets) of a datagram; 24 octets of payload. */
static void
put_fragment4(
    struct frame *frame, unsigned id, unsigned offset, bool more, unsigned kind)
{
	uint32_t ip = begin_ip4(frame, kind);

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

static void
later_fragment_without_its_first_is_unmatched(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct segment segment;

	(void)state;
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_TCP,
	                     SECONDS(0), &segment),
	    UNMATCHED_FRAGMENT);
	assert_int_equal(decode_fragment4(decoder, 7, 0, true, PROTOCOL_TCP,
	                     SECONDS(0), &segment),
	    -1);
	/* another id, another protocol */
	assert_int_equal(decode_fragment4(decoder, 8, 24, true, PROTOCOL_TCP,
	                     SECONDS(0), &segment),
	    UNMATCHED_FRAGMENT);
	assert_int_equal(decode_fragment4(decoder, 7, 24, true, PROTOCOL_UDP,
	                     SECONDS(0), &segment),
	    UNMATCHED_FRAGMENT);
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

static void
failed_first_fragment_stores_nothing(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, 0);
	struct frame frame = { .length = 0 };
	struct segment segment;

	(void)state;
	put_fragment4(&frame, 7, 0, true, PROTOCOL_TCP);
	assert_int_equal(decode_cut(decoder, &frame, 39, SECONDS(0), &segment),
	    UNMATCHED_TRUNCATED_HEADER);
	frame.octets[32] = 0x40;
	assert_int_equal(
	    decode_cut(decoder, &frame, frame.length, SECONDS(0), &segment),
	    UNMATCHED_MALFORMED);
	assert_int_equal(decode_fragment4(decoder, 7, 24, false, PROTOCOL_TCP,
	                     SECONDS(0), &segment),
	    UNMATCHED_FRAGMENT);
	decoder_free(&decoder);
}

/* A first fragment that ends within the TCP header (RFC 1858). */
static void
tiny_first_fragment_is_malformed(void **state)
{
	struct frame frame = { .length = 0 };
	uint32_t ip = begin_ip4(&frame, PROTOCOL_TCP);

	(void)state;
	set16(&frame, ip + 6, 0x2000);
	put_tcp(&frame);
	set16(&frame, ip + 2, 28);
	expect_refused(DLT_RAW_IP, 0, &frame, UNMATCHED_MALFORMED);
}

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
	    UNMATCHED_FRAGMENT);
	assert_int_equal(decoder_fragments_evicted(decoder), 0);
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
	assert_int_equal(decoder_fragments_evicted(decoder), 2);
	for (unsigned id = 0; id < 5; id++)
		assert_int_equal(decode_fragment4(decoder, id, 24, false,
		                     PROTOCOL_TCP, SECONDS(5), &segment),
		    id < 2 ? UNMATCHED_FRAGMENT : -1);
	/* Expired ones are no loss: ids 2 to 4 make room. */
	for (unsigned id = 10; id < 13; id++)
		decode_fragment4(
		    decoder, id, 0, true, PROTOCOL_TCP, SECONDS(40), &segment);
	assert_int_equal(decoder_fragments_evicted(decoder), 2);
	decoder_free(&decoder);
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
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &joined),
	    UNMATCHED_FRAGMENT);
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
	    UNMATCHED_FRAGMENT);
	decoder_free(&decoder);
}

static void
outer_fragments_join_the_inner_segment(void **state)
{
	struct decoder *decoder = make_decoder(DLT_RAW_IP, TUNNEL_IPIP);
	struct frame first = { .length = 0 }, later = { .length = 0 };
	struct segment inner, joined;
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
	    decode_cut(decoder, &first, first.length, SECONDS(0), &inner), -1);
	assert_tcp4(&inner);
	assert_int_equal(
	    decode_cut(decoder, &later, later.length, SECONDS(0), &joined), -1);
	assert_memory_equal(&joined.key, &inner.key, sizeof(joined.key));
	assert_int_equal(joined.payload_octets, 30);
	assert_int_equal(joined.ip_octets, 50);
	decoder_free(&decoder);
}

/* The table against one that keeps everything and looks at all of it. */
static void
table_agrees_with_a_plain_list(void **state)
{
	enum {
		IDS = 40,
		CAPACITY = 16
	};
	struct fragment_table *table = fragment_table_new(CAPACITY);
	timestamp stored[IDS];
	bool known[IDS] = { false };
	uint64_t evicted = 0;

	(void)state;
	srandom(3);
	for (int64_t now = 0; now < 20000; now++) {
		uint32_t id = (uint32_t)random() % IDS;
		uint8_t address[16] = { (uint8_t)id };
		struct fragment_key key =
		    fragment_key_make(address, address, 6, 17, id);
		struct segment segment = { .key.port = { (uint16_t)id } };
		int live = 0, oldest = -1;

		for (int i = 0; i < IDS; i++) {
			if (known[i] &&
			    now - stored[i].ns / NS_PER_SECOND >= 30)
				known[i] = false;
			if (!known[i])
				continue;
			live++;
			if (oldest < 0 || stored[i].ns < stored[oldest].ns)
				oldest = i;
		}
		if (random() % 2 == 0) {
			struct segment out = { .key.port = { IDS } };
			int found = fragment_table_find(
			    table, &key, SECONDS(now), &out);

			assert_int_equal(found, known[id] ? 0 : -1);
			assert_int_equal(out.key.port[0], known[id] ? id : IDS);
			continue;
		}
		if (!known[id] && live == CAPACITY) {
			known[oldest] = false;
			evicted++;
		}
		known[id] = true;
		stored[id] = SECONDS(now);
		fragment_table_put(table, &key, &segment, SECONDS(now));
	}
	assert_true(evicted > 0);
	assert_int_equal(fragment_table_evicted(table), evicted);
	fragment_table_free(&table);
	assert_null(table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(later_fragment_joins_the_segment_of_the_first),
		cmocka_unit_test(first_fragment_of_udp_counts_its_own_payload),
		cmocka_unit_test(later_fragment_without_its_first_is_unmatched),
		cmocka_unit_test(fragments_of_another_protocol_are_not_tcp_udp),
		cmocka_unit_test(failed_first_fragment_stores_nothing),
		cmocka_unit_test(tiny_first_fragment_is_malformed),
		cmocka_unit_test(entry_expires_30_s_after_its_first),
		cmocka_unit_test(second_first_fragment_replaces_the_entry),
		cmocka_unit_test(full_table_gives_up_the_oldest_and_counts_it),
		cmocka_unit_test(ip6_fragments_join_too),
		cmocka_unit_test(atomic_fragment_is_a_whole_datagram),
		cmocka_unit_test(outer_fragments_join_the_inner_segment),
		cmocka_unit_test(table_agrees_with_a_plain_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

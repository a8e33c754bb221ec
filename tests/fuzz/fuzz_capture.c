/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole capture file: pcap or pcapng, plain, gzip or zstd, through capture
 * and decoder.  What comes out of a file and out of a pipe has to be the same,
 * and what comes out of libpcap, wherever that can read it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/capture/capture.h"
#include "exflow/decode/decode.h"

#include "../unit/capture/second_opinion.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read of a capture. */
struct seen {
	uint64_t packets, segments, unmatched[UNMATCHED_COUNT];
	uint64_t octets; /* a sum over the packets' octets and times */
	int end;
};

static void
look(struct seen *seen, struct decoder *decoder,
    const struct capture_packet *packet, timestamp *now)
{
	enum unmatched reason = UNMATCHED_COUNT;
	enum decode_result result;
	struct segment segment;

	*now = timestamp_max(*now, packet->time);
	seen->packets++;
	seen->octets = seen->octets * 31 + (uint64_t)packet->time.ns;
	for (uint32_t i = 0; i < packet->captured; i++)
		seen->octets = seen->octets * 31 + packet->frame[i];
	result = decode_frame(decoder, packet->time, *now, packet->frame,
	    packet->captured, packet->wire_length, &segment, &reason);
	if (result == DECODE_REFUSED)
		seen->unmatched[reason]++;
	else if (result != DECODE_WAITS)
		seen->segments++;
	while (result == DECODE_MORE) {
		result = decode_next(decoder, &segment);
		seen->segments++;
	}
}

/* All of a capture that could be opened; it is closed. */
static void
read_all(struct seen *seen, struct capture *capture)
{
	struct decode_options options = {
		.tunnels = tunnel_from_name("all"),
		.fragment_table = 16,
	};
	struct decoder *decoder = decoder_new(&options);
	struct capture_packet packet;
	char name[CAPTURE_DATALINK_NAME_SIZE];
	timestamp now = { 0 };

	scratch_expect(decoder != NULL);
	capture_datalink_name(capture_datalink(capture), name, sizeof(name));
	scratch_expect(name[0] != '\0');
	while ((seen->end = capture_next(capture, &packet)) == 1) {
		/* As Ethernet if it cannot be decoded: more is looked at. */
		if (decoder_set_datalink(decoder, packet.datalink) != 0)
			scratch_expect(decoder_set_datalink(decoder, 1) == 0);
		look(seen, decoder, &packet, &now);
		scratch_expect(
		    capture_interface(capture, packet.interface->number) ==
		    packet.interface);
	}
	scratch_expect(seen->end == 0 || capture_error(capture)[0] != '\0');
	scratch_expect(capture_next(capture, &packet) == seen->end);
	scratch_expect(
	    capture_octets_total(capture) == 0 ||
	    capture_octets_read(capture) <= capture_octets_total(capture));
	decoder_free(&decoder);
	capture_close(&capture);
}

static void
read_path(struct seen *seen, const char *path, const char *filter)
{
	char error[CAPTURE_ERROR_SIZE] = "";
	struct capture *capture = capture_open(path, filter, error);

	memset(seen, 0, sizeof(*seen));
	seen->end = 1; /* not opened */
	if (capture != NULL)
		read_all(seen, capture);
	else
		scratch_expect(error[0] != '\0');
}

/* An input with more interfaces than are read is not held against libpcap. */
static void
compare_with_libpcap(const char *path)
{
	struct opinion opinion;

	if (!opinion_agrees(&opinion, path, true) &&
	    strstr(opinion.wrong, "more than 4096 interfaces") == NULL) {
		fprintf(stderr, "%s\n", opinion.wrong);
		scratch_expect(opinion.wrong[0] == '\0');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole, piped, some;

	compare_with_libpcap(scratch_file(data, size));
	read_path(&whole, scratch_file(data, size), NULL);
	if (size <= SCRATCH_PIPE_MAX) {
		read_path(&piped, scratch_pipe(data, size), NULL);
		scratch_expect(memcmp(&whole, &piped, sizeof(whole)) == 0);
	}
	read_path(&some, scratch_file(data, size), "ip or ip6");
	scratch_expect(some.packets <= whole.packets);
	return 0;
}

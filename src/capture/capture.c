/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/capture/capture.h"

#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/stream.h"

#define PCAPNG_MAJOR 1 /* libpcap's version of a pcapng file; pcap has 2 */
#define CAPTURE_EXPECTED                                                       \
	"expected a pcap or pcapng capture, plain or compressed with gzip "    \
	"or zstd"

struct capture {
	pcap_t *pcap;
	struct stream *stream;
	char *path;                /* for messages */
	struct bpf_program filter; /* bf_insns NULL: none */
	bool classic;              /* seconds of 32 bits */
	int ended;                 /* 1: not yet; 0, -1: what came last */
	uint64_t packets;          /* read, whether or not they pass */
	char error[CAPTURE_ERROR_SIZE];
};

/* Of an empty file libpcap says only that it is cut; we say what it is. */
static int
capture_read_header(struct capture *capture, char error[CAPTURE_ERROR_SIZE])
{
	char words[PCAP_ERRBUF_SIZE] = "";
	FILE *file = stream_take_file(capture->stream);
	const char *codec = stream_codec_name(capture->stream);
	int first = getc(file);

	if (first == EOF)
		snprintf(words, sizeof(words), "%s",
		    ferror(file) ? strerror(errno) : "empty");
	else if (ungetc(first, file) != EOF)
		capture->pcap = pcap_fopen_offline_with_tstamp_precision(
		    file, PCAP_TSTAMP_PRECISION_NANO, words);
	if (capture->pcap != NULL)
		return 0;
	if (stream_error(capture->stream) != NULL) {
		snprintf(
		    words, sizeof(words), "%s", stream_error(capture->stream));
		codec = NULL; /* which those words name already */
	}
	fclose(file);
	snprintf(error, CAPTURE_ERROR_SIZE, "%s: %s%s%s; " CAPTURE_EXPECTED,
	    capture->path, words, codec != NULL ? " inside " : "",
	    codec != NULL ? codec : "");
	return -1;
}

static int
capture_set_filter(
    struct capture *capture, const char *filter, char error[CAPTURE_ERROR_SIZE])
{
	if (filter == NULL || filter[0] == '\0')
		return 0;
	if (pcap_compile(capture->pcap, &capture->filter, filter, 1,
	        PCAP_NETMASK_UNKNOWN) == 0)
		return 0;
	snprintf(error, CAPTURE_ERROR_SIZE,
	    "%s: filter \"%.200s\" cannot be used: %s", capture->path, filter,
	    pcap_geterr(capture->pcap));
	return -1;
}

static int
capture_open_stream(struct capture *capture, const char *path,
    const char *filter, char error[CAPTURE_ERROR_SIZE])
{
	capture->stream = stream_open(path);
	if (capture->stream == NULL) {
		snprintf(error, CAPTURE_ERROR_SIZE, "%s: %s; " CAPTURE_EXPECTED,
		    capture->path, strerror(errno));
		return -1;
	}
	if (capture_read_header(capture, error) < 0)
		return -1;
	capture->classic = pcap_major_version(capture->pcap) != PCAPNG_MAJOR;
	return capture_set_filter(capture, filter, error);
}

struct capture *
capture_open(
    const char *path, const char *filter, char error[CAPTURE_ERROR_SIZE])
{
	const char *shown = strcmp(path, "-") == 0 ? "standard input" : path;
	struct capture *capture = calloc(1, sizeof(*capture));

	if (capture == NULL || (capture->path = strdup(shown)) == NULL) {
		snprintf(error, CAPTURE_ERROR_SIZE, "%s: %s", shown,
		    strerror(ENOMEM));
		capture_close(&capture);
		return NULL;
	}
	capture->ended = 1;
	if (capture_open_stream(capture, path, filter, error) < 0)
		capture_close(&capture);
	return capture;
}

void
capture_close(struct capture **capture)
{
	struct capture *it = *capture;

	if (it == NULL)
		return;
	pcap_freecode(&it->filter);
	if (it->pcap != NULL)
		pcap_close(it->pcap);
	stream_close(&it->stream);
	free(it->path);
	free(it);
	*capture = NULL;
}

/* The end, clean or not; asked again, the answer stays the same. */
static int
capture_end(struct capture *capture, int result)
{
	const char *words = stream_error(capture->stream);

	if (capture->ended != 1)
		return capture->ended;
	capture->ended = 0;
	if (words == NULL && result == PCAP_ERROR)
		words = pcap_geterr(capture->pcap);
	if (words == NULL)
		return 0;
	capture->ended = -1;
	if (capture->packets == 0)
		snprintf(capture->error, sizeof(capture->error),
		    "%s: before the first packet: %s", capture->path, words);
	else
		snprintf(capture->error, sizeof(capture->error),
		    "%s: after packet %" PRIu64 ": %s", capture->path,
		    capture->packets, words);
	return -1;
}

/*
 * pcap has seconds without a sign in 32 bits, until 2106; libpcap takes
 * those after 2038 for times before 1970.
 */
static timestamp
capture_time(const struct capture *capture, const struct pcap_pkthdr *header)
{
	int64_t seconds = header->ts.tv_sec;

	if (seconds < 0 && capture->classic)
		seconds += INT64_C(1) << 32;
	return timestamp_from(seconds, header->ts.tv_usec);
}

int
capture_next(struct capture *capture, struct capture_packet *packet)
{
	struct pcap_pkthdr *header;
	const u_char *frame;
	int result = 0;

	do {
		if (capture->ended == 1)
			result = pcap_next_ex(capture->pcap, &header, &frame);
		if (result != 1)
			return capture_end(capture, result);
		capture->packets++;
	} while (capture->filter.bf_insns != NULL &&
	         pcap_offline_filter(&capture->filter, header, frame) == 0);
	packet->time = capture_time(capture, header);
	packet->frame = frame;
	packet->captured = header->caplen;
	packet->wire_length = header->len;
	return 1;
}

const char *
capture_error(const struct capture *capture)
{
	return capture->error;
}

void
capture_set_idle(
    struct capture *capture, bool (*idle)(void *context), void *context)
{
	stream_set_idle(capture->stream, idle, context);
}

int
capture_datalink(const struct capture *capture)
{
	return pcap_datalink(capture->pcap);
}

const char *
capture_datalink_name(const struct capture *capture, char *buffer, size_t size)
{
	int datalink = pcap_datalink(capture->pcap);
	const char *name = pcap_datalink_val_to_name(datalink);

	if (name != NULL)
		snprintf(buffer, size, "%s", name);
	else
		snprintf(buffer, size, "DLT %d", datalink);
	return buffer;
}

const char *
capture_path(const struct capture *capture)
{
	return capture->path;
}

uint64_t
capture_octets_read(const struct capture *capture)
{
	return stream_octets_read(capture->stream);
}

uint64_t
capture_octets_total(const struct capture *capture)
{
	return stream_octets_total(capture->stream);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	path ─► stream ─► window ─► pcap_file or pcapng_file ─► filter ─► packet
 *	        (base)    pointers  told by the first octets    libpcap
 *
 * A packet that does not pass the filter is read and counted, for messages.
 * The end, clean or not, is told again as often as it is asked for.
 */
#include <config.h>

#include "exflow/capture/capture.h"

#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exflow/base/stream.h"

#include "reading.h"

#define CAPTURE_EXPECTED                                                       \
	"expected a pcap or pcapng capture, plain or compressed with gzip "    \
	"or zstd"

_Static_assert(WINDOW_SIZE + WINDOW_HEADROOM + 262144 <= CAPTURE_MEMORY,
    "the window, the stream's buffers and small things");

struct capture {
	struct stream *stream;
	struct reading reading;
	char *path;   /* for messages */
	char *filter; /* NULL: none */
	int ended;    /* 1: not yet; 0, -1: what came last */
	char error[CAPTURE_ERROR_SIZE];
	char notice[CAPTURE_ERROR_SIZE];
};

/* --- opening */

static int refuse(char error[CAPTURE_ERROR_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int
refuse(char error[CAPTURE_ERROR_SIZE], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, CAPTURE_ERROR_SIZE, format, arguments);
	va_end(arguments);
	return -1;
}

/* What is wrong with the beginning of a file, and inside of what. */
static int
refuse_beginning(struct capture *capture, char error[CAPTURE_ERROR_SIZE])
{
	const char *words = stream_error(capture->stream);
	const char *codec = stream_codec_name(capture->stream);

	if (words != NULL)
		codec = NULL; /* they name it */
	else if (capture->reading.reason[0] != '\0')
		words = capture->reading.reason;
	else
		words = window_left(&capture->reading.window) == 0
		            ? "empty"
		            : "neither pcap nor pcapng";
	return refuse(error, "%s: %s%s%s; " CAPTURE_EXPECTED, capture->path,
	    words, codec != NULL ? " inside " : "", codec != NULL ? codec : "");
}

static int
begin(struct capture *capture, char error[CAPTURE_ERROR_SIZE])
{
	int result = pcap_file_begin(&capture->reading);

	if (result == 0)
		result = pcapng_file_begin(&capture->reading);
	if (result != 1)
		return refuse_beginning(capture, error);
	return 0;
}

/*
 * The words of the filter are wrong, or its link type is the only one.  A
 * pcapng file may have interfaces for which it can be used.
 */
static int
check_filter(struct capture *capture, char error[CAPTURE_ERROR_SIZE])
{
	struct filters *filters = &capture->reading.interfaces.filters;

	if (!filters->unusable ||
	    (!capture_is_uniform(capture) && !filters_are_wrong(filters)))
		return 0;
	return refuse(error, "%s: filter \"%.200s\" cannot be used: %s",
	    capture->path, filters->expression, filters->reason);
}

static int
open_stream(
    struct capture *capture, const char *path, char error[CAPTURE_ERROR_SIZE])
{
	capture->stream = stream_open(path);
	if (capture->stream == NULL)
		return refuse(error, "%s: %s; " CAPTURE_EXPECTED, capture->path,
		    strerror(errno));
	if (window_open(&capture->reading.window, capture->stream) == -1)
		return refuse(error, "%s: %s", capture->path, strerror(errno));
	if (begin(capture, error) == -1)
		return -1;
	return check_filter(capture, error);
}

static struct capture *
new_capture(const char *path, const char *filter)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	bool filtered = filter != NULL && filter[0] != '\0';

	if (capture == NULL)
		return NULL;
	capture->ended = 1;
	capture->path = strdup(path);
	if (filtered)
		capture->filter = strdup(filter);
	capture->reading.interfaces.filters.expression = capture->filter;
	if (capture->path == NULL || (filtered && capture->filter == NULL))
		capture_close(&capture);
	return capture;
}

struct capture *
capture_open(
    const char *path, const char *filter, char error[CAPTURE_ERROR_SIZE])
{
	const char *shown = strcmp(path, "-") == 0 ? "standard input" : path;
	struct capture *capture = new_capture(shown, filter);

	if (capture == NULL)
		refuse(error, "%s: %s", shown, strerror(ENOMEM));
	else if (open_stream(capture, path, error) == -1)
		capture_close(&capture);
	return capture;
}

void
capture_close(struct capture **capture)
{
	struct capture *it = *capture;

	if (it == NULL)
		return;
	interfaces_free(&it->reading.interfaces);
	window_close(&it->reading.window);
	stream_close(&it->stream);
	free(it->path);
	free(it->filter);
	free(it);
	*capture = NULL;
}

/* --- reading */

/* What ended it: the stream's words come first, they are the cause. */
static const char *
reason_of(const struct capture *capture, int result)
{
	const struct filters *filters = &capture->reading.interfaces.filters;

	if (stream_error(capture->stream) != NULL)
		return stream_error(capture->stream);
	if (result == -1)
		return capture->reading.reason;
	/* Packets there were, and none could even be asked. */
	if (filters->unusable && !filters->usable &&
	    capture->reading.packets > 0)
		return "the filter cannot be used for any interface";
	return NULL;
}

/* What is odd about what was read, to be told once. */
static void
note(struct capture *capture)
{
	const struct filters *filters = &capture->reading.interfaces.filters;
	const char *words = capture->reading.notice;

	if (filters->unusable)
		snprintf(capture->notice, sizeof(capture->notice),
		    "%s: no packet passes of interfaces for whose link type "
		    "the filter cannot be used: %s",
		    capture->path, filters->reason);
	else if (words[0] != '\0')
		snprintf(capture->notice, sizeof(capture->notice), "%s: %s",
		    capture->path, words);
}

static int
end(struct capture *capture, int result)
{
	const char *words = reason_of(capture, result);
	bool packed = stream_codec_name(capture->stream) != NULL;
	char after[64] = "before the first packet";

	note(capture);
	capture->ended = 0;
	if (words == NULL)
		return 0;
	capture->ended = -1;
	if (capture->reading.packets > 0)
		snprintf(after, sizeof(after), "after packet %" PRIu64,
		    capture->reading.packets);
	return refuse(capture->error, "%s: octet %" PRIu64 "%s, %s: %s",
	    capture->path, capture->reading.record,
	    packed ? " of what is unpacked" : "", after, words);
}

int
capture_next(struct capture *capture, struct capture_packet *packet)
{
	struct reading *reading = &capture->reading;
	const struct filter *filter;
	int result;

	do {
		if (capture->ended != 1)
			return capture->ended;
		if ((result = reading->next(reading, packet)) != 1)
			return end(capture, result);
		reading->packets++;
		filter = reading->from->filter;
	} while (filter != NULL && !filter_passes(filter, packet));
	return 1;
}

const char *
capture_error(const struct capture *capture)
{
	return capture->error;
}

const char *
capture_notice(const struct capture *capture)
{
	return capture->notice[0] != '\0' ? capture->notice : NULL;
}

void
capture_set_idle(
    struct capture *capture, bool (*idle)(void *context), void *context)
{
	stream_set_idle(capture->stream, idle, context);
}

/* --- what is known of it */

int
capture_datalink(const struct capture *capture)
{
	return capture->reading.interfaces.known[0]->shown.datalink;
}

bool
capture_is_uniform(const struct capture *capture)
{
	return capture->reading.uniform;
}

const struct capture_interface *
capture_interface(const struct capture *capture, size_t n)
{
	const struct interfaces *interfaces = &capture->reading.interfaces;

	return n < interfaces->known_count ? &interfaces->known[n]->shown
	                                   : NULL;
}

void
capture_label_interface(struct capture *capture, size_t n, uint32_t label)
{
	capture->reading.interfaces.known[n]->shown.label = label;
}

const char *
capture_datalink_name(int datalink, char *buffer, size_t size)
{
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

/* Of a compressed file, how far it is unpacked. */
uint64_t
capture_octets_read(const struct capture *capture)
{
	return stream_codec_name(capture->stream) != NULL
	           ? stream_octets_read(capture->stream)
	           : window_position(&capture->reading.window);
}

uint64_t
capture_octets_total(const struct capture *capture)
{
	return stream_octets_total(capture->stream);
}

int
capture_first_time(const char *path, timestamp *time)
{
	char error[CAPTURE_ERROR_SIZE];
	struct capture_packet packet;
	struct capture *capture;
	struct stat status;
	int result = -1;

	if (strcmp(path, "-") == 0 || stat(path, &status) == -1 ||
	    !S_ISREG(status.st_mode))
		return -1;
	if ((capture = capture_open(path, NULL, error)) == NULL)
		return -1;
	if (capture_next(capture, &packet) == 1) {
		*time = packet.time;
		result = 0;
	}
	capture_close(&capture);
	return result;
}

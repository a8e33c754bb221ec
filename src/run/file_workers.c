/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/run/file_workers.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "exflow/base/log.h"
#include "exflow/capture/capture.h"

#include "dispatcher.h"

/* How often the stop flag and the progress line are looked at, in packets. */
#define LOOK_UP_EVERY 4096

/* What reading needs to know from file to file. */
struct reader {
	const struct worker_options *options;
	const struct flow_hash *hash;
	struct decoder *decoder;
	struct dispatcher *dispatcher;
	struct ledger *ledger;
	timestamp now;
	uint64_t octets_before; /* of the inputs that are done */
};

static bool
stopped(const struct reader *reader)
{
	return reader->options->stop != NULL && *reader->options->stop;
}

static void
push_segment(struct reader *reader, struct segment *segment)
{
	segment->number = reader->ledger->packets_read;
	segment->now = reader->now;
	segment->interface = 0;
	segment->hash = flow_hash(reader->hash, &segment->key);
	dispatcher_push(reader->dispatcher);
}

static void
take_packet(struct reader *reader, const struct capture_packet *packet)
{
	struct segment *segment = dispatcher_slot(reader->dispatcher);
	enum decode_result result;
	enum unmatched reason;

	reader->ledger->packets_read++;
	reader->now = timestamp_max(reader->now, packet->time);
	result = decode_frame(reader->decoder, packet->time, reader->now,
	    packet->frame, packet->captured, packet->wire_length, segment,
	    &reason);
	if (result == DECODE_REFUSED)
		reader->ledger->unmatched[reason]++;
	while (result == DECODE_MORE) {
		push_segment(reader, segment);
		segment = dispatcher_slot(reader->dispatcher);
		result = decode_next(reader->decoder, segment);
	}
	if (result == DECODE_SEGMENT)
		push_segment(reader, segment);
}

static void
look_up(struct reader *reader, const struct capture *capture)
{
	if (reader->options->progress != NULL)
		progress_update(reader->options->progress,
		    reader->octets_before + capture_octets_read(capture),
		    reader->ledger->packets_read);
}

/* The input is a pipe that others may be slow to fill: is it waited for? */
static bool
idle(void *context)
{
	struct reader *reader = context;

	dispatcher_flush(reader->dispatcher, reader->now);
	return !stopped(reader);
}

static int
read_packets(struct reader *reader, struct capture *capture)
{
	struct capture_packet packet;
	unsigned until_look_up = LOOK_UP_EVERY;
	int got;

	while ((got = capture_next(capture, &packet)) == 1) {
		take_packet(reader, &packet);
		if (--until_look_up == 0) {
			until_look_up = LOOK_UP_EVERY;
			look_up(reader, capture);
			if (stopped(reader))
				return 0;
		}
	}
	if (got == -1 && stopped(reader))
		return 0; /* a signal came while it waited for input */
	if (got == -1) {
		progress_clear(reader->options->progress);
		log_error("%s", capture_error(capture));
	}
	return got;
}

static int
read_input(struct reader *reader, const char *path)
{
	char error[CAPTURE_ERROR_SIZE], name[64];
	struct capture *capture =
	    capture_open(path, reader->options->filter, error);
	int result;

	if (capture == NULL) {
		log_error("%s", error);
		return -1;
	}
	capture_set_idle(capture, idle, reader);
	if (decoder_set_datalink(reader->decoder, capture_datalink(capture)) ==
	    -1) {
		log_error("%s: link type %s cannot be decoded; expected "
		          "Ethernet, Linux cooked, raw IP, null/loop, PPP, "
		          "C-HDLC or 802.11",
		    path, capture_datalink_name(capture, name, sizeof(name)));
		result = -1;
	} else {
		result = read_packets(reader, capture);
	}
	reader->octets_before += capture_octets_total(capture);
	capture_close(&capture);
	return result;
}

static int
read_inputs(struct reader *reader)
{
	int result = 0;

	for (size_t i = 0; i < reader->options->input_count; i++)
		if (!stopped(reader) &&
		    read_input(reader, reader->options->inputs[i]) == -1)
			result = -1;
	return result;
}

int
worker_run(const struct worker_options *options, struct ledger *ledger)
{
	struct meter_options meter = options->meter;
	struct flow_hash hash;
	struct reader reader = {
		.options = options, .hash = &hash, .ledger = ledger
	};
	int result = -1;

	meter.hash = &hash;
	memset(ledger, 0, sizeof(*ledger));
	if (flow_hash_init(&hash) == -1) {
		log_error("no randomness: %s", strerror(errno));
		return -1;
	}
	reader.decoder = decoder_new(&options->decode);
	reader.dispatcher =
	    dispatcher_new(&meter, options->workers, options->exporter);
	if (reader.decoder == NULL || reader.dispatcher == NULL) {
		log_error("cannot start: %s", strerror(errno));
	} else {
		result = read_inputs(&reader);
		dispatcher_finish(reader.dispatcher, reader.now, ledger);
		decoder_finish(reader.decoder);
		ledger_add_decoded(ledger, reader.decoder);
	}
	dispatcher_free(&reader.dispatcher);
	decoder_free(&reader.decoder);
	return result;
}

uint64_t
worker_input_octets(const struct worker_options *options)
{
	uint64_t octets = 0;

	for (size_t i = 0; i < options->input_count; i++) {
		struct stat status;

		if (stat(options->inputs[i], &status) == -1 ||
		    !S_ISREG(status.st_mode))
			return 0;
		octets += (uint64_t)status.st_size;
	}
	return octets;
}

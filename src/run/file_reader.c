/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reading thread of the run over files:
 *
 *	capture ─► decode ─► hash ─► dispatcher ─► meters ─► exporter
 *	└──────── this thread ─────┘              └ a thread each ┘
 *
 * Its time is the greatest time stamp so far.  What can go wrong: an input
 * that cannot be opened or is cut off is logged, and the next one is read; an
 * input that is a pipe may be silent for long, so that what waits for more
 * segments is handed to the meters before.
 */
#include <config.h>

#include "file_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "exflow/base/log.h"
#include "exflow/capture/capture.h"

#include "dispatcher.h"

/* Look at the stop flag and draw progress every so many packets. */
#define LOOK_EVERY 4096

/* What stays from file to file. */
struct reader {
	const struct file_reader_options *options;
	const struct flow_hash *hash;
	struct decoder *decoder;
	struct dispatcher *dispatcher;
	struct ledger *ledger;
	/* Of this input. */
	const struct capture *capture;
	int datalink;                    /* that the decoder has; -1: none */
	int refused;                     /* the last that it has not */
	uint64_t decodable, undecodable; /* packets, by their link type */
	uint64_t told[CAPTURE_INTERFACES_MAX / 64]; /* interfaces, a bit each */
	/* Of all inputs. */
	timestamp now;
	uint64_t octets_before; /* of the inputs before this one */
};

static bool
stopped(const struct reader *reader)
{
	return reader->options->stop != NULL && *reader->options->stop;
}

/* Of an interface that cannot be decoded; it is named once. */
static void
skip_packet(struct reader *reader, const struct capture_packet *packet)
{
	const struct capture_interface *from = packet->interface;
	char name[CAPTURE_DATALINK_NAME_SIZE];

	reader->ledger->unmatched[UNMATCHED_NOT_IP]++;
	reader->undecodable++;
	reader->refused = packet->datalink;
	if ((reader->told[from->number / 64] >> from->number % 64 & 1) != 0)
		return;
	reader->told[from->number / 64] |= UINT64_C(1) << from->number % 64;
	progress_clear(reader->options->progress);
	log_warning("%s: interface %" PRIu32 "%s%s: link type %s cannot be "
	            "decoded; its packets count as not IP",
	    capture_path(reader->capture), from->number,
	    from->name[0] != '\0' ? ", " : "", from->name,
	    capture_datalink_name(packet->datalink, name, sizeof(name)));
}

/* -1 where packets of that link type cannot be decoded. */
static int
set_datalink(struct reader *reader, int datalink)
{
	if (decoder_set_datalink(reader->decoder, datalink) == -1)
		return -1;
	reader->datalink = datalink;
	return 0;
}

static void
take_packet(struct reader *reader, const struct capture_packet *packet)
{
	struct segment *segment = dispatcher_slot(reader->dispatcher);
	enum unmatched reason;

	reader->ledger->packets_read++;
	reader->now = timestamp_max(reader->now, packet->time);
	if (packet->datalink != reader->datalink &&
	    set_datalink(reader, packet->datalink) == -1) {
		skip_packet(reader, packet);
		return;
	}
	reader->decodable++;
	if (decode_frame(reader->decoder, packet->time, reader->now,
	        packet->frame, packet->captured, packet->wire_length, segment,
	        &reason) == -1) {
		reader->ledger->unmatched[reason]++;
		return;
	}
	segment->number = reader->ledger->packets_read;
	segment->now = reader->now;
	segment->interface = 0;
	segment->hash = flow_hash(reader->hash, &segment->key);
	dispatcher_push(reader->dispatcher);
}

static void
show_progress(struct reader *reader, const struct capture *capture)
{
	if (reader->options->progress != NULL)
		progress_update(reader->options->progress,
		    reader->octets_before + capture_octets_read(capture),
		    reader->ledger->packets_read);
}

/* The input is a pipe and has nothing now; whether to wait for more. */
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
	unsigned until_look = LOOK_EVERY;
	int got;

	while ((got = capture_next(capture, &packet)) == 1) {
		take_packet(reader, &packet);
		if (--until_look == 0) {
			until_look = LOOK_EVERY;
			show_progress(reader, capture);
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

/* No packet of the file can be decoded. */
static int
refuse_datalink(const struct capture *capture, int datalink)
{
	char name[CAPTURE_DATALINK_NAME_SIZE];

	log_error("%s: link type %s cannot be decoded; expected "
	          "Ethernet, Linux cooked, raw IP, null/loop, PPP, "
	          "C-HDLC or 802.11",
	    capture_path(capture),
	    capture_datalink_name(datalink, name, sizeof(name)));
	return -1;
}

/* What the file says was lost before it could be captured. */
static void
tell_drops(const struct capture *capture)
{
	const struct capture_interface *from;

	for (size_t i = 0; (from = capture_interface(capture, i)) != NULL; i++)
		if (from->dropped_by_interface + from->dropped_by_system > 0)
			log_warning("%s: interface %" PRIu32
			            "%s%s: when this was captured, %" PRIu64
			            " packets were lost by the interface and "
			            "%" PRIu64 " by the system",
			    capture_path(capture), from->number,
			    from->name[0] != '\0' ? ", " : "", from->name,
			    from->dropped_by_interface,
			    from->dropped_by_system);
}

static int
read_capture(struct reader *reader, struct capture *capture)
{
	int datalink = capture_datalink(capture);
	int result;

	reader->capture = capture;
	reader->datalink = -1;
	reader->decodable = reader->undecodable = 0;
	memset(reader->told, 0, sizeof(reader->told));
	if (set_datalink(reader, datalink) == -1 && capture_is_uniform(capture))
		return refuse_datalink(capture, datalink);
	result = read_packets(reader, capture);
	progress_clear(reader->options->progress);
	if (capture_notice(capture) != NULL)
		log_warning("%s", capture_notice(capture));
	tell_drops(capture);
	if (reader->undecodable > 0 && reader->decodable == 0)
		return refuse_datalink(capture, reader->refused);
	return result;
}

static int
read_input(struct reader *reader, const char *path)
{
	char error[CAPTURE_ERROR_SIZE];
	struct capture *capture =
	    capture_open(path, reader->options->filter, error);
	int result;

	if (capture == NULL) {
		log_error("%s", error);
		return -1;
	}
	capture_set_idle(capture, idle, reader);
	result = read_capture(reader, capture);
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
file_reader_run(
    const struct file_reader_options *options, struct ledger *ledger)
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
		log_error("no random key for hashing: %s", strerror(errno));
		return -1;
	}
	reader.decoder = decoder_new(&options->decode);
	reader.dispatcher =
	    dispatcher_new(&meter, options->workers, options->exporter);
	if (reader.decoder == NULL || reader.dispatcher == NULL) {
		log_error("meters cannot be started: %s", strerror(errno));
	} else {
		result = read_inputs(&reader);
		dispatcher_finish(reader.dispatcher, reader.now, ledger);
		ledger->fragments_evicted =
		    decoder_fragments_evicted(reader.decoder);
	}
	dispatcher_free(&reader.dispatcher);
	decoder_free(&reader.decoder);
	return result;
}

uint64_t
file_reader_octets(const struct file_reader_options *options)
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

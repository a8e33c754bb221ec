/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reading thread of the run over files:
 *
 *	inputs ─► timeline ─► decode ─► hash ─► dispatcher ─► meters ─► exporter
 *	└────────────── this thread ──────────────┘          └ a thread each ┘
 *
 * Inputs are one stream in the order of time.  The timeline keeps now, and
 * holds back a packet whose date is far from its neighbours'.  A segment that
 * waits for the rest of its datagram is the decoder's.  While a pipe has no
 * more, a packet is held back for a second, and counts as dated then.
 *
 * What can go wrong: an input that cannot be opened or is cut off is logged,
 * and the others are read; an input that is a pipe may be silent for long, so
 * that what waits for more segments is handed to the meters before.
 */
#include <config.h>

#include "exflow/offline/file_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/capture/timeline.h"
#include "exflow/gate/gate.h"

#include "dispatcher.h"
#include "inputs.h"

/* Look at the stop flag and draw progress every so many packets. */
#define LOOK_EVERY 4096

struct reader {
	const struct file_reader_options *options;
	const struct flow_hash *hash;
	struct inputs *inputs;
	struct timeline timeline;
	struct decoder *decoder;
	const struct decode_headers *headers; /* of the decoder */
	int datalink;          /* that the decoder has; -1: none yet */
	bool more;             /* hardware addresses or payloads are wanted */
	struct gate *gate;     /* NULL: no payloads are */
	struct hunter *hunter; /* NULL: no names of DNS are */
	struct dispatcher *dispatcher;
	const struct dispatcher_place *place; /* of the dispatcher */
	struct ledger *ledger;
	int64_t held_since; /* ns, of CLOCK_MONOTONIC: the timeline does */
	bool stepped;       /* a step of the clock was logged */
	bool strayed;       /* a wrong date was logged */
};

static bool
stopped(const struct reader *reader)
{
	return reader->options->stop != NULL && *reader->options->stop;
}

/* Nobody reads what an output writes: to read on is of no use. */
static void
look_for_readers(struct reader *reader)
{
	if (reader->options->stop != NULL &&
	    exporter_reader_gone(reader->options->exporter))
		*reader->options->stop = SIGPIPE;
}

/* --- from a packet to segments */

/* A payload in which the meter may find names goes along. */
static __attribute__((noinline)) void
take_payload(struct reader *reader, const struct segment *segment)
{
	struct segment_payload payload;
	const uint8_t *octets;
	uint32_t captured;

	octets = decode_payload(reader->decoder, segment, &captured);
	if (gate_segment(reader->gate, segment, octets, captured, &payload))
		dispatcher_payload(reader->dispatcher, &payload);
}

/* What goes with a segment besides the detail that the decoder writes. */
static inline __attribute__((always_inline)) void
take_more(struct reader *reader, const struct segment *segment,
    const struct capture_packet *packet)
{
	if (reader->options->meter.mac)
		decode_macs(reader->decoder, packet->frame, packet->captured,
		    packet->wire_length, &reader->place->detail->macs);
	if (reader->gate != NULL &&
	    gate_may_want(reader->gate, segment, reader->headers))
		take_payload(reader, segment);
}

static inline __attribute__((always_inline)) void
push_segment(struct reader *reader, struct segment *segment,
    const struct capture_packet *packet)
{
	segment->number = reader->ledger->packets_read;
	segment->now = reader->timeline.now;
	segment->interface = packet->interface->label;
	segment->hash = flow_hash(reader->hash, &segment->key);
	if (__builtin_expect(reader->more, 0))
		take_more(reader, segment, packet);
	dispatcher_push(reader->dispatcher);
}

/* A packet whose date is settled. */
static void
meter_packet(struct reader *reader, const struct capture_packet *packet)
{
	struct segment *segment = reader->place->segment;
	enum decode_result result;
	enum unmatched reason;

	result = decode_frame(reader->decoder, packet->time,
	    reader->timeline.now, packet->frame, packet->captured,
	    packet->wire_length, segment, &reason);
	if (result == DECODE_REFUSED)
		reader->ledger->unmatched[reason]++;
	while (result == DECODE_MORE) {
		push_segment(reader, segment, packet);
		segment = reader->place->segment;
		result = decode_next(reader->decoder, segment);
	}
	if (result == DECODE_SEGMENT)
		push_segment(reader, segment, packet);
}

/* The link type of the packet's interface; -1: it cannot be decoded. */
static int
set_datalink(struct reader *reader, int datalink)
{
	if (datalink == reader->datalink)
		return 0;
	if (decoder_set_datalink(reader->decoder, datalink) == -1)
		return -1;
	reader->datalink = datalink;
	return 0;
}

/* --- the clock */

static void
log_step(struct reader *reader, timestamp from)
{
	duration step = timestamp_since(reader->timeline.now, from);

	if (reader->stepped)
		return;
	reader->stepped = true;
	progress_clear(reader->options->progress);
	log_warning("packet %" PRIu64 ": the clock of the input steps by "
	            "%+.0f seconds; further steps are only counted "
	            "(clock_steps)",
	    reader->ledger->packets_read, duration_as_seconds(step));
}

static void
log_outlier(struct reader *reader)
{
	duration away = timestamp_since(
	    reader->timeline.waiting_time, reader->timeline.now);

	if (reader->strayed)
		return;
	reader->strayed = true;
	progress_clear(reader->options->progress);
	log_warning("packet %" PRIu64 ": dated %+.0f seconds from its "
	            "neighbours, counted with their time; others are only "
	            "counted (clock_outliers)",
	    reader->ledger->packets_read, duration_as_seconds(away));
}

/* The packet that waited counts, as dated or with the time now. */
static void
settle(struct reader *reader, enum timeline_verdict verdict, timestamp from)
{
	struct capture_packet *packet = &reader->timeline.held;

	if (verdict == TIMELINE_STEP) {
		log_step(reader, from);
		dispatcher_step(reader->dispatcher, from, reader->timeline.now);
	} else {
		log_outlier(reader);
		packet->time = reader->timeline.now;
	}
	(void)set_datalink(reader, packet->datalink);
	meter_packet(reader, packet);
}

static void
hold(struct reader *reader, const struct capture_packet *packet)
{
	timeline_hold(&reader->timeline, packet->time, packet);
	reader->held_since = clock_ns(CLOCK_MONOTONIC);
}

static void
take_packet(struct reader *reader, const struct capture_packet *packet)
{
	timestamp from;

	if (set_datalink(reader, packet->datalink) == -1) {
		reader->ledger->packets_read++;
		reader->ledger->unmatched[UNMATCHED_NOT_IP]++;
		inputs_undecodable(reader->inputs);
		return;
	}
	if (reader->timeline.waiting) {
		settle(reader,
		    timeline_decide(&reader->timeline, packet->time, &from),
		    from);
		(void)set_datalink(reader, packet->datalink);
	}
	/* Only now, so that the one that waited has a number of its own. */
	reader->ledger->packets_read++;
	if (timeline_near(&reader->timeline, packet->time))
		meter_packet(reader, packet);
	else
		hold(reader, packet);
}

/* No packet will tell any more: what waits counts as dated. */
static void
settle_last(struct reader *reader)
{
	timestamp from;

	if (reader->timeline.waiting)
		settle(reader, timeline_end(&reader->timeline, &from), from);
}

/* --- the run */

/* The input is a pipe and has nothing now; whether to wait for more. */
static bool
idle(void *context)
{
	struct reader *reader = context;

	/* After a pause a packet is rightly dated later than the others. */
	if (reader->timeline.waiting &&
	    clock_ns(CLOCK_MONOTONIC) - reader->held_since >= NS_PER_SECOND)
		settle_last(reader);
	dispatcher_flush(reader->dispatcher, reader->timeline.now);
	look_for_readers(reader);
	return !stopped(reader);
}

static void
read_packets(struct reader *reader)
{
	struct progress *progress = reader->options->progress;
	const struct capture_packet *packet;
	unsigned until_look = LOOK_EVERY;

	while ((packet = inputs_next(reader->inputs)) != NULL) {
		take_packet(reader, packet);
		if (--until_look > 0)
			continue;
		until_look = LOOK_EVERY;
		look_for_readers(reader);
		if (progress != NULL)
			progress_update(progress,
			    inputs_octets_read(reader->inputs),
			    reader->ledger->packets_read);
	}
	settle_last(reader);
}

static void
finish(struct reader *reader)
{
	struct ledger *ledger = reader->ledger;

	dispatcher_finish(reader->dispatcher, reader->timeline.now, ledger,
	    reader->options->totals);
	decoder_finish(reader->decoder);
	ledger_add_decoded(ledger, reader->decoder);
	if (reader->hunter != NULL)
		ledger->names_evicted = hunter_evicted(reader->hunter);
	ledger->clock_steps = reader->timeline.steps;
	ledger->clock_outliers = reader->timeline.outliers;
}

/* What names need besides the meters.  -1: no memory. */
static int
make_gate(struct reader *reader, const struct meter_options *meter)
{
	const struct names_options *names = &meter->names;

	if (!names_wanted(names))
		return 0;
	if (names->kinds & NAMES_DNS)
		reader->hunter = hunter_new(reader->hash);
	if (names->kinds & NAMES_DNS && reader->hunter == NULL)
		return -1;
	reader->gate = gate_new(meter, reader->hunter);
	return reader->gate == NULL ? -1 : 0;
}

/* The decoder writes details where the dispatcher has their place. */
static int
make_decoder(struct reader *reader, const struct meter_options *meter)
{
	struct decode_options decode = reader->options->decode;

	reader->place = dispatcher_place(reader->dispatcher);
	decode.details = meter->quality ? &reader->place->detail : NULL;
	decode.payloads = names_wanted(&meter->names);
	reader->decoder = decoder_new(&decode);
	if (reader->decoder == NULL)
		return -1;
	reader->headers = decoder_headers(reader->decoder);
	return 0;
}

static int
make_parts(struct reader *reader)
{
	const struct file_reader_options *options = reader->options;
	struct inputs_options inputs = { .paths = options->inputs,
		.count = options->input_count,
		.filter = options->filter,
		.merge = options->merge,
		.clock_jump = options->clock_jump,
		.idle = idle,
		.context = reader,
		.stop = options->stop,
		.progress = options->progress,
		.numbers = options->numbers };
	struct meter_options meter = options->meter;

	meter.hash = reader->hash;
	reader->more = meter.mac || names_wanted(&meter.names);
	if (timeline_init(&reader->timeline, options->clock_jump) == -1 ||
	    make_gate(reader, &meter) == -1)
		return -1;
	reader->inputs = inputs_new(&inputs);
	reader->dispatcher = dispatcher_new(
	    &meter, options->workers, options->exporter, reader->gate);
	if (reader->inputs == NULL || reader->dispatcher == NULL)
		return -1;
	return make_decoder(reader, &meter);
}

int
file_reader_run(const struct file_reader_options *options,
    struct ledger *ledger, uint64_t *octets)
{
	struct flow_hash hash;
	struct reader reader = { .options = options,
		.hash = &hash,
		.datalink = -1,
		.ledger = ledger };
	int result = -1;

	memset(ledger, 0, sizeof(*ledger));
	*octets = 0;
	if (flow_hash_init(&hash) == -1) {
		log_error("no random key for hashing: %s", strerror(errno));
		return -1;
	}
	if (make_parts(&reader) == -1) {
		log_error("meters cannot be started: %s", strerror(errno));
	} else {
		read_packets(&reader);
		*octets = inputs_octets_read(reader.inputs);
		result = inputs_failed(reader.inputs) ? -1 : 0;
		finish(&reader);
	}
	dispatcher_free(&reader.dispatcher);
	decoder_free(&reader.decoder);
	inputs_free(&reader.inputs);
	timeline_clear(&reader.timeline);
	gate_free(&reader.gate);
	hunter_free(&reader.hunter);
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

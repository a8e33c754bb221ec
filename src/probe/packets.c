/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the packets of interfaces to the meter, on the thread of a worker:
 *
 *	interfaces ─► timeline ─► decode ─► reorder ─► batch ─► meter
 *
 * Time is that of the worker's monotonic clock, which setting the system's
 * clock does not touch (monotonic.h).  The timeline holds a packet whose stamp
 * is far from it, for a second at most; where the next one is as far away, the
 * device's clock has stepped, and stamps are corrected by that from then on,
 * so that live exchanges neither end nor hang.
 *
 * Several interfaces are brought into the order of time (reorder.h).  The
 * meter's clock follows what comes out there; without packets it follows the
 * worker's clock, but stays behind it as far as a packet may still wait in a
 * ring of the kernel or of reorder.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>

#include "exflow/base/log.h"

#include "worker.h"

/* Packets of one interface that are read before the next one is read. */
#define READ_AT_ONCE 2048
/* A packet whose stamp is doubted waits for the next one. */
#define HELD_NS NS_PER_SECOND

/* --- towards the meter */

/* The segment at the end of the batch is complete but for the time. */
static void
push_segment(struct worker *worker)
{
	worker->batch[worker->filled].now = worker->now;
	if (++worker->filled == METER_BATCH)
		worker_batch(worker);
}

/* The segment at the end of the batch has this payload. */
static void
add_payload(struct worker *worker, const struct segment_payload *payload)
{
	if (!payload_batch_has_room(&worker->payloads, payload)) {
		const struct segment segment = worker->batch[worker->filled];
		const struct segment_detail detail =
		    worker->details[worker->filled];

		worker_batch(worker);
		worker->batch[0] = segment;
		worker->details[0] = detail;
	}
	payload_batch_add(&worker->payloads, (uint32_t)worker->filled, payload);
}

/* Is there a payload that the meter is to see? */
static bool
find_payload(const struct worker *worker, const struct decoder *decoder,
    const struct segment *segment, struct segment_payload *payload)
{
	const uint8_t *octets;
	uint32_t captured;

	if (worker->gate == NULL ||
	    !gate_may_want(worker->gate, segment, decoder_headers(decoder)))
		return false;
	octets = decode_payload(decoder, segment, &captured);
	return gate_segment(worker->gate, segment, octets, captured, payload);
}

/* The same for an entry of reorder, which keeps it until then. */
static void
keep_payload(struct worker *worker, const struct decoder *decoder,
    struct reorder_entry *entry)
{
	struct packets *packets = &worker->packets;
	struct segment_payload payload;

	entry->with_payload =
	    find_payload(worker, decoder, &entry->segment, &payload);
	if (entry->with_payload)
		reorder_keep(packets->reorder, packets->interface, &payload);
}

/* What reorder hands on. */
static void
take_entry(void *context, const struct reorder_entry *entry)
{
	struct worker *worker = context;

	worker->now = timestamp_max(worker->now, entry->time);
	if (!entry->matched)
		return;
	worker->batch[worker->filled] = entry->segment;
	if (worker_with_details(worker))
		worker->details[worker->filled] = entry->detail;
	if (entry->with_payload)
		add_payload(
		    worker, reorder_payload(worker->packets.reorder, entry));
	push_segment(worker);
}

/* --- from a packet to segments */

static void
complete_segment(struct worker *worker, struct segment *segment, uint32_t index)
{
	segment->number =
	    worker->packet_base +
	    worker->ledger.packets_read * worker->probe->options.workers;
	segment->interface = index;
	segment->hash = flow_hash(&worker->probe->hash, &segment->key);
}

/* What else there is of its detail the decoder has written. */
static void
take_macs(const struct worker *worker, struct decoder *decoder,
    const struct capture_packet *packet)
{
	if (worker->with_macs)
		decode_macs(decoder, packet->frame, packet->captured,
		    packet->wire_length, &worker->detail->macs);
}

/* The next segment goes to the end of the batch. */
static struct segment *
batch_slot(struct worker *worker)
{
	worker->detail = &worker->details[worker->filled];
	return &worker->batch[worker->filled];
}

/* One interface: straight into the batch. */
static void
decode_to_batch(struct worker *worker, struct decoder *decoder,
    const struct capture_packet *packet, uint32_t index)
{
	struct segment *segment = batch_slot(worker);
	struct segment_payload payload;
	enum decode_result result;
	enum unmatched reason;

	worker->now = timestamp_max(worker->now, worker->packets.timeline.now);
	result = decode_frame(decoder, packet->time, worker->now, packet->frame,
	    packet->captured, packet->wire_length, segment, &reason);
	if (result == DECODE_REFUSED)
		worker->ledger.unmatched[reason]++;
	while (result == DECODE_MORE || result == DECODE_SEGMENT) {
		complete_segment(worker, segment, index);
		take_macs(worker, decoder, packet);
		if (find_payload(worker, decoder, segment, &payload))
			add_payload(worker, &payload);
		push_segment(worker);
		segment = batch_slot(worker);
		if (result == DECODE_SEGMENT)
			break;
		result = decode_next(decoder, segment);
	}
}

/* The next segment goes where it waits. */
static struct reorder_entry *
entry_slot(struct worker *worker)
{
	struct packets *packets = &worker->packets;
	struct reorder_entry *entry =
	    reorder_slot(packets->reorder, packets->interface);

	worker->detail = &entry->detail;
	return entry;
}

/* Several: each segment waits for those of the others. */
static void
decode_to_reorder(struct worker *worker, struct decoder *decoder,
    const struct capture_packet *packet, timestamp time, uint32_t index)
{
	struct packets *packets = &worker->packets;
	size_t interface = packets->interface;
	struct reorder_entry *entry = entry_slot(worker);
	enum decode_result result;
	enum unmatched reason;

	result = decode_frame(decoder, packet->time, packets->timeline.now,
	    packet->frame, packet->captured, packet->wire_length,
	    &entry->segment, &reason);
	if (result == DECODE_REFUSED)
		worker->ledger.unmatched[reason]++;
	for (;;) {
		entry->time = time;
		entry->matched =
		    result == DECODE_SEGMENT || result == DECODE_MORE;
		entry->with_payload = false;
		if (entry->matched) {
			complete_segment(worker, &entry->segment, index);
			take_macs(worker, decoder, packet);
			keep_payload(worker, decoder, entry);
		}
		reorder_put(packets->reorder, interface);
		if (result != DECODE_MORE)
			return;
		entry = entry_slot(worker);
		result = decode_next(decoder, &entry->segment);
	}
}

/* A packet whose stamp is settled, and its time on the worker's clock. */
static void
meter_packet(struct worker *worker, const struct capture_packet *packet,
    timestamp time, uint32_t index)
{
	struct packets *packets = &worker->packets;
	struct decoder *decoder = worker->decoders[packets->interface];

	packets->timeline.now = timestamp_max(packets->timeline.now, time);
	if (packets->reorder == NULL)
		decode_to_batch(worker, decoder, packet, index);
	else
		decode_to_reorder(worker, decoder, packet, time, index);
}

/* --- stamps */

static void
log_once(bool *logged, const struct timeline *timeline, const char *what)
{
	if (*logged)
		return;
	*logged = true;
	log_warning("a packet is stamped %+.0f seconds from the clock; %s; "
	            "further ones are only counted",
	    duration_as_seconds(
	        timestamp_since(timeline->waiting_time, timeline->now)),
	    what);
}

/* Of a stamp, on the worker's clock; not held to the present yet. */
static timestamp
corrected(const struct worker *worker, timestamp stamp)
{
	return timestamp_shift(stamp,
	    (duration){
	        -worker->clock.wall_ahead - worker->packets.stamps_ahead });
}

/* The reverse: as a packet of that time would be stamped. */
static timestamp
stamp_of(const struct worker *worker, timestamp time)
{
	return timestamp_shift(time,
	    (duration){
	        worker->clock.wall_ahead + worker->packets.stamps_ahead });
}

/*
 * The clock that stamps packets has stepped to the time of the one that
 * waited.  One that is near ours again, as after a step of the system's clock
 * with packets on their way, needs no correction.
 */
static void
step_stamps(struct worker *worker)
{
	struct packets *packets = &worker->packets;
	int64_t ahead =
	    packets->stamps_ahead +
	    timestamp_since(packets->timeline.now, worker->clock.now).ns;
	int64_t jump = packets->timeline.jump.ns;

	packets->stamps_ahead = ahead >= -jump && ahead <= jump ? 0 : ahead;
}

/* The packet that waited counts now. */
static void
settle(struct worker *worker, enum timeline_verdict verdict, timestamp from)
{
	struct packets *packets = &worker->packets;
	struct timeline *timeline = &packets->timeline;
	size_t interface = packets->interface;

	if (verdict == TIMELINE_STEP) {
		step_stamps(worker);
		timeline->now = from;
		log_once(&packets->stepped, timeline,
		    "stamps are corrected by that from now on (clock_steps)");
	} else {
		timeline->held.time = stamp_of(worker, timeline->now);
		log_once(&packets->strayed, timeline,
		    "it counts with the time now (clock_outliers)");
	}
	packets->interface = packets->held_interface;
	meter_packet(
	    worker, &timeline->held, timeline->now, packets->held_index);
	packets->interface = interface;
}

static void
take_packet(void *context, const struct capture_packet *packet, uint32_t index)
{
	struct worker *worker = context;
	struct packets *packets = &worker->packets;
	struct timeline *timeline = &packets->timeline;
	timestamp time = corrected(worker, packet->time), from;

	if (timeline->waiting) {
		settle(worker, timeline_decide(timeline, time, &from), from);
		time = corrected(worker, packet->time);
	}
	/* Only now, so that the one that waited has a number of its own. */
	worker->ledger.packets_read++;
	if (!timeline_far(timeline, time)) {
		time = monotonic_of(
		    &worker->clock, timestamp_shift(packet->time,
		                        (duration){ -packets->stamps_ahead }));
		meter_packet(worker, packet, time, index);
		return;
	}
	timeline_hold(timeline, time, packet);
	packets->held_interface = packets->interface;
	packets->held_index = index;
	packets->held_since = worker->clock.now;
}

/* Nothing came to tell: our own clock is to be believed. */
static void
release_held(struct worker *worker)
{
	struct timeline *timeline = &worker->packets.timeline;
	timestamp from;

	if (!timeline->waiting)
		return;
	settle(worker, timeline_decide(timeline, timeline->now, &from), from);
}

/* --- turns */

/* As far behind the clock as a packet may not have been seen yet. */
static timestamp
idle_time(const struct worker *worker)
{
	int64_t ring = INT64_C(2) * INTERFACE_DELAY_MS * NS_PER_MS;
	int64_t hold =
	    worker->probe->options.reorder.ns + INTERFACE_DELAY_MS * NS_PER_MS;

	return timestamp_shift(
	    worker->clock.now, (duration){ -(hold > ring ? hold : ring) });
}

unsigned
worker_read_packets(struct worker *worker)
{
	struct packets *packets = &worker->packets;
	unsigned got = 0;

	monotonic_read_now(&worker->clock);
	for (size_t i = 0; i < worker->probe->options.interface_count; i++) {
		if (worker->polled[i].revents == 0)
			continue;
		packets->interface = i;
		got += interface_read(
		    worker->handles[i], READ_AT_ONCE, take_packet, worker);
	}
	if (timestamp_since(worker->clock.now, packets->held_since).ns >=
	    HELD_NS)
		release_held(worker);
	if (packets->reorder != NULL)
		reorder_release(packets->reorder, worker->clock.now);
	worker_batch(worker);
	if (got == 0) {
		timestamp idle = idle_time(worker);

		packets->timeline.now =
		    timestamp_max(packets->timeline.now, idle);
		worker->now = timestamp_max(worker->now, idle);
	}
	for (size_t i = 0; i < worker->probe->options.interface_count; i++)
		decoder_advance(worker->decoders[i], worker->now);
	meter_advance(worker->meter, worker->now);
	return got;
}

int
worker_packets_delay_ms(const struct worker *worker)
{
	const struct packets *packets = &worker->packets;

	return packets->reorder != NULL && reorder_waiting(packets->reorder) > 0
	           ? MERGED_DELAY_MS
	           : INTERFACE_DELAY_MS;
}

void
worker_packets_finish(struct worker *worker)
{
	release_held(worker);
	if (worker->packets.reorder != NULL)
		reorder_flush(worker->packets.reorder);
	worker_batch(worker);
}

/* --- making and clearing */

int
worker_packets_init(struct worker *worker, char error[PROBE_ERROR_SIZE])
{
	const struct probe_options *options = &worker->probe->options;
	struct packets *packets = &worker->packets;
	bool merge = options->reorder.ns > 0;

	if (merge)
		packets->reorder = reorder_new(options->interface_count,
		    options->reorder, take_entry, worker);
	if (timeline_init(&packets->timeline, options->clock_jump) == 0 &&
	    (!merge || packets->reorder != NULL))
		return 0;
	snprintf(error, PROBE_ERROR_SIZE, "out of memory");
	return -1;
}

void
worker_packets_start(struct worker *worker)
{
	worker->now = worker->clock.now;
	worker->packets.timeline.now = worker->clock.now;
	worker->packets.timeline.started = true;
}

void
worker_packets_clear(struct worker *worker)
{
	reorder_free(&worker->packets.reorder);
	timeline_clear(&worker->packets.timeline);
}

void
worker_packets_ledger(const struct worker *worker, struct ledger *sum)
{
	const struct packets *packets = &worker->packets;

	sum->undecided += packets->timeline.waiting;
	sum->clock_steps += packets->timeline.steps;
	sum->clock_outliers += packets->timeline.outliers;
	if (packets->reorder == NULL)
		return;
	sum->undecided += reorder_waiting(packets->reorder);
	sum->reordered_early += reorder_early(packets->reorder);
}

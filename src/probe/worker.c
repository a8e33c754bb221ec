/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker of the probe.  Each turn of its loop
 *
 *	waits for packets, a request or the end, INTERFACE_DELAY_MS at most;
 *	reads what is there, interface by interface, and meters it;
 *	checks the interfaces, once a second: up, down, gone, back;
 *	does a step of the request that was left for it.
 *
 * Time is that of struct monotonic, so that a step of the wall clock ends no
 * exchange; records have the packets' own time stamps.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/log.h"

#include "worker.h"

/* Packets of one interface before the next one's turn. */
#define CHECK_EVERY_MS 1000
/* How long a turn waits for packets while a request is being done. */
#define STEP_MS 1

/*
 * A packet's number becomes the flowId of the exchange that it opens.  A run
 * begins with a number made of the time and gives every so manieth to each
 * worker, so that no two exchanges get the same: there are 2^22 numbers a
 * second.  They are below 2^53 until 2088, as readers of JSON often take
 * numbers for floating point.
 */
#define NUMBERS_FROM INT64_C(1577836800) /* 2020-01-01, in seconds */
#define NUMBERS_OF_SECOND 22

static timestamp
later_ms(timestamp time, int64_t milliseconds)
{
	return timestamp_add(time, (duration){ milliseconds * NS_PER_MS });
}

/* --- start and end */

static int
open_interfaces(struct worker *worker, char error[PROBE_ERROR_SIZE])
{
	const struct probe_options *options = &worker->probe->options;
	struct decode_options decode = options->decode;

	decode.details = NULL; /* see worker_want */
	decode.payloads = false;
	for (size_t i = 0; i < options->interface_count; i++) {
		struct interface_options live = options->interfaces[i];

		live.group_size = options->workers;
		live.delay_ms = options->reorder.ns > 0 ? MERGED_DELAY_MS : 0;
		live.group = (uint16_t)(worker->probe->group + i);
		worker->handles[i] = interface_open(&live, error);
		if (worker->handles[i] == NULL)
			return -1;
		worker->decoders[i] = decoder_new(&decode);
		if (worker->decoders[i] == NULL) {
			snprintf(error, PROBE_ERROR_SIZE, "out of memory");
			return -1;
		}
	}
	return 0;
}

/* -1 where the interface's frames cannot be decoded. */
static int
set_datalink(struct worker *worker, size_t i)
{
	return decoder_set_datalink(
	    worker->decoders[i], interface_datalink(worker->handles[i]));
}

static int
check_datalinks(struct worker *worker, char error[PROBE_ERROR_SIZE])
{
	const struct probe_options *options = &worker->probe->options;

	for (size_t i = 0; i < options->interface_count; i++)
		if (set_datalink(worker, i) == -1) {
			snprintf(error, PROBE_ERROR_SIZE,
			    "interface %s: link type %d cannot be decoded",
			    interface_name(worker->handles[i]),
			    interface_datalink(worker->handles[i]));
			return -1;
		}
	return 0;
}

static int
make_parts(struct worker *worker, char error[PROBE_ERROR_SIZE])
{
	const struct probe_options *options = &worker->probe->options;
	size_t count = options->interface_count;

	worker->handles = calloc(count, sizeof(*worker->handles));
	worker->decoders = calloc(count, sizeof(*worker->decoders));
	worker->polled = calloc(count + 1, sizeof(*worker->polled));
	if (worker->handles != NULL && worker->decoders != NULL &&
	    worker->polled != NULL &&
	    pipe2(worker->wake, O_NONBLOCK | O_CLOEXEC) == 0)
		return 0;
	snprintf(error, PROBE_ERROR_SIZE, "cannot start: %s", strerror(errno));
	return -1;
}

static uint64_t
first_number(timestamp now)
{
	int64_t seconds = (int64_t)(now.ns / NS_PER_SECOND) - NUMBERS_FROM;

	return (uint64_t)(seconds > 0 ? seconds : 1) << NUMBERS_OF_SECOND;
}

int
worker_make_meter(struct worker *worker, struct exporter *exporter,
    char error[PROBE_ERROR_SIZE])
{
	struct meter_options meter = worker->probe->options.meter;

	meter.hash = &worker->probe->hash;
	worker->with_macs = meter.mac;
	meter.max_exchanges =
	    meter_share(&meter, worker->probe->options.workers);
	meter_share_names(&meter, worker->probe->options.workers);
	worker->port = exporter_port_new(exporter);
	if (worker->port != NULL)
		worker->meter = meter_new(&meter, exporter_put, worker->port);
	if (worker->meter == NULL) {
		snprintf(error, PROBE_ERROR_SIZE, "cannot start: %s",
		    strerror(errno));
		return -1;
	}
	meter_set_room(worker->meter, exporter_room);
	monotonic_start_now(&worker->clock);
	worker_packets_start(worker);
	worker->packet_base = first_number(worker->now) + worker->number;
	return 0;
}

int
worker_init(struct worker *worker, struct probe *probe, unsigned number,
    char error[PROBE_ERROR_SIZE])
{
	worker->probe = probe;
	worker->number = number;
	worker->wake[0] = worker->wake[1] = -1;
	if (make_parts(worker, error) == -1 ||
	    worker_packets_init(worker, error) == -1 ||
	    open_interfaces(worker, error) == -1 ||
	    check_datalinks(worker, error) == -1)
		return -1;
	if (worker_want(worker, &probe->options.meter) == 0)
		return 0;
	snprintf(error, PROBE_ERROR_SIZE, "out of memory");
	return -1;
}

void
worker_clear(struct worker *worker)
{
	size_t count =
	    worker->probe == NULL ? 0 : worker->probe->options.interface_count;

	for (size_t i = 0; i < count && worker->handles != NULL; i++)
		interface_close(&worker->handles[i]);
	for (size_t i = 0; i < count && worker->decoders != NULL; i++)
		decoder_free(&worker->decoders[i]);
	worker_packets_clear(worker);
	gate_free(&worker->gate);
	payload_batch_clear(&worker->payloads);
	meter_free(&worker->meter);
	if (worker->port != NULL)
		exporter_port_free(&worker->port);
	for (int i = 0; i < 2 && worker->probe != NULL; i++)
		if (worker->wake[i] != -1)
			close(worker->wake[i]);
	free(worker->handles);
	free(worker->decoders);
	free(worker->polled);
}

/* --- packets */

/* Wait for packets, a request, or this time. */
static void
wait_for_packets(struct worker *worker, int milliseconds)
{
	size_t count = worker->probe->options.interface_count;
	char drain[64];

	for (size_t i = 0; i < count; i++)
		worker->polled[i] = (struct pollfd){ .fd = interface_descriptor(
			                                 worker->handles[i]),
			.events = POLLIN };
	worker->polled[count] =
	    (struct pollfd){ .fd = worker->wake[0], .events = POLLIN };
	if (poll(worker->polled, (nfds_t)count + 1, milliseconds) > 0 &&
	    worker->polled[count].revents != 0)
		while (read(worker->wake[0], drain, sizeof(drain)) > 0)
			;
}

/* --- interfaces and requests */

/* When to check the interfaces next; sooner while one is going away. */
static timestamp
next_check(const struct worker *worker)
{
	for (size_t i = 0; i < worker->probe->options.interface_count; i++)
		if (interface_leaving(worker->handles[i]))
			return later_ms(
			    worker->looked, 2 * (int64_t)INTERFACE_DELAY_MS);
	return later_ms(worker->looked, CHECK_EVERY_MS);
}

/*
 * Workers open an interface that came back in their order, which is that of
 * their shares of the packets (fanout.c).  Otherwise an exchange whose two
 * directions come by two interfaces would be split between two workers.  The
 * kernel refuses the first one until all have left the interface that went.
 */
static bool
may_open(const struct worker *worker, size_t i)
{
	unsigned index = if_nametoindex(interface_name(worker->handles[i]));

	for (unsigned w = 0; w < worker->number; w++) {
		struct interface_counts counts;

		interface_counts(worker->probe->workers[w].handles[i], &counts);
		if (counts.index != index)
			return false;
	}
	return true;
}

static void
check_interfaces(struct worker *worker)
{
	const struct probe_options *options = &worker->probe->options;

	if (timestamp_before(worker->clock.now, next_check(worker)))
		return;
	worker->looked = worker->clock.now;
	exporter_port_flush(worker->port);
	for (size_t i = 0; i < options->interface_count; i++)
		if (interface_look(worker->handles[i], may_open(worker, i)) &&
		    set_datalink(worker, i) == -1)
			log_error("interface %s: it came back with a link type "
			          "that cannot be decoded (%d)",
			    interface_name(worker->handles[i]),
			    interface_datalink(worker->handles[i]));
}

static void
answer(struct worker *worker)
{
	struct request *request = atomic_load(&worker->request);

	if (request == NULL || !request->step(worker, request))
		return;
	pthread_mutex_lock(&worker->probe->lock);
	atomic_store(&worker->request, NULL);
	pthread_cond_signal(&worker->probe->answered);
	pthread_mutex_unlock(&worker->probe->lock);
}

static void
turn(struct worker *worker)
{
	wait_for_packets(worker, atomic_load(&worker->request) != NULL
	                             ? STEP_MS
	                             : worker_packets_delay_ms(worker));
	worker_read_packets(worker);
	check_interfaces(worker);
	answer(worker);
}

/* Read all packets that had come when the probe was stopped. */
static void
read_the_last(struct worker *worker)
{
	timestamp until =
	    later_ms(worker->clock.now, 2 * (int64_t)INTERFACE_DELAY_MS);

	while (timestamp_before(worker->clock.now, until)) {
		wait_for_packets(worker, INTERFACE_DELAY_MS / 4);
		worker_read_packets(worker);
	}
}

void *
worker_main(void *context)
{
	struct worker *worker = context;

	for (size_t i = 0; i < worker->probe->options.interface_count; i++)
		if (worker->probe->options.workers > 1)
			interface_begin(worker->handles[i]);
	while (!atomic_load(&worker->probe->stop))
		turn(worker);
	read_the_last(worker);
	worker_packets_finish(worker);
	return NULL;
}

void
worker_ledger(const struct worker *worker, struct ledger *sum)
{
	ledger_add(sum, meter_ledger(worker->meter));
	meter_add_names(worker->meter, sum);
	ledger_add(sum, &worker->ledger);
	worker_packets_ledger(worker, sum);
	for (size_t i = 0; i < worker->probe->options.interface_count; i++)
		ledger_add_decoded(sum, worker->decoders[i]);
}

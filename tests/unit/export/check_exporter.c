/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "exflow/export/exporter.h"
#include "exflow/ipfix/encoder.h"
#include "exflow/output/output_thread.h"

#include "../../../src/export/balance.h"
#include "../../../src/export/outputs.h"
#include "../export_fixture.h"

#define PRODUCERS 4

/* What a mock destination saw; outlives it. */
struct seen {
	pthread_mutex_t lock; /* held by the test: the mock stands still */
	uint64_t exchanges;
	uint64_t with_figures, wrong_figures; /* of these */
	uint64_t with_names, wrong_names;     /* likewise */
	uint64_t next[PRODUCERS]; /* flow_id expected of each producer */
	uint64_t disordered;
	size_t templates, types, messages;
	size_t misplaced; /* templates after data, data among them */
	uint32_t records;
	uint32_t longest;
	uint64_t checksum; /* over the octets of data messages */
	bool sigint_blocked;
	int finished, freed;
	int endings; /* that there had been when it finished */
	bool refuse_start, lose;
};

struct mock {
	struct destination base;
	struct seen *seen;
	uint32_t limit;
};

static struct seen *
seen_of(struct destination *d)
{
	return ((struct mock *)d)->seen;
}

static uint32_t
mock_message_octets(const struct destination *d)
{
	return ((const struct mock *)d)->limit;
}

static int
mock_start(struct destination *d)
{
	if (!seen_of(d)->refuse_start)
		return 0;
	snprintf(d->error, sizeof(d->error), "mock will not");
	return -1;
}

static void
mock_templates(struct destination *d, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count)
{
	struct seen *seen = seen_of(d);

	/* No assertions here: this is not the test's thread. */
	seen->misplaced += seen->messages;
	for (size_t i = 0; i < templates_count; i++)
		seen->misplaced += templates[i].kind != MESSAGE_TEMPLATES;
	for (size_t i = 0; i < types_count; i++)
		seen->misplaced += types[i].kind == MESSAGE_DATA;
	seen->templates = templates_count;
	seen->types = types_count;
}

static void
mock_take(struct destination *d, uint64_t records)
{
	d->counts.waiting -= records;
	if (seen_of(d)->lose)
		d->counts.lost[LOSS_SEND] += records;
	else
		d->counts.delivered += records;
}

static void
mock_message(struct destination *d, const struct message *message)
{
	struct seen *seen = seen_of(d);

	seen->messages++;
	seen->records += message->records;
	if (message->length > seen->longest)
		seen->longest = message->length;
	for (uint32_t i = MESSAGE_HEADER_OCTETS; i < message->length; i++)
		seen->checksum = seen->checksum * 31 + message->octets[i];
	mock_take(d, message->records);
}

/* Whether the names are those that put_with_names gave this exchange. */
static bool
are_right(const struct exchange *exchange)
{
	const struct exchange_names *names = exchange->names;
	const char *text = exchange_names_text(names, NAMES_SERVER);
	size_t octets = names->length[NAMES_SERVER];

	for (size_t i = 0; i < octets; i++)
		if (text[i] != (char)exchange->flow_id)
			return false;
	return names->dns_resolution == exchange->flow_id && octets > 0;
}

static void
mock_exchanges(struct destination *d, const struct exchange *exchange, size_t n)
{
	struct seen *seen = seen_of(d);
	sigset_t blocked;

	pthread_mutex_lock(&seen->lock);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	seen->sigint_blocked = sigismember(&blocked, SIGINT) == 1;
	for (size_t i = 0; i < n; i++) {
		uint64_t *next = &seen->next[exchange[i].interface];

		if (exchange[i].flow_id != (*next)++)
			seen->disordered++;
		if (exchange[i].names != NULL) {
			seen->with_names++;
			seen->wrong_names += !are_right(&exchange[i]);
		}
		if (exchange[i].quality == NULL)
			continue;
		seen->with_figures++;
		if (exchange[i].quality->idle_time != exchange[i].flow_id)
			seen->wrong_figures++;
	}
	seen->exchanges += n;
	pthread_mutex_unlock(&seen->lock);
	mock_take(d, n);
}

static int endings; /* of all mocks */

static void
mock_ending(struct destination *d)
{
	seen_of(d)->finished -= 100;
	endings++;
}

static int
mock_finish(struct destination *d)
{
	seen_of(d)->finished += 100;
	seen_of(d)->endings = endings;
	seen_of(d)->finished++;
	return seen_of(d)->lose ? -1 : 0;
}

static void
mock_free(struct destination *d)
{
	seen_of(d)->freed++;
}

static const struct destination_ops mock_ops = {
	.scheme = "mock",
	.message_octets = mock_message_octets,
	.start = mock_start,
	.templates = mock_templates,
	.message = mock_message,
	.exchanges = mock_exchanges,
	.ending = mock_ending,
	.finish = mock_finish,
	.free = mock_free,
};

/* limit 0: takes exchanges. */
static struct destination *
mock_new(struct seen *seen, uint32_t limit)
{
	struct mock *mock = calloc(1, sizeof(*mock));

	memset(seen, 0, sizeof(*seen));
	pthread_mutex_init(&seen->lock, NULL);
	mock->base.ops = &mock_ops;
	mock->base.name = strdup("mock");
	mock->base.spec = strdup("mock");
	destination_options_init(&mock->base.options);
	mock->seen = seen;
	mock->limit = limit;
	return &mock->base;
}

static struct exporter *
exporter_of(struct destination **destinations, size_t n)
{
	char error[DESTINATION_ERROR_SIZE];
	struct exporter *exporter =
	    exporter_new(destinations, n, error, sizeof(error));

	if (exporter == NULL)
		fail_msg("%s", error);
	return exporter;
}

/* The flow_id of producer numbers its exchanges. */
static struct exchange
numbered(uint32_t producer, uint64_t number)
{
	struct exchange exchange = {
		.address = { { 10, 0, 0, 1 }, { 192, 0, 2, 1 } },
		.port = { 40000, 443 },
		.protocol = PROTOCOL_TCP,
		.ip_version = 4,
		.interface = producer,
		.end = END_FINISHED,
		.end_reason = 3,
		.flow_id = number,
		.side[CLIENT] = { .packets = 1, .ip_octets = 40 },
	};

	return exchange;
}

/* Every second one where the port would have it, as a meter does. */
static void
put_numbered(struct exporter_port *port, uint32_t producer, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		struct exchange exchange = numbered(producer, i);
		struct exchange *room = i % 2 == 1 ? exporter_room(port) : NULL;

		if (room != NULL)
			*room = exchange;
		exporter_put(port, room != NULL ? room : &exchange);
	}
}

static const struct destination_counts *
counts_of(const struct exporter *exporter, size_t i)
{
	return &exporter_destination(exporter, i)->counts;
}

static void
all_exchanges_arrive_in_order(void **state)
{
	/* Around a chunk, and more than the queue holds. */
	static const uint64_t numbers[] = { 0, 1, EXPORT_CHUNK - 1,
		EXPORT_CHUNK, EXPORT_CHUNK + 1,
		EXPORT_CHUNK * (EXPORT_QUEUE_CHUNKS + 10) + 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct seen seen;
		struct destination *d = mock_new(&seen, 0);
		struct exporter *exporter = exporter_of(&d, 1);
		struct exporter_port *port = exporter_port_new(exporter);

		put_numbered(port, 0, numbers[i]);
		exporter_port_free(&port);
		assert_null(port);
		assert_int_equal(exporter_finish(exporter), 0);
		assert_int_equal(seen.exchanges, numbers[i]);
		assert_int_equal(seen.disordered, 0);
		assert_int_equal(
		    counts_of(exporter, 0)->records_due, numbers[i]);
		fixture_assert_finished(exporter_destination(exporter, 0),
		    numbers[i], LOSS_SEND, 0);
		exporter_free(&exporter);
		assert_null(exporter);
		assert_int_equal(seen.finished, 1);
		assert_int_equal(seen.freed, 1);
	}
}

/* A kind that skips protocols without ports, as csv does. */
static void
ports_only_exchanges(
    struct destination *d, const struct exchange *exchange, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (segment_has_ports(exchange[i].protocol))
			mock_take(d, 1);
}

static void
what_a_kind_has_no_place_for_is_not_due(void **state)
{
	static const uint8_t protocols[] = { PROTOCOL_TCP, PROTOCOL_ICMP, 47,
		PROTOCOL_UDP, PROTOCOL_ICMP6 };
	struct destination_ops ops = mock_ops;
	struct seen seen[2];
	struct destination *d[] = { mock_new(&seen[0], 0),
		mock_new(&seen[1], 1420) };
	struct exporter_port *port;
	struct exporter *exporter;

	(void)state;
	ops.ports_only = true;
	ops.exchanges = ports_only_exchanges;
	d[0]->ops = &ops;
	d[1]->options.record.other = true;
	exporter = exporter_of(d, 2);
	port = exporter_port_new(exporter);
	for (size_t i = 0; i < sizeof(protocols); i++) {
		struct exchange exchange = numbered(0, i);

		exchange.protocol = protocols[i];
		exporter_put(port, &exchange);
	}
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	assert_int_equal(counts_of(exporter, 0)->records_due, 2);
	assert_int_equal(counts_of(exporter, 0)->left_out, 3);
	fixture_assert_finished(
	    exporter_destination(exporter, 0), 2, LOSS_SEND, 0);
	assert_int_equal(counts_of(exporter, 1)->records_due, 5);
	assert_int_equal(counts_of(exporter, 1)->left_out, 0);
	assert_int_equal(seen[1].records, 5);
	assert_int_equal(seen[1].templates, IPFIX_SHAPES_WITHOUT_MACS);
	exporter_free(&exporter);
}

/* As a meter does: into the room, or from a place of its own. */
static void
put_with_figures(struct exporter_port *port, uint64_t first, uint64_t n)
{
	for (uint64_t i = first; i < first + n; i++) {
		struct exchange_quality figures = { .idle_time = i };
		struct exchange exchange = numbered(0, i);
		struct exchange *room = i % 2 == 1 ? exporter_room(port) : NULL;

		exchange.quality = &figures;
		if (room != NULL)
			exchange_copy(room, &exchange);
		exporter_put(port, room != NULL ? room : &exchange);
	}
}

/* Names of `octets` octets for each, in a place that is used again. */
static void
put_with_names(
    struct exporter_port *port, uint64_t first, uint64_t n, uint16_t octets)
{
	static _Alignas(8) char place[EXCHANGE_NAMES_OCTETS_MAX];
	struct exchange_names *names = (struct exchange_names *)(void *)place;

	for (uint64_t i = first; i < first + n; i++) {
		struct exchange_quality figures = { .idle_time = i };
		struct exchange exchange = numbered(0, i);
		struct exchange *room = i % 2 == 1 ? exporter_room(port) : NULL;

		memset(names, 0, sizeof(*names));
		names->dns_resolution = (uint32_t)i;
		names->texts = names->length[NAMES_SERVER] =
		    (uint16_t)(octets - i % 3);
		memset(names->text, (int)(char)i, names->texts);
		exchange.quality = &figures;
		exchange.names = names;
		if (room != NULL)
			exchange_copy(room, &exchange);
		exporter_put(port, room != NULL ? room : &exchange);
	}
}

static struct destination *
threaded(struct destination *destination)
{
	char error[DESTINATION_ERROR_SIZE];
	struct destination *thread = output_thread_new(destination, error);

	assert_non_null(thread);
	return thread;
}

/*
 * Short ones fill a chunk, long ones leave places of it empty; also where an
 * output has a thread of its own.
 */
static void
each_exchange_arrives_with_its_names(void **state)
{
	static const uint16_t octets[] = { 3, 20, 300, 5000 };
	const uint64_t n = EXPORT_CHUNK * 3 + 5;
	struct exporter_port *port;

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(octets) / sizeof(octets[0]); i++) {
		struct seen seen;
		struct destination *d = mock_new(&seen, 0);
		struct exporter *exporter;

		if (i % 2 == 1)
			d = threaded(d);
		exporter = exporter_of(&d, 1);
		assert_int_equal(exporter_quality(exporter, i % 4 < 2), 0);
		assert_int_equal(exporter_names(exporter, true), 0);
		port = exporter_port_new(exporter);
		put_with_names(port, 0, n, octets[i / 2]);
		exporter_port_free(&port);
		assert_int_equal(exporter_finish(exporter), 0);
		assert_int_equal(seen.exchanges, n);
		assert_int_equal(seen.disordered, 0);
		assert_int_equal(seen.with_names, n);
		assert_int_equal(seen.wrong_names, 0);
		assert_int_equal(seen.with_figures, i % 4 < 2 ? n : 0);
		assert_int_equal(seen.wrong_figures, 0);
		exporter_free(&exporter);
	}
}

/* The meter's own place must not be what arrives. */
static void
names_without_room_for_them_stay_behind(void **state)
{
	struct seen seen;
	struct destination *d = mock_new(&seen, 0);
	struct exporter *exporter = exporter_of(&d, 1);
	struct exporter_port *port = exporter_port_new(exporter);

	(void)state;
	put_with_names(port, 0, 300, 100);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	assert_int_equal(seen.exchanges, 300);
	assert_int_equal(seen.with_names, 0);
	exporter_free(&exporter);
}

/* Long names fill the queue sooner; what is lost is counted. */
static void
names_in_a_full_queue_are_lost_with_their_exchanges(void **state)
{
	const uint64_t n = 13 * (EXPORT_QUEUE_CHUNKS + 50);
	struct seen seen;
	struct destination *d = mock_new(&seen, 0);
	struct exporter *exporter = exporter_of(&d, 1);
	struct exporter_port *port = exporter_port_new(exporter);
	const struct destination_counts *counts;

	(void)state;
	assert_int_equal(exporter_names(exporter, true), 0);
	exporter_never_wait(exporter, true);
	pthread_mutex_lock(&seen.lock);
	put_with_names(port, 0, n, 5000);
	pthread_mutex_unlock(&seen.lock);
	exporter_port_free(&port);
	(void)exporter_finish(exporter);
	counts = counts_of(exporter, 0);
	assert_true(counts->lost[LOSS_QUEUE] > 0);
	assert_int_equal(counts->delivered + counts->lost[LOSS_QUEUE], n);
	assert_int_equal(seen.wrong_names, 0);
	exporter_free(&exporter);
}

static void
until_exchanges(struct seen *seen, uint64_t n)
{
	uint64_t have = 0;

	while (have < n) {
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		pthread_mutex_lock(&seen->lock);
		have = seen->exchanges;
		pthread_mutex_unlock(&seen->lock);
	}
}

/* More than the queue holds, so that its rooms are used again. */
static void
each_exchange_arrives_with_its_figures(void **state)
{
	const uint64_t n = EXPORT_CHUNK * (EXPORT_QUEUE_CHUNKS + 3) + 5;
	struct seen seen;
	struct destination *d = mock_new(&seen, 0);
	struct exporter *exporter = exporter_of(&d, 1);
	struct exporter_port *port;

	(void)state;
	assert_int_equal(exporter_quality(exporter, true), 0);
	port = exporter_port_new(exporter);
	put_with_figures(port, 0, n);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	assert_int_equal(seen.exchanges, n);
	assert_int_equal(seen.with_figures, n);
	assert_int_equal(seen.wrong_figures, 0);
	exporter_free(&exporter);
}

/* Figures of an exchange in the queue must not be those of an earlier one. */
static void
an_exchange_without_figures_arrives_without(void **state)
{
	struct seen seen;
	struct destination *d = mock_new(&seen, 0);
	struct exporter *exporter = exporter_of(&d, 1);
	struct exporter_port *port = exporter_port_new(exporter);

	(void)state;
	put_numbered(port, 0, 10);
	assert_int_equal(exporter_quality(exporter, true), 0);
	for (uint64_t i = 10; i < 1000; i++) {
		struct exchange exchange = numbered(0, i);
		struct exchange *room = exporter_room(port);

		assert_non_null(room);
		*room = exchange;
		exporter_put(port, i % 2 == 0 ? room : &exchange);
	}
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	assert_int_equal(seen.exchanges, 1000);
	assert_int_equal(seen.with_figures, 0);
	exporter_free(&exporter);
}

/* A meter without room for figures has a place of its own for them. */
static void
figures_in_the_meters_own_place_stay_behind(void **state)
{
	struct exchange_quality figures = { .idle_time = 7 };
	struct seen seen;
	struct destination *d = mock_new(&seen, 0);
	struct exporter *exporter = exporter_of(&d, 1);
	struct exporter_port *port = exporter_port_new(exporter);

	(void)state;
	for (uint64_t i = 0; i < 10; i++) {
		struct exchange *room = exporter_room(port);

		assert_null(room->quality);
		*room = numbered(0, i);
		room->quality = &figures;
		exporter_put(port, room);
	}
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	assert_int_equal(seen.exchanges, 10);
	assert_int_equal(seen.with_figures, 0);
	exporter_free(&exporter);
}

/* A reload turns quality on and off while records wait. */
static void
quality_can_be_turned_on_and_off(void **state)
{
	struct seen seen;
	struct destination *d = mock_new(&seen, 0);
	struct exporter *exporter = exporter_of(&d, 1);
	struct exporter_port *port = exporter_port_new(exporter);
	uint64_t n = 0;

	(void)state;
	assert_null(exporter_room(port)->quality);
	for (int i = 0; i < 20; i++) {
		put_with_figures(port, n, 1000);
		n += 1000;
		assert_int_equal(exporter_quality(exporter, i % 2 == 0), 0);
		put_with_figures(port, n, 3);
		n += 3;
		if (i % 5 == 4) { /* nothing waits */
			exporter_port_flush(port);
			until_exchanges(&seen, n);
		}
	}
	exporter_port_flush(port);
	until_exchanges(&seen, n);
	assert_int_equal(exporter_quality(exporter, true), 0);
	assert_non_null(exporter_room(port)->quality);
	exporter_port_flush(port);
	assert_int_equal(exporter_quality(exporter, false), 0);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	assert_int_equal(seen.exchanges, n);
	assert_true(seen.with_figures > 0 && seen.with_figures < n);
	assert_int_equal(seen.wrong_figures, 0);
	exporter_free(&exporter);
}

/* Uniflow: each half has figures of its side, in its own template. */
static void
halves_of_uniflow_have_figures_too(void **state)
{
	const uint64_t n = 1000;
	struct seen seen[3];
	struct destination *d[3];
	struct exporter_port *port;
	struct exporter *exporter;

	(void)state;
	for (int i = 0; i < 3; i++) {
		d[i] = mock_new(&seen[i], 1420);
		d[i]->options.record.biflow = i == 0;
		d[i]->options.record.quality = i < 2;
	}
	exporter = exporter_of(d, 3);
	assert_int_equal(exporter_quality(exporter, true), 0);
	port = exporter_port_new(exporter);
	for (uint64_t i = 0; i < n; i++) {
		struct exchange_quality figures = { .idle_time = i };
		struct exchange exchange = numbered(0, i);

		exchange.side[SERVER] = exchange.side[CLIENT];
		exchange.quality = &figures;
		exporter_put(port, &exchange);
	}
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	/* 702 octets a record of both, 372 of a half, 156 without quality. */
	assert_int_equal(seen[0].records, n);
	assert_int_equal(seen[0].messages, n);
	assert_int_equal(seen[1].records, 2 * n);
	assert_int_equal(seen[1].messages, (2 * n + 2) / 3);
	assert_int_equal(seen[2].records, 2 * n);
	assert_true(seen[2].messages < seen[1].messages / 2);
	exporter_free(&exporter);
}

static void
finish_takes_what_ports_still_hold(void **state)
{
	struct seen seen;
	struct destination *d = mock_new(&seen, 0);
	struct exporter *exporter = exporter_of(&d, 1);
	struct exporter_port *port = exporter_port_new(exporter);

	(void)state;
	put_numbered(port, 0, 3);
	assert_int_equal(exporter_finish(exporter), 0);
	assert_int_equal(exporter_finish(exporter), 0);
	assert_int_equal(seen.exchanges, 3);
	assert_int_equal(seen.finished, 1);
	exporter_port_free(&port);
	exporter_free(&exporter);
}

struct producer {
	struct exporter *exporter;
	uint32_t number;
	uint64_t exchanges;
	uint64_t put; /* so far; under lock */
	pthread_mutex_t lock;
};

static void *
produce(void *argument)
{
	struct producer *producer = argument;
	struct exporter_port *port = exporter_port_new(producer->exporter);

	for (uint64_t i = 0; i < producer->exchanges; i++) {
		struct exchange exchange = numbered(producer->number, i);

		exporter_put(port, &exchange);
		pthread_mutex_lock(&producer->lock);
		producer->put++;
		pthread_mutex_unlock(&producer->lock);
	}
	exporter_port_free(&port);
	return NULL;
}

static void
several_ports_keep_their_order_each(void **state)
{
	struct seen seen;
	struct destination *d = mock_new(&seen, 0);
	struct exporter *exporter = exporter_of(&d, 1);
	struct producer producers[PRODUCERS];
	pthread_t threads[PRODUCERS];

	(void)state;
	for (uint32_t i = 0; i < PRODUCERS; i++) {
		producers[i] = (struct producer){ .exporter = exporter,
			.number = i,
			.exchanges = 20000 + i };
		pthread_mutex_init(&producers[i].lock, NULL);
		pthread_create(&threads[i], NULL, produce, &producers[i]);
	}
	for (uint32_t i = 0; i < PRODUCERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(exporter_finish(exporter), 0);
	assert_int_equal(seen.disordered, 0);
	for (uint32_t i = 0; i < PRODUCERS; i++)
		assert_int_equal(seen.next[i], 20000 + i);
	exporter_free(&exporter);
}

static void
sleep_ms(long milliseconds)
{
	struct timespec time = { .tv_nsec = milliseconds * 1000000 };

	nanosleep(&time, NULL);
}

static uint64_t
put_so_far(struct producer *producer)
{
	uint64_t put;

	pthread_mutex_lock(&producer->lock);
	put = producer->put;
	pthread_mutex_unlock(&producer->lock);
	return put;
}

/* Live: what finds the queue full is lost, and counted. */
static void
a_full_queue_loses_where_nothing_may_wait(void **state)
{
	struct seen seen;
	struct destination *d = mock_new(&seen, 0);
	struct exporter *exporter = exporter_of(&d, 1);
	const struct destination_counts *counts = counts_of(exporter, 0);
	uint64_t n = EXPORT_CHUNK * (EXPORT_QUEUE_CHUNKS + 50);
	struct exporter_port *port;

	(void)state;
	exporter_never_wait(exporter, true);
	port = exporter_port_new(exporter);
	pthread_mutex_lock(&seen.lock);
	put_numbered(port, 0, n);
	pthread_mutex_unlock(&seen.lock);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), -1);
	assert_int_equal(counts->records_due, n);
	assert_true(counts->lost[LOSS_QUEUE] >= EXPORT_CHUNK * 40);
	assert_int_equal(counts->delivered, seen.exchanges);
	assert_int_equal(counts->delivered + counts->lost[LOSS_QUEUE], n);
	assert_true(destination_balanced(counts));
	exporter_free(&exporter);
}

/* As numbered(), every third one answered: two records of uniflow. */
static void
put_conversations(struct exporter_port *port, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		struct exchange exchange = numbered(0, i);

		exchange.port[CLIENT] = (uint16_t)i;
		if (i % 3 == 0)
			exchange.side[SERVER] =
			    (struct exchange_side){ .packets = 2,
				    .ip_octets = 80 };
		exporter_put(port, &exchange);
	}
}

/* A uniflow output, one with biflows and one that takes exchanges. */
static void
uniflow_of_three(struct seen seen[3], struct destination *d[3])
{
	for (size_t i = 0; i < 3; i++)
		d[i] = mock_new(&seen[i], i < 2 ? 1420 : 0);
	d[0]->options.record.biflow = false;
	d[2]->options.record.biflow = false;
}

static void
expect_uniflow_counts(
    const struct destination_counts *counts, uint64_t due, uint64_t split)
{
	assert_int_equal(counts->records_due, due);
	assert_int_equal(counts->split, split);
	assert_true(destination_balanced(counts));
}

static void
uniflow_counts_a_record_for_each_side_that_sent_something(void **state)
{
	struct seen seen[3];
	struct destination *d[3];
	struct exporter *exporter;
	struct exporter_port *port;

	(void)state;
	uniflow_of_three(seen, d);
	exporter = exporter_of(d, 3);
	port = exporter_port_new(exporter);
	put_conversations(port, 900);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	expect_uniflow_counts(counts_of(exporter, 0), 1200, 300);
	expect_uniflow_counts(counts_of(exporter, 1), 900, 0);
	expect_uniflow_counts(counts_of(exporter, 2), 900, 0);
	assert_int_equal(seen[0].records, 1200);
	assert_int_equal(seen[1].records, 900);
	assert_int_equal(seen[2].exchanges, 900);
	for (size_t i = 0; i < 3; i++)
		fixture_assert_finished(exporter_destination(exporter, i),
		    i == 0 ? 1200 : 900, LOSS_ENCODE, 0);
	exporter_free(&exporter);
}

/* Both records of an exchange go to the same one. */
static void
uniflow_shares_in_balance_are_whole_exchanges(void **state)
{
	struct seen seen[2];
	struct destination *d[2];
	struct exporter *exporter;
	struct exporter_port *port;
	uint64_t exchanges = 0, split = 0;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		d[i] = mock_new(&seen[i], 1420);
		d[i]->options.balance = true;
		d[i]->options.record.biflow = false;
	}
	exporter = exporter_of(d, 2);
	port = exporter_port_new(exporter);
	put_conversations(port, 900);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	for (size_t i = 0; i < 2; i++) {
		const struct destination_counts *counts =
		    counts_of(exporter, i);

		fixture_assert_finished(exporter_destination(exporter, i),
		    seen[i].records, LOSS_ENCODE, 0);
		assert_int_equal(counts->records_due, seen[i].records);
		assert_true(counts->split > 0);
		exchanges += counts->records_due - counts->split;
		split += counts->split;
	}
	assert_int_equal(exchanges, 900);
	assert_int_equal(split, 300);
	exporter_free(&exporter);
}

static void
a_full_queue_loses_both_records_of_uniflow(void **state)
{
	struct seen seen[3];
	struct destination *d[3];
	struct exporter *exporter;
	uint64_t n = EXPORT_CHUNK * (EXPORT_QUEUE_CHUNKS + 50);
	struct exporter_port *port;

	(void)state;
	uniflow_of_three(seen, d);
	exporter = exporter_of(d, 3);
	exporter_never_wait(exporter, true);
	port = exporter_port_new(exporter);
	pthread_mutex_lock(&seen[2].lock);
	put_conversations(port, n);
	pthread_mutex_unlock(&seen[2].lock);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), -1);
	expect_uniflow_counts(
	    counts_of(exporter, 0), n + (n + 2) / 3, (n + 2) / 3);
	expect_uniflow_counts(counts_of(exporter, 1), n, 0);
	assert_true(
	    counts_of(exporter, 0)->lost[LOSS_QUEUE] >= EXPORT_CHUNK * 53);
	assert_int_equal(counts_of(exporter, 0)->delivered, seen[0].records);
	exporter_free(&exporter);
}

/* All records of a 5-tuple, whichever end is the client, at one place. */
static void
balance_is_by_the_5_tuple_and_even(void **state)
{
	size_t shares[3] = { 0 };

	(void)state;
	for (uint16_t port = 0; port < 3000; port++) {
		struct exchange there = numbered(0, port), back;
		size_t share;

		there.port[CLIENT] = port;
		share = balance_choose(&there, 3);
		assert_true(share < 3);
		shares[share]++;
		back = there;
		memcpy(back.address[CLIENT], there.address[SERVER], 16);
		memcpy(back.address[SERVER], there.address[CLIENT], 16);
		back.port[CLIENT] = there.port[SERVER];
		back.port[SERVER] = there.port[CLIENT];
		back.flow_id++;
		assert_int_equal(balance_choose(&back, 3), share);
	}
	for (size_t i = 0; i < 3; i++)
		assert_in_range(shares[i], 800, 1200);
}

/* The bound: the queue's chunks and the port's own. */
static void
a_full_queue_makes_the_producer_wait(void **state)
{
	struct seen seen;
	struct destination *d = mock_new(&seen, 0);
	struct exporter *exporter = exporter_of(&d, 1);
	uint64_t bound = EXPORT_CHUNK * (EXPORT_QUEUE_CHUNKS + 1);
	struct producer producer = { .exporter = exporter,
		.exchanges = 2 * bound };
	pthread_t thread;
	uint64_t before, now = 0;

	(void)state;
	pthread_mutex_init(&producer.lock, NULL);
	pthread_mutex_lock(&seen.lock);
	pthread_create(&thread, NULL, produce, &producer);
	do {
		before = now;
		sleep_ms(100);
		now = put_so_far(&producer);
	} while (now != before || now == 0);
	assert_int_equal(now, bound);
	pthread_mutex_unlock(&seen.lock);
	pthread_join(thread, NULL);
	assert_int_equal(exporter_finish(exporter), 0);
	assert_int_equal(seen.exchanges, 2 * bound);
	assert_int_equal(seen.disordered, 0);
	exporter_free(&exporter);
}

static void
idle_ports_do_not_starve_others(void **state)
{
	struct exporter_port *idle[EXPORT_QUEUE_CHUNKS + 1], *busy;
	struct seen seen;
	struct destination *d = mock_new(&seen, 0);
	struct exporter *exporter = exporter_of(&d, 1);

	(void)state;
	for (size_t i = 0; i < EXPORT_QUEUE_CHUNKS + 1; i++) {
		idle[i] = exporter_port_new(exporter);
		put_numbered(idle[i], 1, 1);
	}
	busy = exporter_port_new(exporter);
	put_numbered(busy, 0, 3 * EXPORT_CHUNK);
	exporter_port_free(&busy);
	for (size_t i = 0; i < EXPORT_QUEUE_CHUNKS + 1; i++)
		exporter_port_free(&idle[i]);
	assert_int_equal(exporter_finish(exporter), 0);
	assert_int_equal(
	    seen.exchanges, EXPORT_QUEUE_CHUNKS + 1 + 3 * EXPORT_CHUNK);
	exporter_free(&exporter);
}

static void
signals_are_left_to_the_main_thread(void **state)
{
	struct seen seen;
	struct destination *d = mock_new(&seen, 0);
	struct exporter *exporter;
	struct exporter_port *port;
	sigset_t here;

	(void)state;
	exporter = exporter_of(&d, 1);
	pthread_sigmask(SIG_SETMASK, NULL, &here);
	assert_int_equal(sigismember(&here, SIGINT), 0);
	port = exporter_port_new(exporter);
	put_numbered(port, 0, 1);
	exporter_port_free(&port);
	exporter_finish(exporter);
	assert_true(seen.sigint_blocked);
	exporter_free(&exporter);
}

static void
one_that_cannot_start_fails_all_and_frees_all(void **state)
{
	char error[DESTINATION_ERROR_SIZE] = "";
	struct seen seen[3];
	struct destination *d[3];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		d[i] = mock_new(&seen[i], i == 2 ? 1420 : 0);
	seen[1].refuse_start = true;
	assert_null(exporter_new(d, 3, error, sizeof(error)));
	assert_string_equal(error, "output mock: mock will not");
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(seen[i].freed, 1);
		assert_int_equal(seen[i].finished, 0);
	}
}

static void
lost_records_fail_the_finish(void **state)
{
	struct seen seen[2];
	struct destination *d[2] = { mock_new(&seen[0], 0),
		mock_new(&seen[1], 0) };
	struct exporter *exporter;
	struct exporter_port *port;

	(void)state;
	seen[1].lose = true;
	exporter = exporter_of(d, 2);
	port = exporter_port_new(exporter);
	put_numbered(port, 0, 5);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), -1);
	assert_int_equal(exporter_destinations(exporter), 2);
	fixture_assert_finished(
	    exporter_destination(exporter, 0), 5, LOSS_SEND, 0);
	fixture_assert_finished(
	    exporter_destination(exporter, 1), 0, LOSS_SEND, 5);
	exporter_free(&exporter);
}

static void
free_without_finish_finishes_nothing(void **state)
{
	struct seen seen;
	struct destination *d = mock_new(&seen, 0);
	struct exporter *exporter = exporter_of(&d, 1);
	struct exporter_port *port = exporter_port_new(exporter);

	(void)state;
	put_numbered(port, 0, 10 * EXPORT_CHUNK);
	exporter_port_free(&port);
	exporter_free(&exporter);
	assert_int_equal(seen.finished, 0);
	assert_int_equal(seen.freed, 1);
}

/* Two with the same limit share messages; another limit, others. */
static void
each_class_gets_its_messages_and_every_record(void **state)
{
	static const uint32_t limits[] = { 1420, 8192, 1420, 0 };
	struct seen seen[4];
	struct destination *d[4];
	struct exporter *exporter;
	struct exporter_port *port;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		d[i] = mock_new(&seen[i], limits[i]);
	exporter = exporter_of(d, 4);
	port = exporter_port_new(exporter);
	put_numbered(port, 0, 1000);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	for (size_t i = 0; i < 4; i++)
		fixture_assert_finished(
		    exporter_destination(exporter, i), 1000, LOSS_ENCODE, 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(seen[i].misplaced, 0);
		assert_true(seen[i].templates >= 4);
		assert_true(seen[i].types > 0);
		assert_int_equal(seen[i].records, 1000);
		assert_true(seen[i].longest <= limits[i]);
	}
	assert_true(seen[0].checksum == seen[2].checksum);
	assert_true(seen[0].messages > seen[1].messages);
	assert_int_equal(seen[3].exchanges, 1000);
	exporter_free(&exporter);
}

/* They got a copy of each, and counted all as due. */
static void
balance_is_also_for_outputs_that_take_exchanges(void **state)
{
	const uint32_t limits[3] = { 0, 1420, 0 };
	struct seen seen[3];
	struct destination *d[3];
	struct exporter *exporter;
	struct exporter_port *port;
	uint64_t records[3], sum = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		d[i] = mock_new(&seen[i], limits[i]);
		d[i]->options.balance = true;
	}
	exporter = exporter_of(d, 3);
	port = exporter_port_new(exporter);
	for (uint16_t i = 0; i < 900; i++) {
		struct exchange exchange = numbered(0, i);

		exchange.port[CLIENT] = i;
		exporter_put(port, &exchange);
	}
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	for (size_t i = 0; i < 3; i++) {
		records[i] =
		    limits[i] == 0 ? seen[i].exchanges : seen[i].records;
		assert_in_range(records[i], 200, 400);
		fixture_assert_finished(exporter_destination(exporter, i),
		    records[i], LOSS_ENCODE, 0);
		sum += records[i];
	}
	assert_int_equal(sum, 900);
	exporter_free(&exporter);
}

static uint64_t refused_number = UINT64_MAX;

int __real_ipfix_encoder_add_shape(struct ipfix_encoder *encoder,
    const struct exchange *exchange, unsigned shape);
int __wrap_ipfix_encoder_add_shape(struct ipfix_encoder *encoder,
    const struct exchange *exchange, unsigned shape);

/* One exchange that no encoder takes. */
int
__wrap_ipfix_encoder_add_shape(struct ipfix_encoder *encoder,
    const struct exchange *exchange, unsigned shape)
{
	if (exchange->flow_id == refused_number)
		return -1;
	return __real_ipfix_encoder_add_shape(encoder, exchange, shape);
}

static void
a_record_that_cannot_be_encoded_is_counted_as_lost(void **state)
{
	struct seen seen[2];
	struct destination *d[2] = { mock_new(&seen[0], 1420),
		mock_new(&seen[1], 0) };
	struct exporter *exporter = exporter_of(d, 2);
	struct exporter_port *port = exporter_port_new(exporter);

	(void)state;
	refused_number = 7;
	put_numbered(port, 0, 100);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), -1);
	refused_number = UINT64_MAX;
	/* All but one; whoever takes exchanges needs no encoder. */
	assert_int_equal(seen[0].records, 99);
	fixture_assert_finished(
	    exporter_destination(exporter, 0), 99, LOSS_ENCODE, 1);
	assert_non_null(
	    strstr(exporter_destination(exporter, 0)->error, "cannot encode"));
	fixture_assert_finished(
	    exporter_destination(exporter, 1), 100, LOSS_ENCODE, 0);
	exporter_free(&exporter);
}

static void
halves_that_cannot_be_encoded_are_two_lost_records(void **state)
{
	struct seen seen[3];
	struct destination *d[3];
	struct exporter *exporter;
	struct exporter_port *port;

	(void)state;
	uniflow_of_three(seen, d);
	exporter = exporter_of(d, 3);
	port = exporter_port_new(exporter);
	refused_number = 6; /* it is answered */
	put_conversations(port, 9);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), -1);
	refused_number = UINT64_MAX;
	fixture_assert_finished(
	    exporter_destination(exporter, 0), 10, LOSS_ENCODE, 2);
	fixture_assert_finished(
	    exporter_destination(exporter, 1), 8, LOSS_ENCODE, 1);
	exporter_free(&exporter);
}

static void
a_message_that_is_not_full_goes_out_after_a_while(void **state)
{
	struct seen seen[2];
	struct destination *d[2] = { mock_new(&seen[0], 1420),
		mock_new(&seen[1], 0) };
	struct exporter *exporter = exporter_of(d, 2);
	struct exporter_port *port = exporter_port_new(exporter);
	struct timespec wait = { .tv_sec = 1, .tv_nsec = 500000000 };

	(void)state;
	put_numbered(port, 0, 1);
	exporter_port_flush(port);
	nanosleep(&wait, NULL);
	/* Another chunk would have joined it in one message. */
	put_numbered(port, 1, 1);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	assert_int_equal(seen[0].messages, 2);
	assert_int_equal(seen[0].records, 2);
	exporter_free(&exporter);
}

/* The time that is left at the end is the same for all. */
static void
all_are_told_of_the_end_before_one_is_waited_for(void **state)
{
	struct seen seen[3];
	struct destination *d[3] = { mock_new(&seen[0], 1420),
		mock_new(&seen[1], 0), mock_new(&seen[2], 8192) };
	struct exporter *exporter = exporter_of(d, 3);

	(void)state;
	endings = 0;
	assert_int_equal(exporter_finish(exporter), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(seen[i].finished, 1);
		assert_int_equal(seen[i].endings, 3);
	}
	exporter_free(&exporter);
}

/* --- the log */

/* What outputs_log_losses logs at this time, with so many lost. */
static void
expect_logged(struct outputs *outputs, uint64_t queue_lost, uint64_t now_ms,
    const char *expected)
{
	FILE *stream = tmpfile();
	int saved = dup(STDERR_FILENO);
	char text[400];
	size_t n;

	fflush(stderr);
	dup2(fileno(stream), STDERR_FILENO);
	outputs_log_losses(outputs, queue_lost, now_ms);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(stream);
	n = fread(text, 1, sizeof(text) - 1, stream);
	text[n] = '\0';
	fclose(stream);
	assert_string_equal(text, expected);
}

static void
losses_are_logged_once_a_minute_at_most(void **state)
{
	struct destination d = { .name = (char *)"c", .error = "no room" };
	struct output output = { .destination = &d };
	struct outputs outputs = { .list = &output, .count = 1 };

	(void)state;
	expect_logged(&outputs, 0, 1000, "");
	d.counts.lost[LOSS_QUEUE] = 3;
	d.counts.lost[LOSS_SEND] = 4;
	expect_logged(&outputs, 0, 1500,
	    "exflow: warning: output c: 7 records lost (queue 3, send 4): "
	    "no room\n");
	d.counts.lost[LOSS_QUEUE] = 13;
	expect_logged(&outputs, 5, 2000,
	    "exflow: warning: the export queue is full: 5 exchanges lost to "
	    "every output\n");
	expect_logged(&outputs, 6, 61400, "");
	expect_logged(&outputs, 6, 61500,
	    "exflow: warning: output c: 10 records lost (queue 10): "
	    "no room\n");
	expect_logged(&outputs, 6, 62000,
	    "exflow: warning: the export queue is full: 1 exchanges lost to "
	    "every output\n");
	expect_logged(&outputs, 6, 600000, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_exchanges_arrive_in_order),
		cmocka_unit_test(what_a_kind_has_no_place_for_is_not_due),
		cmocka_unit_test(each_exchange_arrives_with_its_figures),
		cmocka_unit_test(each_exchange_arrives_with_its_names),
		cmocka_unit_test(names_without_room_for_them_stay_behind),
		cmocka_unit_test(
		    names_in_a_full_queue_are_lost_with_their_exchanges),
		cmocka_unit_test(an_exchange_without_figures_arrives_without),
		cmocka_unit_test(figures_in_the_meters_own_place_stay_behind),
		cmocka_unit_test(quality_can_be_turned_on_and_off),
		cmocka_unit_test(halves_of_uniflow_have_figures_too),
		cmocka_unit_test(finish_takes_what_ports_still_hold),
		cmocka_unit_test(several_ports_keep_their_order_each),
		cmocka_unit_test(a_full_queue_makes_the_producer_wait),
		cmocka_unit_test(a_full_queue_loses_where_nothing_may_wait),
		cmocka_unit_test(
		    uniflow_counts_a_record_for_each_side_that_sent_something),
		cmocka_unit_test(uniflow_shares_in_balance_are_whole_exchanges),
		cmocka_unit_test(a_full_queue_loses_both_records_of_uniflow),
		cmocka_unit_test(balance_is_by_the_5_tuple_and_even),
		cmocka_unit_test(
		    balance_is_also_for_outputs_that_take_exchanges),
		cmocka_unit_test(idle_ports_do_not_starve_others),
		cmocka_unit_test(signals_are_left_to_the_main_thread),
		cmocka_unit_test(one_that_cannot_start_fails_all_and_frees_all),
		cmocka_unit_test(lost_records_fail_the_finish),
		cmocka_unit_test(free_without_finish_finishes_nothing),
		cmocka_unit_test(each_class_gets_its_messages_and_every_record),
		cmocka_unit_test(
		    a_record_that_cannot_be_encoded_is_counted_as_lost),
		cmocka_unit_test(
		    halves_that_cannot_be_encoded_are_two_lost_records),
		cmocka_unit_test(
		    a_message_that_is_not_full_goes_out_after_a_while),
		cmocka_unit_test(
		    all_are_told_of_the_end_before_one_is_waited_for),
		cmocka_unit_test(losses_are_logged_once_a_minute_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

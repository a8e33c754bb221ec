/* SPDX-License-Identifier: BSD-2-Clause */
/* Figures of quality and names arrive with the exchange that they are of. */
#include <config.h>

#include <time.h>

#include "exflow/output/output_thread.h"

#include "mock.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_exchange_arrives_with_its_figures),
		cmocka_unit_test(each_exchange_arrives_with_its_names),
		cmocka_unit_test(names_without_room_for_them_stay_behind),
		cmocka_unit_test(
		    names_in_a_full_queue_are_lost_with_their_exchanges),
		cmocka_unit_test(an_exchange_without_figures_arrives_without),
		cmocka_unit_test(figures_in_the_meters_own_place_stay_behind),
		cmocka_unit_test(quality_can_be_turned_on_and_off),
		cmocka_unit_test(halves_of_uniflow_have_figures_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

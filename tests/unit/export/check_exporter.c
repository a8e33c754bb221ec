/* SPDX-License-Identifier: BSD-2-Clause */
/* From the ports through the queue to the outputs: order, bounds, the end. */
#include <config.h>

#include <time.h>
#include <unistd.h>

#include "../../../src/export/outputs.h"
#include "mock.h"

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
		cmocka_unit_test(finish_takes_what_ports_still_hold),
		cmocka_unit_test(several_ports_keep_their_order_each),
		cmocka_unit_test(a_full_queue_makes_the_producer_wait),
		cmocka_unit_test(a_full_queue_loses_where_nothing_may_wait),
		cmocka_unit_test(idle_ports_do_not_starve_others),
		cmocka_unit_test(signals_are_left_to_the_main_thread),
		cmocka_unit_test(one_that_cannot_start_fails_all_and_frees_all),
		cmocka_unit_test(lost_records_fail_the_finish),
		cmocka_unit_test(free_without_finish_finishes_nothing),
		cmocka_unit_test(
		    a_message_that_is_not_full_goes_out_after_a_while),
		cmocka_unit_test(
		    all_are_told_of_the_end_before_one_is_waited_for),
		cmocka_unit_test(losses_are_logged_once_a_minute_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../export_fixture.h"

static struct fixture_message template, types;

static int
listener(uint16_t *port, int backlog, int receive_buffer)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (receive_buffer > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer,
		    sizeof(receive_buffer));
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	getsockname(fd, (struct sockaddr *)&in, &length);
	*port = ntohs(in.sin_port);
	return fd;
}

static struct destination *
made(const char *host, uint16_t port, uint32_t timeout_seconds)
{
	struct destination_options options;
	char spec[64];

	destination_options_init(&options);
	options.connect_timeout_seconds = timeout_seconds;
	options.send_timeout_seconds = timeout_seconds;
	options.give_up_seconds = timeout_seconds;
	options.shutdown_timeout_seconds = timeout_seconds;
	options.queue_octets = QUEUE_OCTETS_MIN;
	snprintf(spec, sizeof(spec), "tcp://%s:%u", host, port);
	return fixture_destination(spec, &options);
}

static struct destination *
started(const char *host, uint16_t port, uint32_t timeout_seconds)
{
	struct destination *d = made(host, port, timeout_seconds);

	if (d->ops->start(d) != 0)
		fail_msg("%s", d->error);
	fixture_templates(d, &template, &types);
	return d;
}

static double
clock_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t
read_all(int fd, uint8_t *octets, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while ((n = recv(fd, octets + done, size - done, 0)) > 0)
		done += (size_t)n;
	return done;
}

static void
the_stream_is_types_templates_then_data_in_sequence(void **state)
{
	static const uint8_t marks[] = { 'I', 'T', 'a', 'b' };
	static const uint32_t sequences[] = { 0, 3, 3, 10 };
	uint8_t octets[10 * FIXTURE_OCTETS];
	struct destination *d;
	uint16_t port;
	int fd, server = listener(&port, 1, 0);

	(void)state;
	d = started("localhost", port, 5);
	fixture_data(d, 7, 'a');
	fixture_data(d, 2, 'b');
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, 9, LOSS_SEND, 0);
	fd = accept(server, NULL, NULL);
	assert_int_equal(
	    read_all(fd, octets, sizeof(octets)), 4 * FIXTURE_OCTETS);
	for (size_t i = 0; i < 4; i++) {
		const uint8_t *m = octets + i * FIXTURE_OCTETS;

		assert_int_equal(m[MESSAGE_HEADER_OCTETS], marks[i]);
		assert_int_equal(fixture_sequence(m), sequences[i]);
	}
	destination_free(&d);
	close(fd);
	close(server);
}

/* Also the second one, which gets all again. */
static void
each_connection_has_the_templates_that_its_records_use(void **state)
{
	static const int content[] = { -0x102, 0x102, -0x103, 0x103, 0x102 };
	static const uint32_t sequence[] = { 0, 0, 3, 3, 5 };
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	uint8_t octets[1000];
	struct destination *d;
	uint16_t port;
	int fd, server = listener(&port, 1, 0);

	(void)state;
	d = made("localhost", port, 5);
	assert_int_equal(d->ops->start(d), 0);
	fixture_three_templates(d);
	fixture_records(d, 0x102, 3);
	fixture_records(d, 0x103, 2);
	fixture_records(d, 0x102, 1);
	/* It sends them, and the collector resets the connection. */
	fd = accept(server, NULL, NULL);
	assert_int_equal(recv(fd, octets, 20, MSG_WAITALL), 20);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
	fd = accept(server, NULL, NULL);
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, 6, LOSS_SEND, 0);
	fixture_expect_content(
	    octets, read_all(fd, octets, sizeof(octets)), 5, content, sequence);
	destination_free(&d);
	close(fd);
	close(server);
}

/* Whether it is refused or not answered, a run ends and counts its losses. */
static void
assert_not_connected(struct destination *d, const char *why)
{
	double start = clock_seconds();

	assert_int_equal(d->ops->start(d), 0);
	fixture_templates(d, &template, &types);
	fixture_data(d, 7, 'a');
	assert_int_equal(d->ops->finish(d), -1);
	assert_true(clock_seconds() - start < 5);
	fixture_assert_finished(d, 0, LOSS_CONNECT, 7);
	if (strstr(d->error, why) == NULL)
		fail_msg("%s", d->error);
	destination_free(&d);
}

static void
a_refused_connection_is_lost_after_the_shutdown_timeout(void **state)
{
	uint16_t port;
	int server = listener(&port, 1, 0);

	(void)state;
	close(server);
	assert_not_connected(made("127.0.0.1", port, 1), "Connection refused");
}

static void
a_name_that_is_not_there_is_named(void **state)
{
	(void)state;
	assert_not_connected(
	    made("collector.invalid", 4739, 1), "collector.invalid");
}

/* A listener whose backlog is full leaves further SYNs unanswered. */
static void
connecting_ends_at_its_timeout(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct destination *d;
	uint16_t port;
	int fds[4], server = listener(&port, 0, 0);

	(void)state;
	in.sin_port = htons(port);
	for (int i = 0; i < 4; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fds[i], (struct sockaddr *)&in, sizeof(in));
	}
	d = made("127.0.0.1", port, 2);
	d->options.connect_timeout_seconds = 1;
	assert_not_connected(d, "timed out");
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	close(server);
}

struct again {
	int server;
	uint8_t octets[20 * FIXTURE_OCTETS];
	size_t length;
};

/* Reset the first connection, read the next one to its end. */
static void *
reset_then_read(void *argument)
{
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	struct again *again = argument;
	int fd = accept(again->server, NULL, NULL);

	(void)!recv(fd, again->octets, 1, 0);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
	fd = accept(again->server, NULL, NULL);
	again->length = read_all(fd, again->octets, sizeof(again->octets));
	close(fd);
	return NULL;
}

static void
after_a_reset_everything_goes_out_again(void **state)
{
	struct again again = { .length = 0 };
	struct destination *d;
	pthread_t thread;
	uint16_t port;

	(void)state;
	again.server = listener(&port, 4, 0);
	assert_int_equal(
	    pthread_create(&thread, NULL, reset_then_read, &again), 0);
	d = started("127.0.0.1", port, 10);
	fixture_data(d, 7, 'a');
	fixture_data(d, 2, 'b');
	assert_int_equal(d->ops->finish(d), 0);
	pthread_join(thread, NULL);
	fixture_assert_finished(d, 9, LOSS_SEND, 0);
	assert_int_equal(again.length, 4 * FIXTURE_OCTETS);
	assert_int_equal(
	    again.octets[2 * FIXTURE_OCTETS + MESSAGE_HEADER_OCTETS], 'a');
	assert_int_equal(
	    fixture_sequence(again.octets + 2 * FIXTURE_OCTETS), 3);
	assert_int_equal(
	    fixture_sequence(again.octets + 3 * FIXTURE_OCTETS), 10);
	assert_int_equal(d->counts.connects, 2);
	destination_free(&d);
	close(again.server);
}

/*
 * The writer waits for room while the collector is not given up, then no
 * more: the oldest are dropped.
 */
static void
a_peer_that_never_reads_is_given_up(void **state)
{
	struct destination *d;
	double start = clock_seconds();
	uint16_t port;
	uint32_t n = 0;
	int server = listener(&port, 8, 4096);

	(void)state;
	d = started("127.0.0.1", port, 1);
	for (; n < 200000 && destination_lost(&d->counts) == 0; n++)
		fixture_data(d, 1, 'a');
	assert_true(n < 200000);
	assert_true(destination_lost(&d->counts) > 0);
	assert_true(destination_balanced(&d->counts));
	assert_int_equal(d->ops->finish(d), -1);
	assert_true(clock_seconds() - start < 15);
	assert_true(destination_balanced(&d->counts));
	assert_int_equal(d->counts.waiting, 0);
	assert_true(d->counts.delivered > 0);
	destination_free(&d);
	close(server);
}

/* Live: a full queue drops its oldest at once. */
static void
a_full_queue_that_may_not_wait_loses_the_oldest(void **state)
{
	struct destination *d;
	double start;
	uint16_t port;
	uint64_t lost;
	uint32_t n = 30000;
	int server = listener(&port, 1, 0);

	(void)state;
	close(server);
	d = made("127.0.0.1", port, 1);
	d->options.wait = false;
	d->options.give_up_seconds = 30; /* so long it would wait, else */
	assert_int_equal(d->ops->start(d), 0);
	fixture_templates(d, &template, &types);
	start = clock_seconds();
	for (uint32_t i = 0; i < n; i++)
		fixture_data(d, 1, 'a');
	assert_true(clock_seconds() - start < 15);
	lost = d->counts.lost[LOSS_QUEUE];
	assert_true(lost > 0 && lost < n);
	assert_true(destination_balanced(&d->counts));
	assert_int_equal(d->ops->finish(d), -1);
	assert_true(destination_balanced(&d->counts));
	assert_int_equal(d->counts.waiting, 0);
	assert_int_equal(
	    d->counts.lost[LOSS_QUEUE] + d->counts.lost[LOSS_CONNECT], n);
	destination_free(&d);
}

struct reader {
	int server;
	uint64_t octets;
	uint32_t expected; /* sequence of the next message */
	int wrong;
};

/* Reads slowly at first, then all of it, checking message by message. */
static void *
read_slowly(void *argument)
{
	struct timespec pause = { .tv_nsec = 20000000 };
	struct reader *reader = argument;
	int fd = accept(reader->server, NULL, NULL);
	uint8_t m[FIXTURE_OCTETS];

	while (recv(fd, m, sizeof(m), MSG_WAITALL) == sizeof(m)) {
		if (fixture_sequence(m) != reader->expected)
			reader->wrong++;
		reader->expected += m[MESSAGE_HEADER_OCTETS] == 'a'   ? 1
		                    : m[MESSAGE_HEADER_OCTETS] == 'I' ? 3
		                                                      : 0;
		if (reader->octets < 2000)
			nanosleep(&pause, NULL);
		reader->octets += sizeof(m);
	}
	close(fd);
	return NULL;
}

static void
a_slow_peer_gets_everything(void **state)
{
	struct reader reader = { .expected = 0 };
	struct destination *d;
	pthread_t thread;
	uint32_t n = 50000; /* 5 MB, more than the socket buffers hold */
	uint16_t port;

	(void)state;
	reader.server = listener(&port, 1, 4096);
	assert_int_equal(
	    pthread_create(&thread, NULL, read_slowly, &reader), 0);
	d = started("127.0.0.1", port, 10);
	for (uint32_t i = 0; i < n; i++)
		fixture_data(d, 1, 'a');
	assert_int_equal(d->ops->finish(d), 0);
	pthread_join(thread, NULL);
	fixture_assert_finished(d, n, LOSS_SEND, 0);
	assert_int_equal(reader.octets, (n + 2) * FIXTURE_OCTETS);
	assert_int_equal(reader.expected, n + 3);
	assert_int_equal(reader.wrong, 0);
	destination_free(&d);
	close(reader.server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_stream_is_types_templates_then_data_in_sequence),
		cmocka_unit_test(
		    each_connection_has_the_templates_that_its_records_use),
		cmocka_unit_test(
		    a_refused_connection_is_lost_after_the_shutdown_timeout),
		cmocka_unit_test(a_name_that_is_not_there_is_named),
		cmocka_unit_test(connecting_ends_at_its_timeout),
		cmocka_unit_test(after_a_reset_everything_goes_out_again),
		cmocka_unit_test(a_peer_that_never_reads_is_given_up),
		cmocka_unit_test(
		    a_full_queue_that_may_not_wait_loses_the_oldest),
		cmocka_unit_test(a_slow_peer_gets_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

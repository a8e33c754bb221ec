/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../export_fixture.h"

static struct fixture_message template, types;

/* Waits a second for a collector that is not there, and has no rate. */
static struct destination_options
impatient(void)
{
	struct destination_options options;

	destination_options_init(&options);
	options.connect_timeout_seconds = 1;
	options.udp_rate = 0;
	return options;
}

/* Tick, as the export thread does, until so many are delivered or lost. */
static void
until_done(struct destination *d, uint64_t records)
{
	struct timespec pause = { .tv_nsec = 5000000 };
	const struct destination_counts *counts = &d->counts;

	for (int i = 0; i < 1000; i++) {
		(void)d->ops->tick(d, 1);
		assert_true(destination_balanced(counts));
		if (counts->delivered + destination_lost(counts) >= records)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("%s", "waited in vain");
}

/* A collector's socket on a free port; -1 where there is no IPv6. */
static int
listener(int family, uint16_t *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t length = family == AF_INET ? sizeof(in) : sizeof(in6);
	struct sockaddr *address = family == AF_INET ? (struct sockaddr *)&in
	                                             : (struct sockaddr *)&in6;
	int fd = socket(family, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, address, length) != 0)
		return -1;
	assert_int_equal(getsockname(fd, address, &length), 0);
	*port = ntohs(family == AF_INET ? in.sin_port : in6.sin6_port);
	return fd;
}

static struct destination *
started(
    const char *host, uint16_t port, const struct destination_options *options)
{
	struct destination *d;
	char spec[64];

	snprintf(spec, sizeof(spec), "udp://%s:%u", host, port);
	d = fixture_destination(spec, options);
	if (d->ops->start(d) != 0)
		fail_msg("%s", d->error);
	fixture_templates(d, &template, &types);
	return d;
}

/* The next datagram: its mark and sequence number. */
static void
expect_datagram(int fd, uint8_t mark, uint32_t sequence)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	uint8_t octets[2 * FIXTURE_OCTETS];
	ssize_t n;

	assert_int_equal(poll(&poller, 1, 20000), 1);
	n = recv(fd, octets, sizeof(octets), 0);
	assert_int_equal(n, FIXTURE_OCTETS);
	assert_int_equal(fixture_length(octets), n);
	assert_int_equal(octets[MESSAGE_HEADER_OCTETS], mark);
	assert_int_equal(fixture_sequence(octets), sequence);
}

static void
expect_nothing(int fd)
{
	uint8_t octet;

	assert_int_equal(recv(fd, &octet, 1, MSG_DONTWAIT), -1);
}

static void
templates_go_before_data_in_sequence(void **state)
{
	uint16_t port;
	int fd = listener(AF_INET, &port);
	struct destination *d = started("127.0.0.1", port, NULL);

	(void)state;
	fixture_data(d, 7, 'a');
	fixture_data(d, 2, 'b');
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, 9, LOSS_SEND, 0);
	assert_int_equal(d->counts.messages, 3);
	assert_int_equal(d->counts.octets, 3 * FIXTURE_OCTETS);
	expect_datagram(fd, 'T', 0);
	expect_datagram(fd, 'a', 0);
	expect_datagram(fd, 'b', 7);
	expect_nothing(fd);
	destination_free(&d);
	close(fd);
}

static void
types_go_before_templates_and_count_in_the_sequence(void **state)
{
	struct destination_options options;
	struct destination *d;
	uint16_t port;
	int fd = listener(AF_INET, &port);

	(void)state;
	destination_options_init(&options);
	options.types_udp = true;
	d = started("127.0.0.1", port, &options);
	fixture_data(d, 7, 'a');
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, 7, LOSS_SEND, 0);
	expect_datagram(fd, 'I', 0);
	expect_datagram(fd, 'T', 3);
	expect_datagram(fd, 'a', 3);
	destination_free(&d);
	close(fd);
}

static void
templates_come_again_by_count(void **state)
{
	struct destination_options options;
	struct destination *d;
	uint16_t port;
	int fd = listener(AF_INET, &port);

	(void)state;
	destination_options_init(&options);
	options.template_refresh_messages = 2;
	d = started("127.0.0.1", port, &options);
	for (uint8_t i = 0; i < 5; i++)
		fixture_data(d, 1, (uint8_t)('a' + i));
	assert_int_equal(d->ops->finish(d), 0);
	expect_datagram(fd, 'T', 0);
	expect_datagram(fd, 'a', 0);
	expect_datagram(fd, 'b', 1);
	expect_datagram(fd, 'T', 2);
	expect_datagram(fd, 'c', 2);
	expect_datagram(fd, 'd', 3);
	expect_datagram(fd, 'T', 4);
	expect_datagram(fd, 'e', 4);
	expect_nothing(fd);
	destination_free(&d);
	close(fd);
}

static void
expect_content(int fd, int content, uint32_t sequence)
{
	uint8_t octets[1000];
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	ssize_t n;

	assert_int_equal(poll(&poller, 1, 2000), 1);
	n = recv(fd, octets, sizeof(octets), 0);
	assert_true(n > 0);
	fixture_expect_content(octets, (size_t)n, 1, &content, &sequence);
}

static void
a_template_goes_before_its_first_record_and_comes_again(void **state)
{
	struct destination_options options;
	struct destination *d;
	uint16_t port;
	char where[64];
	int fd = listener(AF_INET, &port);

	(void)state;
	destination_options_init(&options);
	options.template_refresh_messages = 3;
	snprintf(where, sizeof(where), "udp://127.0.0.1:%u", port);
	d = fixture_destination(where, &options);
	assert_int_equal(d->ops->start(d), 0);
	fixture_three_templates(d);
	fixture_records(d, 0x102, 5);
	until_done(d, 5);
	fixture_records(d, 0x101, 2);
	fixture_records(d, 0x102, 1);
	fixture_records(d, 0x102, 1);
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, 9, LOSS_SEND, 0);
	assert_int_equal(d->counts.messages, 8);
	expect_content(fd, -0x102, 0);
	expect_content(fd, 0x102, 0);
	expect_content(fd, -0x101, 5);
	expect_content(fd, 0x101, 5);
	expect_content(fd, 0x102, 7);
	/* After three messages all that were sent before. */
	expect_content(fd, -0x102, 8);
	expect_content(fd, -0x101, 8);
	expect_content(fd, 0x102, 8);
	expect_nothing(fd);
	destination_free(&d);
	close(fd);
}

static void
templates_come_again_by_time(void **state)
{
	struct timespec pause = { .tv_sec = 1, .tv_nsec = 50000000 };
	struct destination_options options;
	struct destination *d;
	uint16_t port;
	int fd = listener(AF_INET, &port);

	(void)state;
	destination_options_init(&options);
	options.template_refresh_seconds = 1;
	d = started("127.0.0.1", port, &options);
	fixture_data(d, 1, 'a');
	expect_datagram(fd, 'T', 0);
	expect_datagram(fd, 'a', 0);
	nanosleep(&pause, NULL);
	fixture_data(d, 1, 'b');
	assert_int_equal(d->ops->finish(d), 0);
	expect_datagram(fd, 'T', 1);
	expect_datagram(fd, 'b', 1);
	destination_free(&d);
	close(fd);
}

static void
ipv6_addresses_stand_in_brackets(void **state)
{
	struct destination *d;
	uint16_t port;
	int fd = listener(AF_INET6, &port);

	(void)state;
	if (fd < 0) {
		print_message("skipped: no IPv6 here\n");
		skip();
	}
	d = started("[::1]", port, NULL);
	fixture_data(d, 1, 'a');
	assert_int_equal(d->ops->finish(d), 0);
	expect_datagram(fd, 'T', 0);
	expect_datagram(fd, 'a', 0);
	destination_free(&d);
	close(fd);
}

/* "two-addresses" is 127.0.0.2, where nobody listens, then 127.0.0.1. */
int __real_getaddrinfo(const char *host, const char *port,
    const struct addrinfo *hints, struct addrinfo **list);
int __wrap_getaddrinfo(const char *host, const char *port,
    const struct addrinfo *hints, struct addrinfo **list);
int
__wrap_getaddrinfo(const char *host, const char *port,
    const struct addrinfo *hints, struct addrinfo **list)
{
	if (strcmp(host, "slow") == 0) {
		usleep(1500000);
		host = "127.0.0.1";
	}
	if (strcmp(host, "two-addresses") != 0)
		return __real_getaddrinfo(host, port, hints, list);
	if (__real_getaddrinfo("127.0.0.2", port, hints, list) != 0)
		return EAI_NONAME;
	return __real_getaddrinfo("127.0.0.1", port, hints, &(*list)->ai_next);
}

static void
a_name_reaches_the_address_that_listens(void **state)
{
	uint16_t port;
	int fd = listener(AF_INET, &port);
	struct destination *d = started("two-addresses", port, NULL);

	(void)state;
	fixture_data(d, 4, 'a');
	fixture_data(d, 1, 'b');
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, 5, LOSS_SEND, 0);
	expect_datagram(fd, 'T', 0);
	expect_datagram(fd, 'a', 0);
	expect_datagram(fd, 'b', 4);
	destination_free(&d);
	close(fd);
}

static void
a_name_where_nobody_listens_loses_all(void **state)
{
	struct destination_options options = impatient();
	uint16_t port;
	int fd = listener(AF_INET, &port);
	struct destination *d;

	(void)state;
	close(fd);
	d = started("two-addresses", port, &options);
	fixture_data(d, 4, 'a');
	fixture_data(d, 1, 'b');
	assert_int_equal(d->ops->finish(d), -1);
	fixture_assert_finished(d, 0, LOSS_SEND, 5);
	destination_free(&d);
}

static void
a_collector_that_is_not_there_loses_each_record(void **state)
{
	struct destination_options options = impatient();
	struct destination *d;
	uint16_t port;
	int fd = listener(AF_INET, &port);

	(void)state;
	close(fd); /* nobody has this port now */
	d = started("127.0.0.1", port, &options);
	for (uint8_t i = 0; i < 20; i++) {
		fixture_data(d, 3, 'a');
		assert_true(destination_balanced(&d->counts));
	}
	assert_int_equal(d->ops->finish(d), -1);
	fixture_assert_finished(d, 0, LOSS_SEND, 60);
	assert_non_null(strstr(d->error, "Connection refused"));
	assert_int_equal(d->counts.errors[0].code, ECONNREFUSED);
	assert_true(d->counts.errors[0].count > 1);
	assert_int_equal(d->counts.errors[1].code, 0);
	destination_free(&d);
}

static int
listener_again(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(
	    bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* What was refused is lost; what comes later waits in the queue. */
static void
a_collector_that_comes_back_gets_templates_and_what_waited(void **state)
{
	struct timespec pause = { .tv_nsec = 300000000 };
	struct destination *d;
	uint16_t port;
	int fd = listener(AF_INET, &port);

	(void)state;
	d = started("127.0.0.1", port, NULL);
	fixture_data(d, 1, 'a');
	until_done(d, 1);
	close(fd);
	fixture_data(d, 10, 'b'); /* refused */
	until_done(d, 11);
	fixture_data(d, 100, 'c');
	fixture_data(d, 1000, 'd');
	nanosleep(&pause, NULL);
	fd = listener_again(port);
	assert_int_equal(d->ops->finish(d), -1);
	fixture_assert_finished(d, 1101, LOSS_SEND, 10);
	/* The gap in the sequence numbers shows the loss. */
	expect_datagram(fd, 'T', 11);
	expect_datagram(fd, 'c', 11);
	expect_datagram(fd, 'd', 111);
	expect_nothing(fd);
	destination_free(&d);
	close(fd);
}

/* Of a refused batch each datagram is lost, and no other one. */
static void
a_refused_batch_is_lost_to_the_datagram(void **state)
{
	struct destination_options options = impatient();
	struct destination *d;
	uint16_t port;
	int fd = listener(AF_INET, &port);

	(void)state;
	options.template_refresh_messages = 0;
	d = started("127.0.0.1", port, &options);
	for (int i = 0; i < 200; i++)
		fixture_data(d, 1, 'a');
	until_done(d, 200);
	close(fd);
	for (int i = 0; i < 500; i++)
		fixture_data(d, 2, 'b');
	assert_int_equal(d->ops->finish(d), -1);
	fixture_assert_finished(d, 200, LOSS_SEND, 1000);
	destination_free(&d);
}

/* Of several lengths, so that some are sent as one piece, others alone. */
static void
many_messages_arrive_whole_and_in_order(void **state)
{
	static const uint32_t lengths[] = { 1400, 1400, 1400, 300, 1400, 20,
		1000, 1000, 1001, 1000, 64, 64, 64, 64, 63, 65 };
	static struct fixture_message m;
	struct destination_options options = impatient();
	uint8_t octets[2000];
	struct destination *d;
	uint16_t port;
	int fd = listener(AF_INET, &port), buffer = 1 << 24;
	uint32_t sequence = 0;

	(void)state;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	options.template_refresh_messages = 0;
	d = started("127.0.0.1", port, &options);
	for (uint32_t i = 0; i < 160; i++) {
		d->counts.records_due += i;
		d->counts.waiting += i;
		d->ops->message(d, fixture_message(&m, MESSAGE_DATA, i,
		                       lengths[i % 16], (uint8_t)i));
	}
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, 159 * 160 / 2, LOSS_SEND, 0);
	assert_int_equal(d->counts.messages, 161);
	expect_datagram(fd, 'T', 0);
	for (uint32_t i = 0; i < 160; i++) {
		ssize_t n = recv(fd, octets, sizeof(octets), MSG_DONTWAIT);

		assert_int_equal(n, lengths[i % 16]);
		assert_int_equal(fixture_length(octets), n);
		assert_int_equal(fixture_sequence(octets), sequence);
		assert_int_equal(octets[n - 1], (uint8_t)i);
		sequence += i;
	}
	expect_nothing(fd);
	destination_free(&d);
	close(fd);
}

static void
the_source_address_is_ours(void **state)
{
	struct destination_options options = impatient();
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	struct destination *d;
	uint8_t octets[200];
	uint16_t port;
	int fd = listener(AF_INET, &port);

	(void)state;
	options.source_address = "127.0.0.9";
	d = started("127.0.0.1", port, &options);
	fixture_data(d, 1, 'a');
	assert_int_equal(d->ops->finish(d), 0);
	assert_int_equal(recvfrom(fd, octets, sizeof(octets), 0,
	                     (struct sockaddr *)&from, &length),
	    FIXTURE_OCTETS);
	assert_int_equal(ntohl(from.sin_addr.s_addr), 0x7f000009);
	destination_free(&d);
	close(fd);
	options.source_address = "localhost";
	d = fixture_destination("udp://127.0.0.1", &options);
	assert_int_equal(d->ops->start(d), -1);
	assert_non_null(strstr(d->error, "source_address localhost"));
	destination_free(&d);
}

/* While nothing can be sent; the sequence numbers show the gap. */
static void
live_a_full_queue_loses_the_oldest(void **state)
{
	struct destination_options options = impatient();
	struct timespec start, end;
	struct destination *d;
	uint16_t port;
	int fd = listener(AF_INET, &port);

	(void)state;
	close(fd);
	options.wait = false;
	options.live = true;
	options.queue_octets = 20 * 200;
	d = started("127.0.0.1", port, &options);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < 1000; i++)
		fixture_data(d, 1, 'a');
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true(end.tv_sec - start.tv_sec < 2);
	fixture_data(d, 1, 'z');
	assert_true(d->counts.lost[LOSS_QUEUE] > 900);
	fd = listener_again(port);
	assert_int_equal(d->ops->finish(d), -1);
	assert_true(destination_balanced(&d->counts));
	assert_int_equal(d->counts.waiting, 0);
	assert_true(d->counts.delivered > 0);
	assert_int_equal(
	    d->counts.delivered + d->counts.lost[LOSS_QUEUE], 1001);
	expect_datagram(fd, 'T', 0);
	for (uint32_t i = 0; i + 1 < d->counts.delivered; i++)
		expect_datagram(
		    fd, 'a', (uint32_t)(1001 - d->counts.delivered + i));
	expect_datagram(fd, 'z', 1000);
	destination_free(&d);
	close(fd);
}

static void
a_message_too_long_is_lost_alone(void **state)
{
	static struct fixture_message m;
	uint16_t port;
	int fd = listener(AF_INET, &port);
	struct destination *d = started("127.0.0.1", port, NULL);

	(void)state;
	fixture_data(d, 1, 'a');
	d->counts.records_due += 300;
	d->counts.waiting += 300;
	d->ops->message(
	    d, fixture_message(&m, MESSAGE_DATA, 300, MESSAGE_MAX_OCTETS, 'x'));
	fixture_data(d, 1, 'b');
	assert_int_equal(d->ops->finish(d), -1);
	fixture_assert_finished(d, 2, LOSS_SEND, 300);
	assert_non_null(strstr(d->error, "Message too long"));
	expect_datagram(fd, 'T', 0);
	expect_datagram(fd, 'a', 0);
	expect_datagram(fd, 'b', 301);
	destination_free(&d);
	close(fd);
}

static double
seconds_between(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) +
	       (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

static double
seconds_for(uint32_t rate, uint32_t messages)
{
	struct destination_options options;
	struct timespec start, put, end;
	struct destination *d;
	uint16_t port;
	int fd = listener(AF_INET, &port);

	destination_options_init(&options);
	options.udp_rate = rate;
	d = started("127.0.0.1", port, &options);
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (messages-- > 0)
		fixture_data(d, 1, 'a');
	clock_gettime(CLOCK_MONOTONIC, &put);
	assert_int_equal(d->ops->finish(d), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	/* The writer does not wait for the rate. */
	assert_true(seconds_between(&start, &put) < 0.2);
	destination_free(&d);
	close(fd);
	return seconds_between(&start, &end);
}

static void
the_rate_spreads_messages_over_time(void **state)
{
	(void)state;
	/* 100 messages at 250 a second: 0.4 s, less the burst. */
	assert_true(seconds_for(250, 100) > 0.3);
}

static void
a_name_that_is_not_there_is_looked_up_in_the_background(void **state)
{
	struct destination_options options = impatient();
	struct destination *d =
	    fixture_destination("udp://collector.invalid", &options);

	(void)state;
	assert_int_equal(d->ops->start(d), 0);
	fixture_templates(d, &template, &types);
	fixture_data(d, 3, 'a');
	assert_int_equal(d->ops->finish(d), -1);
	fixture_assert_finished(d, 0, LOSS_CONNECT, 3);
	assert_non_null(strstr(d->error, "collector.invalid"));
	destination_free(&d);
}

/* Looking up "slow" takes 1.5 s; only this collector's data waits. */
static void
a_slow_lookup_holds_up_nobody(void **state)
{
	struct destination_options options = impatient();
	struct timespec start, put;
	struct destination *d;
	uint16_t port;
	int fd = listener(AF_INET, &port);

	(void)state;
	options.connect_timeout_seconds = 10;
	clock_gettime(CLOCK_MONOTONIC, &start);
	d = started("slow", port, &options);
	fixture_data(d, 3, 'a');
	clock_gettime(CLOCK_MONOTONIC, &put);
	assert_true(seconds_between(&start, &put) < 0.5);
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, 3, LOSS_SEND, 0);
	expect_datagram(fd, 'T', 0);
	expect_datagram(fd, 'a', 0);
	destination_free(&d);
	close(fd);
}

/* Nothing failed: it was lost, but no reason was given. */
static void
what_a_lookup_takes_too_long_for_is_lost_with_a_reason(void **state)
{
	struct destination_options options = impatient();
	struct destination *d = started("slow", 4739, &options);

	(void)state;
	fixture_data(d, 3, 'a');
	assert_int_equal(d->ops->finish(d), -1);
	fixture_assert_finished(d, 0, LOSS_CONNECT, 3);
	assert_non_null(strstr(d->error, "in time"));
	destination_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_go_before_data_in_sequence),
		cmocka_unit_test(
		    types_go_before_templates_and_count_in_the_sequence),
		cmocka_unit_test(templates_come_again_by_count),
		cmocka_unit_test(
		    a_template_goes_before_its_first_record_and_comes_again),
		cmocka_unit_test(
		    a_template_goes_before_its_first_record_and_comes_again),
		cmocka_unit_test(templates_come_again_by_time),
		cmocka_unit_test(ipv6_addresses_stand_in_brackets),
		cmocka_unit_test(a_name_reaches_the_address_that_listens),
		cmocka_unit_test(a_name_where_nobody_listens_loses_all),
		cmocka_unit_test(
		    a_collector_that_is_not_there_loses_each_record),
		cmocka_unit_test(
		    a_collector_that_comes_back_gets_templates_and_what_waited),
		cmocka_unit_test(a_refused_batch_is_lost_to_the_datagram),
		cmocka_unit_test(many_messages_arrive_whole_and_in_order),
		cmocka_unit_test(the_source_address_is_ours),
		cmocka_unit_test(live_a_full_queue_loses_the_oldest),
		cmocka_unit_test(a_message_too_long_is_lost_alone),
		cmocka_unit_test(the_rate_spreads_messages_over_time),
		cmocka_unit_test(
		    a_name_that_is_not_there_is_looked_up_in_the_background),
		cmocka_unit_test(a_slow_lookup_holds_up_nobody),
		cmocka_unit_test(
		    what_a_lookup_takes_too_long_for_is_lost_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

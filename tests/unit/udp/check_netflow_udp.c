/* SPDX-License-Identifier: BSD-2-Clause */
/* NetFlow as a destination: what a socket receives, and what is counted. */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "exflow/base/octets.h"

#include "../export_fixture.h"

#define TEMPLATES_OCTETS 136
#define V5_HEADER 24

/* Has no rate, and one exchange of version 9 in a datagram of 512 octets. */
static struct destination_options
quick(void)
{
	struct destination_options options;

	destination_options_init(&options);
	options.connect_timeout_seconds = 1;
	options.udp_rate = 0;
	options.udp_message_octets = 512;
	options.domain = 5;
	return options;
}

static int
listener_at(uint16_t *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(*port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(in);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &length), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

static struct destination *
started(const char *scheme, uint16_t port,
    const struct destination_options *options)
{
	struct destination *d;
	char spec[64];

	snprintf(spec, sizeof(spec), "%s://127.0.0.1:%u", scheme, port);
	d = fixture_destination(spec, options);
	assert_int_equal(d->ops->message_octets(d), 0);
	if (d->ops->start(d) != 0)
		fail_msg("%s", d->error);
	return d;
}

/* So many exchanges, of the present; as the exporter does it. */
static void export(struct destination *d, unsigned ip_version, size_t count)
{
	struct timespec now;
	struct exchange exchange = { .ip_version = (uint8_t)ip_version,
		.protocol = PROTOCOL_UDP,
		.end_reason = 1,
		.port = { 1, 2 } };

	clock_gettime(CLOCK_REALTIME, &now);
	for (int side = CLIENT; side <= SERVER; side++) {
		exchange.side[side].first = exchange.side[side].last =
		    timestamp_from(now.tv_sec, now.tv_nsec);
		exchange.side[side].packets = 1;
		exchange.side[side].ip_octets = 60;
	}
	for (size_t i = 0; i < count; i++) {
		d->counts.records_due++;
		d->counts.waiting++;
		d->ops->exchanges(d, &exchange, 1);
		assert_true(destination_balanced(&d->counts));
	}
}

static void
flush(struct destination *d)
{
	(void)d->ops->tick(d, 1);
	assert_true(destination_balanced(&d->counts));
}

/* Until so many are delivered or lost; false: not in five seconds. */
static bool
is_done(struct destination *d, uint64_t records)
{
	struct timespec pause = { .tv_nsec = 5000000 };

	for (int i = 0; i < 1000; i++) {
		flush(d);
		if (d->counts.delivered + destination_lost(&d->counts) >=
		    records)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static void
until_done(struct destination *d, uint64_t records)
{
	if (!is_done(d, records))
		fail_msg("%s", "waited in vain");
}

/* The next datagram's octets, in a buffer that the next call uses again. */
static const uint8_t *
receive(int fd, ssize_t *length)
{
	static uint8_t octets[2000];
	struct pollfd poller = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&poller, 1, 2000), 1);
	*length = recv(fd, octets, sizeof(octets), 0);
	return octets;
}

static void
expect_nothing(int fd)
{
	uint8_t octet;

	assert_int_equal(recv(fd, &octet, 1, MSG_DONTWAIT), -1);
}

/* The next datagram is of version 9, with this set and sequence number. */
static void
expect_v9(int fd, uint32_t set, uint32_t count, uint32_t sequence)
{
	ssize_t length;
	const uint8_t *octets = receive(fd, &length);

	assert_int_equal(get16(octets), 9);
	assert_int_equal(get16(octets + 20), set);
	assert_int_equal(get16(octets + 2), count);
	assert_int_equal(get32(octets + 12), sequence);
	assert_int_equal(get32(octets + 16), 5);
	if (set == 0)
		assert_int_equal(length, TEMPLATES_OCTETS);
}

/* The next datagram is of version 5, with these records. */
static void
expect_v5(int fd, uint32_t count, uint32_t sequence)
{
	ssize_t length;
	const uint8_t *octets = receive(fd, &length);

	assert_int_equal(get16(octets), 5);
	assert_int_equal(get16(octets + 2), count);
	assert_int_equal(length, V5_HEADER + 48 * count);
	assert_int_equal(get32(octets + 16), sequence);
	assert_int_equal(get16(octets + 20), 5);
}

static void
templates_go_first_and_the_sequence_counts_datagrams(void **state)
{
	struct destination_options options = quick();
	uint16_t port = 0;
	int fd = listener_at(&port);
	struct destination *d = started("netflow9", port, &options);

	(void)state;
	export(d, 4, 7); /* five fit a datagram */
	export(d, 6, 1);
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, 8, LOSS_SEND, 0);
	assert_int_equal(d->counts.messages, 3);
	assert_int_equal(d->counts.sent, 8);
	expect_v9(fd, 0, 2, 0);
	expect_v9(fd, 256, 10, 1);
	expect_v9(fd, 256, 6, 2);
	expect_nothing(fd);
	destination_free(&d);
	close(fd);
}

static void
the_sequence_of_version_5_counts_records(void **state)
{
	struct destination_options options = quick();
	uint16_t port = 0;
	int fd = listener_at(&port);
	struct destination *d = started("netflow5", port, &options);

	(void)state;
	options.template_refresh_messages = 1;
	export(d, 4, 12); /* five fit a datagram */
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, 12, LOSS_SEND, 0);
	assert_int_equal(d->counts.messages, 3);
	assert_int_equal(d->counts.sent, 12);
	expect_v5(fd, 10, 0);
	expect_v5(fd, 10, 10);
	expect_v5(fd, 4, 20);
	expect_nothing(fd);
	destination_free(&d);
	close(fd);
}

static void
ipv6_is_lost_to_version_5_alone(void **state)
{
	struct destination_options options = quick();
	uint16_t port = 0;
	int fd = listener_at(&port);
	struct destination *d = started("netflow5", port, &options);

	(void)state;
	export(d, 4, 1);
	export(d, 6, 2);
	export(d, 4, 1);
	until_done(d, 4);
	assert_int_equal(d->counts.lost[LOSS_NOT_V5], 2);
	assert_int_equal(d->ops->finish(d), -1);
	fixture_assert_finished(d, 2, LOSS_NOT_V5, 2);
	assert_non_null(strstr(d->error, "IPv6"));
	expect_v5(fd, 4, 0);
	expect_nothing(fd);
	destination_free(&d);
	close(fd);
}

static void
templates_come_again_by_count(void **state)
{
	struct destination_options options = quick();
	struct destination *d;
	uint16_t port = 0;
	int fd = listener_at(&port);

	(void)state;
	options.template_refresh_messages = 2;
	d = started("netflow9", port, &options);
	export(d, 4, 25);
	assert_int_equal(d->ops->finish(d), 0);
	expect_v9(fd, 0, 2, 0);
	expect_v9(fd, 256, 10, 1);
	expect_v9(fd, 256, 10, 2);
	expect_v9(fd, 0, 2, 3);
	expect_v9(fd, 256, 10, 4);
	expect_v9(fd, 256, 10, 5);
	expect_v9(fd, 0, 2, 6);
	expect_v9(fd, 256, 10, 7);
	expect_nothing(fd);
	destination_free(&d);
	close(fd);
}

/* A reader takes a sysUptime that goes back for a restart. */
static void
templates_that_come_again_have_the_times_of_the_data(void **state)
{
	struct timespec pause = { .tv_sec = 1, .tv_nsec = 50000000 };
	struct destination_options options = quick();
	struct destination *d;
	uint16_t port = 0;
	int fd = listener_at(&port);
	uint8_t times[8];
	ssize_t length;

	(void)state;
	options.template_refresh_seconds = 1;
	d = started("netflow9", port, &options);
	export(d, 4, 1);
	flush(d);
	nanosleep(&pause, NULL);
	export(d, 4, 1);
	assert_int_equal(d->ops->finish(d), 0);
	expect_v9(fd, 0, 2, 0);
	memcpy(times, receive(fd, &length) + 4, sizeof(times));
	assert_true(get32(times + 4) > 0);
	assert_memory_equal(receive(fd, &length) + 4, times, sizeof(times));
	assert_int_equal(length, TEMPLATES_OCTETS);
	expect_v9(fd, 256, 2, 3);
	destination_free(&d);
	close(fd);
}

static void
a_datagram_that_is_not_full_goes_out_with_a_tick(void **state)
{
	struct destination_options options = quick();
	uint16_t port = 0;
	int fd = listener_at(&port);
	struct destination *d = started("netflow9", port, &options);

	(void)state;
	export(d, 4, 1);
	until_done(d, 1);
	assert_int_equal(d->counts.delivered, 1);
	expect_v9(fd, 0, 2, 0);
	expect_v9(fd, 256, 2, 1);
	assert_int_equal(d->ops->finish(d), 0);
	destination_free(&d);
	close(fd);
}

/* What found out that nobody listens is not lost: it is sent again. */
static void
version_5_waits_for_a_collector_that_is_away(void **state)
{
	struct timespec pause = { .tv_nsec = 400000000 };
	struct destination_options options = quick();
	struct destination *d;
	uint16_t port = 0;
	int fd = listener_at(&port);

	(void)state;
	close(fd);
	options.connect_timeout_seconds = 20;
	d = started("netflow5", port, &options);
	export(d, 4, 12);
	flush(d);
	nanosleep(&pause, NULL);
	flush(d);
	assert_int_equal(d->counts.errors[0].code, ECONNREFUSED);
	assert_int_equal(d->counts.waiting, 12);
	fd = listener_at(&port);
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, 12, LOSS_SEND, 0);
	assert_int_equal(d->counts.sent, 12);
	expect_v5(fd, 10, 0);
	expect_v5(fd, 10, 10);
	expect_v5(fd, 4, 20);
	expect_nothing(fd);
	destination_free(&d);
	close(fd);
}

/* Its first exchange may come long after the start. */
static void
version_5_does_not_give_up_before_it_has_tried(void **state)
{
	struct timespec pause = { .tv_sec = 1, .tv_nsec = 200000000 };
	struct destination_options options = quick();
	uint16_t port = 0;
	int fd = listener_at(&port);
	struct destination *d = started("netflow5", port, &options);

	(void)state;
	nanosleep(&pause, NULL);
	export(d, 4, 1);
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, 1, LOSS_SEND, 0);
	expect_v5(fd, 2, 0);
	destination_free(&d);
	close(fd);
}

static void
without_an_exchange_it_ends_at_once(void **state)
{
	static const char *const schemes[] = { "netflow5", "netflow9" };
	struct destination_options options = quick();
	struct timespec start, end;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint16_t port = 0;
		int fd = listener_at(&port);
		struct destination *d = started(schemes[i], port, &options);

		clock_gettime(CLOCK_MONOTONIC, &start);
		assert_int_equal(d->ops->finish(d), 0);
		clock_gettime(CLOCK_MONOTONIC, &end);
		assert_true(end.tv_sec - start.tv_sec < 2);
		fixture_assert_finished(d, 0, LOSS_SEND, 0);
		destination_free(&d);
		close(fd);
	}
}

static void
a_collector_that_is_not_there_loses_each_exchange(void **state)
{
	static const char *const schemes[] = { "netflow5", "netflow9" };
	struct destination_options options = quick();

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint16_t port = 0;
		int fd = listener_at(&port);
		struct destination *d;

		close(fd);
		d = started(schemes[i], port, &options);
		export(d, 4, 100);
		assert_int_equal(d->ops->finish(d), -1);
		fixture_assert_finished(d, 0, LOSS_SEND, 100);
		assert_non_null(strstr(d->error, "Connection refused"));
		destination_free(&d);
	}
}

/*
 * Refused while data is sent: each exchange is lost or delivered, and the gap
 * in the sequence numbers shows the loss.
 */
static const struct gap_kind {
	const char *scheme;
	uint32_t sequence; /* behind 40 exchanges in 8 datagrams */
} gap_kinds[] = { { "netflow5", 80 }, { "netflow9", 9 } };

/*
 * False where the first refusal was told before all datagrams were handed to
 * the kernel, as on a slow machine: those left wait for the collector.
 */
static bool
leaves_a_gap(const struct gap_kind *kind)
{
	struct destination_options options = quick();
	struct destination *d;
	uint16_t port = 0;
	int fd = listener_at(&port);
	ssize_t length;

	options.connect_timeout_seconds = 20;
	d = started(kind->scheme, port, &options);
	export(d, 4, 20);
	until_done(d, 20);
	close(fd);
	export(d, 4, 20); /* handed to the kernel at once */
	if (!is_done(d, 40)) {
		destination_free(&d);
		return false;
	}
	assert_int_equal(d->counts.lost[LOSS_SEND], 20);
	fd = listener_at(&port);
	export(d, 4, 1);
	assert_int_equal(d->ops->finish(d), -1);
	fixture_assert_finished(d, 21, LOSS_SEND, 20);
	if (kind == &gap_kinds[0]) {
		expect_v5(fd, 2, kind->sequence);
	} else {
		/* Templates were refused in between, too. */
		assert_true(get32(receive(fd, &length) + 12) >= kind->sequence);
		assert_int_equal(length, TEMPLATES_OCTETS);
	}
	destination_free(&d);
	close(fd);
	return true;
}

static void
refused_datagrams_leave_a_gap(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int tries = 0;

		while (!leaves_a_gap(&gap_kinds[i]))
			assert_in_range(++tries, 1, 5);
	}
}

/* While nothing can be sent; the sequence numbers show the gap. */
static void
live_a_full_queue_loses_the_oldest(void **state)
{
	static const char *const schemes[] = { "netflow5", "netflow9" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct destination_options options = quick();
		struct destination *d;
		uint16_t port = 0;
		int fd = listener_at(&port);
		const uint8_t *octets;
		uint32_t lost;
		ssize_t length;

		close(fd);
		options.wait = false;
		options.live = true;
		options.queue_octets = 4000;
		d = started(schemes[i], port, &options);
		export(d, 4, 1000);
		flush(d);
		lost = (uint32_t)d->counts.lost[LOSS_QUEUE];
		assert_true(lost >= 900);
		assert_int_equal(lost % 5, 0); /* whole datagrams */
		fd = listener_at(&port);
		assert_int_equal(d->ops->finish(d), -1);
		fixture_assert_finished(d, 1000 - lost, LOSS_QUEUE, lost);
		octets = receive(fd, &length);
		if (i == 0) {
			/* The one that found out is in any place. */
			for (uint32_t n = 5; n < 1000 - lost; n += 5)
				octets = receive(fd, &length);
			assert_int_equal(
			    get32(octets + 16) + get16(octets + 2), 2000);
		} else {
			/* Behind the templates, which were refused before. */
			lost = lost / 5 + get32(octets + 12) + 1;
			octets = receive(fd, &length);
			assert_int_equal(get32(octets + 12), lost);
		}
		destination_free(&d);
		close(fd);
	}
}

static void
the_port_is_2055_unless_given(void **state)
{
	(void)state;
	for (unsigned version = 5; version <= 9; version += 4) {
		struct destination_options options = quick();
		struct destination *d;
		uint16_t port = 2055;
		char spec[64];
		int fd = listener_at(&port);

		snprintf(spec, sizeof(spec), "netflow%u://127.0.0.1", version);
		d = fixture_destination(spec, &options);
		assert_int_equal(d->ops->start(d), 0);
		export(d, 4, 1);
		assert_int_equal(d->ops->finish(d), 0);
		if (version == 5)
			expect_v5(fd, 2, 0);
		else
			expect_v9(fd, 0, 2, 0);
		destination_free(&d);
		close(fd);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    templates_go_first_and_the_sequence_counts_datagrams),
		cmocka_unit_test(the_sequence_of_version_5_counts_records),
		cmocka_unit_test(ipv6_is_lost_to_version_5_alone),
		cmocka_unit_test(templates_come_again_by_count),
		cmocka_unit_test(
		    templates_that_come_again_have_the_times_of_the_data),
		cmocka_unit_test(
		    a_datagram_that_is_not_full_goes_out_with_a_tick),
		cmocka_unit_test(version_5_waits_for_a_collector_that_is_away),
		cmocka_unit_test(
		    version_5_does_not_give_up_before_it_has_tried),
		cmocka_unit_test(without_an_exchange_it_ends_at_once),
		cmocka_unit_test(
		    a_collector_that_is_not_there_loses_each_exchange),
		cmocka_unit_test(refused_datagrams_leave_a_gap),
		cmocka_unit_test(live_a_full_queue_loses_the_oldest),
		cmocka_unit_test(the_port_is_2055_unless_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

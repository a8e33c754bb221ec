/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stamps of a live capture that are far from the clock, with a clock and an
 * interface that the test has made up:
 *
 *	tick() moves the wall and the monotonic clock, and is a turn of the worker
 *	comes() puts a packet with a stamp into the ring, for the next turn
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pcap/dlt.h>

#include "../frame.h"

#include "../../../src/meter/table.h"
#include "../../../src/probe/worker.h"

#define WALL (1700000000 * NS_PER_SECOND)
#define YEAR (365 * 86400)
#define PACKETS 16

struct bench {
	struct probe probe;
	struct worker worker;
	struct decoder *decoder;
	struct interface *handle;
	struct pollfd polled[2];
	struct meter_options meter;
	struct flow_hash hash;
	int64_t ns;    /* since the start, by both clocks */
	int64_t drift; /* ns: of the wall clock, ahead of the other */
	struct frame frame[PACKETS];
	timestamp stamp[PACKETS]; /* of what is in the ring */
	size_t waiting;           /* there */
	size_t came;              /* ever */
	struct exchange ended[PACKETS];
	size_t count;
};

static struct bench *bench; /* of the test that runs, for what is wrapped */

void __wrap_monotonic_read_now(struct monotonic *monotonic);
unsigned __wrap_interface_read(struct interface *live, unsigned limit,
    interface_handler *handler, void *context);

void
__wrap_monotonic_read_now(struct monotonic *monotonic)
{
	monotonic_read(monotonic, WALL + bench->ns + bench->drift, bench->ns);
}

unsigned
__wrap_interface_read(struct interface *live, unsigned limit,
    interface_handler *handler, void *context)
{
	unsigned got = (unsigned)bench->waiting;
	size_t first = bench->came - bench->waiting;

	assert_null(live);
	assert_true(limit >= got);
	bench->waiting = 0;
	for (size_t i = first; i < bench->came; i++) {
		const struct frame *frame = &bench->frame[i];
		const struct capture_packet packet = { .time = bench->stamp[i],
			.frame = frame->octets,
			.captured = frame->length,
			.wire_length = frame->length,
			.datalink = DLT_EN10MB };

		handler(context, &packet, 3);
	}
	return got;
}

static void
keep(void *context, const struct exchange *exchange)
{
	struct bench *to = context;

	assert_true(to->count < PACKETS);
	to->ended[to->count++] = *exchange;
}

static void
begin(void)
{
	struct worker *worker;
	char error[PROBE_ERROR_SIZE];

	bench = calloc(1, sizeof(*bench));
	assert_non_null(bench);
	bench->probe.options = (struct probe_options){ .interface_count = 1,
		.clock_jump = duration_seconds(10),
		.workers = 1 };
	assert_int_equal(flow_hash_init(&bench->hash), 0);
	bench->probe.hash = bench->hash;
	meter_options_init(&bench->meter);
	bench->meter.hash = &bench->hash;
	bench->decoder = make_decoder(DLT_EN10MB, 0);
	worker = &bench->worker;
	worker->probe = &bench->probe;
	worker->handles = &bench->handle;
	worker->decoders = &bench->decoder;
	worker->polled = bench->polled;
	worker->meter = meter_new(&bench->meter, keep, bench);
	assert_non_null(worker->meter);
	assert_int_equal(worker_packets_init(worker, error), 0);
	monotonic_start(&worker->clock, WALL, 0);
	worker_packets_start(worker);
}

static void
sum(struct ledger *ledger)
{
	*ledger = *meter_ledger(bench->worker.meter);
	ledger_add(ledger, &bench->worker.ledger);
	worker_packets_ledger(&bench->worker, ledger);
	assert_true(ledger_balanced(ledger));
}

static void
end(void)
{
	worker_packets_finish(&bench->worker);
	meter_finish(bench->worker.meter);
	meter_free(&bench->worker.meter);
	worker_packets_clear(&bench->worker);
	decoder_free(&bench->decoder);
	free(bench);
	bench = NULL;
}

/* A datagram of an exchange of its own, stamped so many seconds from WALL. */
static void
comes(double stamp)
{
	struct frame *frame = &bench->frame[bench->came];
	uint32_t ip, udp;

	put_ethernet(frame, 0x0800);
	ip = begin_ip4(frame, PROTOCOL_UDP);
	udp = begin_udp(frame, 2000 + (unsigned)bench->came, 53);
	end_udp(frame, udp);
	end_ip4(frame, ip);
	bench->stamp[bench->came++] =
	    timestamp_from(0, WALL + (int64_t)(stamp * 1e9));
	bench->waiting++;
}

static void
tick(double seconds)
{
	bench->ns += (int64_t)(seconds * 1e9);
	bench->polled[0].revents = bench->waiting > 0;
	worker_read_packets(&bench->worker);
}

static void
assert_counts(uint64_t in_exchanges, uint64_t undecided, uint64_t steps,
    uint64_t outliers)
{
	struct ledger ledger;

	sum(&ledger);
	assert_int_equal(ledger.packets_in_exchanges, in_exchanges);
	assert_int_equal(ledger.undecided, undecided);
	assert_int_equal(ledger.clock_steps, steps);
	assert_int_equal(ledger.clock_outliers, outliers);
}

/* Its exchange is dated between these, in seconds from WALL. */
static void
assert_dated(unsigned packet, double least, double most)
{
	for (size_t i = 0; i < bench->count; i++) {
		const struct exchange *exchange = &bench->ended[i];
		double at = duration_as_seconds(timestamp_since(
		    exchange->side[CLIENT].first, timestamp_from(0, WALL)));

		if (exchange->port[CLIENT] != 2000 + packet)
			continue;
		if (at < least || at > most)
			fail_msg("packet %u is dated %f", packet, at);
		return;
	}
	fail_msg("packet %u is in no exchange", packet);
}

/* Without another packet to tell, our own clock tells after a second. */
static void
a_single_wrong_stamp_waits_for_a_second_and_counts_with_now(void **state)
{
	static const double stamps[] = { YEAR, -YEAR, -WALL / 1e9, 20, -20 };

	(void)state;
	for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
		begin();
		comes(1);
		tick(1);
		assert_counts(1, 0, 0, 0);
		comes(2 + stamps[i]);
		tick(1);
		assert_counts(1, 1, 0, 0);
		for (int turn = 0; turn < 9; turn++) {
			tick(0.1);
			assert_counts(1, 1, 0, 0);
		}
		tick(0.1);
		assert_counts(2, 0, 0, 1);
		/* Nothing else has moved: both exchanges end in their time. */
		tick(27);
		assert_int_equal(bench->count, 0);
		tick(1.5);
		assert_int_equal(bench->count, 1);
		assert_dated(0, 1, 1);
		tick(2);
		assert_int_equal(bench->count, 2);
		assert_dated(1, 1.5, 3);
		end();
	}
}

static void
the_next_packet_tells_before_that(void **state)
{
	(void)state;
	begin();
	comes(YEAR);
	comes(0.5);
	tick(0.5);
	assert_counts(2, 0, 0, 1);
	comes(YEAR);
	tick(0.1);
	assert_counts(2, 1, 0, 1);
	comes(0.7);
	tick(0.1);
	assert_counts(4, 0, 0, 2);
	tick(40);
	assert_int_equal(bench->count, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_dated(i, 0, 0.8);
	end();
}

/* The device's clock was set: stamps are corrected by that from then on. */
static void
two_far_on_the_same_side_are_a_step_that_is_taken_off(void **state)
{
	(void)state;
	begin();
	comes(YEAR + 1);
	tick(1);
	assert_counts(0, 1, 0, 0);
	comes(YEAR + 1.5);
	tick(0.5);
	assert_counts(2, 0, 1, 0);
	comes(YEAR + 2);
	tick(0.5);
	assert_counts(3, 0, 1, 0);
	/* One that is right by the system's clock is now far from it. */
	comes(2.5);
	tick(0.5);
	assert_counts(3, 1, 1, 0);
	tick(1);
	assert_counts(4, 0, 1, 1);
	/* No exchange has ended by the step, and all do in their time. */
	assert_int_equal(bench->count, 0);
	tick(40);
	assert_int_equal(bench->count, 4);
	assert_dated(0, YEAR, YEAR + 2);
	assert_dated(2, YEAR, YEAR + 3);
	end();
}

/* --- memory */

static unsigned
runs(void)
{
	const struct pool *pool = &bench->worker.meter->pool;
	const unsigned run = LIVE_IN_USE | LIVE_RUN;
	unsigned count = 0;

	for (uint32_t i = 0; i < pool->used; i++)
		count += (pool_live(pool, i)->state & run) == run;
	return count;
}

/* Stamped now by the wall clock. */
static void
comes_now(void)
{
	comes((double)(bench->ns + bench->drift) / 1e9);
	bench->stamp[bench->came - 1] =
	    timestamp_from(0, WALL + bench->ns + bench->drift);
}

static void
assert_stamps_stay(void)
{
	assert_int_equal(bench->count, bench->came);
	for (size_t i = 0; i < bench->count; i++) {
		const struct exchange *exchange = &bench->ended[i];
		size_t packet = exchange->port[CLIENT] - 2000u;

		assert_true(packet < bench->came);
		assert_int_equal(
		    exchange->side[CLIENT].first.ns, bench->stamp[packet].ns);
		assert_int_equal(
		    exchange->side[CLIENT].last.ns, bench->stamp[packet].ns);
	}
}

/*
 * Clocks that are not read at once, and that drift, were two clocks for the
 * meter: each exchange that nobody answers took the memory of one that goes on.
 */
static void
an_exchange_of_one_packet_takes_little_memory(void **state)
{
	static const int64_t drifts[] = { 0, 130, -70, 2000000, 40 };
	const unsigned count = sizeof(drifts) / sizeof(drifts[0]);

	(void)state;
	begin();
	for (unsigned i = 0; i < count; i++) {
		bench->drift += drifts[i];
		comes_now();
		tick(0.01);
		assert_int_equal(runs(), i + 1);
	}
	/* The wall clock is set: this ends nothing, and goes on so. */
	bench->drift += -3600 * NS_PER_SECOND;
	tick(0.01);
	for (unsigned i = 0; i < count; i++) {
		bench->drift += drifts[i];
		comes_now();
		tick(0.01);
		assert_int_equal(runs(), i + 1);
	}
	assert_int_equal(bench->count, 0);
	tick(40);
	assert_stamps_stay();
	end();
}

/* So it does where the clock that stamps packets is another one. */
static void
stamps_of_another_clock_take_no_more(void **state)
{
	(void)state;
	begin();
	bench->drift = (int64_t)(YEAR * 1e9);
	comes_now();
	bench->drift = 0;
	tick(0.01);
	for (unsigned i = 0; i < 3; i++) {
		bench->drift = (int64_t)(YEAR * 1e9);
		comes_now();
		bench->drift = 0;
		tick(0.01);
	}
	assert_counts(4, 0, 1, 0);
	assert_true(runs() >= 3);
	tick(40);
	assert_stamps_stay();
	end();
}

static void
what_waits_at_the_end_counts(void **state)
{
	struct ledger ledger;

	(void)state;
	begin();
	comes(YEAR);
	tick(0.1);
	assert_counts(0, 1, 0, 0);
	worker_packets_finish(&bench->worker);
	sum(&ledger);
	assert_int_equal(ledger.undecided, 0);
	assert_int_equal(ledger.packets_in_exchanges, 1);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_single_wrong_stamp_waits_for_a_second_and_counts_with_now),
		cmocka_unit_test(the_next_packet_tells_before_that),
		cmocka_unit_test(
		    two_far_on_the_same_side_are_a_step_that_is_taken_off),
		cmocka_unit_test(an_exchange_of_one_packet_takes_little_memory),
		cmocka_unit_test(stamps_of_another_clock_take_no_more),
		cmocka_unit_test(what_waits_at_the_end_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

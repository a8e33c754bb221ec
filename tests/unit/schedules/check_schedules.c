/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Schedules of failures for a transport session and its spool (schedule.h).
 *
 * Each seed plays several runs of the exporter, one after the other, on one
 * spool; between them the exporter was killed or ended, and files may have been
 * damaged.  The invariant after each run, for every record that was put in it
 * or was on disk before it:
 *
 *   the peer's program has read it, or it is in the spool, or it is one of
 *   those that the run counts as lost, unconfirmed, or garbled by damage;
 *
 * and the books balance.  A record that was only in memory when the exporter
 * was killed is in no book.
 *
 * check_schedules SEED plays one schedule.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/output/message_queue.h"
#include "exflow/output/peer.h"

#include "../../../src/tcp/session.h"
#include "schedule.h"
#include "schedule_peer.h"

#define SEEDS 4000
#define RUNS 3
#define RECORDS_MAX 65536
#define STEPS_MAX 400000

struct run {
	struct sender sender;
	struct peer peer;
	struct session *session;
	uint32_t to_put; /* messages */
	uint64_t steps;
};

static struct run run;
static uint32_t next_record;       /* of the whole schedule */
static bool expected[RECORDS_MAX]; /* of the books of this run */
static bool on_disk[RECORDS_MAX];
static uint64_t garbled_on_disk;
static uint32_t put_at_kill; /* records that were made before the kill */

/* --- the scheduler: whenever the session sleeps */

static void
put_message(void)
{
	struct message_queue *queue = &run.sender.queue;
	uint32_t records = 1 + schedule_random(60);
	uint8_t octets[SCHEDULE_MESSAGE_MAX];
	struct message message = { .octets = octets, .records = records };

	if (run.sender.base.options.wait &&
	    queue->messages.octets >= queue->bound) {
		queue->writer_waiting = true;
		return;
	}
	queue->writer_waiting = false;
	message.length = schedule_message(octets, next_record, records);
	for (uint32_t i = 0; i < records; i++)
		expected[next_record++] = true;
	run.sender.base.counts.records_due += records;
	message_queue_put(queue, &message);
	run.to_put--;
}

void __wrap_message_queue_sleep(
    struct message_queue *queue, int fd, short events, uint64_t until_ms);

void
__wrap_message_queue_sleep(
    struct message_queue *queue, int fd, short events, uint64_t until_ms)
{
	uint64_t now = schedule_now(), most = 1 + schedule_random(40);

	(void)fd;
	(void)events;
	if (++run.steps > STEPS_MAX)
		schedule_fail("the run ends", run.steps, run.to_put);
	schedule_advance(
	    until_ms > now && until_ms - now < most ? until_ms - now : most);
	schedule_peer_step();
	for (uint32_t n = schedule_random(6); n > 0 && run.to_put > 0; n--)
		put_message();
	if (run.to_put == 0)
		message_queue_close(queue);
	if (schedule_disk.kill_in > 0 && schedule_chance(1))
		schedule_kill();
}

/* --- books */

static void
mark_on_disk(void *context, uint32_t number)
{
	(void)context;
	if (number < RECORDS_MAX)
		on_disk[number] = true;
	else
		garbled_on_disk++;
}

static void
mark_file(void *context, const char *path, const uint8_t *octets, size_t length)
{
	size_t name = strlen(path);

	if (name < 6 || strcmp(path + name - 6, ".ipfix") != 0)
		return;
	(void)schedule_records(octets, length, mark_on_disk, context);
}

static void
look_at_disk(void)
{
	memset(on_disk, 0, sizeof(on_disk));
	garbled_on_disk = 0;
	schedule_each_file(mark_file, NULL);
}

static void
print_counts(const struct destination_counts *counts)
{
	printf("due %ju recovered %ju delivered %ju unconfirmed %ju "
	       "waiting %ju in_spool %ju spooled %ju replayed %ju",
	    (uintmax_t)counts->records_due, (uintmax_t)counts->recovered,
	    (uintmax_t)counts->delivered, (uintmax_t)counts->unconfirmed,
	    (uintmax_t)counts->waiting, (uintmax_t)counts->in_spool,
	    (uintmax_t)counts->spooled, (uintmax_t)counts->replayed);
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		printf(" %s %ju", loss_name(i), (uintmax_t)counts->lost[i]);
	printf("\n");
}

/* What the run has not accounted for otherwise is in its counts. */
static void
check_books(const struct destination_counts *counts, uint64_t garbled)
{
	uint64_t missing = 0, accounted;

	if (!destination_balanced(counts) ||
	    counts->waiting != counts->in_spool)
		print_counts(counts);
	if (!destination_balanced(counts))
		schedule_fail("balanced", counts->records_due, counts->waiting);
	if (counts->waiting != counts->in_spool)
		schedule_fail("what waits is in the spool", counts->waiting,
		    counts->in_spool);
	look_at_disk();
	for (uint32_t i = 0; i < next_record; i++)
		missing += expected[i] && !schedule_peer_has(i) && !on_disk[i];
	accounted = destination_lost(counts) + counts->unconfirmed + garbled +
	            garbled_on_disk;
	if (missing > accounted)
		print_counts(counts);
	if (missing > accounted)
		schedule_fail(
		    "missing ≤ lost + unconfirmed", missing, accounted);
}

/* --- one run */

static void
set_options(struct destination_options *options, bool calm)
{
	destination_options_init(options);
	options->wait = calm || schedule_chance(500);
	options->give_up_seconds = calm ? 0 : schedule_random(4);
	options->shutdown_timeout_seconds = calm ? 30 : 1 + schedule_random(4);
	options->send_timeout_seconds = 1 + schedule_random(3);
	options->queue_octets = 2000 + schedule_random(60000);
	options->retransmission_window =
	    32768 + (calm ? 0 : schedule_random(32768));
	options->spool_octets = 20000 + schedule_random(300000);
	options->spool_age_seconds = schedule_chance(100) ? 1 : 0;
	options->spool_dir = schedule_chance(750) ? schedule_folder() : NULL;
}

static void
set_disk(bool calm)
{
	if (calm)
		return;
	schedule_disk.fails = schedule_random(3) == 0 ? 20 : 0;
	schedule_disk.full = schedule_random(3) == 0 ? 5 : 0;
	schedule_disk.unreadable = schedule_random(5) == 0 ? 10 : 0;
	if (schedule_chance(300))
		schedule_disk.kill_in = 1 + schedule_random(200);
}

static void
remember_kill(void)
{
	put_at_kill = next_record;
	schedule_peer_remember();
}

static bool
run_begin(bool calm)
{
	static uint8_t octets[SCHEDULE_MESSAGE_MAX];
	struct message template = { .octets = octets };
	char error[DESTINATION_ERROR_SIZE];

	memset(&run, 0, sizeof(run));
	schedule_disk = (struct schedule_disk){ .at_kill = remember_kill };
	set_options(&run.sender.base.options, calm);
	look_at_disk();
	memcpy(expected, on_disk, sizeof(expected));
	if (run.sender.base.options.spool_dir != NULL && !calm &&
	    schedule_chance(300))
		(void)schedule_damage(".ipfix");
	run.sender.base.name = (char *)"tcp://collector";
	run.to_put = 20 + schedule_random(200);
	set_disk(calm);
	if (peer_parse(&run.peer, "tcp://collector", "collector", "4739",
	        error) != 0 ||
	    sender_init(
	        &run.sender, run.sender.base.options.queue_octets / 2) != 0)
		schedule_fail("a sender can be made", 0, 0);
	template.length = schedule_template(octets);
	run.session = session_new(&run.sender, &run.peer, NULL, "s", error);
	return run.session != NULL &&
	       session_set_templates(run.session, &template, 1, NULL, 0) == 0;
}

static void
run_end(void)
{
	session_free(&run.session);
	sender_clear(&run.sender);
	peer_clear(&run.peer);
}

/* False: the disk let it not even begin, so there are no books. */
static bool
play(bool calm)
{
	uint64_t garbled = schedule_peer_garbled();
	struct destination_counts counts;

	if (!run_begin(calm)) {
		run_end();
		return false;
	}
	/* The peer's buffer is no larger than the window is. */
	schedule_peer_begin(1000 + schedule_random(31000), calm);
	(void)session_run(run.session);
	message_queue_get_counts(&run.sender.queue, &run.sender.base);
	counts = run.sender.base.counts;
	run_end();
	check_books(&counts, schedule_peer_garbled() - garbled);
	if (calm && destination_lost(&counts) + counts.unconfirmed > 0)
		schedule_fail("a calm run loses nothing",
		    destination_lost(&counts), counts.unconfirmed);
	return true;
}

/* The next run begins with what the kill left. */
static void
take_up_kill(void)
{
	schedule_restore();
	schedule_peer_restore();
	next_record = put_at_kill;
}

static void
play_seed(uint64_t seed)
{
	bool calm;

	schedule_begin(seed);
	calm = seed % 20 == 0;
	schedule_empty_folder();
	schedule_peer_forget_all();
	next_record = 0;
	for (int i = 0; i < RUNS; i++) {
		(void)play(calm);
		if (schedule_disk.killed)
			take_up_kill();
	}
}

int
main(int argc, char **argv)
{
	uint64_t seed = 0;

	if (argc > 1) {
		play_seed(strtoull(argv[1], NULL, 10));
		return 0;
	}
	for (; schedule_more(seed, SEEDS); seed++)
		play_seed(seed);
	return 0;
}

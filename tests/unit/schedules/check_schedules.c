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
#include "schedule_sender.h"

#define SEEDS 4000
#define RUNS 3

struct run {
	struct sender sender;
	struct peer peer;
	struct session *session;
};

static struct run run;

/* --- the scheduler: whenever the session sleeps */

void __wrap_message_queue_sleep(
    struct message_queue *queue, int fd, short events, uint64_t until_ms);

void
__wrap_message_queue_sleep(
    struct message_queue *queue, int fd, short events, uint64_t until_ms)
{
	(void)queue;
	(void)fd;
	(void)events;
	schedule_sender_sleep(until_ms);
	schedule_peer_step();
	schedule_sender_feed();
}

/* --- books */

/* What the run has not accounted for otherwise is in its counts. */
static void
check_books(const struct destination_counts *counts, uint64_t garbled)
{
	uint64_t missing, accounted;

	schedule_sender_check_counts(counts);
	missing = schedule_sender_missing(schedule_peer_has);
	accounted = destination_lost(counts) + counts->unconfirmed + garbled +
	            schedule_sender.garbled_on_disk;
	schedule_sender_check(counts, "missing ≤ lost + unconfirmed",
	    missing <= accounted, missing, accounted);
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
remember_kill(void)
{
	schedule_sender.put_at_kill = schedule_sender.next_record;
	schedule_peer_remember();
}

static bool
run_begin(bool calm)
{
	static uint8_t octets[SCHEDULE_MESSAGE_MAX];
	struct message template = { .octets = octets };
	char error[DESTINATION_ERROR_SIZE];

	memset(&run, 0, sizeof(run));
	set_options(&run.sender.base.options, calm);
	schedule_sender_begin(&run.sender, calm, remember_kill);
	run.sender.base.name = (char *)"tcp://collector";
	schedule_sender_trouble(calm);
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
	schedule_sender_take_up_kill();
	schedule_peer_restore();
}

static void
play_seed(uint64_t seed)
{
	bool calm;

	schedule_begin(seed);
	calm = seed % 20 == 0;
	schedule_empty_folder();
	schedule_peer_forget_all();
	schedule_sender.next_record = 0;
	for (int i = 0; i < RUNS; i++) {
		(void)play(calm);
		if (schedule_disk.killed)
			take_up_kill();
	}
}

int
main(int argc, char **argv)
{
	return schedule_main(argc, argv, SEEDS, play_seed);
}

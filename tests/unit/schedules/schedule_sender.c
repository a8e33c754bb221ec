/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "schedule_sender.h"

#include <stdio.h>
#include <string.h>

#include "exflow/output/message_queue.h"

#include "schedule.h"

#define STEPS_MAX 400000

struct schedule_sender schedule_sender;

static void
mark_on_disk(void *context, uint32_t number)
{
	(void)context;
	if (number < SCHEDULE_RECORDS_MAX)
		schedule_sender.on_disk[number] = true;
	else
		schedule_sender.garbled_on_disk++;
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
	memset(schedule_sender.on_disk, 0, sizeof(schedule_sender.on_disk));
	schedule_sender.garbled_on_disk = 0;
	schedule_each_file(mark_file, NULL);
}

void
schedule_sender_begin(struct sender *sender, bool calm, void (*at_kill)(void))
{
	schedule_sender.sender = sender;
	schedule_sender.steps = 0;
	schedule_disk = (struct schedule_disk){ .at_kill = at_kill };
	look_at_disk();
	memcpy(schedule_sender.expected, schedule_sender.on_disk,
	    sizeof(schedule_sender.expected));
	if (sender->base.options.spool_dir != NULL && !calm &&
	    schedule_chance(300))
		(void)schedule_damage(".ipfix");
	schedule_sender.to_put = 20 + schedule_random(200);
}

void
schedule_sender_trouble(bool calm)
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
put_message(struct sender *sender)
{
	struct message_queue *queue = &sender->queue;
	uint32_t records = 1 + schedule_random(60);
	uint8_t octets[SCHEDULE_MESSAGE_MAX];
	struct message message = { .octets = octets, .records = records };

	if (sender->base.options.wait &&
	    queue->messages.octets >= queue->bound) {
		queue->writer_waiting = true;
		return;
	}
	queue->writer_waiting = false;
	message.length =
	    schedule_message(octets, schedule_sender.next_record, records);
	for (uint32_t i = 0; i < records; i++)
		schedule_sender.expected[schedule_sender.next_record++] = true;
	sender->base.counts.records_due += records;
	message_queue_put(queue, &message);
	schedule_sender.to_put--;
}

void
schedule_sender_sleep(uint64_t until_ms)
{
	uint64_t now = schedule_now(), most = 1 + schedule_random(40);

	if (++schedule_sender.steps > STEPS_MAX)
		schedule_fail("the run ends", schedule_sender.steps,
		    schedule_sender.to_put);
	schedule_advance(
	    until_ms > now && until_ms - now < most ? until_ms - now : most);
}

void
schedule_sender_feed(void)
{
	struct sender *sender = schedule_sender.sender;
	uint32_t n = schedule_random(6);

	for (; n > 0 && schedule_sender.to_put > 0; n--)
		put_message(sender);
	if (schedule_sender.to_put == 0)
		message_queue_close(&sender->queue);
	if (schedule_disk.kill_in > 0 && schedule_chance(1))
		schedule_kill();
}

uint64_t
schedule_sender_missing(bool (*there)(uint32_t number))
{
	uint64_t missing = 0;

	look_at_disk();
	for (uint32_t i = 0; i < schedule_sender.next_record; i++)
		missing += schedule_sender.expected[i] && !there(i) &&
		           !schedule_sender.on_disk[i];
	return missing;
}

static void
print_counts(const struct destination_counts *counts)
{
	printf("due %ju recovered %ju delivered %ju unconfirmed %ju "
	       "waiting %ju in_spool %ju spooled %ju replayed %ju "
	       "maybe_twice %ju",
	    (uintmax_t)counts->records_due, (uintmax_t)counts->recovered,
	    (uintmax_t)counts->delivered, (uintmax_t)counts->unconfirmed,
	    (uintmax_t)counts->waiting, (uintmax_t)counts->in_spool,
	    (uintmax_t)counts->spooled, (uintmax_t)counts->replayed,
	    (uintmax_t)counts->maybe_twice);
	for (unsigned i = 0; i < LOSS_COUNT; i++)
		printf(" %s %ju", loss_name(i), (uintmax_t)counts->lost[i]);
	printf("\n");
}

void
schedule_sender_check(const struct destination_counts *counts, const char *what,
    bool so, uint64_t a, uint64_t b)
{
	if (so)
		return;
	print_counts(counts);
	schedule_fail(what, a, b);
}

void
schedule_sender_check_counts(const struct destination_counts *counts)
{
	schedule_sender_check(counts, "balanced", destination_balanced(counts),
	    counts->records_due, counts->waiting);
	schedule_sender_check(counts, "what waits is in the spool",
	    counts->waiting == counts->in_spool, counts->waiting,
	    counts->in_spool);
}

void
schedule_sender_take_up_kill(void)
{
	schedule_restore();
	schedule_sender.next_record = schedule_sender.put_at_kill;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sender under a schedule, as a session has one, and a delivery to Kafka:
 * messages that come while its thread sleeps, and where their records are.
 */
#ifndef EXFLOW_SCHEDULE_SENDER_H
#define EXFLOW_SCHEDULE_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "exflow/output/sender.h"

#define SCHEDULE_RECORDS_MAX 65536

struct schedule_sender {
	struct sender *sender;
	uint32_t to_put; /* messages */
	uint64_t steps;
	uint32_t next_record;                /* of the whole schedule */
	uint32_t put_at_kill;                /* records made before the kill */
	bool expected[SCHEDULE_RECORDS_MAX]; /* of the books of this run */
	bool on_disk[SCHEDULE_RECORDS_MAX];
	uint64_t garbled_on_disk;
};
extern struct schedule_sender schedule_sender;

/*
 * A run begins, whose options are set: what is on disk is expected, then files
 * may be damaged.  at_kill is that of struct schedule_disk.
 */
void schedule_sender_begin(
    struct sender *sender, bool calm, void (*at_kill)(void));
/* The disk may fail from now on, or the run be killed. */
void schedule_sender_trouble(bool calm);
/* The thread sleeps until then at most. */
void schedule_sender_sleep(uint64_t until_ms);
/* Meanwhile messages come, the queue is closed behind the last, or a kill. */
void schedule_sender_feed(void);

/* How many records are expected that are neither on disk nor there(). */
uint64_t schedule_sender_missing(bool (*there)(uint32_t number));
/* Fail, with the counts, where this is not so. */
void schedule_sender_check(const struct destination_counts *counts,
    const char *what, bool so, uint64_t a, uint64_t b);
/* The counts balance, and what waits is in the spool. */
void schedule_sender_check_counts(const struct destination_counts *counts);
/* The next run begins with what the kill left. */
void schedule_sender_take_up_kill(void);

#endif

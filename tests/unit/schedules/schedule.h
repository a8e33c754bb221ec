/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduled failures: a module runs against a simulated clock, disk and peer,
 * and a seed decides at each step what fails, is cut short, or is killed.  The
 * same seed plays the same schedule again.
 *
 *               ┌───────────── module under test ─────────────┐
 *   clock_ms ◄──┤ time stands still but for the schedule      │
 *   pwrite … ◄──┤ disk: ENOSPC, EIO, short writes, kills      │
 *   lookup_… ◄──┤ peer: refuses, stalls, resets, is killed    │
 *   connection_…└─────────────────────────────────────────────┘
 *
 * The module is the production code as it is: the linker puts these functions
 * in place of the system's (--wrap).  The disk is a folder in memory, so that
 * what it holds can be looked at by other means than the module's own.
 *
 * A kill is the copy of the folder at that moment, with the write that was
 * under way cut at any octet.  The run goes on to its end, but the next run
 * begins with the copy, and with what the peer had read by then.
 *
 * A kind of output joins by a program of its own: it makes records, hands them
 * over, and compares the output's counts with what the disk holds.
 */
#ifndef EXFLOW_SCHEDULE_H
#define EXFLOW_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* --- chance and time */

/* Begin the schedule of this seed. */
void schedule_begin(uint64_t seed);
/* Less than n; 0 where n is 0. */
uint32_t schedule_random(uint32_t n);
/* True in so many of a thousand cases. */
bool schedule_chance(uint32_t thousandths);
uint64_t schedule_now(void);
void schedule_advance(uint64_t ms);

/*
 * The program of a test: the schedule of the seed that is its argument, or so
 * many.  Returns its exit status.
 */
int schedule_main(
    int argc, char **argv, uint64_t seeds, void (*play)(uint64_t seed));
/* Print the seed and what is not so, and abort. */
_Noreturn void schedule_fail(const char *what, uint64_t a, uint64_t b);

/* --- the disk */

struct schedule_disk {
	uint32_t fails; /* thousandths of the writes, opens, renames … */
	uint32_t full;  /* thousandths of the writes find it full … */
	uint64_t full_until_ms; /* … and so do all until then */
	uint32_t unreadable;    /* thousandths of the reads fail */
	uint64_t kill_in;       /* the write after so many is killed; 0: none */
	bool killed;
	bool cut_failed;       /* a file could not be made shorter */
	bool remove_failed;    /* a file could not be removed */
	void (*at_kill)(void); /* called then */
};
extern struct schedule_disk schedule_disk;

/* An empty folder, which is gone at the end of the program. */
const char *schedule_folder(void);
void schedule_empty_folder(void);
/* The copy that the kill left becomes the folder. */
void schedule_restore(void);
/* Copy the folder now. */
void schedule_kill(void);
/* Call for each regular file, with its path and octets. */
void schedule_each_file(void (*visit)(void *context, const char *path,
                            const uint8_t *octets, size_t length),
    void *context);
/* Change bits or a piece of one of the files whose names end so. */
bool schedule_damage(const char *suffix);

/*
 * For calls that a program wraps itself.  Whether it is the fixture's own;
 * whether it fails, with errno; whether a write finds the disk full; whether a
 * write is the one amid which the run is killed, so that it is to write a part
 * and to call schedule_kill.
 */
bool schedule_is_own(void);
bool schedule_fails(int code);
bool schedule_is_full(void);
bool schedule_kill_is_due(void);
/* Within the fixture's own calls, as those of a person in the folder. */
void schedule_own(bool own);

/* --- records that can be told apart in messages of IPFIX */

#define SCHEDULE_RECORD_OCTETS 8
#define SCHEDULE_MESSAGE_MAX 2048

/* A message of a template for them; its length. */
uint32_t schedule_template(uint8_t octets[SCHEDULE_MESSAGE_MAX]);
/* A message of records from this number on; its length. */
uint32_t schedule_message(
    uint8_t octets[SCHEDULE_MESSAGE_MAX], uint32_t first, uint32_t records);
/*
 * Call for each record in the whole messages; a record whose octets are wrong
 * is number UINT32_MAX.  How many octets were whole messages.
 */
size_t schedule_records(const uint8_t *octets, size_t length,
    void (*visit)(void *context, uint32_t number), void *context);

#endif

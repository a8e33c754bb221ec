/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command that complete files are handed to, one after the other (the
 * setting `after`).  A file's states:
 *
 *	after_expect            after_ready           command succeeds
 *	──────────► expected ──────────► waits ──────────────────► forgotten
 *	  (journal)     │  ▲               ▲ │ fails: to the end, a pause
 *	                │  │               └─┘
 *	   after_forget ▼  └ left by an earlier run, until after_settle
 *
 * A thread of its own asks the helper (command/helper.h) for one run at a time,
 * so nobody waits for a command.  After a failure it pauses, for a second at
 * first, for twice as long after each further one, up to AFTER_PAUSE_MAX_MS,
 * and then goes on with the next file: one that always fails holds up no other.
 *
 * Invariant: a path is in the journal (after_journal.h) before a file has that
 * name, and until its command has succeeded or it was given up.
 *
 * What can go wrong:
 * - The command fails, or the helper is gone: the file is tried again.
 * - A file is no longer there: it is given up.
 * - Retention needs its space (after_give_up), or more than AFTER_FILES_MAX
 *   wait: the oldest is given up.
 * - The journal cannot be written: logged; it goes on without.
 * - The end comes: after_finish waits for a while, the rest stays in the
 *   journal.
 */
#ifndef EXFLOW_COMMAND_AFTER_H
#define EXFLOW_COMMAND_AFTER_H

#include <stdbool.h>
#include <stdint.h>

#define AFTER_ERROR_SIZE 512
#define AFTER_FILES_MAX 65536 /* names, of some 100 octets each */
#define AFTER_PAUSE_MIN_MS 1000
#define AFTER_PAUSE_MAX_MS 300000
/* How often a look is taken at what other runs have left. */
#define AFTER_ADOPT_MS 30000

struct after;
struct helper;

struct after_options {
	const char *command;         /* as command_parse takes it */
	uint32_t timeout_seconds;    /* of one run */
	const struct helper *helper; /* NULL: there is none, nothing succeeds */
	bool compress;   /* files that an earlier run left are to be */
	bool local_time; /* of the pattern's names; else UTC */
};

struct after_counts {
	uint64_t done;                /* files, since the last call … */
	uint64_t failed;              /* runs, likewise */
	uint64_t given_up;            /* files, likewise */
	uint64_t waiting;             /* files, now */
	char error[AFTER_ERROR_SIZE]; /* of the last failure, or "" */
};

/*
 * Read the journal, and start the thread.  Name, pattern and what the options
 * point to have to outlive it.  NULL with errno.
 */
struct after *after_new(
    const char *name, const char *pattern, const struct after_options *options);

/* A file is going to get this name. */
void after_expect(struct after *after, const char *path);
/* It did not. */
void after_forget(struct after *after, const char *path);
/* It is complete, under this name or, compressed, under another one. */
void after_ready(struct after *after, const char *expected, const char *path);

/*
 * Once, when recovery is over: what an earlier run left, and recovery did not
 * expect, waits; or it is compressed first, by this function, which frees the
 * path.  Files that somebody writes stay expected.
 */
typedef void after_compress(void *context, char *path);
void after_settle(struct after *after, after_compress *compress, void *context);

/* For retention: whether a file is not handed over yet. */
bool after_waits(struct after *after, const char *path);
/* Its space is needed.  False: it is just being handed over, or written. */
bool after_give_up(struct after *after, const char *path);

/* What was done since the last call. */
void after_collect(struct after *after, struct after_counts *counts);
/*
 * Nothing more will come.  Hand over what waits: live, for so many
 * milliseconds in all; else until nothing has succeeded for so long.
 */
void after_finish(struct after *after, bool live, uint64_t patience_ms);
/* A command that runs is ended.  Idempotent, sets NULL. */
void after_free(struct after **after);

#endif

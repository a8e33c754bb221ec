/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of exflow/command/after.h share. */
#ifndef EXFLOW_SRC_COMMAND_AFTER_INTERNAL_H
#define EXFLOW_SRC_COMMAND_AFTER_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "exflow/command/after.h"
#include "exflow/command/helper.h"

#include "after_journal.h"

enum file_state {
	FILE_LEFT,     /* by an earlier run; not looked at yet */
	FILE_EXPECTED, /* not complete yet */
	FILE_WAITS,    /* in the queue */
	FILE_RUNS,     /* its command runs */
};

struct after_file {
	char *path;
	enum file_state state;
	bool again; /* while its command ran, it was complete anew */
	GList link; /* in the queue */
};

enum after_end {
	AFTER_RUNS,
	AFTER_FINISH, /* end when none waits, or at the deadline */
	AFTER_ABANDON /* end now */
};

struct after {
	const char *name, *pattern;
	struct after_options options;
	char *folder; /* the constant one, from "/" on, with "/" at the end */
	size_t constant; /* octets of it in the pattern */
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t changed;
	struct after_journal *journal;
	bool journal_failed; /* it was logged */
	GHashTable *files;   /* by path */
	GQueue queue;        /* of those that wait */
	struct after_file *current;
	uint64_t pause_ms;    /* 0: the last command succeeded */
	uint64_t at_ms;       /* when the next one may run */
	uint64_t adopt_ms;    /* when to look for other journals */
	uint64_t deadline_ms; /* with AFTER_FINISH */
	uint64_t patience_ms;
	bool live, settled;
	after_compress *compress; /* for the thread that settles */
	void *context;
	enum after_end end;
	struct after_counts counts;
};

/* --- after.c: the table and the journal; the lock is held */

/* NULL: there is none of this path. */
struct after_file *after_find(struct after *after, const char *path);
/* In memory only. */
struct after_file *after_add(
    struct after *after, const char *path, enum file_state state);
/* In memory and in the journal. */
void after_drop(struct after *after, struct after_file *file);
/* after_ready. */
void after_make_ready(
    struct after *after, const char *expected, const char *path);

/* --- after_left.c: what an earlier run left */

/* Whether there is a regular file of this name. */
bool after_is_there(const char *path);
/* An after_journal_visitor: the lock is held, or there is no thread yet. */
void after_visit_left(void *context, const char *path);
/* What others have left meanwhile, such as the output that this one replaced. */
void after_adopt(struct after *after);

/* --- after_run.c: one run */

/* Whether the command took the file; if not, why: "" where exflow ends. */
bool after_hand_over(
    struct after *after, const char *path, char why[HELPER_TEXT_SIZE]);

#endif

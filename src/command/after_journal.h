/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which files of an archive still have to be handed to its command, on disk:
 * so that the next start hands over what a run that was killed, or that ended
 * before its commands succeeded, has left.
 *
 *	FOLDER/.exflow-after-1a2b3c4d	1a2b3c4d: a hash of the pattern
 *	after 1 /var/lib/exflow/%Y/%m/%d/exflow-%H%M.ipfix
 *	+/var/lib/exflow/2026/11/29/exflow-1200.ipfix	is to get this name
 *	-/var/lib/exflow/2026/11/29/exflow-1200.ipfix	was handed over
 *
 * FOLDER is the innermost one that is the same for all files.  A line is added
 * and synced before a file gets its name; that a file was handed over is not
 * synced.  So no file is forgotten, and one may be handed over twice.
 *
 * A journal is locked as long as somebody writes it.  A second run, or the
 * successor of an output while that one ends, has one of its own
 * (.exflow-after-1a2b3c4d.1 …); whoever finds one that nobody writes takes over
 * what it holds.  A journal with much that is done is written anew.
 *
 * What can go wrong: a line cannot be written (-1 with errno: a kill may now
 * lose that file's hand-over), a line is torn (it is left out), or the journal
 * is not ours (it is left alone).
 */
#ifndef EXFLOW_SRC_COMMAND_AFTER_JOURNAL_H
#define EXFLOW_SRC_COMMAND_AFTER_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct after_journal;

/* Calls back for each path that is left in a journal. */
typedef void after_journal_visitor(void *context, const char *path);

/*
 * Open the journal of a pattern, which has to outlive it, and visit what it
 * holds.  NULL with errno.
 */
struct after_journal *after_journal_open(
    const char *pattern, after_journal_visitor *visit, void *context);
/* Removed where nothing is left in it.  Idempotent, sets NULL. */
void after_journal_close(struct after_journal **journal);

/* Visit what others have left, and add it to this journal. */
void after_journal_adopt(
    struct after_journal *journal, after_journal_visitor *visit, void *context);

/* 0, or -1 with errno. */
int after_journal_add(struct after_journal *journal, const char *path);
int after_journal_remove(struct after_journal *journal, const char *path);

/* Whether more is done in it than is left: time to write it anew. */
bool after_journal_is_long(const struct after_journal *journal);
/*
 * Write it anew: next gives one path after the other, which are all that are
 * left, then NULL.
 */
typedef const char *after_journal_next(void *context);
int after_journal_rewrite(
    struct after_journal *journal, after_journal_next *next, void *context);

#endif

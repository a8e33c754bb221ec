/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The finisher of an archive, or of text files that rotate: a thread that does
 * with written files what may take long, so that export never waits for it.
 *
 *	archive ─finisher_put─► to_name ──► sync, close, rename, sync folder
 *	                                           │ (if compressed)
 *	recovery ──────────────► to_compress ◄─────┘
 *	text ─finisher_compress──────► │
 *	                               └──► NAME.gz or NAME.zst, remove NAME
 *
 * It begins with the recovery of what a run that was killed left.  Naming goes
 * before compressing; retention runs when no file waits, at least every second
 * while files come and every ten minutes while none does.
 *
 * With a command for files (`after`), a file that is complete, and compressed
 * if it is to be, goes on to another thread (command/after.h), which has it
 * handed over.
 *
 * Invariant: a record of an archive counts as delivered once its file has its
 * name.  What can go wrong: a file cannot be synced or renamed (its records
 * count as lost and its temporary file is removed), compressing fails (the file
 * stays plain), files come faster than the disk takes them (their number has a
 * bound; the output waits), or a kill ends it amid a file (the next start
 * recovers it).
 */
#ifndef EXFLOW_ARCHIVE_FINISHER_H
#define EXFLOW_ARCHIVE_FINISHER_H

#include <stdint.h>

#include "exflow/output/destination.h"

struct finisher;
struct publish_numbers;
struct writer;

/* What the files of a finisher hold, and so what a kill may have left. */
enum finisher_files {
	FINISHER_MESSAGES, /* get their name when they are complete */
	FINISHER_LINES,    /* have it from the start (textfile/text_file.h) */
};

struct finisher_results {
	uint64_t delivered; /* records in files that got their name */
	uint64_t lost;      /* records in files that did not */
	uint64_t recovered; /* records in files of a run that was killed */
	uint64_t files;     /* that got their name, recovered ones included */
	uint64_t removed;   /* files, by retention */
	/* Of the command for files: see struct destination_counts. */
	uint64_t after_done, after_failed, after_given_up;
	uint64_t after_waiting;             /* now */
	char error[DESTINATION_ERROR_SIZE]; /* why the last were lost, or "" */
};

/*
 * Start the thread.  The name of the output (for the log), the pattern and the
 * options must outlive the finisher.  NULL with errno.
 */
struct finisher *finisher_new(const char *name, const char *pattern,
    enum finisher_files files, const struct archive_options *options);
/*
 * Hand over a file with nothing unwritten that is to stay.  Waits while many
 * files are there to be finished.  0, and the finisher owns the writer's
 * contents; or -1: no memory.
 */
int finisher_put(struct finisher *finisher, struct writer *writer);
/*
 * Compress a file that has its name and that nobody writes any more, if files
 * are to be compressed, and apply the retention.  Takes over the path; waits as
 * finisher_put does.
 */
void finisher_compress(struct finisher *finisher, char *path);
/*
 * For files that have their names from the start: note this one, which begins;
 * it is not ours any more; and note those that these numbers make.  Where there
 * is no command for files they do nothing.
 */
void finisher_expect(struct finisher *finisher, const char *path);
void finisher_forget(struct finisher *finisher, const char *path);
void finisher_note_names(
    struct finisher *finisher, struct publish_numbers *numbers);
/* What was done since the last call; never waits for the disk. */
void finisher_collect(
    struct finisher *finisher, struct finisher_results *results);
/* Add to an output's counts what these tell of the command for files. */
void finisher_count_after(
    const struct finisher_results *results, struct destination_counts *counts);
/*
 * At the end: whether all files were handed over.  0, or -1 with the
 * destination's error.
 */
int finisher_all_taken(struct destination *destination);
/*
 * Whether the command for files could be run.  0; or -1 with the destination's
 * error, and errno (0: the command itself is wrong).
 */
int finisher_check_after(struct destination *destination);
/*
 * Finish all files and end the thread; finisher_collect still works.  With a
 * command for files it waits: live, for shutdown_timeout in all, else until no
 * command has succeeded for so long.
 */
void finisher_finish(
    struct finisher *finisher, const struct destination_options *options);
/*
 * Without finisher_finish before it: files that have no name yet are removed.
 * Idempotent, sets NULL.
 */
void finisher_free(struct finisher **finisher);

#endif

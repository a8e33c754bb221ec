/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One file of a spool (exflow/spool/spool.h):
 *
 *   ┌──────────┬───────────┬──────────────┬───────────┐
 *   │ preamble │ released  │ taken, not   │ not taken │
 *   │          │           │ released     │           │
 *   └──────────┴───────────┴──────────────┴───────────┘
 *              ▲           ▲              ▲           ▲
 *            begin      released         read       octets
 *
 * octets is always the end of a whole message: a write that fails is cut off
 * again.  Only the newest file grows; descriptors are closed when a file is
 * complete and opened again when it is read.
 *
 * The happy path of a file of an earlier run is open, settle, read.  What can
 * go wrong: messages are damaged (open counts what is lost; settle writes over
 * it, so that it is counted once), or the preamble is (settle takes the one
 * that is written now, if the damaged one was equal to it); a message is
 * damaged later (read counts it); the file is not a spool's (settle leaves it
 * alone).  spool_scan.h tells what is damaged.
 */
#ifndef EXFLOW_SRC_SPOOL_SPOOL_FILE_H
#define EXFLOW_SRC_SPOOL_SPOOL_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "exflow/ipfix/preamble.h"
#include "exflow/output/message_list.h"

#define SPOOL_FILE_NAME_SIZE 32

struct spool_file {
	struct spool_file *next;
	uint64_t number; /* its name */
	int folder;      /* descriptor of the spool's folder, borrowed */
	int fd;          /* -1: not open */
	struct preamble *preamble; /* borrowed */
	uint64_t begin;            /* the first message is here */
	uint64_t octets;           /* end of the last message */
	uint64_t size;             /* when it was opened */
	uint64_t read;             /* the next message to take is here */
	uint64_t released;         /* up to here nothing is needed */
	uint64_t records;          /* not acknowledged */
	uint64_t unread;           /* of these: not taken */
	uint64_t damaged;       /* records that were lost when it was opened */
	uint64_t known;         /* of these: still to be skipped */
	uint64_t oddities;      /* messages that do not follow each other */
	uint64_t torn;          /* octets of a message that a kill cut off */
	bool newest;            /* no file was behind it when it was opened */
	bool hurt;              /* some octets are no messages */
	bool rescued;           /* the preamble is not the file's own */
	unsigned taken;         /* messages taken and not released */
	uint32_t sequence;      /* of the next message to write … */
	uint32_t read_sequence; /* … and to read */
	time_t modified;
};

void spool_file_name(char name[SPOOL_FILE_NAME_SIZE], uint64_t number);
/* A new file that begins with the preamble; NULL with errno. */
struct spool_file *spool_file_create(
    int folder, uint64_t number, struct preamble *preamble);
/*
 * An existing file, which is not changed.  *own becomes the preamble that it
 * begins with, the caller's to free.  A torn message at the end of the newest
 * file is not lost: it was never put.  NULL with errno.
 */
struct spool_file *spool_file_open(
    int folder, uint64_t number, bool newest, struct preamble **own);
/*
 * Make the best of a file that was opened, by the preamble that is written
 * now.  SPOOL_FILE_KEEP: it has messages, and nothing else any more.
 */
enum spool_file_fate {
	SPOOL_FILE_KEEP,
	SPOOL_FILE_EMPTY,   /* nothing was put into it: to be deleted */
	SPOOL_FILE_DAMAGED, /* no message can be read */
	SPOOL_FILE_FOREIGN, /* it is not a spool's */
};
enum spool_file_fate spool_file_settle(
    struct spool_file *file, struct preamble *present);
/* Give it the name that no spool reads; 0, or -1 with errno. */
int spool_file_set_aside(struct spool_file *file);
/* Close it, and free the struct. */
void spool_file_free(struct spool_file **file);
void spool_file_delete(struct spool_file **file);

/* 0, or -1 with errno; the file is then as it was before. */
int spool_file_append(
    struct spool_file *file, const struct queued_message *message);
/*
 * The next message; NULL with errno.  *lost: records that were lost before it,
 * or all that were left where no more messages can be read.
 */
struct queued_message *spool_file_read(struct spool_file *file, uint64_t *lost);
/* Read a message that was taken again, into its octets.  0, or -1. */
int spool_file_reload(struct spool_file *file,
    const struct queued_message *message, uint8_t *octets);
/* Sync it to disk, and close it. */
void spool_file_sync(struct spool_file *file);
/*
 * Remove what was released, at the end of the program: write the rest to a
 * temporary file and rename that.  0, or -1 with errno; nothing changed then.
 */
int spool_file_trim(struct spool_file *file);

#endif

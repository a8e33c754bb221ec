/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One file of a spool (exflow/spool/spool.h):
 *
 *   ┌──────────┬───────────┬──────────────┬───────────┐
 *   │ preamble │ released  │ taken, not   │ not taken │
 *   │          │           │ released     │           │
 *   └──────────┴───────────┴──────────────┴───────────┘
 *              ▲           ▲              ▲           ▲
 *   preamble->length   released         read       octets
 *
 * octets is always the end of a whole message: a write that fails is cut off
 * again.  Only the newest file grows; descriptors are closed when a file is
 * complete and opened again when it is read.
 */
#ifndef EXFLOW_SRC_SPOOL_SPOOL_FILE_H
#define EXFLOW_SRC_SPOOL_SPOOL_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "exflow/ipfix/preamble.h"
#include "exflow/output/message_queue.h"

#define SPOOL_FILE_NAME_SIZE 32

struct spool_file {
	struct spool_file *next;
	uint64_t number; /* its name */
	int folder;      /* descriptor of the spool's folder, borrowed */
	int fd;          /* -1: not open */
	struct preamble *preamble; /* borrowed */
	uint64_t octets;           /* its length */
	uint64_t read;             /* the next message to take is here */
	uint64_t released;         /* up to here nothing is needed */
	uint64_t records;          /* not acknowledged */
	uint64_t unread;           /* of these: not taken */
	unsigned taken;            /* messages taken and not released */
	uint32_t sequence;         /* of the next message to write … */
	uint32_t read_sequence;    /* … and to read */
	time_t modified;
};

void spool_file_name(char name[SPOOL_FILE_NAME_SIZE], uint64_t number);
/* A new file that begins with the preamble; NULL with errno. */
struct spool_file *spool_file_create(
    int folder, uint64_t number, struct preamble *preamble);
/*
 * An existing file.  *own becomes the preamble that it begins with, the
 * caller's to free.  A torn message at its end is cut off: *torn octets.
 * NULL with errno.
 */
struct spool_file *spool_file_open(
    int folder, uint64_t number, struct preamble **own, uint64_t *torn);
/* Close it, and free the struct. */
void spool_file_free(struct spool_file **file);
void spool_file_delete(struct spool_file **file);

/* 0, or -1 with errno; the file is then as it was before. */
int spool_file_append(
    struct spool_file *file, const struct queued_message *message);
/* The next message; NULL with errno, 0 at the end. */
struct queued_message *spool_file_read(struct spool_file *file);
/* Sync it to disk, and close it. */
void spool_file_sync(struct spool_file *file);
/*
 * Remove what was released, at the end of the program: write the rest to a
 * temporary file and rename that.  0, or -1 with errno; nothing changed then.
 */
int spool_file_trim(struct spool_file *file);

#endif

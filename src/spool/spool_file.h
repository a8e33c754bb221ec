/* SPDX-License-Identifier: BSD-2-Clause */
/* One file of a spool; spool.h has the whole. */
#ifndef EXFLOW_SRC_SPOOL_SPOOL_FILE_H
#define EXFLOW_SRC_SPOOL_SPOOL_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "exflow/ipfix/preamble.h"
#include "exflow/output/queued_message.h"

#define SPOOL_FILE_NAME_SIZE 32

struct spool_file {
	struct spool_file *next;
	uint64_t number; /* its name */
	int folder;      /* descriptor of the spool's */
	int fd;          /* -1: not open */
	struct preamble *preamble;
	uint64_t octets;        /* whole messages */
	uint64_t read;          /* the next one to take is here */
	uint64_t released;      /* up to here it is done with */
	uint64_t records;       /* that the collector does not have */
	uint64_t unread;        /* of these: not taken */
	unsigned taken;         /* messages in memory */
	uint32_t sequence;      /* of the next message to write … */
	uint32_t read_sequence; /* … and to read */
	time_t modified;
};

void spool_file_name(char name[SPOOL_FILE_NAME_SIZE], uint64_t number);
/* A new one that begins with the preamble; NULL with errno. */
struct spool_file *spool_file_create(
    int folder, uint64_t number, struct preamble *preamble);
/*
 * One that is there.  *own becomes what it begins with, the caller's to free.
 * A torn end is cut off: *torn octets.  NULL with errno.
 */
struct spool_file *spool_file_open(
    int folder, uint64_t number, struct preamble **own, uint64_t *torn);
/* Closes. */
void spool_file_free(struct spool_file **file);
void spool_file_delete(struct spool_file **file);

/* 0, or -1 with errno; the file is then as it was before. */
int spool_file_append(
    struct spool_file *file, const struct queued_message *queued);
/* NULL with errno, 0 at the end. */
struct queued_message *spool_file_read(struct spool_file *file);
/* On disk, as far as the system can tell. */
void spool_file_sync(struct spool_file *file);
/* Remove what was released; at the end of the program. */
int spool_file_trim(struct spool_file *file);

#endif

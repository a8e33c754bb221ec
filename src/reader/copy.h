/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records written back to an IPFIX file as they were: same elements, same
 * octets (but for the ids of templates in lists), in messages of one observation domain each.  The file has its name
 * when it is complete.
 */
#ifndef EXFLOW_SRC_READER_COPY_H
#define EXFLOW_SRC_READER_COPY_H

#include "exflow/ipfixfile/reader.h"

struct copy;

/* For records of the reader.  NULL with errno. */
struct copy *copy_new(const char *path, const struct reader *reader);
/* A file that was not finished is removed.  Idempotent, sets NULL. */
void copy_free(struct copy **copy);
/* Write a record; options records only of type information.  0, or -1. */
int copy_record(struct copy *copy, const struct reader_record *record);
/* Sync it and give it its name; 0, or -1 with errno. */
int copy_finish(struct copy *copy);

#endif

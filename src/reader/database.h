/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows of a report into a file of SQLite: a table "flows" with a column for each
 * of the report's.  Numbers are integers, spans of time are seconds, times are
 * ISO 8601 in UTC.  The file has its name when it is complete.
 */
#ifndef EXFLOW_SRC_READER_DATABASE_H
#define EXFLOW_SRC_READER_DATABASE_H

#include "exflow/report/report.h"

#define DATABASE_ERROR_SIZE 512

struct database;

/* The columns of the report; NULL with a message in error. */
struct database *database_new(const char *path, const struct report *report,
    char error[DATABASE_ERROR_SIZE]);
/* A file that was not finished is removed.  Idempotent, sets NULL. */
void database_free(struct database **database);
/* 0, or -1: database_error() says why. */
int database_add(struct database *database, const struct report_row *row);
/* Give the file its name; 0, or -1. */
int database_finish(struct database *database);
const char *database_error(const struct database *database);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of a text file's files, one after the other. */
#ifndef EXFLOW_SRC_TEXTFILE_TEXT_NAME_H
#define EXFLOW_SRC_TEXTFILE_TEXT_NAME_H

#include "exflow/textfile/text_file.h"

/* Whether the time is in names of this pattern. */
bool text_name_by_time(const char *pattern);
/* What messages call it. */
const char *text_name_shown(const struct text_file *file);
/* The first file's name; opened, where it is known.  0, or -1 with why. */
int text_name_start(struct text_file *file);
/* Whether that would succeed; makes nothing.  0, or -1 with errno and why. */
int text_name_try(struct text_file *file);
/* Open the file that path names.  0; or -1 with errno (0: none) and why. */
int text_name_open(struct text_file *file);
/*
 * The name from this time on, the caller's, and its interval; NULL: it stays,
 * or there is no memory, and it is tried again.
 */
char *text_name_next(
    const struct text_file *file, time_t now, struct interval *interval);
/* Take it over; if it is another one, the file so far is complete. */
void text_name_take(
    struct text_file *file, char *path, const struct interval *interval);
/* End the file and begin a new one; no line waits any more. */
void text_name_rotate_now(struct text_file *file, enum text_rotation wanted);

#endif

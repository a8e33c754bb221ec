/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening and closing the file that a text file's path names. */
#ifndef EXFLOW_SRC_TEXTFILE_TEXT_OPEN_H
#define EXFLOW_SRC_TEXTFILE_TEXT_OPEN_H

#include "exflow/textfile/text_file.h"

/* Open it.  0; or -1 with errno (0: none) and why. */
int text_open(struct text_file *file);
/* Whether that would succeed; makes nothing.  Likewise. */
int text_open_try(struct text_file *file);
/* Before the first write: cut it back or empty it, write the header. */
int text_open_begin(struct text_file *file);
/* Close the file; it is complete under this name (NULL: not ours any more). */
void text_open_end(struct text_file *file, const char *name);
/* A file that was given up gets a name that says so. */
void text_open_incomplete(struct text_file *file);
/* It cannot be opened, as why says: -1. */
int text_open_refuse(struct text_file *file, const char *why);

#endif

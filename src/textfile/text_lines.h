/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines that wait for a text file; those that it has are text_open.h's. */
#ifndef EXFLOW_SRC_TEXTFILE_TEXT_LINES_H
#define EXFLOW_SRC_TEXTFILE_TEXT_LINES_H

#include "exflow/textfile/text_file.h"

#define BUFFER_SIZE ((size_t)256 * 1024)

/*
 * Take back the octets of a line that did not fit whole (excess).  0, or -1
 * with errno: it is tried again before the next line is written.
 */
int text_lines_cut_back(struct text_file *file);
/*
 * The end: write all, at once; the timeout begins anew.  What cannot be written
 * is lost, and a file of a run over captures is given up.
 */
void text_lines_finish(struct text_file *file);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* How wide the terminal behind a stream is. */
#ifndef EXFLOW_BASE_TERMINAL_H
#define EXFLOW_BASE_TERMINAL_H

/*
 * Columns of the terminal behind the descriptor; where it is none, what the
 * variable COLUMNS says; 0 where neither tells.
 */
unsigned terminal_width(int descriptor);

#endif

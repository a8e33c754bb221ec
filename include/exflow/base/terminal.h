/* SPDX-License-Identifier: BSD-2-Clause */
/* The width of a terminal. */
#ifndef EXFLOW_BASE_TERMINAL_H
#define EXFLOW_BASE_TERMINAL_H

/*
 * Columns of the terminal that the descriptor is connected to; where it is no
 * terminal, the variable COLUMNS; 0 where that is not set either.
 */
unsigned terminal_width(int descriptor);

#endif

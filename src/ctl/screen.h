/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A full-screen terminal: its other screen, keys one by one, and the signals
 * that must not leave it so.  Only escapes of ECMA-48 and xterm are used, which
 * every terminal emulator has; a curses library would be more than three lines
 * of escapes need.
 */
#ifndef EXFLOW_SRC_CTL_SCREEN_H
#define EXFLOW_SRC_CTL_SCREEN_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether standard output is a terminal that knows escapes. */
bool screen_possible(void);
/* Lines of the terminal; 24 where it does not say. */
unsigned screen_height(void);

/*
 * Take the signals over; from here on they come only within screen_wait.  An
 * ignored signal stays ignored.
 */
void screen_signals(void);
/* The other screen, keys without echo; and back.  Both are idempotent. */
void screen_open(void);
void screen_close(void);
/*
 * poll(2) for the keyboard and fd, which may be -1.  0: nothing came in time.
 * Signals: one that ends the program closes the screen and does so; after
 * one that stops it, or a new size, the screen must be drawn again.
 */
enum {
	SCREEN_KEY = 1,
	SCREEN_READABLE = 2,
	SCREEN_CHANGED = 4
};
unsigned screen_wait(int fd, int64_t ms);
/*
 * The last key of those pressed, or 'q' if that is among them or no more can
 * come; 0: none.  Arrows and function keys are none.
 */
char screen_key(void);

/*
 * Draw a title, lines of text as far as they fit, their last line, which is
 * always shown, and a line at the bottom.  Lines are cut at the right.
 */
void screen_draw(const char *title, const char *text, const char *bottom);

#endif

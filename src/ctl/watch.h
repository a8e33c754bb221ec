/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "exflowctl top --watch": the same request again and again.
 *
 *	due ──connect, send──► the answer comes ──its end──► drawn
 *	 ▲                            │                        │
 *	 └────── a key, a new size ───┴──── SECONDS later ─────┘
 *
 * On a terminal it is a screen with keys, which goes on while the probe is
 * away.  Elsewhere, and as JSON, each answer is printed behind the last one,
 * and a mistake ends it.
 */
#ifndef EXFLOW_SRC_CTL_WATCH_H
#define EXFLOW_SRC_CTL_WATCH_H

#include "request.h"

#define WATCH_SECONDS 2 /* unless the command line says another number */
#define WATCH_SECONDS_MAX 3600

/* Whether the words of the command are "top" with --watch or --watch=SECONDS. */
bool watch_wanted(const char *const *words);
/*
 * top --watch [SECONDS] [NUMBER] [by ORDER] [FILTER]
 *
 * The status to exit with.  path is the probe's control socket.
 */
int watch_run(const char *path, const struct request_form *form,
    const char *const *words);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of system calls by name, NULL at the end. */
#ifndef EXFLOW_SRC_DAEMON_CONFINE_H
#define EXFLOW_SRC_DAEMON_CONFINE_H

extern const char *const confine_always[]; /* in both phases */
extern const char *const confine_start[];  /* only before the first packet */
extern const char *const confine_fatal[];  /* never */

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resident memory of a process that has started: most pages of a program and
 * its libraries that are mapped by then were needed for starting alone.
 */
#ifndef EXFLOW_DAEMON_RESIDENT_H
#define EXFLOW_DAEMON_RESIDENT_H

/*
 * Give back what can be read from its files again, and what malloc keeps in
 * reserve.  What is still needed comes back by itself, from the page cache.
 * Does nothing where the system has no way to.
 */
void resident_trim(void);

#endif

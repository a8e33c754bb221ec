/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resident memory.  Most pages of the program and its libraries that are in
 * memory after the start were only needed to start.
 */
#ifndef EXFLOW_DAEMON_RESIDENT_H
#define EXFLOW_DAEMON_RESIDENT_H

/*
 * Give back the pages that can be read from their files again, and malloc's
 * reserve.  Pages that are still needed come back from the page cache.  Does
 * nothing on a system that cannot.
 */
void resident_trim(void);

#endif

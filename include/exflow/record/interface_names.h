/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of the interfaces of a run, by the number that records have as
 * ingressInterface.  Live that is the system's index of the interface; of
 * capture files, see offline/interface_numbers.h.
 *
 *	reading threads ──add──► number ─► name ◄──find── output threads
 *
 * Names are only ever added, so that one which was found stays valid as long
 * as the table lives, and finding takes no lock.  The file or the system
 * decides how many there are: INTERFACE_NAMES_MAX is the limit, and what comes
 * after it has no name.
 */
#ifndef EXFLOW_RECORD_INTERFACE_NAMES_H
#define EXFLOW_RECORD_INTERFACE_NAMES_H

#include <stdint.h>

#define INTERFACE_NAMES_MAX 65536

struct interface_names;

/* An empty table; NULL without memory. */
struct interface_names *interface_names_new(void);
void interface_names_free(struct interface_names **names);

/*
 * The interface of this number has this name ("": it is known, without one);
 * what is not UTF-8, and control characters, become '?'.  A name that the
 * number had before is not found any more.  NULL: nobody asks.  0, or -1 with
 * errno: ENOMEM, or ENOSPC where the table is full.
 */
int interface_names_add(
    struct interface_names *names, uint32_t number, const char *name);
/* Its name, "" where it has none; NULL where the number is not known. */
const char *interface_names_find(
    const struct interface_names *names, uint32_t number);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking up a name in a thread of its own, as getaddrinfo blocks for as long
 * as a name server does not answer, and cannot be cancelled.  A lookup that
 * is freed before it is done goes on, and then frees itself.
 */
#ifndef EXFLOW_OUTPUT_LOOKUP_H
#define EXFLOW_OUTPUT_LOOKUP_H

struct addrinfo;
struct lookup;

/*
 * A step of a lookup.  Where *lookup is NULL it begins: when it is done, it
 * writes to an eventfd (wake), which must stay open until lookup_free; a later
 * step then has the result and frees it.
 *
 * 1: done, *list is the caller's to free with freeaddrinfo; 0: not yet; -1: it
 * failed, or could not begin, and *why, which is not to be freed, says why.
 */
int lookup_step(struct lookup **lookup, const char *host, const char *port,
    int socktype, int wake, struct addrinfo **list, const char **why);
void lookup_free(struct lookup **lookup);

#endif

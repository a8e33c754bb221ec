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
 * Begin; NULL with errno.  When it is done, it writes to an eventfd (wake),
 * which must stay open until lookup_free.
 */
struct lookup *lookup_new(
    const char *host, const char *port, int socktype, int wake);
/*
 * 1: done, *list is the caller's to free with freeaddrinfo; 0: not yet; -1:
 * it failed, and *why, which is not to be freed, says why.
 */
int lookup_result(
    struct lookup *lookup, struct addrinfo **list, const char **why);
void lookup_free(struct lookup **lookup);

#endif

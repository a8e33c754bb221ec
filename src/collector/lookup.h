/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking up a name in a thread of its own: getaddrinfo waits as long as it
 * likes, and cannot be told to stop.  A lookup that is given up goes on alone
 * and cleans up after itself.
 */
#ifndef EXFLOW_SRC_COLLECTOR_LOOKUP_H
#define EXFLOW_SRC_COLLECTOR_LOOKUP_H

#include "peer.h"

struct lookup;

/*
 * Begin; NULL with errno.  When it is done, an eventfd (wake) is written to,
 * which must stay open until lookup_free.
 */
struct lookup *lookup_new(const struct peer *peer, int socktype, int wake);
/*
 * 1: done, *list is the caller's to free with freeaddrinfo; 0: not yet; -1:
 * it failed, and *why says so (no need to free it).
 */
int lookup_result(
    struct lookup *lookup, struct addrinfo **list, const char **why);
void lookup_free(struct lookup **lookup);

#endif

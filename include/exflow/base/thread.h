/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads beside the main one.  They take no signals, but for those that a
 * fault of their own raises: what comes from outside is the main thread's.
 */
#ifndef EXFLOW_BASE_THREAD_H
#define EXFLOW_BASE_THREAD_H

#include <pthread.h>

/*
 * As pthread_create: 0, or an errno.  The name, at most 15 octets, is what
 * the system's tools show.
 */
int thread_start(
    pthread_t *thread, const char *name, void *(*body)(void *), void *context);

#endif

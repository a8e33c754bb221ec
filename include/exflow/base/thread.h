/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads besides the main one.  They block all signals but those that a
 * fault of their own raises (SIGSEGV and the like), so that the main thread
 * alone handles signals from outside.
 */
#ifndef EXFLOW_BASE_THREAD_H
#define EXFLOW_BASE_THREAD_H

#include <pthread.h>

/*
 * As pthread_create: 0, or an errno.  top and ps show the name, which has at
 * most 15 octets.
 */
int thread_start(
    pthread_t *thread, const char *name, void *(*body)(void *), void *context);

#endif

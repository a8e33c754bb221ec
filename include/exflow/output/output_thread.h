/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An output thread: a thread and a bounded queue in front of an output that
 * writes to files or pipes, so that a disk that stalls or a reader that
 * sleeps holds up no other output.  For live records, which cannot wait: when
 * the queue is full, its oldest records are dropped and counted (LOSS_QUEUE).
 */
#ifndef EXFLOW_OUTPUT_OUTPUT_THREAD_H
#define EXFLOW_OUTPUT_OUTPUT_THREAD_H

#include "exflow/output/destination.h"

/*
 * Takes over the output; what it returns has the output's name, scheme and
 * operations.  The queue's bound is the output's queue_octets.  NULL with a
 * message in error, and the output freed.
 */
struct destination *output_thread_new(
    struct destination *output, char error[DESTINATION_ERROR_SIZE]);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of JSON are filled into messages (line_message.h): one line each, or up
 * to `batch` of them, and then for each partition of the topic a message of its
 * own, as all lines of a message go to one partition.
 *
 *	exchange ──► line, key ──► [ partition 0 │ line line        ]
 *	                           [ partition 1 │ line line line   ] ──► queue
 *	                           [ partition 2 │                  ]
 */
#ifndef EXFLOW_SRC_KAFKA_LINES_H
#define EXFLOW_SRC_KAFKA_LINES_H

#include <stddef.h>

#include "exflow/exchange/exchange.h"
#include "exflow/output/destination.h"

struct lines;
struct message_queue;

/* key: of the options, but never KAFKA_KEY_AUTO.  NULL without memory. */
struct lines *lines_new(
    const struct destination_options *options, enum kafka_key key);
void lines_free(struct lines **lines);
/* Full messages go into the queue. */
void lines_add(struct lines *lines, const struct exchange *exchanges, size_t n,
    struct message_queue *queue);
/* So do those that are not full. */
void lines_flush(struct lines *lines, struct message_queue *queue);

#endif

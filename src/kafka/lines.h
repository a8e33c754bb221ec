/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of JSON are filled into messages (line_message.h): one line each, or up
 * to `batch` of them, and then by the lanes of their keys (fills.h).
 */
#ifndef EXFLOW_SRC_KAFKA_LINES_H
#define EXFLOW_SRC_KAFKA_LINES_H

#include <stddef.h>

#include "exflow/exchange/exchange.h"
#include "exflow/output/destination.h"

struct lines;
struct message_queue;

/*
 * key: of the options, but never KAFKA_KEY_AUTO; lanes: 0, where all lines are
 * filled into one message.  NULL without memory.
 */
struct lines *lines_new(const struct destination_options *options,
    enum kafka_key key, uint32_t lanes);
void lines_free(struct lines **lines);
/* Full messages go into the queue. */
void lines_add(struct lines *lines, const struct exchange *exchanges, size_t n,
    struct message_queue *queue);
/* So do those that are not full. */
void lines_flush(struct lines *lines, struct message_queue *queue);

#endif

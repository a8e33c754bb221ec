/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream as pieces that lie in one place in memory, without a copy of each:
 *
 *	stream ──► blocks ──► pieces of at most READ_AHEAD_PIECE octets
 *
 * A second thread reads and decompresses large regular files ahead, where the
 * machine has two processors; the octets and their order are the same.
 */
#ifndef EXFLOW_BASE_READ_AHEAD_H
#define EXFLOW_BASE_READ_AHEAD_H

#include <stddef.h>
#include <stdint.h>

#include "exflow/base/stream.h"

#define READ_AHEAD_PIECE 65536
/* A file of fewer octets is read without a second thread. */
#define READ_AHEAD_THREAD_MIN (1 << 20)

struct read_ahead;

/*
 * Takes over the stream, whose FILE must not be taken.  NULL with errno: the
 * caller still has the stream.
 */
struct read_ahead *read_ahead_new(struct stream *stream);
/* Closes the stream, too.  Idempotent, sets NULL. */
void read_ahead_free(struct read_ahead **ahead);

/*
 * The next octets, which the caller may change, without passing them: *have of
 * them, which is size (at most READ_AHEAD_PIECE) unless the stream ends or
 * fails before.  Valid until the next call.
 */
uint8_t *read_ahead_look(struct read_ahead *ahead, size_t size, size_t *have);
/* Pass octets that were looked at. */
void read_ahead_pass(struct read_ahead *ahead, size_t size);
/* Why it ended early, once all octets before were looked at; NULL: it did not. */
const char *read_ahead_error(const struct read_ahead *ahead);

#endif

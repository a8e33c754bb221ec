/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How lines of JSON wait in the queue and in the spool: as IPFIX messages of
 * records that have a key and a line.  So the queue, the spool and its recovery
 * work for them as for any messages, and each line counts as a record.
 *
 *	┌────────────────┬──────────────────────────────┬──────────────────┬─ ─
 *	│ message header │ set header │ key │ line      │ set header │ key │
 *	└────────────────┴──────────────────────────────┴──────────────────┴─ ─
 *	                   id: how long the line is
 *
 * The spool counts records by their length, so each template has one length,
 * and a line is filled up with blanks to the next of these lengths.  Key and
 * line are two elements of our own that no record of exchanges has.
 */
#ifndef EXFLOW_SRC_KAFKA_LINE_MESSAGE_H
#define EXFLOW_SRC_KAFKA_LINE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"
#include "exflow/text/json_row.h"

#include "key.h"

struct preamble;

/* A line takes at most so many octets more: header, key, blanks. */
#define LINE_FRAME_OCTETS (4 + 1 + 16 + 1024)
/* Of the longest line. */
#define LINE_SET_OCTETS_MAX (JSON_ROW_SIZE + LINE_FRAME_OCTETS)

/* The templates; NULL without memory. */
struct preamble *line_preamble_new(uint32_t domain, uint32_t pen);
/*
 * A line is being written: where it begins, if its set begins at at.  Its end
 * is told by line_message_end, which returns the octets of the set.
 */
char *line_message_begin(uint8_t *at, const struct key *key);
uint32_t line_message_end(uint8_t *at, const char *end);

struct line {
	struct key key;
	const char *text;
	size_t length; /* without blanks at its end */
};
/* Whether a message has lines, and not exchanges. */
bool line_message_is(const uint8_t *octets, uint32_t length);
/*
 * The line of the set at *at (at first MESSAGE_HEADER_OCTETS), which moves
 * behind it.  False: there is no more.
 */
bool line_message_next(
    const uint8_t *octets, uint32_t length, uint32_t *at, struct line *line);

#endif

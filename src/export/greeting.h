/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A greeting: the messages that come first on every connection and in every
 * file of a spool: type information, where it is wanted, and templates.
 */
#ifndef EXFLOW_EXPORT_GREETING_H
#define EXFLOW_EXPORT_GREETING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/message.h"

#define GREETING_SHAPES 16

/* A template, as far as one needs it to count records. */
struct greeting_shape {
	uint32_t id;
	uint32_t octets; /* of a record */
};

struct greeting {
	struct greeting *next; /* for who keeps several */
	uint8_t *octets;       /* whole messages, sequence from 0 */
	size_t length;
	uint32_t messages;
	uint32_t records; /* of type information */
	struct greeting_shape shapes[GREETING_SHAPES];
	size_t shape_count;
};

/* NULL without memory.  The types may be left out (0). */
struct greeting *greeting_new(const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count);
/* Add what a file of a spool begins with; 0, or -1 without memory. */
int greeting_extend(
    struct greeting *greeting, const uint8_t *octets, uint32_t length);
void greeting_free(struct greeting **greeting);

/* The same but for the export times. */
bool greeting_equal(const struct greeting *a, const struct greeting *b);
/*
 * How many records a message of data holds; 0 where it is no such message,
 * or none that these templates explain.
 */
uint32_t greeting_count(
    const struct greeting *greeting, const uint8_t *octets, uint32_t length);
/* Write the present time into every message. */
void greeting_stamp(struct greeting *greeting);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole IPFIX messages out of a file, whatever the file is. */
#ifndef EXFLOW_SRC_IPFIX_FRAME_H
#define EXFLOW_SRC_IPFIX_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "exflow/base/stream.h"
#include "exflow/ipfix/message.h"

#define FRAME_DAMAGE_SIZE 160

struct frame {
	FILE *file;
	const struct stream *stream; /* what the file reads from */
	uint64_t offset;             /* of the message in the file */
	uint64_t next;               /* of what follows it */
	uint32_t length; /* octets at octets; a header and whole sets */
	uint32_t domain, sequence, export_time;
	bool stopped; /* nothing behind it can be read */
	uint64_t damage_offset;
	char damage[FRAME_DAMAGE_SIZE]; /* "": none */
	uint8_t octets[MESSAGE_MAX_OCTETS];
};

/*
 * 1 with a message, 0 at the end of the file, -1 where there is no message
 * but damage.  A message with damage comes without it: cut down to what
 * stands before it, its length put right.
 */
int frame_next(struct frame *frame);

#endif

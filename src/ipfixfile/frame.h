/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole IPFIX messages from a file, however damaged the file is. */
#ifndef EXFLOW_SRC_IPFIXFILE_FRAME_H
#define EXFLOW_SRC_IPFIXFILE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/base/read_ahead.h"
#include "exflow/ipfix/message.h"

#define FRAME_DAMAGE_SIZE 160

struct frame {
	struct read_ahead *source;
	uint64_t offset; /* of the message in the file */
	uint64_t next;   /* of the octet behind it */
	uint32_t length; /* of octets: a header and whole sets */
	uint32_t domain, sequence, export_time;
	bool stopped; /* nothing behind the message can be read */
	uint64_t damage_offset;
	char damage[FRAME_DAMAGE_SIZE]; /* "": none */
	uint8_t *octets;                /* the source's, until the next call */
};

/*
 * 1 with a message, 0 at the end of the file, -1 if there is damage instead of
 * a message.  A message that has damage inside is cut before it, and its length
 * is put right; damage and damage_offset tell what is wrong.
 */
int frame_next(struct frame *frame);

#endif

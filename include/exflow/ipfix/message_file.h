/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole messages in a file of IPFIX messages (RFC 5655), by their place: how
 * spool and archive find what a kill left in their files.
 */
#ifndef EXFLOW_IPFIX_MESSAGE_FILE_H
#define EXFLOW_IPFIX_MESSAGE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "exflow/ipfix/message.h"

/* Read length octets; fewer at the end of the file.  -1 with errno. */
ssize_t message_file_read(
    int fd, uint8_t *octets, size_t length, uint64_t place);
/*
 * Read the message at that octet of the file.  Its length, or 0 if there is no
 * whole message.
 */
uint32_t message_file_next(
    int fd, uint64_t place, uint8_t octets[MESSAGE_MAX_OCTETS]);

#endif

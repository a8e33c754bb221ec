/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading files of IPFIX messages as far as they are whole. */
#ifndef EXFLOW_IPFIX_MESSAGE_FILE_H
#define EXFLOW_IPFIX_MESSAGE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "exflow/ipfix/message.h"

/* Octets read; fewer at the end of the file.  -1 with errno. */
ssize_t message_file_read(
    int fd, uint8_t *octets, size_t length, uint64_t place);
/* A whole message at this place: its length; 0: there is none. */
uint32_t message_file_next(
    int fd, uint64_t place, uint8_t octets[MESSAGE_MAX_OCTETS]);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/ipfix/message_file.h"

#include <errno.h>
#include <unistd.h>

#include "exflow/base/octets.h"
#include "exflow/ipfix/wire.h"

ssize_t
message_file_read(int fd, uint8_t *octets, size_t length, uint64_t place)
{
	size_t done = 0;

	while (done < length) {
		ssize_t n = pread(
		    fd, octets + done, length - done, (off_t)(place + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

uint32_t
message_file_next(int fd, uint64_t place, uint8_t octets[MESSAGE_MAX_OCTETS])
{
	uint32_t length;

	if (message_file_read(fd, octets, MESSAGE_HEADER_OCTETS, place) !=
	    MESSAGE_HEADER_OCTETS)
		return 0;
	length = get16(octets + LENGTH_OFFSET);
	if (get16(octets) != IPFIX_VERSION || length < MESSAGE_HEADER_OCTETS)
		return 0;
	if (message_file_read(fd, octets, length, place) != (ssize_t)length)
		return 0;
	return length;
}

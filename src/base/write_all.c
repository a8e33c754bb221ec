/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/write_all.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

int
write_all_at(
    int fd, const void *octets, size_t length, off_t offset, size_t *done)
{
	size_t written = 0;
	int result = 0;

	while (written < length && result == 0) {
		ssize_t n = pwrite(fd, (const uint8_t *)octets + written,
		    length - written, offset + (off_t)written);

		if (n > 0)
			written += (size_t)n;
		else if (n == 0 || errno != EINTR)
			result = -1;
		if (n == 0)
			errno = EIO; /* it would take nothing for ever */
	}
	if (done != NULL)
		*done = written;
	return result;
}

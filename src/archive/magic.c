/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "magic.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

bool
magic_is_ours(int fd)
{
	static const struct {
		char octets[5];
		size_t length;
	} magics[] = {
		{ "\x00\x0a", 2 },         /* IPFIX, RFC 7011 3.1 */
		{ "\x1f\x8b", 2 },         /* gzip, RFC 1952 2.3.1 */
		{ "\x28\xb5\x2f\xfd", 4 }, /* zstd, RFC 8878 3.1.1 */
		{ "{\"", 2 },              /* lines of JSON */
		{ "s_ip", 4 },             /* the head of a table */
	};
	char begin[4];
	ssize_t n = pread(fd, begin, sizeof(begin), 0);

	for (size_t i = 0; n > 0 && i < sizeof(magics) / sizeof(*magics); i++) {
		size_t length = magics[i].length;

		if (length > (size_t)n) /* cut off */
			length = (size_t)n;
		if (memcmp(begin, magics[i].octets, length) == 0)
			return true;
	}
	return n == 0;
}

bool
magic_is_ours_at(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool ours = fd >= 0 && magic_is_ours(fd);

	if (fd >= 0)
		close(fd);
	return ours;
}

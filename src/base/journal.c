/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int
journal_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

void
journal_send(int fd, const char *program, int severity, const char *text)
{
	char line[2048];
	int length = snprintf(line, sizeof(line),
	    "SYSLOG_IDENTIFIER=%s\nPRIORITY=%d\nMESSAGE=", program, severity);
	size_t begin = (size_t)length;

	/* The end of the line ends the field. */
	snprintf(line + begin, sizeof(line) - begin, "%s", text);
	for (char *at = line + begin; (at = strchr(at, '\n')) != NULL;)
		*at = ' ';
	begin = strlen(line);
	line[begin] = '\n'; /* instead of the final 0 */
	/* A full or missing journal: there is no other place to report it. */
	(void)!send(fd, line, begin + 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool
journal_is_stderr(const char *stream)
{
	unsigned long long device, inode;
	struct stat status;

	/* NOLINTNEXTLINE(cert-err34-c): too large a number matches no device */
	if (stream == NULL || sscanf(stream, "%llu:%llu", &device, &inode) != 2)
		return false;
	return fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device &&
	       status.st_ino == inode;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/clock.h"
#include "exflow/daemon/notify.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* A path, or "@name" in the abstract name space. */
static int
connect_to(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(name);
	socklen_t size =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	int fd;

	if ((*name != '/' && *name != '@') ||
	    length >= sizeof(address.sun_path)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(address.sun_path, name, length);
	if (*name == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, size) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A whole number from the environment; 0: none. */
static unsigned long long
environment_number(const char *name)
{
	const char *text = getenv(name);
	char *end;
	unsigned long long value;

	if (text == NULL || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	value = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' ? value : 0;
}

static unsigned
watchdog_ms(void)
{
	unsigned long long half = environment_number("WATCHDOG_USEC") / 2000;
	unsigned long long pid = environment_number("WATCHDOG_PID");

	if (getenv("WATCHDOG_PID") != NULL &&
	    pid != (unsigned long long)getpid())
		return 0;
	return half > UINT_MAX ? UINT_MAX : (unsigned)half;
}

int
notify_open(struct notify *notify)
{
	const char *name = getenv("NOTIFY_SOCKET");

	*notify = (struct notify){ .fd = -1 };
	if (name == NULL)
		return 0;
	notify->fd = connect_to(name);
	if (notify->fd != -1)
		notify->watchdog_ms = watchdog_ms();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return notify->fd == -1 ? -1 : 0;
}

void
notify_close(struct notify *notify)
{
	if (notify->fd != -1)
		close(notify->fd);
	*notify = (struct notify){ .fd = -1 };
}

void
notify_send(const struct notify *notify, const char *lines)
{
	/* If its queue is full: the next one says the same, or more. */
	if (notify->fd != -1)
		(void)!send(notify->fd, lines, strlen(lines),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
}

void
notify_ready(const struct notify *notify, const char *format, ...)
{
	char status[256], lines[sizeof(status) + 32];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(status, sizeof(status), format, arguments);
	va_end(arguments);
	snprintf(lines, sizeof(lines), "READY=1\nSTATUS=%s", status);
	notify_send(notify, lines);
}

void
notify_reloading(const struct notify *notify)
{
	struct timespec now = clock_read(CLOCK_MONOTONIC);
	char lines[96];

	/* The time is for Type=notify-reload of later versions. */
	snprintf(lines, sizeof(lines), "RELOADING=1\nMONOTONIC_USEC=%llu",
	    (unsigned long long)now.tv_sec * 1000000 +
	        (unsigned long long)now.tv_nsec / 1000);
	notify_send(notify, lines);
}

void
notify_stopping(const struct notify *notify)
{
	notify_send(notify, "STOPPING=1");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What systemd is told of the program's state: sd_notify(3)'s protocol, a
 * datagram of lines to the socket that NOTIFY_SOCKET names.  It is stable and
 * that page shows how to do without libsystemd, which would bring half a dozen
 * libraries into a program that has privileges.
 *
 * Everything here does nothing where nobody listens.
 */
#ifndef EXFLOW_DAEMON_NOTIFY_H
#define EXFLOW_DAEMON_NOTIFY_H

struct notify {
	int fd; /* -1: nobody listens */
	/* How often NOTIFY_WATCHDOG is expected; half the limit.  0: not. */
	unsigned watchdog_ms;
};

#define NOTIFY_WATCHDOG "WATCHDOG=1"

/*
 * Take NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID from the environment,
 * where they are not left for others.  0, or -1 with errno where there is a
 * socket that cannot be had.
 */
int notify_open(struct notify *notify);
void notify_close(struct notify *notify);

/* Lines: "READY=1", "STATUS=…", "WATCHDOG=1". */
void notify_send(const struct notify *notify, const char *lines);
/* READY=1 with a status as in printf(3). */
__attribute__((format(printf, 2, 3))) void notify_ready(
    const struct notify *notify, const char *format, ...);
/* RELOADING=1; notify_ready follows. */
void notify_reloading(const struct notify *notify);
void notify_stopping(const struct notify *notify);

#endif

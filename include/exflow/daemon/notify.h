/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notification of systemd, by the protocol of sd_notify(3): a datagram of
 * lines to the socket that NOTIFY_SOCKET names.  The protocol is stable, and
 * that page shows how to do without libsystemd, which would bring half a dozen
 * libraries into a program that has privileges.
 *
 * Without NOTIFY_SOCKET all functions do nothing.
 */
#ifndef EXFLOW_DAEMON_NOTIFY_H
#define EXFLOW_DAEMON_NOTIFY_H

struct notify {
	int fd; /* -1: systemd does not listen */
	/* Half the time after which systemd restarts us.  0: no watchdog. */
	unsigned watchdog_ms;
};

#define NOTIFY_WATCHDOG "WATCHDOG=1"

/*
 * Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and remove them from the
 * environment.  0, or -1 with errno if the socket cannot be connected.
 */
int notify_open(struct notify *notify);
void notify_close(struct notify *notify);

/* Send lines such as "READY=1", "STATUS=…", "WATCHDOG=1". */
void notify_send(const struct notify *notify, const char *lines);
/* READY=1 with a status as in printf(3). */
__attribute__((format(printf, 2, 3))) void notify_ready(
    const struct notify *notify, const char *format, ...);
/* RELOADING=1; notify_ready has to follow. */
void notify_reloading(const struct notify *notify);
void notify_stopping(const struct notify *notify);

#endif

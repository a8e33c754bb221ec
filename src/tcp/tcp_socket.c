/* SPDX-License-Identifier: BSD-2-Clause */
/* What a connection asks of its socket. */
#include <config.h>

#include "tcp_socket.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h> /* its tcp_info knows the peer's window */
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEEPALIVE_PROBES 3

static void
set_int(int fd, int level, int name, int value)
{
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

/*
 * No delay: messages are written whole, so nothing is gained by waiting for
 * more.  Keepalive probes find a peer that vanished, within silence_ms.
 */
static void
socket_options(int fd, uint32_t silence_ms)
{
	int idle = (int)(silence_ms / 1000 / (KEEPALIVE_PROBES + 1));

	set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle > 0 ? idle : 1);
	set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, idle > 0 ? idle : 1);
	set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
	set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)silence_ms);
}

int
tcp_socket_new(const struct addrinfo *address, const struct addrinfo *source,
    uint32_t silence_ms)
{
	int fd = socket(
	    address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int code;

	if (fd < 0)
		return -1;
	socket_options(fd, silence_ms);
	if (source == NULL ||
	    bind(fd, source->ai_addr, source->ai_addrlen) == 0)
		return fd;
	code = errno;
	close(fd);
	errno = code;
	return -1;
}

int
tcp_socket_unacknowledged(int fd, uint64_t *octets)
{
	int queued = 0;

	if (ioctl(fd, SIOCOUTQ, &queued) != 0 || queued < 0)
		return -1;
	*octets = (uint64_t)queued;
	return 0;
}

int
tcp_socket_window(int fd, uint32_t *octets)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 ||
	    length < offsetof(struct tcp_info, tcpi_snd_wnd) +
	                 sizeof(info.tcpi_snd_wnd))
		return -1;
	*octets = info.tcpi_snd_wnd;
	return 0;
}

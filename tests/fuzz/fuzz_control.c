/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a client says to the control socket, in pieces as the first octet
 * wants, and what the probe's run makes of it, live filters included.  The
 * probe and the reports are played: their functions are wrapped (see local.mk).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../src/run/requests.h"
#include "scratch.h"

#define EXCHANGES 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct probe_run run = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.reloaded = PTHREAD_COND_INITIALIZER,
};
static struct sockaddr_un address = { .sun_family = AF_UNIX };

/* --- the run, as the requests know it */

int __wrap_report_snapshot(struct status *status, const struct run_start *start,
    struct exporter *exporter, struct probe *probe);
void __wrap_probe_flush(struct probe *probe);
void __wrap_exporter_rotate(struct exporter *exporter);
int __wrap_pthread_kill(pthread_t thread, int number);
uint64_t __wrap_probe_visit(
    struct probe *probe, probe_visitor *visitor, void *context);

int
__wrap_report_snapshot(struct status *status, const struct run_start *start,
    struct exporter *exporter, struct probe *probe)
{
	scratch_expect(start == &run.start);
	scratch_expect(exporter == NULL && probe == NULL);
	memset(status, 0, sizeof(*status));
	return 0;
}

void
__wrap_probe_flush(struct probe *probe)
{
	scratch_expect(probe == NULL);
}

void
__wrap_exporter_rotate(struct exporter *exporter)
{
	scratch_expect(exporter == NULL);
}

/* SIGHUP to the main thread, which reloads at once; every other time it is
 * not valid.  The caller holds the lock. */
int
__wrap_pthread_kill(pthread_t thread, int number)
{
	(void)thread;
	scratch_expect(number == SIGHUP && run.reload_pending);
	run.reloads++;
	run.reloads_failed += run.reloads % 2;
	run.reload_pending = false;
	return 0;
}

uint64_t
__wrap_probe_visit(struct probe *probe, probe_visitor *visitor, void *context)
{
	uint64_t found = 0;
	struct exchange all[EXCHANGES] = {
		{ .address = { { 10, 0, 0, 1 }, { 192, 0, 2, 1 } },
		    .port = { 40000, 80 },
		    .protocol = PROTOCOL_TCP,
		    .ip_version = 4 },
		{ .address = { { 10, 0, 0, 2 }, { 192, 0, 2, 53 } },
		    .port = { 40001, 53 },
		    .protocol = PROTOCOL_UDP,
		    .ip_version = 4 },
		{ .address = { { 0xfd, 0, [15] = 1 }, { 0x20, 1, 0x0d, 0xb8 } },
		    .port = { 40002, 443 },
		    .protocol = PROTOCOL_TCP,
		    .ip_version = 6 },
	};

	(void)probe;
	for (size_t i = 0; i < EXCHANGES; i++)
		found += visitor(context, &all[i]);
	return found;
}

/* --- the client */

static void
stop(void)
{
	requests_close(&run);
}

static void
start(void)
{
	static struct settings settings;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/control",
	    scratch_folder());
	settings.control = address.sun_path;
	run.settings = &settings;
	scratch_expect(requests_open(&run) == 0);
	atexit(stop);
}

/* An answer is "ok" and what was asked for, or one line about an error. */
static void
check_answer(int fd)
{
	char answer[65536];
	size_t length = 0;
	ssize_t n;

	do {
		n = recv(fd, answer + length, sizeof(answer) - 1 - length, 0);
		length += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR)); /* libFuzzer's alarm */
	/* Whoever says more than a line is cut off behind the answer. */
	scratch_expect(n == 0 || errno == ECONNRESET || errno == EPIPE);
	answer[length] = '\0';
	if (length == 0 || strncmp(answer, "ok\n", 3) == 0)
		return;
	scratch_expect(strncmp(answer, "error: ", 7) == 0 ||
	               strncmp(answer, "usage: ", 7) == 0);
	scratch_expect(length > 8);
	scratch_expect(strchr(answer, '\n') == answer + length - 1);
}

/* The server may have closed already; that is no matter. */
static void
say(int fd, const uint8_t *data, size_t size, size_t piece)
{
	while (size > 0) {
		size_t length = piece < size ? piece : size;

		ssize_t n = send(fd, data, length, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		data += n;
		size -= (size_t)n;
	}
	shutdown(fd, SHUT_WR);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd;

	if (size == 0 || size > 4 * CONTROL_LINE_MAX)
		return 0;
	if (run.settings == NULL)
		start();
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	scratch_expect(fd != -1);
	scratch_expect(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	say(fd, data + 1, size - 1, data[0] == 0 ? size : data[0]);
	check_answer(fd);
	close(fd);
	return 0;
}

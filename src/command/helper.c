/* SPDX-License-Identifier: BSD-2-Clause */
/* exflow's side of the helper; see exflow/command/helper.h. */
#include <config.h>

#include "exflow/command/helper.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire.h"

struct helper {
	int fd;
};

/* --- the start */

/* The helper's first answer.  0, or -1 with its message. */
static int
await_ready(int fd, char error[COMMAND_ERROR_SIZE])
{
	char answer[HELPER_TEXT_SIZE];
	ssize_t n;

	do {
		n = recv(fd, answer, sizeof(answer) - 1, 0);
	} while (n == -1 && errno == EINTR);
	if (n > 0 && answer[0] == ANSWER_DONE)
		return 0;
	if (n > 0)
		snprintf(
		    error, COMMAND_ERROR_SIZE, "%.*s", (int)n - 1, answer + 1);
	else
		snprintf(error, COMMAND_ERROR_SIZE, "the helper ended");
	return -1;
}

static struct helper *
refuse(struct helper *helper, char error[COMMAND_ERROR_SIZE])
{
	snprintf(error, COMMAND_ERROR_SIZE,
	    "the helper that runs commands cannot be started: %s",
	    strerror(errno));
	free(helper);
	return NULL;
}

struct helper *
helper_start(
    const struct helper_options *options, char error[COMMAND_ERROR_SIZE])
{
	struct helper *helper = malloc(sizeof(*helper));
	int ends[2];
	pid_t child;

	if (helper == NULL ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return refuse(helper, error);
	fflush(NULL); /* else both processes would write the buffers */
	child = fork();
	if (child == 0) {
		close(ends[0]);
		server_run(ends[1], options);
	}
	close(ends[1]);
	helper->fd = ends[0];
	if (child > 0 && await_ready(helper->fd, error) == 0)
		return helper;
	close(ends[0]);
	if (child == -1)
		return refuse(helper, error);
	free(helper);
	(void)waitpid(child, NULL, 0);
	return NULL;
}

void
helper_stop(struct helper **helper)
{
	if (*helper == NULL)
		return;
	close((*helper)->fd);
	free(*helper);
	*helper = NULL;
}

/* --- runs */

/* The texts, each with its NUL; -1 with errno: they are too long. */
static int
put_texts(const struct helper_run *run, char *octets, struct request *request)
{
	size_t used = 0;

	for (int i = 0; i < REQUEST_TEXTS; i++) {
		const char *text = i == 0 ? run->command : run->values[i - 1];
		size_t length = text == NULL ? 0 : strlen(text);

		if (used + length + 1 > REQUEST_OCTETS_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		if (length > 0)
			memcpy(octets + used, text, length);
		octets[used + length] = '\0';
		used += length + 1;
	}
	request->octets = (uint32_t)used;
	return 0;
}

/* With a descriptor; never waits for a helper that hangs. */
static int
send_request(int to, const struct request *request, char *octets, int passed)
{
	struct request head = *request;
	struct iovec parts[] = { { &head, sizeof(head) },
		{ octets, request->octets } };
	union {
		char octets[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr message = { .msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = control.octets,
		.msg_controllen = sizeof(control.octets) };
	struct cmsghdr *header;

	memset(&control, 0, sizeof(control));
	header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &passed, sizeof(passed));
	return sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT) > 0 ? 0 : -1;
}

int
helper_run(const struct helper *helper, const struct helper_run *run)
{
	struct request request = { .timeout_seconds = run->timeout_seconds };
	char *octets = malloc(REQUEST_OCTETS_MAX);
	int ends[2] = { -1, -1 }, code, result = -1;

	if (octets != NULL && put_texts(run, octets, &request) == 0 &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0)
		result = send_request(helper->fd, &request, octets, ends[1]);
	code = errno;
	free(octets);
	if (ends[1] >= 0)
		close(ends[1]);
	if (result != 0 && ends[0] >= 0)
		close(ends[0]);
	errno = code;
	return result == 0 ? ends[0] : -1;
}

enum helper_event
helper_next(int run, int timeout_ms, char text[HELPER_TEXT_SIZE])
{
	struct pollfd poller = { .fd = run, .events = POLLIN };
	char answer[HELPER_TEXT_SIZE];
	ssize_t n;

	if (poll(&poller, 1, timeout_ms) <= 0)
		return HELPER_NOTHING;
	n = recv(run, answer, sizeof(answer), MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return HELPER_NOTHING;
	if (n <= 0) {
		snprintf(text, HELPER_TEXT_SIZE,
		    "the helper that runs it was ended");
		return HELPER_FAILED;
	}
	snprintf(text, HELPER_TEXT_SIZE, "%.*s", (int)n - 1, answer + 1);
	switch (answer[0]) {
	case ANSWER_LINE:
		return HELPER_LINE;
	case ANSWER_DONE:
		return HELPER_DONE;
	default:
		return HELPER_FAILED;
	}
}

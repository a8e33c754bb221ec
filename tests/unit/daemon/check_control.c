/* SPDX-License-Identifier: BSD-2-Clause */
/* The control socket, with a handler that repeats the request. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

#include "exflow/base/clock.h"
#include "exflow/daemon/control.h"

static char folder[] = "/tmp/exflow-control-XXXXXX";
static struct sockaddr_un address = { .sun_family = AF_UNIX };

static int
repeat(void *context, char *request, FILE *stream, char *error)
{
	(void)context;
	if (strcmp(request, "fail") == 0) {
		snprintf(error, CONTROL_ERROR_SIZE, "it failed");
		return -1;
	}
	if (strcmp(request, "wrong") == 0) {
		snprintf(error, CONTROL_ERROR_SIZE, "expected something else");
		return CONTROL_USAGE;
	}
	fprintf(stream, "%s\n", request);
	return 0;
}

static struct control *
start(void)
{
	char error[CONTROL_ERROR_SIZE];
	struct control *control =
	    control_start(address.sun_path, repeat, NULL, error, sizeof(error));

	assert_non_null(control);
	return control;
}

static int
client_new(void)
{
	struct timeval timeout = { .tv_sec = 60 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void
expect_answer(const char *request, const char *expected)
{
	char answer[CONTROL_ERROR_SIZE + 16];
	size_t length = 0;
	int fd = client_new();
	ssize_t n;

	assert_int_equal(
	    send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	while (
	    (n = recv(fd, answer + length, sizeof(answer) - 1 - length, 0)) > 0)
		length += (size_t)n;
	answer[length] = '\0';
	assert_string_equal(answer, expected);
	close(fd);
}

static void
an_answer_begins_with_how_it_went(void **state)
{
	struct control *control = start();

	(void)state;
	expect_answer("hello\n", "ok\nhello\n");
	expect_answer("fail\n", "error: it failed\n");
	expect_answer("wrong\n", "usage: expected something else\n");
	control_stop(&control);
}

/* They kept others waiting until CONTROL_TIMEOUT_MS dropped them. */
static void
silent_clients_give_way(void **state)
{
	int silent[2 * CONTROL_CLIENTS];
	size_t count = sizeof(silent) / sizeof(silent[0]);
	struct control *control = start();
	uint64_t began;

	(void)state;
	for (size_t i = 0; i < count; i++)
		silent[i] = client_new();
	began = clock_ms();
	expect_answer("hello\n", "ok\nhello\n");
	assert_true(clock_ms() - began < CONTROL_TIMEOUT_MS - 1000);
	for (size_t i = 0; i < count; i++)
		close(silent[i]);
	control_stop(&control);
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(
	    address.sun_path, sizeof(address.sun_path), "%s/control", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_begins_with_how_it_went),
		cmocka_unit_test(silent_clients_give_way),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

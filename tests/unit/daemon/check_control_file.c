/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of the control socket: what is not ours stays. */
#include <config.h>

#include "exflow/daemon/control.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path[96];

static int
begin(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/check_control.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/control", folder);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static int
answer(
    void *context, char *request, FILE *stream, char error[CONTROL_ERROR_SIZE])
{
	(void)context;
	(void)request;
	(void)stream;
	(void)error;
	return 0;
}

static struct control *
started(void)
{
	char error[256];

	return control_start(path, answer, NULL, error, sizeof(error));
}

static bool
is_socket(void)
{
	struct stat file;

	return lstat(path, &file) == 0 && S_ISSOCK(file.st_mode);
}

static void
a_socket_that_a_kill_left_is_replaced(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct control *control;

	(void)state;
	memcpy(address.sun_path, path, strlen(path) + 1);
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	control = started();
	assert_non_null(control);
	assert_true(is_socket());
	control_stop(&control);
	assert_int_equal(access(path, F_OK), -1);
}

static void
a_file_or_a_link_stays(void **state)
{
	char target[128];

	(void)state;
	close(open(path, O_RDWR | O_CREAT | O_EXCL, 0600));
	assert_null(started());
	assert_int_equal(unlink(path), 0);
	snprintf(target, sizeof(target), "%s/target", folder);
	assert_int_equal(symlink(target, path), 0);
	assert_null(started());
	assert_int_equal(access(target, F_OK), -1);
	assert_false(is_socket());
}

static void
what_took_its_place_is_not_removed(void **state)
{
	struct control *control = started();

	(void)state;
	assert_non_null(control);
	assert_int_equal(unlink(path), 0);
	close(open(path, O_RDWR | O_CREAT | O_EXCL, 0600));
	control_stop(&control);
	assert_int_equal(access(path, F_OK), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_socket_that_a_kill_left_is_replaced),
		TEST(a_file_or_a_link_stays),
		TEST(what_took_its_place_is_not_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

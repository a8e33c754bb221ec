/* SPDX-License-Identifier: BSD-2-Clause */
/* Links, pipes, second names, and folders of others. */
#include <config.h>

#include "exflow/base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "exflow/base/publish.h"

static char folder[64], path[96], victim[96];

static int
begin(void **state)
{
	int fd;

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/check_own.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(victim, sizeof(victim), "%s/victim", folder);
	fd = open(victim, O_RDWR | O_CREAT | O_EXCL, 0600);
	close(fd);
	return fd < 0 ? -1 : 0;
}

static int
end(void **state)
{
	(void)state;
	unlink(path);
	unlink(victim);
	return rmdir(folder);
}

static void
assert_refused(int code)
{
	assert_int_equal(own_open(AT_FDCWD, path, O_RDWR | O_CREAT, 0600), -1);
	assert_int_equal(errno, code);
	assert_int_equal(own_open(AT_FDCWD, path, O_WRONLY, 0600), -1);
}

static void
a_file_of_ours_is_opened(void **state)
{
	int fd = own_open(AT_FDCWD, path, O_RDWR | O_CREAT, 0600);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	fd = own_open(AT_FDCWD, path, O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(
	    own_open(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL, 0600), -1);
}

static void
a_link_is_refused(void **state)
{
	(void)state;
	assert_int_equal(symlink(victim, path), 0);
	assert_refused(ELOOP);
}

static void
a_link_to_nothing_makes_nothing(void **state)
{
	(void)state;
	assert_int_equal(unlink(victim), 0);
	assert_int_equal(symlink(victim, path), 0);
	assert_refused(ELOOP);
	assert_int_equal(access(victim, F_OK), -1);
}

static void
a_second_name_is_refused(void **state)
{
	(void)state;
	assert_int_equal(link(victim, path), 0);
	assert_refused(EPERM);
}

static void
a_pipe_is_refused_without_waiting(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(EPERM);
}

static void
need_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void
a_file_of_another_user_is_refused(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(chown(victim, 1, 1), 0);
	assert_int_equal(rename(victim, path), 0);
	assert_refused(EPERM);
}

static int
folder_opened(uid_t owner, mode_t mode)
{
	int fd;

	assert_int_equal(chown(folder, owner, (gid_t)-1), 0);
	assert_int_equal(chmod(folder, mode), 0);
	fd = own_folder_open(folder);
	if (fd >= 0)
		close(fd);
	return fd >= 0 ? 0 : errno;
}

static void
a_folder_in_which_others_exchange_files_is_refused(void **state)
{
	char *temporary;

	(void)state;
	assert_int_equal(folder_opened(geteuid(), 0755), 0);
	need_root();
	assert_int_equal(folder_opened(1, 0755), 0);
	assert_int_equal(folder_opened(0, 01777), 0);
	assert_int_equal(folder_opened(1, 0777), EPERM);
	assert_int_equal(folder_opened(1, 01777), EPERM);
	assert_int_equal(publish_create(path, &temporary), -1);
	assert_int_equal(errno, EPERM);
	assert_null(temporary);
}

static void
a_private_folder_is_ours_alone(void **state)
{
	int fd = own_folder_open_private(folder);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(symlink(folder, path), 0);
	assert_int_equal(own_folder_open_private(path), -1);
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(own_folder_open_private(folder), -1);
	assert_int_equal(errno, EPERM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_of_ours_is_opened),
		TEST(a_link_is_refused),
		TEST(a_link_to_nothing_makes_nothing),
		TEST(a_second_name_is_refused),
		TEST(a_pipe_is_refused_without_waiting),
		TEST(a_file_of_another_user_is_refused),
		TEST(a_folder_in_which_others_exchange_files_is_refused),
		TEST(a_private_folder_is_ours_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

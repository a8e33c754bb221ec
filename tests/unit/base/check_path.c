/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder with "file", and "shut", in which only root can make anything. */
static char folder[32];

static int
folder_begin(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/check_path.XXXXXX");
	if (mkdtemp(folder) == NULL || chdir(folder) != 0 ||
	    mkdir("shut", 0500) != 0)
		return -1;
	return close(open("file", O_CREAT | O_WRONLY, 0600));
}

static int
folder_end(void **state)
{
	(void)state;
	return unlink("file") == 0 && rmdir("shut") == 0 ? rmdir(folder) : -1;
}

#define assert_no(code, call)                                                  \
	do {                                                                   \
		errno = 0;                                                     \
		assert_int_equal(call, -1);                                    \
		assert_int_equal(errno, code);                                 \
	} while (0)

static void
a_file_needs_its_folder(void **state)
{
	(void)state;
	assert_int_equal(path_check_file("new"), 0);
	assert_int_equal(path_check_file("file"), 0);
	assert_int_equal(path_check_file("./new"), 0);
	assert_no(ENOENT, path_check_file("none/new"));
	assert_no(ENOTDIR, path_check_file("file/new"));
	assert_no(EISDIR, path_check_file("shut"));
	assert_int_equal(access("new", F_OK), -1);
}

static void
a_folder_that_is_there_must_be_one(void **state)
{
	(void)state;
	assert_int_equal(path_check_folder("."), 0);
	assert_int_equal(path_check_folder("/tmp"), 0);
	assert_no(ENOENT, path_check_folder("none"));
	assert_no(ENOTDIR, path_check_folder("file"));
}

static void
a_new_folder_needs_the_first_one_above_that_is_there(void **state)
{
	(void)state;
	assert_int_equal(path_check_new_folder("a"), 0);
	assert_int_equal(path_check_new_folder("a/b/c/"), 0);
	assert_int_equal(path_check_new_folder("."), 0);
	assert_int_equal(path_check_new_folder("/tmp//"), 0);
	assert_no(ENOTDIR, path_check_new_folder("file"));
	assert_no(ENOTDIR, path_check_new_folder("file/a/b"));
	assert_int_equal(access("a", F_OK), -1);
}

static void
permissions_are_those_of_the_user(void **state)
{
	(void)state;
	if (geteuid() == 0)
		skip();
	assert_no(EACCES, path_check_folder("shut"));
	assert_no(EACCES, path_check_file("shut/new"));
	assert_no(EACCES, path_check_new_folder("shut/a/b"));
	assert_no(EACCES, path_check_file("/new"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_needs_its_folder),
		cmocka_unit_test(a_folder_that_is_there_must_be_one),
		cmocka_unit_test(
		    a_new_folder_needs_the_first_one_above_that_is_there),
		cmocka_unit_test(permissions_are_those_of_the_user),
	};

	return cmocka_run_group_tests(tests, folder_begin, folder_end);
}

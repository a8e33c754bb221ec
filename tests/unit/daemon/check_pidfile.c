/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/daemon/pidfile.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path[96];

static int
begin(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/check_pidfile.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/exflow.pid", folder);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static struct pidfile *
opened(void)
{
	char error[256] = "";
	struct pidfile *pidfile = pidfile_open(path, error, sizeof(error));

	if (pidfile == NULL)
		fail_msg("%s", error);
	return pidfile;
}

static long
content(void)
{
	FILE *file = fopen(path, "r");
	char line[64] = "";

	assert_non_null(file);
	(void)!fgets(line, sizeof(line), file);
	fclose(file);
	return strtol(line, NULL, 10);
}

static void
it_holds_our_process_id_and_goes_with_us(void **state)
{
	struct pidfile *pidfile = opened();

	(void)state;
	assert_int_equal(content(), getpid());
	pidfile_close(&pidfile);
	assert_null(pidfile);
	assert_int_equal(access(path, F_OK), -1);
	pidfile_close(&pidfile);
}

/* A process that holds the file until it is killed. */
static pid_t
holder(void)
{
	char error[256], octet;
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		if (pidfile_open(path, error, sizeof(error)) == NULL ||
		    write(ends[1], "", 1) != 1)
			_exit(1);
		alarm(30);
		pause();
		_exit(0);
	}
	close(ends[1]);
	assert_true(child > 0);
	assert_int_equal(read(ends[0], &octet, 1), 1);
	close(ends[0]);
	return child;
}

static void
a_second_one_is_refused_and_told_who_runs(void **state)
{
	char error[256], expected[256];
	pid_t child = holder();

	(void)state;
	assert_null(pidfile_open(path, error, sizeof(error)));
	snprintf(expected, sizeof(expected),
	    "pid_file %s: exflow runs already, process %ld", path, (long)child);
	assert_string_equal(error, expected);
	assert_int_equal(content(), child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void
what_a_dead_one_left_is_taken_over(void **state)
{
	pid_t child = holder();
	struct pidfile *pidfile;

	(void)state;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(content(), child);
	pidfile = opened();
	assert_int_equal(content(), getpid());
	pidfile_close(&pidfile);
}

static void
the_folder_is_named_that_is_not_there(void **state)
{
	char error[256], missing[128];

	(void)state;
	snprintf(missing, sizeof(missing), "%s/none/exflow.pid", folder);
	assert_null(pidfile_open(missing, error, sizeof(error)));
	assert_non_null(strstr(error, "none/exflow.pid: No such file"));
}

static void
a_link_is_not_followed(void **state)
{
	char error[256], target[128];

	(void)state;
	snprintf(target, sizeof(target), "%s/target", folder);
	assert_int_equal(symlink(target, path), 0);
	assert_null(pidfile_open(path, error, sizeof(error)));
	assert_int_equal(access(target, F_OK), -1);
}

/* What was in it would be cut off. */
static void
a_second_name_of_a_file_is_refused(void **state)
{
	char error[256], target[128], text[16] = "";
	int fd;

	(void)state;
	snprintf(target, sizeof(target), "%s/target", folder);
	fd = open(target, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_int_equal(write(fd, "precious", 8), 8);
	assert_int_equal(link(target, path), 0);
	assert_null(pidfile_open(path, error, sizeof(error)));
	assert_int_equal(pread(fd, text, sizeof(text), 0), 8);
	close(fd);
	assert_int_equal(unlink(target), 0);
}

static void
a_pipe_is_refused_at_once(void **state)
{
	char error[256];

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(pidfile_open(path, error, sizeof(error)));
}

/* Somebody put another file in its place. */
static void
a_foreign_file_is_not_removed(void **state)
{
	struct pidfile *pidfile = opened();
	int fd;

	(void)state;
	assert_int_equal(unlink(path), 0);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	close(fd);
	pidfile_close(&pidfile);
	assert_int_equal(access(path, F_OK), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_holds_our_process_id_and_goes_with_us),
		TEST(a_second_one_is_refused_and_told_who_runs),
		TEST(what_a_dead_one_left_is_taken_over),
		TEST(the_folder_is_named_that_is_not_there),
		TEST(a_link_is_not_followed),
		TEST(a_second_name_of_a_file_is_refused),
		TEST(a_pipe_is_refused_at_once),
		TEST(a_foreign_file_is_not_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

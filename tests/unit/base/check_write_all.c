/* SPDX-License-Identifier: BSD-2-Clause */
/* The system takes what this test's pwrite() says, which stands before it. */
#include <config.h>

#include "exflow/base/write_all.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What each call does: so many octets are taken, or minus errno. */
static const int *script;
static char file[32];

ssize_t
pwrite(int fd, const void *octets, size_t length, off_t offset)
{
	int step = *script++;

	(void)fd;
	if (step < 0) {
		errno = -step;
		return -1;
	}
	if ((size_t)step < length)
		length = (size_t)step;
	memcpy(file + offset, octets, length);
	return (ssize_t)length;
}

static void
all_is_written_however_little_is_taken(void **state)
{
	const int steps[] = { 1, -EINTR, 2, 100 };
	size_t done = 0;

	(void)state;
	script = steps;
	assert_int_equal(write_all_at(3, "records", 7, 5, &done), 0);
	assert_int_equal(done, 7);
	assert_memory_equal(file, "\0\0\0\0\0records\0", 13);
	assert_ptr_equal(script, steps + 4);
	assert_int_equal(write_all_at(3, NULL, 0, 0, NULL), 0);
}

static void
what_was_written_before_an_error_is_told(void **state)
{
	const int full[] = { 3, -ENOSPC }, nothing[] = { 2, 0 };
	size_t done = 0;

	(void)state;
	script = full;
	errno = 0;
	assert_int_equal(write_all_at(3, "records", 7, 0, &done), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(done, 3);
	/* Taking nothing for ever is an error, too. */
	script = nothing;
	assert_int_equal(write_all_at(3, "records", 7, 0, &done), -1);
	assert_int_equal(errno, EIO);
	assert_int_equal(done, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_written_however_little_is_taken),
		cmocka_unit_test(what_was_written_before_an_error_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

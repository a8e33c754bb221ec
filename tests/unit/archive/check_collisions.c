/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Archives whose names collide, and many files that wait to be finished.  The
 * calls are counted, not the time.  Files that are there may be simulated:
 *
 *	2214.ipfix  2214.1.ipfix … 2214.150000.ipfix   lstat says so
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "exflow/base/publish.h"

#include "../export_fixture.h"

#define BEGIN INT64_C(1700000040) /* 2023-11-14 22:14:00 UTC */
#define COLLIDING 10000
#define DESCRIPTORS_MAX 100 /* of the process; 64 of files that wait */

static char folder[] = "/tmp/check_collisions.XXXXXX";
static struct fixture_message template, types;
static struct destination_options options;

/* --- the folder, its calls, and what others do in it */

static atomic_ulong looks;  /* lstat and renames */
static unsigned long there; /* so many numbers are taken; simulated */
static unsigned others_win; /* so many renames find the name taken by then */
static bool slow;           /* a sync takes long, and descriptors count */
static atomic_uint descriptors;

int __real_lstat(const char *path, struct stat *status);
int __wrap_lstat(const char *path, struct stat *status);
int __real_renameat2(
    int a, const char *from, int b, const char *to, unsigned flags);
int __wrap_renameat2(
    int a, const char *from, int b, const char *to, unsigned flags);
int __wrap_fsync(int fd);

static bool
is_simulated(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	unsigned long number;
	char *end;

	if (there == 0 || strncmp(name, "2214.", 5) != 0)
		return false;
	if (strcmp(name, "2214.ipfix") == 0)
		return true;
	number = strtoul(name + 5, &end, 10);
	return number > 0 && number <= there && strcmp(end, ".ipfix") == 0;
}

int
__wrap_lstat(const char *path, struct stat *status)
{
	looks++;
	return is_simulated(path) ? 0 : __real_lstat(path, status);
}

int
__wrap_renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
	looks++;
	if (is_simulated(to)) {
		errno = EEXIST;
		return -1;
	}
	if (others_win > 0) {
		others_win--;
		close(open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	}
	return __real_renameat2(a, from, b, to, flags);
}

static unsigned
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

/* The finisher's, of a file or a folder; no disk takes part. */
int
__wrap_fsync(int fd)
{
	const struct timespec wait = { .tv_nsec = 200 * 1000 };
	unsigned n;

	(void)fd;
	if (!slow)
		return 0;
	n = count_descriptors();
	if (n > descriptors)
		descriptors = n;
	nanosleep(&wait, NULL);
	return 0;
}

/* --- the archive */

static int
set_up(void **state)
{
	(void)state;
	looks = there = 0;
	others_win = 0;
	slow = false;
	descriptors = 0;
	destination_options_init(&options);
	options.archive.rotate_seconds = 60;
	snprintf(folder, sizeof(folder), "/tmp/check_collisions.XXXXXX");
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	fixture_remove_folder(folder);
	return 0;
}

static struct destination *
started(void)
{
	char spec[64];
	struct destination *d;

	snprintf(spec, sizeof(spec), "archive:%s/%%H%%M.ipfix", folder);
	d = fixture_destination(spec, &options);
	if (d->ops->start(d) != 0)
		fail_msg("%s", d->error);
	fixture_templates(d, &template, &types);
	(void)d->ops->turn(d, timestamp_from(BEGIN, 0));
	return d;
}

/* Files of one record each, which all want the same name. */
static void
put_files(struct destination *d, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		fixture_data(d, 1, 'a');
		d->ops->rotate(d);
	}
}

static void
finish(struct destination **d, unsigned records)
{
	assert_int_equal((*d)->ops->finish(*d), 0);
	assert_true(destination_balanced(&(*d)->counts));
	assert_int_equal((*d)->counts.delivered, records);
	assert_int_equal((*d)->counts.files, records);
	destination_free(d);
}

static bool
is_there(const char *name)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return __real_lstat(path, &status) == 0;
}

static void
make(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	close(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

/* --- tests */

/* They cost 145 s of processor time: each looked at all numbers before it. */
static void
ten_thousand_names_that_collide_cost_a_few_looks_each(void **state)
{
	struct destination *d = started();

	(void)state;
	put_files(d, COLLIDING);
	finish(&d, COLLIDING);
	assert_true(is_there("2214.ipfix"));
	assert_true(is_there("2214.9999.ipfix"));
	assert_in_range(looks, COLLIDING, 6 * COLLIDING);
}

static void
after_a_restart_the_free_number_is_found_in_a_few_looks(void **state)
{
	struct destination *d;

	(void)state;
	there = COLLIDING;
	d = started();
	put_files(d, 3);
	finish(&d, 3);
	assert_true(is_there("2214.10001.ipfix"));
	assert_true(is_there("2214.10003.ipfix"));
	assert_in_range(looks, 20, 100);
}

/* They were lost: the search ended at 100,000. */
static void
beyond_a_hundred_thousand_files_nothing_is_lost(void **state)
{
	struct destination *d;

	(void)state;
	there = 100001;
	d = started();
	put_files(d, 2);
	finish(&d, 2);
	assert_true(is_there("2214.100002.ipfix"));
	assert_true(is_there("2214.100003.ipfix"));
}

static void
files_that_others_make_are_left_alone(void **state)
{
	struct destination *d = started();

	(void)state;
	put_files(d, 3);
	make("2214.3.ipfix.gz");
	make("2214.4.ipfix");
	put_files(d, 1);
	finish(&d, 4);
	assert_true(is_there("2214.2.ipfix"));
	assert_false(is_there("2214.3.ipfix"));
	assert_true(is_there("2214.5.ipfix"));
}

/* Between the look and the rename. */
static void
a_name_that_another_takes_first_is_not_replaced(void **state)
{
	struct destination *d;

	(void)state;
	make("2214.ipfix");
	others_win = 20;
	d = started();
	put_files(d, 1);
	finish(&d, 1);
	assert_true(is_there("2214.1.ipfix"));
	assert_true(is_there("2214.21.ipfix"));
}

/* Each one that waited held a descriptor, and there were as many as came. */
static void
files_that_wait_to_be_finished_hold_few_descriptors(void **state)
{
	struct destination *d = started();

	(void)state;
	slow = true;
	put_files(d, 1000);
	finish(&d, 1000);
	assert_in_range(descriptors, 10, DESCRIPTORS_MAX);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ten_thousand_names_that_collide_cost_a_few_looks_each),
		TEST(after_a_restart_the_free_number_is_found_in_a_few_looks),
		TEST(beyond_a_hundred_thousand_files_nothing_is_lost),
		TEST(files_that_others_make_are_left_alone),
		TEST(a_name_that_another_takes_first_is_not_replaced),
		TEST(files_that_wait_to_be_finished_hold_few_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

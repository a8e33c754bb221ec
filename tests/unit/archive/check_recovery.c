/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that a run which was killed left behind. */
#include <config.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/publish.h"

#include "../../../src/archive/recovery.h"
#include "../export_fixture.h"

#define RECORDS 3
#define TORN 7
#define FILE_OCTETS (28 + 2 * 32) /* whole ones */

static char folder[32], path[64];

/* A template of one number, then two messages of three of it, and a bit. */
static const uint8_t file_octets[FILE_OCTETS + TORN] = { 0, 10, 0, 28, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 1,                        /* header */
	0, 2, 0, 12, 1, 0, 0, 1, 0, 8, 0, 4,              /* template 256 */
	0, 10, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, /* header */
	1, 0, 0, 16, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3,  /* data */
	0, 10, 0, 32, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1, /* header */
	1, 0, 0, 16, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6,  /* data */
	0, 10, 0, 32, 0, 0, 0 };

static int
set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/check_recovery.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/day.ipfix", folder);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	return fixture_remove_folder(folder);
}

/* In the folder; an open descriptor. */
static int
make(const char *name, size_t octets)
{
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, file_octets, octets), (ssize_t)octets);
	return fd;
}

static char *
recovered_as(const char *temporary, const char *name, bool numbered,
    struct recovery_counts *recovered)
{
	char from[64], to[64];

	snprintf(from, sizeof(from), "%s/%s", folder, temporary);
	snprintf(to, sizeof(to), "%s/%s", folder, name);
	return recovery_file("test", from, to, numbered, NULL, recovered);
}

/* Octets of a file in the folder; -1: it is not there. */
static long
size_of(const char *name)
{
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return stat(path, &status) == 0 ? (long)status.st_size : -1;
}

static void
expect_recovered_as(const char *temporary, bool numbered, const char *expected)
{
	struct recovery_counts recovered = { 0, 0 };
	char *name = recovered_as(temporary, "day.ipfix", numbered, &recovered);

	assert_non_null(name);
	assert_string_equal(strrchr(name, '/') + 1, expected);
	free(name);
	assert_int_equal(recovered.files, 1);
	assert_int_equal(recovered.records, 2 * RECORDS);
	assert_int_equal(size_of(expected), FILE_OCTETS);
	assert_int_equal(size_of(temporary), -1);
}

static void
whole_messages_are_kept_under_the_name(void **state)
{
	(void)state;
	close(make(".day.ipfix.01abef", sizeof(file_octets)));
	expect_recovered_as(".day.ipfix.01abef", false, "day.ipfix");
}

static void
a_name_that_is_taken_is_never_overwritten(void **state)
{
	(void)state;
	close(make("day.ipfix", 5));
	close(make("day.1.ipfix.gz", 6));
	close(make(".day.ipfix.01abef", FILE_OCTETS));
	expect_recovered_as(".day.ipfix.01abef", false, "day.2.ipfix");
	assert_int_equal(size_of("day.ipfix"), 5);
	assert_int_equal(size_of("day.1.ipfix.gz"), 6);
}

static void
numbered_is_never_the_name_itself(void **state)
{
	(void)state;
	close(make(".day.ipfix.01abef", FILE_OCTETS));
	expect_recovered_as(".day.ipfix.01abef", true, "day.1.ipfix");
}

static void
a_file_in_use_is_left_alone(void **state)
{
	struct recovery_counts recovered = { 0, 0 };
	int fd = make(".day.ipfix.01abef", FILE_OCTETS);

	(void)state;
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_null(
	    recovered_as(".day.ipfix.01abef", "day.ipfix", false, &recovered));
	assert_int_equal(recovered.files, 0);
	assert_int_equal(size_of(".day.ipfix.01abef"), FILE_OCTETS);
	close(fd);
	expect_recovered_as(".day.ipfix.01abef", false, "day.ipfix");
}

static void
a_file_without_a_record_goes(void **state)
{
	static const size_t octets[] = { 0, 10, 28, 40, 59 };
	struct recovery_counts recovered = { 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(octets) / sizeof(octets[0]); i++) {
		close(make(".day.ipfix.01abef", octets[i]));
		assert_null(recovered_as(
		    ".day.ipfix.01abef", "day.ipfix", false, &recovered));
		assert_int_equal(size_of(".day.ipfix.01abef"), -1);
	}
	assert_int_equal(recovered.files + recovered.records, 0);
}

static void
a_file_that_is_not_ours_stays(void **state)
{
	struct recovery_counts recovered = { 0, 0 };
	char from[64], to[64];
	int fd = make(".day.ipfix.01abef", 0);

	(void)state;
	assert_int_equal(write(fd, "notes of somebody", 17), 17);
	close(fd);
	assert_null(
	    recovered_as(".day.ipfix.01abef", "day.ipfix", false, &recovered));
	assert_int_equal(size_of(".day.ipfix.01abef"), 17);
	close(make("victim", sizeof(file_octets)));
	snprintf(from, sizeof(from), "%s/victim", folder);
	snprintf(to, sizeof(to), "%s/.day.ipfix.01abee", folder);
	assert_int_equal(link(from, to), 0);
	assert_null(
	    recovered_as(".day.ipfix.01abee", "day.ipfix", false, &recovered));
	assert_int_equal(unlink(to), 0);
	assert_int_equal(symlink(from, to), 0);
	assert_null(
	    recovered_as(".day.ipfix.01abee", "day.ipfix", false, &recovered));
	assert_int_equal(size_of("victim"), sizeof(file_octets));
	assert_int_equal(recovered.files + recovered.records, 0);
}

static void
only_temporary_names_are_such(void **state)
{
	static const char *const strange[] = { "", ".", "day.ipfix",
		".day.ipfix", ".day.ipfix.01abe", ".day.ipfix.01abeg",
		".day.ipfix.01ABEF", "day.ipfix.01abef", "..01abef",
		".day.ipfix.01abef0" };
	char *name = publish_final_name(".day.ipfix.01abef");

	(void)state;
	assert_string_equal(name, "day.ipfix");
	free(name);
	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++)
		assert_null(publish_final_name(strange[i]));
}

/* --- destinations */

static struct destination *
destination(
    const char *kind, const char *name, enum archive_compression compression)
{
	struct destination_options options;
	char whole[128];

	destination_options_init(&options);
	options.archive.compression = compression;
	snprintf(whole, sizeof(whole), "%s:%s/%s", kind, folder, name);
	return fixture_destination(whole, &options);
}

static void
expect_recovered(struct destination **d, uint64_t files)
{
	static struct fixture_message template, types;

	assert_int_equal((*d)->ops->start(*d), 0);
	fixture_templates(*d, &template, &types);
	assert_int_equal((*d)->ops->finish(*d), 0);
	assert_true(destination_balanced(&(*d)->counts));
	assert_int_equal((*d)->counts.recovered, files * 2 * RECORDS);
	assert_int_equal((*d)->counts.delivered, files * 2 * RECORDS);
	assert_int_equal((*d)->counts.files, files);
	destination_free(d);
}

static void
an_archive_takes_up_what_is_its_own(void **state)
{
	struct destination *d = destination("archive", "%H%M.ipfix", 0);
	int fd;

	(void)state;
	close(make("1200.ipfix", 4));
	close(make(".1200.ipfix.01abef", FILE_OCTETS));
	close(make(".1205.ipfix.000000", sizeof(file_octets)));
	close(make(".12x5.ipfix.000000", FILE_OCTETS));
	fd = make(".1210.ipfix.000000", FILE_OCTETS);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	expect_recovered(&d, 2);
	close(fd);
	assert_int_equal(size_of("1200.ipfix"), 4);
	assert_int_equal(size_of("1200.1.ipfix"), FILE_OCTETS);
	assert_int_equal(size_of("1205.ipfix"), FILE_OCTETS);
	assert_int_equal(size_of(".12x5.ipfix.000000"), FILE_OCTETS);
	assert_int_equal(size_of(".1210.ipfix.000000"), FILE_OCTETS);
}

static void
templates_behind_data_count_their_records(void **state)
{
	static struct fixture_message m;
	struct destination *d = destination("ipfix", "day.ipfix", 0);
	struct recovery_counts recovered = { 0, 0 };
	int fd = make(".day.ipfix.01abef", 0);
	uint64_t records = 0;

	(void)state;
	for (uint32_t i = 1; i <= 3; i++) {
		fixture_template(&m, 0x100 + i);
		assert_int_equal(write(fd, m.octets, m.message.length), 28);
		fixture_set(&m, MESSAGE_DATA, i, 0x100 + i, 8 * i);
		assert_int_equal(
		    write(fd, m.octets, m.message.length), 20 + 8 * i);
		records += i;
	}
	close(fd);
	recovery_beside("ipfix", path, &recovered);
	assert_int_equal(recovered.records, 0); /* not of that name */
	snprintf(path, sizeof(path), "%s/day.ipfix", folder);
	recovery_beside("ipfix", path, &recovered);
	assert_int_equal(recovered.records, records);
	assert_int_equal(size_of("day.1.ipfix"), 3 * 28 + 3 * 20 + 6 * 8);
	destination_free(&d);
}

static void
compression_that_was_cut_off_begins_anew(void **state)
{
	struct destination *d =
	    destination("archive", "%H%M.ipfix", ARCHIVE_GZIP);

	(void)state;
	close(make("1200.ipfix", FILE_OCTETS));
	close(make("1205.ipfix", FILE_OCTETS)); /* was not being compressed */
	close(make(".1200.ipfix.gz.01abef", 10));
	close(make(".1210.ipfix.01abef", FILE_OCTETS));
	expect_recovered(&d, 1);
	assert_int_equal(size_of("1200.ipfix"), -1);
	assert_true(size_of("1200.ipfix.gz") > 20);
	assert_int_equal(size_of(".1200.ipfix.gz.01abef"), -1);
	assert_int_equal(size_of("1205.ipfix"), FILE_OCTETS);
	assert_true(size_of("1210.ipfix.gz") > 20);
	assert_int_equal(size_of("1210.ipfix"), -1);
}

static void
a_file_of_the_same_name_is_put_aside(void **state)
{
	struct destination *d = destination("ipfix", "day.ipfix", 0);

	(void)state;
	close(make(".day.ipfix.01abef", sizeof(file_octets)));
	close(make(".night.ipfix.01abef", FILE_OCTETS));
	expect_recovered(&d, 1);
	assert_int_equal(size_of("day.1.ipfix"), FILE_OCTETS);
	assert_true(size_of("day.ipfix") > 0);
	assert_int_equal(size_of(".night.ipfix.01abef"), FILE_OCTETS);
}

/* --- the moment between the making of a file and its lock */

static atomic_bool stop;

static void *
recover_all(void *argument)
{
	struct recovery_counts recovered = { 0, 0 };

	while (!atomic_load(&stop))
		recovery_beside("test", argument, &recovered);
	return NULL;
}

static void
a_file_that_is_being_begun_is_never_taken(void **state)
{
	struct stat status;
	pthread_t thread;
	char *temporary;

	(void)state;
	atomic_store(&stop, false);
	assert_int_equal(pthread_create(&thread, NULL, recover_all, path), 0);
	for (int i = 0; i < 20000; i++) {
		int fd = publish_create(path, &temporary);

		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &status), 0);
		assert_int_equal(status.st_nlink, 1);
		assert_int_equal(unlink(temporary), 0);
		close(fd);
		free(temporary);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whole_messages_are_kept_under_the_name),
		TEST(a_name_that_is_taken_is_never_overwritten),
		TEST(numbered_is_never_the_name_itself),
		TEST(a_file_in_use_is_left_alone),
		TEST(a_file_without_a_record_goes),
		TEST(a_file_that_is_not_ours_stays),
		TEST(only_temporary_names_are_such),
		TEST(an_archive_takes_up_what_is_its_own),
		TEST(templates_behind_data_count_their_records),
		TEST(compression_that_was_cut_off_begins_anew),
		TEST(a_file_of_the_same_name_is_put_aside),
		TEST(a_file_that_is_being_begun_is_never_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

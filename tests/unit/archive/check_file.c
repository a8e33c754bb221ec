/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../export_fixture.h"

static char folder[] = "/tmp/check_file.XXXXXX";
static char path[64], spec[80];
static struct fixture_message template, types;

static int
make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/check_file.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/out.ipfix", folder);
	snprintf(spec, sizeof(spec), "ipfix:%s", path);
	return 0;
}

/* Files there, dot files too; with remove: they go. */
static int
entries(int remove)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int n = 0;

	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		n++;
		if (remove && unlinkat(dirfd(dir), entry->d_name, 0) != 0)
			unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
	return n;
}

static int
remove_folder(void **state)
{
	(void)state;
	entries(1);
	return rmdir(folder);
}

static struct destination *
started(const struct destination_options *options)
{
	struct destination *d = fixture_destination(spec, options);

	if (d->ops->start(d) != 0)
		fail_msg("%s", d->error);
	fixture_templates(d, &template, &types);
	return d;
}

static size_t
slurp(uint8_t *octets, size_t size)
{
	FILE *stream = fopen(path, "rb");
	size_t n;

	assert_non_null(stream);
	n = fread(octets, 1, size, stream);
	fclose(stream);
	return n;
}

static void
types_then_templates_then_data_in_sequence(void **state)
{
	static const uint8_t marks[] = { 'I', 'T', 'a', 'b', 'c' };
	static const uint32_t sequences[] = { 0, 3, 3, 10, 11 };
	struct destination *d = started(NULL);
	uint8_t octets[10 * FIXTURE_OCTETS];

	(void)state;
	fixture_data(d, 7, 'a');
	fixture_data(d, 1, 'b');
	fixture_data(d, 2, 'c');
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, 10, LOSS_WRITE, 0);
	assert_int_equal(d->counts.messages, 5);
	assert_int_equal(d->counts.octets, 5 * FIXTURE_OCTETS);
	destination_free(&d);
	assert_int_equal(slurp(octets, sizeof(octets)), 5 * FIXTURE_OCTETS);
	for (size_t i = 0; i < 5; i++) {
		const uint8_t *m = octets + i * FIXTURE_OCTETS;

		assert_int_equal(m[MESSAGE_HEADER_OCTETS], marks[i]);
		assert_int_equal(fixture_sequence(m), sequences[i]);
		assert_true(fixture_u32(m + 4) > 1000000000);
	}
}

static void
a_file_has_the_templates_that_its_records_use(void **state)
{
	static const int content[] = { -0x102, 0x102, 0x102, -0x101, 0x101,
		0x102 };
	static const uint32_t sequence[] = { 0, 0, 3, 5, 5, 6 };
	struct destination *d = fixture_destination(spec, NULL);
	uint8_t octets[1000];

	(void)state;
	assert_int_equal(d->ops->start(d), 0);
	fixture_three_templates(d);
	fixture_records(d, 0x102, 3);
	fixture_records(d, 0x102, 2);
	fixture_records(d, 0x101, 1);
	fixture_records(d, 0x102, 1);
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, 7, LOSS_WRITE, 0);
	assert_int_equal(d->counts.messages, 6);
	assert_int_equal(d->counts.octets, 2 * 28 + 4 * 20 + 7 * 8);
	destination_free(&d);
	fixture_expect_content(
	    octets, slurp(octets, sizeof(octets)), 6, content, sequence);
}

static void
types_can_be_left_out(void **state)
{
	struct destination_options options;
	uint8_t octets[10 * FIXTURE_OCTETS];
	struct destination *d;

	(void)state;
	destination_options_init(&options);
	options.types_file = false;
	d = started(&options);
	fixture_data(d, 5, 'a');
	assert_int_equal(d->ops->finish(d), 0);
	destination_free(&d);
	assert_int_equal(slurp(octets, sizeof(octets)), 2 * FIXTURE_OCTETS);
	assert_int_equal(fixture_sequence(octets + FIXTURE_OCTETS), 0);
}

static void
the_name_appears_only_when_the_file_is_complete(void **state)
{
	struct destination *d = started(NULL);

	(void)state;
	fixture_data(d, 1, 'a');
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(d->counts.waiting, 1);
	assert_int_equal(d->counts.delivered, 0);
	assert_int_equal(entries(0), 1);
	assert_int_equal(d->ops->finish(d), 0);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(entries(0), 1);
	destination_free(&d);
}

static void
a_file_that_is_given_up_leaves_nothing(void **state)
{
	struct destination *d = started(NULL);

	(void)state;
	fixture_data(d, 1, 'a');
	assert_int_equal(entries(0), 1);
	destination_free(&d);
	assert_int_equal(entries(0), 0);
}

static void
an_older_file_stays_until_the_new_one_is_complete(void **state)
{
	FILE *old = fopen(path, "w");
	uint8_t octets[10 * FIXTURE_OCTETS];
	struct destination *d;

	(void)state;
	fputs("old", old);
	fclose(old);
	d = started(NULL);
	assert_int_equal(slurp(octets, sizeof(octets)), 3);
	assert_int_equal(d->ops->finish(d), 0);
	assert_int_equal(slurp(octets, sizeof(octets)), 2 * FIXTURE_OCTETS);
	destination_free(&d);
}

static void
the_mode_is_what_the_umask_leaves(void **state)
{
	mode_t before = umask(027);
	struct destination *d = started(NULL);
	struct stat status;

	(void)state;
	assert_int_equal(umask(before), 027);
	assert_int_equal(d->ops->finish(d), 0);
	destination_free(&d);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0640);
}

static void
more_than_the_buffer_arrives_whole(void **state)
{
	struct destination *d = started(NULL);
	struct stat status;
	uint32_t n = 30000; /* 3 MB */

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		fixture_data(d, 1, 'a');
	assert_int_equal(d->ops->finish(d), 0);
	fixture_assert_finished(d, n, LOSS_WRITE, 0);
	destination_free(&d);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, (n + 2) * FIXTURE_OCTETS);
}

static void
expect_no_start(const char *output, const char *part)
{
	struct destination *d = fixture_destination(output, NULL);

	assert_int_equal(d->ops->start(d), -1);
	if (strstr(d->error, part) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", d->error, part);
	destination_free(&d);
	assert_null(d);
}

static void
what_cannot_be_created_fails_at_the_start(void **state)
{
	char output[100];

	(void)state;
	snprintf(output, sizeof(output), "ipfix:%s/none/x", folder);
	expect_no_start(output, "No such file");
	snprintf(output, sizeof(output), "ipfix:%s", folder);
	expect_no_start(output, "not a regular file");
	expect_no_start("ipfix:/dev/null", "not a regular file");
	assert_int_equal(entries(0), 0);
}

static void
a_write_error_loses_the_file_and_counts_its_records(void **state)
{
	struct destination *d = started(NULL);
	int result;

	(void)state;
	fixture_limit_file_size(1 << 20);
	for (uint32_t i = 0; i < 30000; i++) {
		fixture_data(d, 2, 'a');
		if (!destination_balanced(&d->counts))
			break;
	}
	result = d->ops->finish(d);
	fixture_limit_file_size(0);
	assert_int_equal(result, -1);
	fixture_assert_finished(d, 0, LOSS_WRITE, 60000);
	assert_non_null(strstr(d->error, path));
	assert_non_null(strstr(d->error, "File too large"));
	assert_int_equal(entries(0), 0);
	destination_free(&d);
}

static void
a_write_error_at_the_end_counts_too(void **state)
{
	struct destination *d = started(NULL);
	int result;

	(void)state;
	fixture_data(d, 2, 'a');
	fixture_limit_file_size(FIXTURE_OCTETS);
	result = d->ops->finish(d);
	fixture_limit_file_size(0);
	assert_int_equal(result, -1);
	fixture_assert_finished(d, 0, LOSS_WRITE, 2);
	assert_int_equal(entries(0), 0);
	destination_free(&d);
}

static void
a_name_that_became_a_folder_loses_the_records(void **state)
{
	struct destination *d = started(NULL);

	(void)state;
	fixture_data(d, 4, 'a');
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(d->ops->finish(d), -1);
	fixture_assert_finished(d, 0, LOSS_WRITE, 4);
	assert_int_equal(entries(0), 1);
	destination_free(&d);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(types_then_templates_then_data_in_sequence),
		TEST(a_file_has_the_templates_that_its_records_use),
		TEST(types_can_be_left_out),
		TEST(the_name_appears_only_when_the_file_is_complete),
		TEST(a_file_that_is_given_up_leaves_nothing),
		TEST(an_older_file_stays_until_the_new_one_is_complete),
		TEST(the_mode_is_what_the_umask_leaves),
		TEST(more_than_the_buffer_arrives_whole),
		TEST(what_cannot_be_created_fails_at_the_start),
		TEST(a_write_error_loses_the_file_and_counts_its_records),
		TEST(a_write_error_at_the_end_counts_too),
		TEST(a_name_that_became_a_folder_loses_the_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/spool/spool.h"

#include "../export_fixture.h"

#define RECORD_OCTETS 8

static char directory[64];

/* A template of two numbers, and messages of such records. */
static const uint8_t template_octets[] = { 0, 10, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 1, 0, 2, 0, 16, 1, 2, 0, 2, 0, 1, 0, 4, 0, 2, 0, 4 };
static const struct message template = { .octets = template_octets,
	.length = sizeof(template_octets),
	.kind = MESSAGE_TEMPLATES };

static struct queued_message *
a_message(uint32_t records, uint8_t mark)
{
	uint32_t length = 20 + records * RECORD_OCTETS;
	uint8_t octets[4096];

	memset(octets, mark, sizeof(octets));
	memset(octets, 0, MESSAGE_HEADER_OCTETS);
	octets[1] = 10;
	octets[2] = (uint8_t)(length >> 8);
	octets[3] = (uint8_t)length;
	octets[15] = 1; /* the observation domain of the template */
	octets[16] = 1;
	octets[17] = 2;
	octets[18] = (uint8_t)((length - 16) >> 8);
	octets[19] = (uint8_t)(length - 16);
	return queued_message_new(octets, length, records);
}

static int
setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/exflow-spool-XXXXXX");
	return mkdtemp(directory) != NULL ? 0 : -1;
}

static void
each_file(void (*act)(const char *), const char *pattern)
{
	char path[128];
	glob_t found;

	snprintf(path, sizeof(path), "%s/%s", directory, pattern);
	if (glob(path, GLOB_PERIOD, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			act(found.gl_pathv[i]);
	globfree(&found);
}

static void
delete_file(const char *path)
{
	(void)unlink(path);
}

static int
teardown(void **state)
{
	char path[128];

	(void)state;
	each_file(delete_file, "a%2fb/*");
	snprintf(path, sizeof(path), "%s/a%%2fb", directory);
	(void)rmdir(path);
	return rmdir(directory);
}

static struct spool *
opened(uint64_t octets, struct preamble *preamble)
{
	struct spool_options options = {
		.directory = directory,
		.name = "a/b",
		.octets = octets,
	};
	char error[DESTINATION_ERROR_SIZE];
	struct spool *spool = spool_new(&options, error);

	if (spool == NULL)
		fail_msg("%s", error);
	spool_set_preamble(spool, preamble);
	return spool;
}

static void
put(struct spool *spool, uint32_t records, uint8_t mark)
{
	struct queued_message *p = a_message(records, mark);

	assert_int_equal(spool_put(spool, p), 0);
	free(p);
}

/* Take one, check it, acknowledge and release it. */
static void
take(struct spool *spool, uint32_t records, uint8_t mark, uint32_t missing)
{
	uint64_t lost;
	struct queued_message *p = spool_take(spool, &lost);

	assert_non_null(p);
	assert_int_equal(p->records, records);
	assert_int_equal(p->octets[20], mark);
	assert_int_equal(p->missing, missing);
	spool_acknowledge(spool, p);
	spool_release(spool, p);
	free(p);
}

static void
what_was_put_is_taken_in_order_and_then_gone(void **state)
{
	struct preamble *preamble = preamble_new(&template, 1, NULL, 0);
	struct spool *spool = opened(1 << 20, preamble);

	(void)state;
	assert_false(spool_unread(spool));
	put(spool, 3, 'a');
	put(spool, 5, 'b');
	assert_int_equal(spool_records(spool), 8);
	take(spool, 3, 'a', 0);
	assert_true(spool_unread(spool));
	take(spool, 5, 'b', 0);
	assert_false(spool_unread(spool));
	assert_int_equal(spool_records(spool), 0);
	assert_int_equal(spool_octets(spool), 0);
	put(spool, 1, 'c');
	take(spool, 1, 'c', 0);
	spool_free(&spool);
	preamble_free(&preamble);
}

static void
what_was_not_released_is_there_the_next_time(void **state)
{
	struct preamble *preamble = preamble_new(&template, 1, NULL, 0);
	struct spool *spool = opened(1 << 20, preamble);
	struct queued_message *unsure;
	uint64_t lost;

	(void)state;
	put(spool, 3, 'a');
	put(spool, 5, 'b');
	put(spool, 7, 'c');
	take(spool, 3, 'a', 0);
	unsure = spool_take(spool, &lost);
	free(unsure);
	spool_free(&spool);
	spool = opened(1 << 20, preamble);
	assert_int_equal(spool_recovered(spool), 12);
	take(spool, 5, 'b', 3); /* its sequence number is as it was */
	take(spool, 7, 'c', 0);
	spool_free(&spool);
	preamble_free(&preamble);
}

static void
shorten(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(truncate(path, status.st_size - 5), 0);
}

static void
a_torn_message_is_cut_off(void **state)
{
	struct preamble *preamble = preamble_new(&template, 1, NULL, 0);
	struct spool *spool = opened(1 << 20, preamble);

	(void)state;
	put(spool, 3, 'a');
	put(spool, 5, 'b');
	spool_free(&spool);
	each_file(shorten, "a%2fb/*.ipfix");
	spool = opened(1 << 20, preamble);
	assert_int_equal(spool_recovered(spool), 3);
	take(spool, 3, 'a', 0);
	assert_false(spool_unread(spool));
	spool_free(&spool);
	preamble_free(&preamble);
}

static void
a_folder_has_one_user(void **state)
{
	struct preamble *preamble = preamble_new(&template, 1, NULL, 0);
	struct spool *spool = opened(1 << 20, preamble);
	struct spool_options options = {
		.directory = directory, .name = "a/b", .octets = 1 << 20
	};
	char error[DESTINATION_ERROR_SIZE];

	(void)state;
	assert_null(spool_new(&options, error));
	assert_non_null(strstr(error, "another program"));
	spool_free(&spool);
	preamble_free(&preamble);
}

/* Files are 64 KiB at least, so a fourth does not fit into 200 KiB. */
static void
at_the_bound_the_oldest_file_goes_and_is_counted(void **state)
{
	struct preamble *preamble = preamble_new(&template, 1, NULL, 0);
	struct spool *spool = opened(200 << 10, preamble);
	struct queued_message *p = a_message(100, 'a');
	struct spool_file *file;
	uint64_t n = 0, lost = 0, left;

	(void)state;
	while (spool_put(spool, p) == 0)
		n += 100;
	assert_int_equal(errno, ENOSPC);
	assert_true(spool_octets(spool) <= 200 << 10);
	assert_true(spool_drop(spool, &file, &lost));
	assert_true(lost > 0);
	assert_int_equal(spool_records(spool) + lost, n);
	assert_int_equal(spool_put(spool, p), 0);
	free(p);
	left = spool_records(spool);
	take(spool, 100, 'a', (uint32_t)lost);
	assert_int_equal(spool_records(spool), left - 100);
	while (spool_drop(spool, &file, &lost))
		;
	spool_free(&spool);
	preamble_free(&preamble);
}

static void
files_with_other_templates_keep_them(void **state)
{
	struct preamble *preamble = preamble_new(&template, 1, NULL, 0), *other;
	struct spool *spool = opened(1 << 20, preamble);
	uint8_t octets[sizeof(template_octets)];
	struct message message = template;
	struct queued_message *p;
	uint64_t lost;

	(void)state;
	put(spool, 3, 'a');
	spool_free(&spool);
	memcpy(octets, template_octets, sizeof(octets));
	octets[25] = 7; /* another element */
	message.octets = octets;
	other = preamble_new(&message, 1, NULL, 0);
	spool = opened(1 << 20, other);
	p = spool_take(spool, &lost);
	assert_non_null(p);
	assert_int_equal(p->records, 3);
	assert_ptr_not_equal(p->preamble, other);
	assert_true(preamble_equal(p->preamble, preamble));
	spool_acknowledge(spool, p);
	spool_release(spool, p);
	free(p);
	spool_free(&spool);
	preamble_free(&other);
	preamble_free(&preamble);
}

static void
what_is_dropped_is_missing_before_the_next(void **state)
{
	struct message_list queue;
	struct queued_message *p;

	(void)state;
	message_list_init(&queue);
	message_list_put(&queue, a_message(3, 'a'));
	message_list_put(&queue, a_message(4, 'b'));
	assert_int_equal(queue.records, 7);
	assert_int_equal(message_list_drop(&queue), 3);
	assert_int_equal(queue.head->missing, 3);
	assert_int_equal(message_list_drop(&queue), 4);
	assert_int_equal(message_list_drop(&queue), 0);
	assert_int_equal(queue.octets, 0);
	message_list_put(&queue, a_message(1, 'c'));
	p = message_list_take(&queue);
	assert_int_equal(p->missing, 7);
	message_list_put_first(&queue, p);
	assert_int_equal(queue.count, 1);
	message_list_clear(&queue);
	assert_int_equal(queue.count, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_was_put_is_taken_in_order_and_then_gone),
		TEST(what_was_not_released_is_there_the_next_time),
		TEST(a_torn_message_is_cut_off),
		TEST(a_folder_has_one_user),
		TEST(at_the_bound_the_oldest_file_goes_and_is_counted),
		TEST(files_with_other_templates_keep_them),
		cmocka_unit_test(what_is_dropped_is_missing_before_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

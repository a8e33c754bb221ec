/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/ipfix/preamble.h"

#include "../../../src/archive/writer.h"
#include "../export_fixture.h"

#define MESSAGE_OCTETS 1000
#define RECORDS 3                     /* of a message */
#define LIMIT (2 * WRITER_OCTETS + 7) /* amid a message */

static char folder[64], path[96];

static int
make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/check_writer.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/out.ipfix", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder); /* nothing may be left in it */
}

/* --- memory that is short when it is asked for again */

static bool no_memory;

void *__wrap_realloc(void *memory, size_t size);
void *__real_realloc(void *memory, size_t size);

void *
__wrap_realloc(void *memory, size_t size)
{
	if (!no_memory)
		return __real_realloc(memory, size);
	errno = ENOMEM;
	return NULL;
}

static void
open_writer(struct writer *writer)
{
	static struct fixture_message m;

	assert_int_equal(writer_init(writer, path), 0);
	assert_int_equal(writer_open(writer), 0);
	assert_int_equal(
	    writer_preamble(writer,
	        fixture_message(&m, MESSAGE_TEMPLATES, 0, FIXTURE_OCTETS, 'T')),
	    0);
}

static void
add_one(struct writer *writer, uint32_t i)
{
	static struct fixture_message m;

	fixture_message(&m, MESSAGE_DATA, RECORDS, MESSAGE_OCTETS, (uint8_t)i);
	assert_int_equal(writer_add(writer, &m.message), 0);
}

/* Messages n on; as a destination does it, written behind when it is time. */
static int
add(struct writer *writer, uint32_t n, uint32_t messages)
{
	int result = 0;

	for (uint32_t i = n; i < n + messages; i++) {
		add_one(writer, i);
		if (writer_full(writer) && result == 0)
			result = writer_write_behind(writer);
	}
	return result;
}

/* The preamble and so many messages, each in its place, and nothing more. */
static void
expect_file(const struct writer *writer, uint32_t messages)
{
	static uint8_t octets[MESSAGE_OCTETS];
	struct stat status;
	off_t at = FIXTURE_OCTETS;

	assert_int_equal(fstat(writer->fd, &status), 0);
	assert_int_equal(
	    status.st_size, FIXTURE_OCTETS + messages * MESSAGE_OCTETS);
	for (uint32_t i = 0; i < messages; i++, at += MESSAGE_OCTETS) {
		assert_int_equal(pread(writer->fd, octets, sizeof(octets), at),
		    MESSAGE_OCTETS);
		assert_int_equal(fixture_sequence(octets), i * RECORDS);
		assert_int_equal(octets[MESSAGE_OCTETS - 1], (uint8_t)i);
	}
}

/* The disk is full from the start: what is dropped is data alone. */
static void
a_template_is_not_dropped_with_the_data_before_it(void **state)
{
	static const int content[] = { -0x101, -0x102, 0x102, 0x101 };
	static const uint32_t sequence[] = { 0, 2, 5, 6 };
	static struct fixture_message m[3];
	struct message templates[2] = { fixture_template(&m[0], 0x101),
		fixture_template(&m[1], 0x102) };
	struct preamble *preamble = preamble_new(templates, 2, NULL, 0);
	struct writer writer;
	uint8_t octets[1000];
	ssize_t length;

	(void)state;
	assert_int_equal(writer_init(&writer, path), 0);
	assert_int_equal(writer_announce(&writer, preamble), 0);
	for (uint32_t i = 0; i < 4; i++) {
		static const uint32_t ids[] = { 0x101, 0x102, 0x102, 0x101 };
		static const uint32_t records[] = { 2, 3, 1, 1 };
		const struct message *message = &m[2].message;

		fixture_set(
		    &m[2], MESSAGE_DATA, records[i], ids[i], 8 * records[i]);
		/* The first two need a template of 28 octets, too. */
		assert_int_equal(writer_adds(&writer, message),
		    message->length + (i < 2 ? 28 : 0));
		assert_int_equal(writer_add(&writer, message), 0);
	}
	assert_int_equal(writer_drop(&writer), 2);
	assert_int_equal(writer_drop(&writer), 3);
	assert_int_equal(writer_open(&writer), 0);
	assert_int_equal(writer_write(&writer), 0);
	assert_int_equal(writer.file_records, 2);
	length = pread(writer.fd, octets, sizeof(octets), 0);
	assert_true(length > 0);
	fixture_expect_content(octets, (size_t)length, 4, content, sequence);
	writer_clear(&writer);
	preamble_free(&preamble);
}

static void
what_is_written_behind_stands_before_what_was_added(void **state)
{
	struct writer writer;

	(void)state;
	open_writer(&writer);
	assert_int_equal(add(&writer, 0, 10000), 0);
	assert_true(writer_unwritten(&writer) > 0);
	assert_int_equal(
	    writer.file_records + writer_unwritten_records(&writer),
	    10000 * RECORDS);
	assert_int_equal(writer_write(&writer), 0);
	assert_int_equal(writer_unwritten(&writer), 0);
	assert_int_equal(writer.file_records, 10000 * RECORDS);
	expect_file(&writer, 10000);
	writer_clear(&writer);
}

/* The file holds whole messages; so many. */
static uint32_t
fail_behind(struct writer *writer, uint32_t messages)
{
	uint32_t whole;

	fixture_limit_file_size(LIMIT);
	assert_int_equal(add(writer, 0, messages), -1);
	assert_int_equal(errno, EFBIG);
	whole = (uint32_t)(writer->file_records / RECORDS);
	assert_true(whole > 0 && whole < messages);
	assert_int_equal(writer->file_octets,
	    FIXTURE_OCTETS + (uint64_t)whole * MESSAGE_OCTETS);
	expect_file(writer, whole);
	assert_int_equal(writer_unwritten(writer),
	    (size_t)(messages - whole) * MESSAGE_OCTETS);
	assert_int_equal(
	    writer_unwritten_records(writer), (messages - whole) * RECORDS);
	return whole;
}

static void
what_failed_behind_waits_and_is_written_later(void **state)
{
	struct writer writer;

	(void)state;
	open_writer(&writer);
	fail_behind(&writer, 4000);
	assert_int_equal(writer_write(&writer), -1);
	assert_int_equal(errno, EFBIG);
	fixture_limit_file_size(0);
	assert_int_equal(add(&writer, 4000, 100), 0);
	assert_int_equal(writer_write(&writer), 0);
	assert_int_equal(writer.file_records, 4100 * RECORDS);
	expect_file(&writer, 4100);
	writer_clear(&writer);
}

static void
the_oldest_that_waits_is_dropped_also_from_what_failed_behind(void **state)
{
	struct writer writer;
	uint32_t whole;

	(void)state;
	open_writer(&writer);
	whole = fail_behind(&writer, 4000);
	assert_int_equal(writer_drop(&writer), RECORDS);
	assert_int_equal(
	    writer_unwritten_records(&writer), (4000 - whole - 1) * RECORDS);
	fixture_limit_file_size(0);
	assert_int_equal(writer_write(&writer), 0);
	assert_int_equal(writer.file_records, 3999 * RECORDS);
	writer_clear(&writer);
}

/* The second piece fails behind, and has no room for what was added. */
static void
fail_without_memory(struct writer *writer)
{
	uint32_t n = 2 * (WRITER_OCTETS / MESSAGE_OCTETS + 1);

	fixture_limit_file_size(LIMIT);
	assert_int_equal(add(writer, 0, n), 0);
	for (; n < 4000; n++)
		add_one(writer, n);
	no_memory = true;
	assert_int_equal(writer_write_behind(writer), -1);
	assert_int_equal(errno, ENOMEM);
}

/* The file is not counted longer than it was cut back to. */
static void
what_failed_behind_is_counted_once_though_memory_was_short(void **state)
{
	struct writer writer;
	struct stat status;

	(void)state;
	open_writer(&writer);
	fail_without_memory(&writer);
	assert_int_equal(fstat(writer.fd, &status), 0);
	assert_int_equal(status.st_size, writer.file_octets);
	assert_int_equal(
	    writer.file_records + writer_unwritten_records(&writer),
	    4000 * RECORDS);
	no_memory = false;
	fixture_limit_file_size(0);
	assert_int_equal(writer_write(&writer), 0);
	assert_int_equal(writer.file_records, 4000 * RECORDS);
	expect_file(&writer, 4000);
	writer_clear(&writer);
}

/* The oldest is in the piece that failed. */
static void
the_oldest_is_dropped_though_memory_was_short(void **state)
{
	struct writer writer;

	(void)state;
	open_writer(&writer);
	fail_without_memory(&writer);
	assert_int_equal(writer_drop(&writer), RECORDS);
	no_memory = false;
	fixture_limit_file_size(0);
	assert_int_equal(writer_write(&writer), 0);
	assert_int_equal(writer.file_records, 3999 * RECORDS);
	writer_clear(&writer);
}

/* What is under way is part of what waits, and is waited for. */
static void
clearing_waits_for_what_is_being_written(void **state)
{
	struct writer writer;

	(void)state;
	open_writer(&writer);
	assert_int_equal(add(&writer, 0, 2000), 0);
	assert_true(message_buffer_used(&writer.writing) > 0);
	writer_clear(&writer);
	assert_int_equal(access(path, F_OK), -1);
}

/* It took twice as much as what waited while the oldest were dropped. */
static void
messages_on_a_full_disk_take_an_eighth_more_than_they_are(void **state)
{
	const size_t bound = 16 * WRITER_OCTETS;
	struct writer writer;

	(void)state;
	open_writer(&writer);
	for (uint32_t i = 0; i < 4 * bound / MESSAGE_OCTETS; i++) {
		add_one(&writer, 1); /* 0 would be a template */
		while (writer_unwritten(&writer) > bound)
			assert_int_equal(writer_drop(&writer), RECORDS);
	}
	assert_in_range(
	    writer.waiting.size, bound, bound / 8 * 9 + 2 * MESSAGE_OCTETS);
	writer_clear(&writer);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_template_is_not_dropped_with_the_data_before_it),
		TEST(what_is_written_behind_stands_before_what_was_added),
		TEST(what_failed_behind_waits_and_is_written_later),
		TEST(
		    the_oldest_that_waits_is_dropped_also_from_what_failed_behind),
		TEST(
		    what_failed_behind_is_counted_once_though_memory_was_short),
		TEST(the_oldest_is_dropped_though_memory_was_short),
		TEST(clearing_waits_for_what_is_being_written),
		TEST(messages_on_a_full_disk_take_an_eighth_more_than_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

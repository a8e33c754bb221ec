/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/read_ahead.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include <cmocka.h>

#define OCTETS ((size_t)5 * READ_AHEAD_THREAD_MIN + 4711)

static uint8_t *octets; /* what files hold */
static char path[32];

static void
write_file(const void *from, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(from, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static struct read_ahead *
open_file(const char *name)
{
	struct stream *stream = stream_open(name);

	assert_non_null(stream);
	return read_ahead_new(stream);
}

/*
 * Take all, in pieces of all sizes, and look at some twice; change each, as the
 * reader of messages does.  The octets that there were.
 */
static size_t
take_all(struct read_ahead *ahead)
{
	size_t at = 0, size = 1, have;

	for (;;) {
		uint8_t *piece = read_ahead_look(ahead, 16, &have);

		if (have == 0)
			return at;
		assert_memory_equal(piece, octets + at, have);
		piece = read_ahead_look(ahead, size, &have);
		assert_true(have <= size);
		assert_memory_equal(piece, octets + at, have);
		memset(piece, 0, have);
		read_ahead_pass(ahead, have);
		at += have;
		size = (size * 7 + 1) % READ_AHEAD_PIECE + 1;
	}
}

static void
check_file(size_t size)
{
	struct read_ahead *ahead = open_file(path);

	assert_non_null(ahead);
	assert_int_equal(take_all(ahead), size);
	assert_null(read_ahead_error(ahead));
	read_ahead_free(&ahead);
	assert_null(ahead);
	read_ahead_free(&ahead);
}

static void
pieces_are_those_of_the_file(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 65536,
		READ_AHEAD_THREAD_MIN - 1, READ_AHEAD_THREAD_MIN,
		READ_AHEAD_THREAD_MIN + 1, 1 << 19, OCTETS };
	(void)state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		write_file(octets, sizes[i]);
		check_file(sizes[i]);
	}
}

#ifdef HAVE_ZSTD
static void
compressed_files_are_the_same(void **state)
{
	size_t room = ZSTD_compressBound(OCTETS);
	uint8_t *packed = malloc(room);
	struct read_ahead *ahead;
	size_t size;
	(void)state;

	assert_non_null(packed);
	size = ZSTD_compress(packed, room, octets, OCTETS, 1);
	assert_false(ZSTD_isError(size));
	assert_true(size > READ_AHEAD_THREAD_MIN); /* it has a thread */
	write_file(packed, size);
	check_file(OCTETS);

	/* Cut: what comes before is there, then the error. */
	write_file(packed, size / 2);
	free(packed);
	ahead = open_file(path);
	size = take_all(ahead);
	assert_true(size > 0 && size < OCTETS);
	assert_non_null(read_ahead_error(ahead));
	read_ahead_free(&ahead);
}

#endif

static void
a_reader_may_stop_early(void **state)
{
	(void)state;
	write_file(octets, OCTETS);
	for (size_t n = 0; n < 50; n++) {
		struct read_ahead *ahead = open_file(path);
		size_t have;

		for (size_t i = 0; i < n; i++) {
			(void)read_ahead_look(ahead, READ_AHEAD_PIECE, &have);
			assert_int_equal(have, READ_AHEAD_PIECE);
			read_ahead_pass(ahead, have);
		}
		read_ahead_free(&ahead);
	}
}

/* A pipe gives few octets at a time, and pieces are whole all the same. */
static void
pipes_are_read_as_they_come(void **state)
{
	int ends[2], saved = dup(STDIN_FILENO);
	struct read_ahead *ahead;
	size_t have;
	(void)state;

	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
	assert_int_equal(write(ends[1], octets, 1000), 1000);
	ahead = open_file("-");
	for (size_t at = 1000; at < 40000; at += 1000) {
		uint8_t *piece = read_ahead_look(ahead, 700, &have);

		assert_int_equal(have, 700);
		assert_memory_equal(piece, octets + (at / 1000 - 1) * 700, 700);
		read_ahead_pass(ahead, 700);
		assert_int_equal(write(ends[1], octets + at, 1000), 1000);
	}
	close(ends[1]);
	(void)read_ahead_look(ahead, READ_AHEAD_PIECE, &have);
	assert_int_equal(have, 40000 - 39 * 700);
	assert_null(read_ahead_error(ahead));
	read_ahead_free(&ahead);
	dup2(saved, STDIN_FILENO);
	close(saved);
	close(ends[0]);
}

static int
begin(void **state)
{
	uint64_t random = 1;
	int fd;
	(void)state;

	octets = malloc(OCTETS);
	if (octets == NULL)
		return -1;
	for (size_t i = 0; i < OCTETS; i++) {
		random = random * UINT64_C(6364136223846793005) + 1;
		octets[i] = (uint8_t)(random >> 56);
	}
	snprintf(path, sizeof(path), "/tmp/check_read_ahead.XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int
end(void **state)
{
	(void)state;
	free(octets);
	return unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_those_of_the_file),
#ifdef HAVE_ZSTD
		cmocka_unit_test(compressed_files_are_the_same),
#endif
		cmocka_unit_test(a_reader_may_stop_early),
		cmocka_unit_test(pipes_are_read_as_they_come),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

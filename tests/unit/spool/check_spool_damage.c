/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spool files that are damaged, cut, exchanged for links, or of others.  The
 * books are exact: what was there is read, or counted as lost.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/log.h"
#include "exflow/spool/spool.h"

#include "../export_fixture.h"

#define MESSAGES 6
#define IMAGE_OCTETS 4096
#define FIRST_FILE "500000000000.ipfix"

/* Two templates, records of 8 and of 13 octets. */
static const uint8_t small_octets[] = { 0, 10, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 1, 0, 2, 0, 16, 1, 2, 0, 2, 0, 1, 0, 4, 0, 2, 0, 4 };
static const uint8_t large_octets[] = { 0, 10, 0, 36, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 1, 0, 2, 0, 20, 1, 3, 0, 3, 0, 1, 0, 4, 0, 2, 0, 4, 0, 3, 0, 5 };
static const struct message templates[] = {
	{ .octets = small_octets, .length = sizeof(small_octets) },
	{ .octets = large_octets, .length = sizeof(large_octets) },
};

struct image {
	uint8_t octets[IMAGE_OCTETS];
	size_t length, begin[MESSAGES + 1]; /* of each message, and the end */
	uint32_t records;
};

static const uint32_t records_of[MESSAGES] = { 3, 5, 1, 7, 2, 4 };
static char directory[64], folder[80];
static struct preamble *preamble;
static struct image image;

/* --- the folder */

static void
path_of(char path[160], const char *name)
{
	snprintf(path, 160, "%s/%s", folder, name);
}

static void
write_file(const char *name, const uint8_t *octets, size_t length)
{
	char path[160];
	int fd;

	path_of(path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, octets, length), length);
	close(fd);
}

static size_t
read_file(const char *path, uint8_t *octets, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, octets, size);
	close(fd);
	assert_true(n >= 0);
	return (size_t)n;
}

static bool
is_there(const char *name)
{
	struct stat status;
	char path[160];

	path_of(path, name);
	return lstat(path, &status) == 0;
}

static struct spool *
opened(void)
{
	struct spool_options options = {
		.directory = directory, .name = "s", .octets = 1 << 20
	};
	char error[DESTINATION_ERROR_SIZE];
	struct spool *spool = spool_new(&options, error);

	if (spool == NULL)
		fail_msg("%s", error);
	spool_set_preamble(spool, preamble);
	assert_int_equal(spool_records(spool) + spool_damaged(spool),
	    spool_recovered(spool));
	return spool;
}

static struct queued_message *
a_message(uint32_t number, uint32_t records)
{
	uint32_t one = number % 2 == 0 ? 8 : 13;
	uint32_t length = 20 + records * one;
	uint8_t octets[IMAGE_OCTETS] = { 0, 10, (uint8_t)(length >> 8),
		(uint8_t)length, [15] = 1, 1, number % 2 == 0 ? 2 : 3,
		(uint8_t)((length - 16) >> 8), (uint8_t)(length - 16) };

	memset(octets + 20, 'a' + (int)number, length - 20);
	return queued_message_new(octets, length, records);
}

/* A spool of these messages, as a run leaves it; its file goes into *image. */
static void
make_image(void)
{
	struct spool *spool = opened();
	char path[160];

	image.begin[0] = sizeof(small_octets) + sizeof(large_octets);
	image.records = 0;
	for (uint32_t i = 0; i < MESSAGES; i++) {
		struct queued_message *m = a_message(i, records_of[i]);

		image.begin[i + 1] = image.begin[i] + m->length;
		image.records += records_of[i];
		assert_int_equal(spool_put(spool, m), 0);
		free(m);
	}
	spool_free(&spool);
	path_of(path, FIRST_FILE);
	image.length = read_file(path, image.octets, sizeof(image.octets));
	assert_int_equal(image.length, image.begin[MESSAGES]);
	assert_int_equal(unlink(path), 0);
}

static int
setup(void **state)
{
	(void)state;
	/* In memory, as every file is synced. */
	snprintf(directory, sizeof(directory), "%s/exflow-damage-XXXXXX",
	    access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(directory));
	snprintf(folder, sizeof(folder), "%s/s", directory);
	preamble = preamble_new(templates, 2, NULL, 0);
	make_image();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	preamble_free(&preamble);
	return fixture_remove_folder(directory);
}

/* --- a run that sends all */

struct run {
	uint64_t recovered, damaged; /* at the start */
	uint64_t lost;               /* later */
	uint64_t taken;              /* records */
	bool seen[256];              /* by the first octet of a record */
};

static struct run
drain(struct spool *spool)
{
	struct run run = { .recovered = spool_recovered(spool),
		.damaged = spool_damaged(spool) };

	while (spool_unread(spool)) {
		uint64_t lost;
		struct queued_message *m = spool_take(spool, &lost);

		run.lost += lost;
		if (m == NULL)
			continue;
		run.taken += m->records;
		run.seen[m->octets[20]] = true;
		spool_acknowledge(spool, m);
		spool_release(spool, m);
		free(m);
	}
	assert_int_equal(run.taken + run.damaged + run.lost, run.recovered);
	assert_int_equal(spool_records(spool), 0);
	assert_int_equal(spool_octets(spool), 0);
	return run;
}

static struct run
run_once(void)
{
	struct spool *spool = opened();
	struct run run = drain(spool);

	spool_free(&spool);
	return run;
}

/* The message that this octet belongs to; -1: the preamble. */
static int
message_at(size_t octet)
{
	int i = -1;

	while (octet >= image.begin[i + 1])
		i++;
	return i;
}

/* All messages but the one that was hit came through, and none is missing. */
static void
assert_cost(const struct run *run, int hit, size_t octet)
{
	uint64_t gone = run->damaged + run->lost;

	if (run->recovered != image.records ||
	    (gone != 0 && (hit < 0 || gone != records_of[hit])))
		fail_msg("octet %zu: recovered %ju, lost %ju", octet,
		    (uintmax_t)run->recovered, (uintmax_t)gone);
	for (int i = 0; i < MESSAGES && gone > 0; i++)
		if (i != hit)
			assert_true(run->seen['a' + i]);
}

/* --- tests */

static void
a_flipped_bit_costs_one_message_at_most(void **state)
{
	uint64_t cost = 0;

	(void)state;
	for (size_t bit = 0; bit < image.length * 8; bit++) {
		uint8_t octets[IMAGE_OCTETS];
		struct run run;

		memcpy(octets, image.octets, image.length);
		octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
		write_file(FIRST_FILE, octets, image.length);
		run = run_once();
		assert_cost(&run, message_at(bit / 8), bit / 8);
		cost += run.damaged;
		assert_false(is_there(FIRST_FILE));
	}
	assert_true(cost > 0);
}

static void
a_flipped_bit_while_it_runs_costs_one_message_at_most(void **state)
{
	(void)state;
	for (size_t bit = image.begin[0] * 8; bit < image.length * 8; bit++) {
		uint8_t octets[IMAGE_OCTETS];
		struct spool *spool;
		struct run run;

		memcpy(octets, image.octets, image.length);
		write_file(FIRST_FILE, octets, image.length);
		spool = opened();
		octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
		write_file(FIRST_FILE, octets, image.length);
		run = drain(spool);
		spool_free(&spool);
		assert_int_equal(run.damaged, 0);
		assert_cost(&run, message_at(bit / 8), bit / 8);
	}
}

/* Of the newest file: what is torn was never put.  Of another: it was. */
static void
a_file_that_is_cut_keeps_what_is_whole(void **state)
{
	(void)state;
	for (size_t length = 0; length <= image.length; length++) {
		uint64_t whole = 0, torn = 0;
		struct run run;

		for (int i = 0; i < MESSAGES; i++) {
			if (image.begin[i + 1] <= length)
				whole += records_of[i];
			else if (image.begin[i] < length)
				torn = 1;
		}
		write_file(FIRST_FILE, image.octets, length);
		run = run_once();
		assert_int_equal(run.recovered, whole);
		assert_int_equal(run.taken, whole);

		write_file(FIRST_FILE, image.octets, length);
		write_file("500000000001.ipfix", image.octets, image.length);
		run = run_once();
		assert_int_equal(run.taken, whole + image.records);
		/* A few octets do not tell whether there were records. */
		if (length >= image.begin[0])
			assert_int_equal(run.damaged > 0, torn);
		else
			assert_true(run.damaged <= 1);
	}
}

static void
damage_over_several_messages_costs_these(void **state)
{
	static const uint8_t fillings[] = { 0, 10, 0xff };

	(void)state;
	for (size_t f = 0; f < sizeof(fillings); f++)
		for (int first = 0; first < MESSAGES; first++)
			for (int last = first; last < MESSAGES - 1; last++) {
				uint8_t octets[IMAGE_OCTETS];
				uint64_t cost = 0;
				struct run run;

				memcpy(octets, image.octets, image.length);
				memset(octets + image.begin[first] + 2,
				    fillings[f],
				    image.begin[last + 1] - image.begin[first] -
				        5);
				for (int i = first; i <= last; i++)
					cost += records_of[i];
				write_file(FIRST_FILE, octets, image.length);
				run = run_once();
				assert_int_equal(run.recovered, image.records);
				assert_int_equal(run.damaged, cost);
			}
}

static void
damage_on_both_sides_of_a_files_end_is_counted_there(void **state)
{
	uint8_t octets[IMAGE_OCTETS];
	struct run run;

	(void)state;
	memcpy(octets, image.octets, image.length);
	octets[image.begin[MESSAGES - 1] + 1] = 9; /* the last one's version */
	write_file(FIRST_FILE, octets, image.length);
	memcpy(octets, image.octets, image.length);
	octets[image.begin[0] + 3] ^= 1; /* the first one's length */
	write_file("500000000001.ipfix", octets, image.length);
	run = run_once();
	assert_int_equal(run.recovered, 2 * image.records);
	assert_int_equal(run.damaged, records_of[MESSAGES - 1] + records_of[0]);
}

/* What was counted is not counted by the next start. */
static void
damage_is_counted_once(void **state)
{
	uint8_t octets[IMAGE_OCTETS];
	struct spool *spool;
	struct run run;

	(void)state;
	memcpy(octets, image.octets, image.length);
	octets[image.begin[1] + 1] = 9;
	octets[image.begin[5] + 1] = 9;
	write_file(FIRST_FILE, octets, image.length);
	spool = opened();
	assert_int_equal(spool_damaged(spool), records_of[1] + records_of[5]);
	spool_free(&spool);
	run = run_once();
	assert_int_equal(run.damaged + run.lost, 0);
	assert_int_equal(
	    run.taken, image.records - records_of[1] - records_of[5]);
}

/* The templates of today are those of then: they explain the messages. */
static void
a_damaged_preamble_costs_nothing_where_it_is_known(void **state)
{
	uint8_t octets[IMAGE_OCTETS];
	struct run run;

	(void)state;
	memcpy(octets, image.octets, image.length);
	octets[1] = 9;
	write_file(FIRST_FILE, octets, image.length);
	run = run_once();
	assert_int_equal(run.taken, image.records);
	memset(octets, 0xee, image.begin[0]); /* nothing is left of it */
	write_file(FIRST_FILE, octets, image.length);
	run = run_once();
	assert_int_equal(run.taken, image.records);
}

static void
a_file_that_nothing_explains_is_counted_and_set_aside(void **state)
{
	uint8_t octets[IMAGE_OCTETS], other[sizeof(small_octets)];
	const struct message template = { .octets = other,
		.length = sizeof(other) };
	struct run run;

	(void)state;
	memcpy(other, small_octets, sizeof(other));
	other[21] = 9; /* another id */
	preamble_free(&preamble);
	preamble = preamble_new(&template, 1, NULL, 0);
	memcpy(octets, image.octets, image.length);
	memset(octets + 16, 0xee, image.begin[0] - 16);
	write_file(FIRST_FILE, octets, image.length);
	run = run_once();
	assert_int_equal(run.taken, 0);
	assert_int_equal(run.damaged, run.recovered);
	assert_true(run.damaged >= image.records - records_of[MESSAGES - 1]);
	assert_false(is_there(FIRST_FILE));
	assert_true(is_there(FIRST_FILE ".damaged"));
	run = run_once();
	assert_int_equal(run.recovered, 0);
}

/* --- files of others */

static void
a_link_in_the_folder_leads_nowhere(void **state)
{
	static const char *const names[] = { FIRST_FILE, ".trim", ".lock" };
	char victim[160], path[160], content[16] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct spool_options options = {
			.directory = directory, .name = "s", .octets = 1 << 20
		};
		char error[DESTINATION_ERROR_SIZE];
		struct queued_message *m = a_message(0, 3);
		struct spool *spool;

		write_file("victim", (const uint8_t *)"precious", 8);
		path_of(victim, "victim");
		path_of(path, names[i]);
		(void)unlink(path);
		assert_int_equal(symlink(victim, path), 0);
		spool = spool_new(&options, error);
		if (spool != NULL) {
			uint64_t lost;
			struct queued_message *taken;

			spool_set_preamble(spool, preamble);
			assert_int_equal(spool_put(spool, m), 0);
			assert_int_equal(spool_put(spool, m), 0);
			taken = spool_take(spool, &lost);
			assert_non_null(taken);
			spool_acknowledge(spool, taken);
			spool_release(spool, taken);
			free(taken);
		}
		free(m);
		spool_free(&spool); /* writes .trim */
		assert_int_equal(
		    read_file(victim, (uint8_t *)content, sizeof(content)), 8);
		assert_memory_equal(content, "precious", 8);
		(void)unlink(path);
		(void)run_once();
	}
}

static void
a_foreign_file_stays(void **state)
{
	static const char text[] = "no messages, but the notes of somebody";
	struct queued_message *m = a_message(0, 3), *taken;
	struct spool *spool;
	uint64_t lost;

	(void)state;
	write_file(FIRST_FILE, (const uint8_t *)text, sizeof(text));
	write_file("notes", (const uint8_t *)text, sizeof(text));
	spool = opened();
	assert_int_equal(spool_recovered(spool), 0);
	assert_int_equal(spool_put(spool, m), 0);
	free(m);
	taken = spool_take(spool, &lost);
	assert_int_equal(taken->records, 3);
	spool_acknowledge(spool, taken);
	spool_release(spool, taken);
	free(taken);
	spool_free(&spool);
	assert_true(is_there(FIRST_FILE));
	assert_true(is_there("notes"));
}

static void
a_second_name_or_a_pipe_is_no_file_of_ours(void **state)
{
	char path[160], other[160];
	struct run run;

	(void)state;
	write_file("victim", image.octets, image.length);
	path_of(path, "victim");
	path_of(other, FIRST_FILE);
	assert_int_equal(link(path, other), 0);
	path_of(other, "500000000001.ipfix");
	assert_int_equal(mkfifo(other, 0600), 0);
	run = run_once();
	assert_int_equal(run.recovered, 0);
	assert_true(is_there(FIRST_FILE));
}

static void
assert_refused(void)
{
	struct spool_options options = {
		.directory = directory, .name = "s", .octets = 1 << 20
	};
	char error[DESTINATION_ERROR_SIZE];

	assert_null(spool_new(&options, error));
}

static void
a_folder_of_others_is_refused(void **state)
{
	char elsewhere[160];

	(void)state;
	assert_int_equal(chmod(folder, 0777), 0);
	assert_refused();
	assert_int_equal(chmod(folder, 0700), 0);
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", directory);
	assert_int_equal(rename(folder, elsewhere), 0);
	assert_int_equal(symlink(elsewhere, folder), 0);
	assert_refused();
	assert_int_equal(unlink(folder), 0);
	if (geteuid() != 0)
		return;
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(chown(folder, 1, 1), 0);
	assert_refused();
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_flipped_bit_costs_one_message_at_most),
		TEST(a_flipped_bit_while_it_runs_costs_one_message_at_most),
		TEST(a_file_that_is_cut_keeps_what_is_whole),
		TEST(damage_over_several_messages_costs_these),
		TEST(damage_on_both_sides_of_a_files_end_is_counted_there),
		TEST(damage_is_counted_once),
		TEST(a_damaged_preamble_costs_nothing_where_it_is_known),
		TEST(a_file_that_nothing_explains_is_counted_and_set_aside),
		TEST(a_link_in_the_folder_leads_nowhere),
		TEST(a_foreign_file_stays),
		TEST(a_second_name_or_a_pipe_is_no_file_of_ours),
		TEST(a_folder_of_others_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

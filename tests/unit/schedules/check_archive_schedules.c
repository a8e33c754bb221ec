/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Schedules of failures for IPFIX files and archives (schedule.h).
 *
 * Each seed plays several runs on one folder; between them the exporter was
 * killed or ended.  The invariant after each run, for every record that was put
 * in it, or was whole on disk before it: it is in a file, or it is one of those
 * that the run counts as lost; what counts as delivered is in files with their
 * final names; and the books balance.
 *
 * In some schedules files are handed to a command (archive_options.after),
 * which always succeeds; the disk does not fail then, but runs are killed.  After
 * a last run each file that has its name was handed over.
 *
 * The finisher of an archive is a thread: it takes chances of its own, so that
 * a seed plays the same schedule as far as the two threads do not race.
 *
 * check_archive_schedules SEED plays one schedule.
 */
#include <config.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "exflow/command/helper.h"
#include "exflow/export/kinds.h"
#include "exflow/output/destination.h"

#include "schedule.h"

#define SEEDS 2000
#define RUNS 3
#define RECORDS_MAX 65536

static uint32_t next_record, put_at_kill;
static bool expected[RECORDS_MAX]; /* of the books of this run */
static bool on_disk[RECORDS_MAX], published[RECORDS_MAX];

/* --- what the disk holds */

static void
mark(void *context, uint32_t number)
{
	bool *marks = context;

	if (number >= RECORDS_MAX)
		schedule_fail("records are as they were put", number, 0);
	marks[number] = true;
}

/* A temporary name begins with a dot. */
static void
mark_file(void *context, const char *path, const uint8_t *octets, size_t length)
{
	(void)context;
	(void)schedule_records(octets, length, mark, on_disk);
	if (strrchr(path, '/')[1] == '.')
		return;
	if (schedule_records(octets, length, mark, published) != length)
		schedule_fail("a file with its name is whole", length, 0);
}

static void
look_at_disk(void)
{
	memset(on_disk, 0, sizeof(on_disk));
	memset(published, 0, sizeof(published));
	schedule_each_file(mark_file, NULL);
}

static void
unmark(void *context, uint32_t number)
{
	(void)context;
	expected[number] = false;
}

/* A run that writes this file replaces it. */
static void
unmark_replaced(
    void *context, const char *path, const uint8_t *octets, size_t length)
{
	(void)context;
	if (strcmp(strrchr(path, '/'), "/f.ipfix") == 0)
		(void)schedule_records(octets, length, unmark, NULL);
}

static void
check_books(const struct destination_counts *counts)
{
	uint64_t missing = 0, named = 0;

	if (!destination_balanced(counts) || counts->waiting != 0)
		schedule_fail("balanced", counts->records_due, counts->waiting);
	look_at_disk();
	for (uint32_t i = 0; i < next_record; i++) {
		missing += expected[i] && !on_disk[i];
		named += published[i];
	}
	if (missing > destination_lost(counts))
		schedule_fail(
		    "missing ≤ lost", missing, destination_lost(counts));
	if (named < counts->delivered)
		schedule_fail(
		    "what is delivered has its name", counts->delivered, named);
}

/* --- the command for files */

static bool handing;
static pthread_mutex_t taken_lock = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *taken, *taken_at_kill; /* paths */

static GHashTable *
copy_paths(GHashTable *paths)
{
	GHashTable *copy =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GHashTableIter iterator;
	gpointer path;

	if (paths == NULL)
		return copy;
	g_hash_table_iter_init(&iterator, paths);
	while (g_hash_table_iter_next(&iterator, &path, NULL))
		g_hash_table_add(copy, g_strdup(path));
	return copy;
}

static void
set_paths(GHashTable **paths, GHashTable *to)
{
	if (*paths != NULL)
		g_hash_table_destroy(*paths);
	*paths = to;
}

int __wrap_helper_run(
    const struct helper *helper, const struct helper_run *run);
int
__wrap_helper_run(const struct helper *helper, const struct helper_run *run)
{
	(void)helper;
	pthread_mutex_lock(&taken_lock);
	g_hash_table_add(taken, g_strdup(run->values[COMMAND_FILE]));
	pthread_mutex_unlock(&taken_lock);
	return dup(STDERR_FILENO);
}

enum helper_event __wrap_helper_next(
    int run, int timeout_ms, char text[HELPER_TEXT_SIZE]);
enum helper_event
__wrap_helper_next(int run, int timeout_ms, char text[HELPER_TEXT_SIZE])
{
	(void)run, (void)timeout_ms, (void)text;
	return HELPER_DONE;
}

static void
check_taken(
    void *context, const char *path, const uint8_t *octets, size_t length)
{
	(void)context, (void)octets;
	if (strrchr(path, '/')[1] != '.' && !g_hash_table_contains(taken, path))
		schedule_fail(path, length, 0);
}

/* --- one run */

static void
put_message(struct destination *d)
{
	uint32_t records = 1 + schedule_random(60);
	uint8_t octets[SCHEDULE_MESSAGE_MAX];
	struct message message = {
		.octets = octets, .records = records, .kind = MESSAGE_DATA
	};

	message.length = schedule_message(octets, next_record, records);
	for (uint32_t i = 0; i < records; i++)
		expected[next_record++] = true;
	d->counts.records_due += records;
	d->counts.waiting += records;
	d->ops->message(d, &message);
}

static void
put_messages(struct destination *d)
{
	for (uint32_t n = schedule_random(100); n > 0; n--) {
		put_message(d);
		schedule_advance(schedule_random(300));
		if (d->ops->rotate != NULL && schedule_chance(50))
			d->ops->rotate(d);
		if (d->ops->tick != NULL && schedule_chance(200))
			(void)d->ops->tick(d, schedule_now());
	}
}

static struct destination *
output_new(bool calm)
{
	struct destination_options options;
	char spec[160], error[DESTINATION_ERROR_SIZE];
	struct destination *d;

	destination_options_init(&options);
	options.live = schedule_chance(300);
	options.send_timeout_seconds = 1 + schedule_random(3);
	if (!calm)
		options.archive.memory_octets = 5000 + schedule_random(50000);
	options.archive.rotate_octets = 1000 + schedule_random(20000);
	if (handing) {
		options.archive.after = "/bin/true %f";
		options.archive.helper = (const void *)&handing;
	}
	snprintf(spec, sizeof(spec), "%s:%s/%s",
	    !handing && schedule_chance(500) ? "ipfix" : "archive",
	    schedule_folder(), "f.ipfix");
	d = destination_new(spec, &options, error);
	if (d == NULL)
		schedule_fail(error, 0, 0);
	return d;
}

static void
remember_kill(void)
{
	pthread_mutex_lock(&taken_lock);
	set_paths(&taken_at_kill, copy_paths(taken));
	pthread_mutex_unlock(&taken_lock);
	put_at_kill = next_record;
}

static void
set_disk(bool calm)
{
	schedule_disk = (struct schedule_disk){ .at_kill = remember_kill };
	if (calm)
		return;
	if (handing) {
		if (schedule_chance(700))
			schedule_disk.kill_in = 1 + schedule_random(100);
		return;
	}
	schedule_disk.fails = schedule_random(3) == 0 ? 20 : 0;
	schedule_disk.full = schedule_random(3) == 0 ? 5 : 0;
	if (schedule_chance(400))
		schedule_disk.kill_in = 1 + schedule_random(10);
}

static void
play(bool calm)
{
	static uint8_t octets[SCHEDULE_MESSAGE_MAX];
	struct message template = { .octets = octets,
		.kind = MESSAGE_TEMPLATES };
	struct destination *d;

	look_at_disk();
	memcpy(expected, on_disk, sizeof(expected));
	set_disk(calm);
	d = output_new(calm);
	if (d->ops->once)
		schedule_each_file(unmark_replaced, NULL);
	template.length = schedule_template(octets);
	if (d->ops->start(d) == 0) {
		d->ops->templates(d, &template, 1, NULL, 0);
		if (d->ops->turn != NULL)
			(void)d->ops->turn(d, timestamp_from(1700000000, 0));
		put_messages(d);
		(void)d->ops->finish(d);
		check_books(&d->counts);
		if (calm && destination_lost(&d->counts) > 0)
			schedule_fail("a calm run loses nothing",
			    destination_lost(&d->counts), 0);
	}
	destination_free(&d);
}

static void
play_seed(uint64_t seed)
{
	schedule_begin(seed);
	schedule_empty_folder();
	next_record = 0;
	handing = schedule_chance(250);
	set_paths(&taken, copy_paths(NULL));
	for (int i = 0; i < RUNS; i++) {
		play(seed % 20 == 0);
		if (schedule_disk.killed) {
			schedule_restore();
			next_record = put_at_kill;
			set_paths(&taken, copy_paths(taken_at_kill));
		}
	}
	if (!handing)
		return;
	play(true);
	schedule_each_file(check_taken, NULL);
}

int
main(int argc, char **argv)
{
	return schedule_main(argc, argv, SEEDS, play_seed);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Patterns, intervals, retention, and archives on a disk that gets full. */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "exflow/base/clock.h"
#include "exflow/base/publish.h"

#include "../../../src/archive/compress.h"
#include "exflow/base/pattern.h"
#include "../../../src/archive/retention.h"
#include "../export_fixture.h"

#define BEGIN INT64_C(1700000040) /* 2023-11-14 22:14:00 UTC */
#define PREAMBLE (2 * FIXTURE_OCTETS)

static char folder[] = "/tmp/check_archive.XXXXXX";
static struct fixture_message template, types;
static struct destination_options options;

/* --- a disk that holds so many octets in files that are written here */

static _Atomic size_t space = SIZE_MAX; /* also for what writes behind */
static _Atomic int full_error = ENOSPC;

ssize_t __wrap_pwrite(int fd, const void *octets, size_t n, off_t at);
ssize_t __real_pwrite(int fd, const void *octets, size_t n, off_t at);

ssize_t
__wrap_pwrite(int fd, const void *octets, size_t n, off_t at)
{
	if (space == 0) {
		errno = full_error;
		return -1;
	}
	n = n < space ? n : space;
	n = (size_t)__real_pwrite(fd, octets, n, at);
	space -= n;
	return (ssize_t)n;
}

/* --- memory for names of files */

static bool no_name;

char *__wrap_pattern_expand(const char *pattern, time_t at, bool local);
char *__real_pattern_expand(const char *pattern, time_t at, bool local);

char *
__wrap_pattern_expand(const char *pattern, time_t at, bool local)
{
	return no_name ? NULL : __real_pattern_expand(pattern, at, local);
}

/* --- the folder */

static int
set_up(void **state)
{
	(void)state;
	space = SIZE_MAX;
	full_error = ENOSPC;
	destination_options_init(&options);
	options.archive.rotate_seconds = 60;
	snprintf(folder, sizeof(folder), "/tmp/check_archive.XXXXXX");
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static void
remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char *below = g_strdup_printf("%s/%s", path, entry->d_name);

		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 && unlink(below) != 0)
			remove_tree(below);
		g_free(below);
	}
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

static int
tear_down(void **state)
{
	(void)state;
	remove_tree(folder);
	return 0;
}

/* The names in the folder in their order, each followed by a blank. */
static char *
names(void)
{
	struct dirent **list;
	int n = scandir(folder, &list, NULL, alphasort);
	GString *text = g_string_new("");

	for (int i = 0; i < n; i++) {
		if (strcmp(list[i]->d_name, ".") != 0 &&
		    strcmp(list[i]->d_name, "..") != 0)
			g_string_append_printf(text, "%s ", list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return g_string_free(text, FALSE);
}

static void
expect_names(const char *expected)
{
	char *text = names();

	assert_string_equal(text, expected);
	g_free(text);
}

static void
make_file(const char *name, size_t octets, time_t changed)
{
	char *path = g_strdup_printf("%s/%s", folder, name);
	struct timespec times[2] = { { changed, 0 }, { changed, 0 } };
	int fd;

	assert_int_equal(publish_make_folders(path), 0);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "\0\n", 2), 2); /* as IPFIX begins */
	assert_int_equal(ftruncate(fd, (off_t)octets), 0);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
	g_free(path);
}

static size_t
slurp(const char *name, uint8_t *octets, size_t size)
{
	char *path = g_strdup_printf("%s/%s", folder, name);
	FILE *stream = fopen(path, "rb");
	size_t n;

	assert_non_null(stream);
	n = fread(octets, 1, size, stream);
	fclose(stream);
	g_free(path);
	return n;
}

/* --- patterns */

static void
only_conversions_of_known_width_make_a_pattern(void **state)
{
	char error[256];

	(void)state;
	assert_int_equal(
	    pattern_check("%Y/%m/%d/x%H%M%S%j%y%F%%", error, 256), 0);
	assert_int_equal(pattern_check("plain", error, 256), 0);
	assert_int_equal(pattern_check("a%b", error, 256), -1);
	assert_non_null(strstr(error, "%b"));
	assert_int_equal(pattern_check("a%", error, 256), -1);
	assert_int_equal(pattern_check("a/", error, 256), -1);
	assert_int_equal(pattern_check("", error, 256), -1);
}

static void
a_pattern_is_expanded_in_the_time_asked_for(void **state)
{
	char *path = pattern_expand("/a/%Y/%m/%d/%H%M%S-%j", BEGIN, false);

	(void)state;
	assert_string_equal(path, "/a/2023/11/14/221400-318");
	free(path);
	setenv("TZ", "EST5", 1);
	tzset();
	path = pattern_expand("%F %H", BEGIN, true);
	unsetenv("TZ");
	tzset();
	assert_string_equal(path, "2023-11-14 17");
	free(path);
}

static void
only_names_of_the_pattern_match(void **state)
{
	static const char *const yes[] = { "x0-2214.ipfix", "x0-0000.1.ipfix",
		"x0-2214.12.ipfix.gz", "x0-2214.ipfix.zst" };
	static const char *const no[] = { "x1-2214.ipfix", "x0-221.ipfix",
		"x0-22140.ipfix", "x0-22a4.ipfix", "x0-2214.0.ipfix",
		"x0-2214.ipfix.bz2", "x0-2214.ipfix.1", "x0-2214.ipfix.gz.1",
		".x0-2214.ipfix", "x0-2214.1x.ipfix", "x0-2214.1.2.ipfix",
		"x0-2214.1", "x0-2214" };
	const char *part = "x0-%H%M.ipfix";

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (!pattern_matches(part, strlen(part), yes[i], true))
			fail_msg("%s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (pattern_matches(part, strlen(part), no[i], true))
			fail_msg("%s", no[i]);
	assert_false(pattern_matches("%Y", 2, "2023.1", false));
	assert_true(pattern_matches("%F", 2, "2023-11-14", false));
	assert_int_equal(pattern_constant("/a/b%Y/%m"), 3);
	assert_int_equal(pattern_constant("%Y/%m"), 0);
	assert_int_equal(pattern_constant("a/b"), 2);
}

static void
expect_interval(
    time_t time, uint32_t seconds, bool local, time_t begin, time_t end)
{
	struct interval interval = interval_at(time, seconds, local);

	assert_int_equal(interval.begin, begin);
	assert_int_equal(interval.end, end);
}

static void
intervals_are_aligned_to_the_clock(void **state)
{
	time_t day = BEGIN - BEGIN % 86400;

	(void)state;
	expect_interval(BEGIN, 60, false, BEGIN, BEGIN + 60);
	expect_interval(BEGIN + 59, 60, false, BEGIN, BEGIN + 60);
	expect_interval(BEGIN, 300, false, BEGIN - 240, BEGIN + 60);
	expect_interval(BEGIN, 86400, false, day, day + 86400);
	/* 7 h do not divide a day: its last interval is short. */
	expect_interval(BEGIN, 25200, false, day + 75600, day + 86400);
}

/*
 * Local time is what is tested, and a process has it from TZ alone: it is set
 * for this test, while no other thread is there, and put back.
 */
static void
intervals_are_aligned_to_the_local_clock(void **state)
{
	const char *zone = getenv("TZ");
	char *before = zone != NULL ? strdup(zone) : NULL;

	(void)state;
	/* The only way to another zone: localtime_r() has no argument for it. */
	setenv("TZ", "XXX-05:30", 1);
	tzset();
	/* 03:44 there, half an hour off. */
	expect_interval(BEGIN, 3600, true, BEGIN - 2640, BEGIN + 960);
	if (before != NULL)
		setenv("TZ", before, 1);
	else
		unsetenv("TZ");
	tzset();
	free(before);
}

/* --- retention */

static void
retention_removes_only_the_patterns_own_oldest(void **state)
{
	char *pattern = g_strdup_printf("%s/%%d/f-%%H.ipfix", folder);
	struct retention_rules rules = { .octets = 250 };
	struct retention_result result;

	(void)state;
	make_file("01/f-00.ipfix", 100, BEGIN);
	make_file("02/f-00.ipfix.gz", 100, BEGIN + 1);
	make_file("02/f-01.2.ipfix", 100, BEGIN + 2);
	make_file("02/f-02.ipfix", 100, BEGIN + 3);
	make_file("02/mine.ipfix", 1000, BEGIN - 5);
	make_file("xx/f-00.ipfix", 1000, BEGIN - 5);
	make_file("f-00.ipfix", 1000, BEGIN - 5);
	result = retention_apply(pattern, &rules, BEGIN + 10);
	assert_int_equal(result.excess_files, 2);
	assert_int_equal(result.old_files, 0);
	assert_int_equal(result.octets, 200);
	/* The folder that got empty went, too. */
	expect_names("02 f-00.ipfix xx ");
	rules = (struct retention_rules){ .days = 1 };
	result = retention_apply(pattern, &rules, BEGIN + 86402);
	assert_int_equal(result.old_files, 0);
	result = retention_apply(pattern, &rules, BEGIN + 86403);
	assert_int_equal(result.old_files, 1);
	/* Never the newest. */
	result = retention_apply(pattern, &rules, BEGIN + 999999);
	assert_int_equal(result.old_files, 0);
	g_free(pattern);
}

static void
retention_leaves_what_has_only_the_name(void **state)
{
	char *pattern = g_strdup_printf("%s/f-%%H.ipfix", folder);
	char *notes = g_strdup_printf("%s/f-00.ipfix", folder);
	struct retention_rules rules = { .days = 1 };
	struct timespec times[2] = { { BEGIN, 0 }, { BEGIN, 0 } };
	int fd;

	(void)state;
	make_file("f-00.ipfix", 100, BEGIN);
	make_file("f-01.ipfix", 100, BEGIN + 1);
	fd = open(notes, O_WRONLY);
	assert_int_equal(write(fd, "notes", 5), 5);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
	assert_int_equal(
	    retention_apply(pattern, &rules, BEGIN + 999999).old_files, 0);
	expect_names("f-00.ipfix f-01.ipfix ");
	g_free(notes);
	g_free(pattern);
}

static void
links_are_neither_followed_nor_removed(void **state)
{
	char *pattern = g_strdup_printf("%s/%%d/f-%%H.ipfix", folder);
	char *link = g_strdup_printf("%s/09", folder);
	struct retention_rules rules = { .days = 1 };

	(void)state;
	make_file("real/f-00.ipfix", 1, BEGIN);
	make_file("real/f-01.ipfix", 1, BEGIN);
	assert_int_equal(symlink("real", link), 0);
	assert_int_equal(
	    retention_apply(pattern, &rules, BEGIN + 999999).old_files, 0);
	g_free(link);
	g_free(pattern);
}

/* --- compressing */

static void
need_zstd(void)
{
#ifndef HAVE_ZSTD
	skip();
#endif
}

static void
a_file_that_cannot_be_compressed_stays(void **state)
{
	char *path = g_strdup_printf("%s/a", folder);

	(void)state;
	need_zstd();
	make_file("a", 10, BEGIN);
	make_file("a.gz", 10, BEGIN);
	assert_int_equal(compress_file(path, ARCHIVE_GZIP), -1);
	assert_int_equal(errno, EEXIST);
	expect_names("a a.gz ");
	assert_int_equal(compress_file(path, ARCHIVE_ZSTD), 0);
	expect_names("a.gz a.zst ");
	g_free(path);
}

/* A kill between its name and that removal left both, for ever. */
static void
a_plain_file_that_was_only_to_be_removed_is(void **state)
{
	char *path = g_strdup_printf("%s/a", folder);

	(void)state;
	make_file("a", 10, BEGIN);
	assert_int_equal(compress_file(path, ARCHIVE_GZIP), 0);
	make_file("a", 10, BEGIN + 1); /* another one */
	assert_int_equal(compress_file(path, ARCHIVE_GZIP), -1);
	assert_int_equal(unlink(path), 0);
	make_file("a", 10, BEGIN);
	assert_int_equal(compress_file(path, ARCHIVE_GZIP), 0);
	expect_names("a.gz ");
	g_free(path);
}

static void
a_compressed_file_has_the_time_of_the_plain_one(void **state)
{
	char *path = g_strdup_printf("%s/a", folder);
	char *packed = g_strdup_printf("%s/a.zst", folder);
	struct stat status;

	(void)state;
	need_zstd();
	make_file("a", 1 << 20, BEGIN);
	assert_int_equal(compress_file(path, ARCHIVE_ZSTD), 0);
	assert_int_equal(stat(packed, &status), 0);
	assert_int_equal(status.st_mtime, BEGIN);
	assert_true(status.st_size < 1000);
	g_free(packed);
	g_free(path);
}

/* --- archives */

static struct destination *
started(void)
{
	char *spec = g_strdup_printf("archive:%s/%%H%%M.ipfix", folder);
	bool live = options.live;
	struct destination *d;

	/* Without an output thread; that has a test of its own. */
	options.live = false;
	d = fixture_destination(spec, &options);
	d->options.live = live;
	if (d->ops->start(d) != 0)
		fail_msg("%s", d->error);
	fixture_templates(d, &template, &types);
	g_free(spec);
	return d;
}

static int64_t
turn(struct destination *d, int64_t seconds)
{
	return d->ops->turn(d, timestamp_from(seconds, 0)).ns / NS_PER_SECOND;
}

static void
finish(struct destination **d, int expected)
{
	assert_int_equal((*d)->ops->finish(*d), expected);
	assert_true(destination_balanced(&(*d)->counts));
	assert_int_equal((*d)->counts.waiting, 0);
}

static void
each_file_has_templates_and_a_sequence_of_its_own(void **state)
{
	static const uint8_t marks[] = { 'I', 'T', 'b', 'c' };
	static const uint32_t sequences[] = { 0, 3, 3, 8 };
	struct destination *d = started();
	uint8_t octets[10 * FIXTURE_OCTETS];

	(void)state;
	assert_int_equal(turn(d, BEGIN + 7), BEGIN + 60);
	fixture_data(d, 7, 'a');
	assert_int_equal(turn(d, BEGIN + 60), BEGIN + 120);
	fixture_data(d, 5, 'b');
	fixture_data(d, 1, 'c');
	finish(&d, 0);
	assert_int_equal(d->counts.delivered, 13);
	assert_int_equal(d->counts.files, 2);
	expect_names("2214.ipfix 2215.ipfix ");
	assert_int_equal(
	    slurp("2215.ipfix", octets, sizeof(octets)), 4 * FIXTURE_OCTETS);
	for (size_t i = 0; i < 4; i++) {
		const uint8_t *m = octets + i * FIXTURE_OCTETS;

		assert_int_equal(m[MESSAGE_HEADER_OCTETS], marks[i]);
		assert_int_equal(fixture_sequence(m), sequences[i]);
	}
	destination_free(&d);
}

static void
an_interval_without_a_record_has_no_file(void **state)
{
	struct destination *d = started();

	(void)state;
	turn(d, BEGIN);
	turn(d, BEGIN + 60);
	fixture_data(d, 1, 'a');
	turn(d, BEGIN + 600);
	finish(&d, 0);
	expect_names("2215.ipfix ");
	destination_free(&d);
}

static void
nothing_is_overwritten(void **state)
{
	struct destination *d = started();

	(void)state;
	make_file("2214.ipfix", 3, BEGIN);
	make_file("2214.1.ipfix.zst", 3, BEGIN);
	turn(d, BEGIN);
	fixture_data(d, 1, 'a');
	d->ops->rotate(d);
	d->ops->rotate(d);
	fixture_data(d, 1, 'a');
	finish(&d, 0);
	expect_names("2214.1.ipfix.zst 2214.2.ipfix 2214.3.ipfix 2214.ipfix ");
	destination_free(&d);
}

static void
files_rotate_by_size(void **state)
{
	struct destination *d;

	(void)state;
	options.archive.rotate_octets = PREAMBLE + 2 * FIXTURE_OCTETS;
	d = started();
	turn(d, BEGIN);
	for (int i = 0; i < 5; i++)
		fixture_data(d, 1, 'a');
	finish(&d, 0);
	assert_int_equal(d->counts.files, 3);
	expect_names("2214.1.ipfix 2214.2.ipfix 2214.ipfix ");
	destination_free(&d);
}

static void
the_system_clock_names_files_when_it_is_asked_for(void **state)
{
	struct destination *d;
	char *text;

	(void)state;
	options.live = true;
	options.archive.rotate_seconds = 86400;
	d = started();
	assert_true(turn(d, BEGIN) > BEGIN + 86400);
	fixture_data(d, 1, 'a');
	finish(&d, 0);
	text = names();
	assert_string_equal(text, "0000.ipfix ");
	g_free(text);
	destination_free(&d);
}

static uint64_t
test_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Sees to it that what waits is tried, whatever the back-off. */
static void
tick(struct destination *d)
{
	struct timespec wait = { 0, 120 * 1000 * 1000 };

	nanosleep(&wait, NULL);
	d->ops->tick(d, test_clock_ms());
}

static void
a_full_disk_recovers_without_a_loss(void **state)
{
	static const int codes[] = { ENOSPC, EDQUOT, EIO };
	uint8_t octets[10 * FIXTURE_OCTETS];

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct destination *d = started();

		full_error = codes[i];
		space = PREAMBLE + FIXTURE_OCTETS + 30;
		turn(d, BEGIN + (int64_t)i * 3600);
		fixture_data(d, 2, 'a');
		fixture_data(d, 3, 'b');
		tick(d);
		assert_int_equal(d->counts.waiting, 5);
		/* The next file's wait behind it. */
		turn(d, BEGIN + (int64_t)i * 3600 + 60);
		fixture_data(d, 4, 'c');
		space = SIZE_MAX;
		finish(&d, 0);
		assert_int_equal(d->counts.delivered, 9);
		assert_int_equal(d->counts.files, 2);
		destination_free(&d);
	}
	expect_names("0014.ipfix 0015.ipfix 2214.ipfix 2215.ipfix "
	             "2314.ipfix 2315.ipfix ");
	assert_int_equal(
	    slurp("2214.ipfix", octets, sizeof(octets)), 4 * FIXTURE_OCTETS);
	assert_int_equal(fixture_sequence(octets + 3 * FIXTURE_OCTETS), 5);
	assert_int_equal(octets[4 * FIXTURE_OCTETS - 1], 'b');
}

static void
the_file_is_cut_back_to_whole_messages(void **state)
{
	struct destination *d = started();
	struct dirent *entry;
	struct stat status;
	DIR *dir;

	(void)state;
	turn(d, BEGIN);
	fixture_data(d, 1, 'a');
	fixture_data(d, 1, 'b');
	space = PREAMBLE + FIXTURE_OCTETS + 30;
	tick(d);
	dir = opendir(folder);
	while ((entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, ".2214.ipfix.", 12) == 0) {
			assert_int_equal(
			    fstatat(dirfd(dir), entry->d_name, &status, 0), 0);
			assert_int_equal(
			    status.st_size, PREAMBLE + FIXTURE_OCTETS);
		}
	closedir(dir);
	space = SIZE_MAX;
	finish(&d, 0);
	destination_free(&d);
}

static void
beyond_the_bound_the_oldest_are_lost_and_counted(void **state)
{
	struct destination *d;
	uint8_t octets[20 * FIXTURE_OCTETS];

	(void)state;
	options.live = true; /* nobody waits */
	options.archive.clock = ARCHIVE_CLOCK_CAPTURE;
	options.archive.memory_octets = PREAMBLE + 3 * FIXTURE_OCTETS;
	d = started();
	space = 0;
	turn(d, BEGIN);
	fixture_data(d, 1, 'a');
	tick(d);
	for (uint8_t i = 1; i < 8; i++)
		fixture_data(d, 1, (uint8_t)('a' + i));
	assert_int_equal(d->counts.lost[LOSS_WRITE], 5);
	space = SIZE_MAX;
	finish(&d, -1);
	assert_int_equal(d->counts.delivered, 3);
	assert_int_equal(d->counts.lost[LOSS_WRITE], 5);
	assert_int_equal(
	    slurp("2214.ipfix", octets, sizeof(octets)), 5 * FIXTURE_OCTETS);
	/* The templates stayed; the gap shows in the sequence. */
	assert_int_equal(octets[FIXTURE_OCTETS - 1], 'I');
	assert_int_equal(octets[2 * FIXTURE_OCTETS - 1], 'T');
	assert_int_equal(octets[3 * FIXTURE_OCTETS - 1], 'f');
	assert_int_equal(fixture_sequence(octets + 2 * FIXTURE_OCTETS), 3 + 5);
	destination_free(&d);
}

static void
a_disk_that_stays_full_is_given_up_at_the_end(void **state)
{
	struct destination *d;

	(void)state;
	options.send_timeout_seconds = 1;
	d = started();
	space = PREAMBLE + FIXTURE_OCTETS + 30;
	turn(d, BEGIN);
	fixture_data(d, 2, 'a');
	fixture_data(d, 3, 'b');
	finish(&d, -1);
	/* What was written is whole, and stays. */
	assert_int_equal(d->counts.delivered, 2);
	assert_int_equal(d->counts.lost[LOSS_WRITE], 3);
	expect_names("2214.ipfix ");
	destination_free(&d);
}

static void
reading_waits_for_a_full_disk_before_it_loses(void **state)
{
	struct destination *d;
	uint64_t before;

	(void)state;
	options.send_timeout_seconds = 1;
	options.archive.memory_octets = PREAMBLE + 3 * FIXTURE_OCTETS;
	d = started();
	space = 0;
	turn(d, BEGIN);
	fixture_data(d, 1, 'a');
	tick(d);
	before = test_clock_ms();
	for (int i = 0; i < 3; i++)
		fixture_data(d, 1, 'b');
	assert_true(test_clock_ms() - before >= 500);
	assert_int_equal(d->counts.lost[LOSS_WRITE], 1);
	space = SIZE_MAX;
	finish(&d, -1);
	assert_int_equal(d->counts.delivered, 3);
	destination_free(&d);
}

/* How often the log, which goes to file, says so. */
static int
said(FILE *file, const char *words)
{
	char line[512];
	int times = 0;

	rewind(file);
	while (fgets(line, sizeof(line), file) != NULL)
		times += strstr(line, words) != NULL;
	return times;
}

static void
a_full_disk_is_not_called_well_until_it_is(const char *kind)
{
	char *spec = g_strdup_printf("%s:%s/x.ipfix", kind, folder);
	struct destination *d = fixture_destination(spec, &options);
	const struct timespec due = { .tv_nsec = 250 * 1000 * 1000 };
	FILE *log = tmpfile();
	int before = dup(STDERR_FILENO);

	assert_non_null(log);
	assert_int_equal(d->ops->start(d), 0);
	fixture_templates(d, &template, &types);
	dup2(fileno(log), STDERR_FILENO);
	space = 1 << 20;
	for (int i = 0; i < 25000; i++)
		fixture_data(d, 1, 'a');
	nanosleep(&due, NULL);
	for (int i = 0; i < 100; i++)
		fixture_data(d, 1, 'a');
	assert_int_equal(said(log, "cannot write"), 1);
	assert_int_equal(said(log, "writing again"), 0);
	space = SIZE_MAX;
	finish(&d, 0);
	assert_int_equal(said(log, "writing again"), 1);
	dup2(before, STDERR_FILENO);
	close(before);
	fclose(log);
	assert_int_equal(d->counts.delivered, 25100);
	destination_free(&d);
	g_free(spec);
}

static void
a_file_on_a_full_disk_is_not_called_well_until_it_is(void **state)
{
	(void)state;
	a_full_disk_is_not_called_well_until_it_is("ipfix");
}

static void
an_archive_on_a_full_disk_is_not_called_well_until_it_is(void **state)
{
	(void)state;
	a_full_disk_is_not_called_well_until_it_is("archive");
}

static void
a_plain_file_waits_for_space_too(void **state)
{
	char *spec = g_strdup_printf("ipfix:%s/x.ipfix", folder);
	struct destination *d = fixture_destination(spec, &options);

	(void)state;
	assert_int_equal(d->ops->start(d), 0);
	fixture_templates(d, &template, &types);
	space = 1 << 20;
	for (int i = 0; i < 15000; i++)
		fixture_data(d, 1, 'a');
	assert_int_equal(d->counts.waiting, 15000);
	space = SIZE_MAX;
	finish(&d, 0);
	assert_int_equal(d->counts.delivered, 15000);
	expect_names("x.ipfix ");
	destination_free(&d);
	g_free(spec);
}

static void
an_archive_that_is_given_up_leaves_no_temporary_file(void **state)
{
	struct destination *d = started();

	(void)state;
	turn(d, BEGIN);
	fixture_data(d, 1, 'a');
	tick(d);
	destination_free(&d);
	expect_names("");
}

/* It closed the descriptor 0. */
static void
a_file_without_memory_for_its_name_closes_nothing(void **state)
{
	struct destination *d = started();
	int before = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	/* So that 0 is open whatever runs the test. */
	assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
	turn(d, BEGIN);
	no_name = true;
	fixture_data(d, 1, 'a');
	no_name = false;
	assert_int_equal(d->counts.lost[LOSS_WRITE], 1);
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	fixture_data(d, 2, 'b');
	finish(&d, -1);
	assert_int_equal(d->counts.delivered, 2);
	destination_free(&d);
	close(before);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_conversions_of_known_width_make_a_pattern),
		TEST(a_pattern_is_expanded_in_the_time_asked_for),
		TEST(only_names_of_the_pattern_match),
		TEST(intervals_are_aligned_to_the_clock),
		TEST(intervals_are_aligned_to_the_local_clock),
		TEST(retention_removes_only_the_patterns_own_oldest),
		TEST(retention_leaves_what_has_only_the_name),
		TEST(links_are_neither_followed_nor_removed),
		TEST(a_file_that_cannot_be_compressed_stays),
		TEST(a_plain_file_that_was_only_to_be_removed_is),
		TEST(a_compressed_file_has_the_time_of_the_plain_one),
		TEST(each_file_has_templates_and_a_sequence_of_its_own),
		TEST(an_interval_without_a_record_has_no_file),
		TEST(nothing_is_overwritten),
		TEST(files_rotate_by_size),
		TEST(the_system_clock_names_files_when_it_is_asked_for),
		TEST(a_full_disk_recovers_without_a_loss),
		TEST(the_file_is_cut_back_to_whole_messages),
		TEST(beyond_the_bound_the_oldest_are_lost_and_counted),
		TEST(a_disk_that_stays_full_is_given_up_at_the_end),
		TEST(reading_waits_for_a_full_disk_before_it_loses),
		TEST(a_plain_file_waits_for_space_too),
		TEST(a_file_on_a_full_disk_is_not_called_well_until_it_is),
		TEST(an_archive_on_a_full_disk_is_not_called_well_until_it_is),
		TEST(a_file_without_memory_for_its_name_closes_nothing),
		TEST(an_archive_that_is_given_up_leaves_no_temporary_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

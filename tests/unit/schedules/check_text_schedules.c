/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Schedules of failures for text files (schedule.h): json and csv, live and
 * over files, with names that stay or that the time makes, rotated by size, by
 * request, by somebody who moves them away, and compressed.
 *
 * Each seed plays several runs on one folder; between them the exporter was
 * killed or ended.  The invariant after each run:
 *
 *	written + lost = due	by the books
 *	written = on disk	of this run's records, each in one file, once
 *	missing ≤ lost		of this run's and of those on disk before it
 *
 * and every file has whole lines, a table its header first and nowhere else.
 * Half a line may only be the end of a file: what a kill left and no run has
 * written to since, or what a disk refused to cut off.
 *
 * check_text_schedules SEED plays one schedule.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "exflow/output/destination.h"
#include "exflow/text/kinds.h"

#include "schedule.h"

#define SEEDS 2000
#define RUNS 3
#define RECORDS_MAX 65536
#define TEXT_MAX ((size_t)1 << 20)
#define TORN_MAX 64
#define BEGIN 1700000000

static uint32_t next_record, first_of_run, put_at_kill, moved;
static bool expected[RECORDS_MAX]; /* of the books of this run */
static uint8_t on_disk[RECORDS_MAX];
static bool table;    /* csv, else json */
static bool has_twin; /* the file that is looked at */
/* These were in a file and in its twin, whatever became of them since. */
static bool twice[RECORDS_MAX];
/* So may any be: a file could not be removed when it was compressed. */
static bool any_twice;

/* Files that end with half a line. */
static struct torn {
	char path[160];
	size_t octets;
} torn[TORN_MAX];
static size_t torn_count;

/* --- calls of text files that the fixture does not have */

ssize_t __real_write(int fd, const void *octets, size_t n);
ssize_t __wrap_write(int fd, const void *octets, size_t n);
int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, ...);
int __real_ftruncate(int fd, off_t length);

/* The copy has a part of what is written at the end of the file. */
static void
kill_amid(int fd, const void *octets, size_t n)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	struct stat before;

	if (!schedule_kill_is_due() || fstat(fd, &before) != 0)
		return;
	(void)!__real_write(fd, octets, schedule_random((uint32_t)n + 1));
	schedule_kill();
	(void)!__real_ftruncate(fd, before.st_size);
	(void)lseek(fd, at, SEEK_SET);
}

ssize_t
__wrap_write(int fd, const void *octets, size_t n)
{
	if (schedule_is_own())
		return __real_write(fd, octets, n);
	kill_amid(fd, octets, n);
	if (schedule_is_full() || schedule_fails(EIO)) {
		errno = schedule_chance(800) ? ENOSPC : EIO;
		return -1;
	}
	if (n > 1 && schedule_chance(schedule_disk.fails))
		n = 1 + schedule_random((uint32_t)n - 1);
	return __real_write(fd, octets, n);
}

int
__wrap_open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode = 0;

	va_start(arguments, flags);
	if (flags & O_CREAT)
		mode = (mode_t)va_arg(arguments, unsigned);
	va_end(arguments);
	return schedule_fails(EMFILE) ? -1 : __real_open(path, flags, mode);
}

/* --- what the disk holds */

/* The number of a whole line's record; UINT32_MAX: it is none. */
static uint32_t
record_of(const char *line, size_t length)
{
	const char *key = "{\"flowId\":", *at = line;
	const char *rest = table ? "\n" : "}\n";
	char *end;
	unsigned long number;

	if (table)
		at = (const char *)memrchr(line, ',', length) + 1;
	else if (length < strlen(key) || memcmp(at, key, strlen(key)) != 0)
		return UINT32_MAX;
	else
		at += strlen(key);
	if (at < line || (table && memcmp(line, "10.0.0.5,", 9) != 0))
		return UINT32_MAX;
	number = strtoul(at, &end, 10);
	if (number >= RECORDS_MAX || end + strlen(rest) != line + length ||
	    memcmp(end, rest, strlen(rest)) != 0)
		return UINT32_MAX;
	return (uint32_t)number;
}

static void
look_at_line(const char *path, const char *line, size_t length)
{
	uint32_t number = record_of(line, length);

	if (number == UINT32_MAX) {
		printf("%s: %.*s", path, (int)length, line);
		schedule_fail("a line is a record", length, 0);
	}
	twice[number] |= has_twin;
	any_twice |= schedule_disk.remove_failed;
	if (on_disk[number] > 0 && !twice[number] && !any_twice)
		schedule_fail("a record is there once", number, 0);
	on_disk[number] = 1;
}

static void
remember_torn(const char *path, size_t octets)
{
	if (torn_count == TORN_MAX)
		schedule_fail("few files end with half a line", TORN_MAX, 0);
	snprintf(torn[torn_count].path, sizeof(torn->path), "%s", path);
	torn[torn_count++].octets = octets;
}

static void
look_at_text(const char *path, const char *text, size_t octets)
{
	size_t at = 0;

	while (at < octets) {
		const char *line = text + at;
		const char *feed = memchr(line, '\n', octets - at);

		if (feed == NULL) {
			remember_torn(path, octets);
			return;
		}
		if (!table || at > 0)
			look_at_line(path, line, (size_t)(feed + 1 - line));
		else if (strncmp(line, "s_ip,", 5) != 0)
			schedule_fail("a table has its header", 0, 0);
		at = (size_t)(feed + 1 - text);
	}
}

static size_t
inflate_all(const uint8_t *octets, size_t length, char *text)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)octets,
		.avail_in = (uInt)length,
		.next_out = (Bytef *)text,
		.avail_out = TEXT_MAX };

	if (inflateInit2(&z, 15 + 16) != Z_OK ||
	    inflate(&z, Z_FINISH) != Z_STREAM_END)
		schedule_fail("a compressed file is whole", length, 0);
	inflateEnd(&z);
	return z.total_out;
}

static bool
ends_with(const char *path, const char *suffix)
{
	size_t length = strlen(path), end = strlen(suffix);

	return length > end && strcmp(path + length - end, suffix) == 0;
}

/*
 * Both the file and what it was compressed into are there, as after a kill
 * between the two, or after a later run with the same name.
 */
static bool
find_twin(const char *path)
{
	char other[200];

	snprintf(other, sizeof(other), "%s.gz", path);
	if (ends_with(path, ".gz"))
		other[strlen(path) - 3] = '\0';
	return access(other, F_OK) == 0;
}

static void
look_at_file(
    void *context, const char *path, const uint8_t *octets, size_t length)
{
	static char text[TEXT_MAX];
	const char *name = strrchr(path, '/') + 1;

	(void)context;
	if (name[0] == '.')
		return; /* compression has not finished with it */
	has_twin = find_twin(path);
	if (ends_with(path, ".gz"))
		look_at_text(path, text, inflate_all(octets, length, text));
	else
		look_at_text(path, (const char *)octets, length);
}

static void
look_at_disk(void)
{
	memset(on_disk, 0, sizeof(on_disk));
	torn_count = 0;
	schedule_each_file(look_at_file, NULL);
}

/* --- the books */

static bool
was_torn(const struct torn *before, size_t count, const struct torn *now)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(before[i].path, now->path) == 0 &&
		    before[i].octets == now->octets)
			return true;
	return false;
}

static void
check_books(const struct destination_counts *counts,
    const struct torn *torn_before, size_t torn_count_before)
{
	uint64_t missing = 0, written = 0;

	if (!destination_balanced(counts) || counts->waiting != 0)
		schedule_fail("balanced", counts->records_due, counts->waiting);
	look_at_disk();
	for (uint32_t i = 0; i < next_record; i++) {
		missing += expected[i] && on_disk[i] == 0;
		written += i >= first_of_run && on_disk[i] > 0;
	}
	if (written != counts->delivered)
		schedule_fail("written = on disk", counts->delivered, written);
	if (missing > destination_lost(counts))
		schedule_fail(
		    "missing ≤ lost", missing, destination_lost(counts));
	for (size_t i = 0; i < torn_count; i++)
		if (!was_torn(torn_before, torn_count_before, &torn[i]) &&
		    !schedule_disk.cut_failed)
			schedule_fail("lines are whole", torn[i].octets, 0);
}

/* --- one run */

static void
put_record(struct destination *d)
{
	struct exchange exchange = { .address = { { 10, 0, 0, 5 },
		                         { 93, 184, 216, 34 } },
		.port = { 51234, 443 },
		.protocol = 17,
		.ip_version = 4,
		.flow_id = next_record };

	for (int i = 0; i < 2; i++)
		exchange.side[i] = (struct exchange_side){ .packets = 1,
			.ip_octets = 28,
			.first = timestamp_from(BEGIN, 0),
			.last = timestamp_from(BEGIN, 0) };
	if (next_record + 1 == RECORDS_MAX)
		schedule_fail("few records", next_record, 0);
	expected[next_record++] = true;
	d->counts.records_due++;
	d->counts.waiting++;
	d->ops->exchanges(d, &exchange, 1);
}

/* It may be compressed just now, and is then in both files. */
static void
expect_twice(const char *text, size_t octets)
{
	for (size_t at = 0; at < octets;) {
		const char *line = text + at;
		const char *feed = memchr(line, '\n', octets - at);
		uint32_t number;

		if (feed == NULL)
			return;
		number = record_of(line, (size_t)(feed + 1 - line));
		if (number != UINT32_MAX)
			twice[number] = true;
		at = (size_t)(feed + 1 - text);
	}
}

/* What logrotate does before it sends SIGHUP. */
static void
move_one_away(
    void *context, const char *path, const uint8_t *octets, size_t length)
{
	char to[200];
	bool *done = context;

	if (*done || length == 0 || octets[length - 1] != '\n' ||
	    strrchr(path, '/')[1] == '.' || ends_with(path, ".gz"))
		return;
	snprintf(to, sizeof(to), "%s-%u", path, moved++);
	if (rename(path, to) != 0)
		return;
	*done = true;
	expect_twice((const char *)octets, length);
}

static void
rotate(struct destination *d)
{
	bool done = false;

	if (schedule_chance(700)) {
		d->ops->rotate(d);
		return;
	}
	if (schedule_chance(700))
		schedule_each_file(move_one_away, &done);
	d->ops->reopen(d);
}

static void
put_records(struct destination *d)
{
	uint32_t most = schedule_chance(100) ? 300 : 50;

	for (uint32_t n = schedule_random(40); n > 0; n--) {
		for (uint32_t k = schedule_random(most); k > 0; k--)
			put_record(d);
		schedule_advance(schedule_random(600));
		if (d->ops->rotate != NULL && schedule_chance(60))
			rotate(d);
		if (schedule_chance(300))
			(void)d->ops->tick(d, schedule_now());
	}
}

static struct destination *
output_new(bool calm)
{
	struct destination_options options;
	char target[96], spec[120], error[DESTINATION_ERROR_SIZE];
	bool timed = schedule_chance(300);
	struct destination *d;

	destination_options_init(&options);
	options.live = schedule_chance(700);
	options.send_timeout_seconds = 1 + schedule_random(3);
	options.text.columns = "flowId";
	options.archive.clock = ARCHIVE_CLOCK_SYSTEM;
	options.archive.rotate_seconds = 5;
	if (schedule_chance(300))
		options.archive.rotate_octets = 500 + schedule_random(5000);
	if (schedule_chance(200))
		options.archive.compression = ARCHIVE_GZIP;
	if (!calm)
		options.archive.memory_octets = 1 << 18;
	snprintf(target, sizeof(target), "%s/%s%s", schedule_folder(),
	    timed ? "%H%M%S" : "out", table ? "" : ".json");
	snprintf(spec, sizeof(spec), "%s:%s", table ? "csv" : "json", target);
	d = (table ? csv_new : json_new)(spec, target, &options, error);
	if (d == NULL)
		schedule_fail(error, 0, 0);
	return d;
}

static void
remember_kill(void)
{
	put_at_kill = next_record;
}

static void
set_disk(bool calm)
{
	schedule_disk = (struct schedule_disk){ .at_kill = remember_kill };
	if (calm)
		return;
	schedule_disk.fails = schedule_random(3) == 0 ? 30 : 0;
	schedule_disk.full = schedule_random(3) == 0 ? 20 : 0;
	if (schedule_chance(100)) /* so long that the oldest are lost */
		schedule_disk.full_until_ms =
		    schedule_now() + schedule_random(60000);
	if (schedule_chance(400))
		schedule_disk.kill_in = 1 + schedule_random(20);
}

static void
play(bool calm)
{
	struct torn torn_before[TORN_MAX];
	size_t torn_count_before;
	struct destination *d;

	look_at_disk();
	memcpy(torn_before, torn, sizeof(torn));
	torn_count_before = torn_count;
	set_disk(calm);
	d = output_new(calm);
	/* A run over files may replace whatever has the name. */
	for (uint32_t i = 0; i < next_record; i++)
		expected[i] = d->options.live && on_disk[i] > 0;
	first_of_run = next_record;
	if (d->ops->start(d) == 0) {
		put_records(d);
		(void)d->ops->finish(d);
		check_books(&d->counts, torn_before, torn_count_before);
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
	memset(twice, 0, sizeof(twice));
	any_twice = schedule_disk.remove_failed = false;
	table = seed % 3 == 0;
	for (int i = 0; i < RUNS; i++) {
		play(seed % 20 == 0);
		if (schedule_disk.killed) {
			schedule_restore();
			next_record = put_at_kill;
		}
	}
}

int
main(int argc, char **argv)
{
	return schedule_main(argc, argv, SEEDS, play_seed);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Live, outputs to files and pipes have a thread and a queue of their own. */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "exflow/export/exporter.h"
#include "exflow/export/kinds.h"
#include "exflow/ipfixfile/reader.h"

#include "../../../src/output/output_event.h"

#include "../export_fixture.h"

static char folder[32];

/*
 * No memory for events with records, or for all others.  The linker has the calls
 * of output_event_new() and output_event_new_exchanges() come here.
 */
static enum {
	THERE_IS,
	NONE_FOR_RECORDS,
	NONE_FOR_OTHERS
} memory;

struct output_event *__real_output_event_new(
    const struct output_event *head, const void *octets, size_t n);
struct output_event *__wrap_output_event_new(
    const struct output_event *head, const void *octets, size_t n);

struct output_event *
__wrap_output_event_new(
    const struct output_event *head, const void *octets, size_t n)
{
	if (memory == (n > 0 ? NONE_FOR_RECORDS : NONE_FOR_OTHERS))
		return NULL;
	return __real_output_event_new(head, octets, n);
}

struct output_event *__real_output_event_new_exchanges(
    const struct exchange *exchanges, size_t n);
struct output_event *__wrap_output_event_new_exchanges(
    const struct exchange *exchanges, size_t n);

struct output_event *
__wrap_output_event_new_exchanges(const struct exchange *exchanges, size_t n)
{
	return memory == NONE_FOR_RECORDS
	           ? NULL
	           : __real_output_event_new_exchanges(exchanges, n);
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/check_output_thread.XXXXXX");
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	return fixture_remove_folder(folder);
}

static double
clock_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct destination *
live(const char *kind, const char *name)
{
	struct destination_options options;
	char spec[128];

	destination_options_init(&options);
	options.live = true;
	options.wait = false;
	options.queue_octets = QUEUE_OCTETS_MIN;
	options.shutdown_timeout_seconds = 1;
	options.archive.rotate_seconds = 0; /* one file, whatever the time */
	snprintf(spec, sizeof(spec), "%s:%s/%s", kind, folder, name);
	return fixture_destination(spec, &options);
}

/* With quality: the idle time is the number of the exchange. */
static void
put_some(struct exporter_port *port, uint64_t first, uint64_t n, bool quality)
{
	for (uint64_t i = first; i < first + n; i++) {
		timestamp at = { (INT64_C(1700000000000) + (int64_t)i) *
			         1000000 };
		struct exchange exchange = {
			.ip_version = 4,
			.protocol = 17,
			.flow_id = i,
			.end = END_IDLE,
			.end_reason = 1,
		};
		struct exchange_quality figures;

		quality_figures_init(&figures);
		figures.idle_time = i;
		exchange.quality = quality ? &figures : NULL;
		exchange.side[CLIENT] = (struct exchange_side){
			.first = at, .last = at, .packets = 1
		};
		exporter_put(port, &exchange);
	}
	exporter_port_flush(port);
}

static void
put(struct exporter_port *port, uint64_t first, uint64_t n)
{
	put_some(port, first, n, false);
}

/* Wait until an output has delivered or lost so many records. */
static void
until_over(struct exporter *exporter, size_t output, uint64_t records)
{
	struct timespec pause = { .tv_nsec = 20000000 };
	struct exporter_status status;
	uint64_t over = 0;

	for (int i = 0; i < 1000 && over < records; i++) {
		nanosleep(&pause, NULL);
		assert_int_equal(exporter_status(exporter, &status), 0);
		over = status.outputs[output].counts.delivered +
		       destination_lost(&status.outputs[output].counts);
		exporter_status_clear(&status);
	}
	assert_true(over >= records);
}

static void
make_pipe(const char *name, int *reader)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(mkfifo(path, 0600), 0);
	*reader = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(*reader >= 0);
}

/* Nobody reads the pipe: its records are lost, the archive gets all. */
static void
a_reader_that_sleeps_holds_up_no_other_output(void **state)
{
	struct exporter_port *port;
	struct exporter *exporter;
	struct destination *d[2];
	const struct destination *stuck, *file;
	char error[DESTINATION_ERROR_SIZE];
	double start;
	int reader;

	(void)state;
	make_pipe("pipe", &reader);
	d[0] = live("json", "pipe");
	d[1] = live("archive", "%Y.ipfix");
	exporter = exporter_new(d, 2, error, sizeof(error));
	assert_non_null(exporter);
	port = exporter_port_new(exporter);
	for (uint64_t i = 0; i < 100; i++) {
		put(port, i * 200, 200); /* 1.2 s in all, and no less */
		nanosleep(&(struct timespec){ .tv_nsec = 12000000 }, NULL);
	}
	exporter_port_free(&port);
	start = clock_seconds();
	assert_int_equal(exporter_finish(exporter), -1);
	assert_true(clock_seconds() - start < 20);
	stuck = exporter_destination(exporter, 0);
	file = exporter_destination(exporter, 1);
	assert_true(destination_balanced(&stuck->counts));
	assert_int_equal(stuck->counts.records_due, 20000);
	assert_int_equal(stuck->counts.waiting, 0);
	assert_true(stuck->counts.lost[LOSS_QUEUE] > 0);
	assert_true(stuck->counts.lost[LOSS_WRITE] > 0);
	assert_non_null(strstr(stuck->error, "not come back"));
	assert_true(destination_balanced(&file->counts));
	assert_int_equal(file->counts.delivered, 20000);
	assert_int_equal(file->counts.files, 1);
	exporter_free(&exporter);
	close(reader);
}

/* An output that is not stuck gets all, in order, before the end. */
static void
everything_goes_through_in_order(void **state)
{
	struct destination *d[3] = { live("csv", ""), live("ipfix", "a.ipfix"),
		live("json", "rows") };
	struct exporter_port *port;
	struct exporter *exporter;
	char error[DESTINATION_ERROR_SIZE], path[64], line[8192], expected[64];
	FILE *rows;
	uint64_t n = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		d[i]->options.shutdown_timeout_seconds = 30;
	exporter = exporter_new(d, 3, error, sizeof(error));
	assert_non_null(exporter);
	port = exporter_port_new(exporter);
	put(port, 0, 1000);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	for (size_t i = 0; i < 3; i++)
		fixture_assert_finished(
		    exporter_destination(exporter, i), 1000, LOSS_QUEUE, 0);
	exporter_free(&exporter);
	snprintf(path, sizeof(path), "%s/rows", folder);
	rows = fopen(path, "r");
	assert_non_null(rows);
	while (fgets(line, sizeof(line), rows) != NULL) {
		snprintf(
		    expected, sizeof(expected), "\"flowId\":%u", (unsigned)n++);
		assert_non_null(strstr(line, expected));
	}
	assert_int_equal(n, 1000);
	fclose(rows);
}

/*
 * The interval of a capture's clock ends between two records, as it does
 * without an output thread.
 */
static void
a_turn_comes_between_the_records_that_it_parts(void **state)
{
	struct destination_options options;
	struct destination *d;
	struct exporter_port *port;
	struct exporter *exporter;
	char error[DESTINATION_ERROR_SIZE], pattern[64];

	(void)state;
	destination_options_init(&options);
	options.live = true;
	options.wait = false;
	options.archive.clock = ARCHIVE_CLOCK_CAPTURE;
	options.archive.rotate_seconds = 10;
	snprintf(pattern, sizeof(pattern), "%s/%%H%%M%%S.ipfix", folder);
	d = destination_new_archive("turns", pattern, &options, error);
	assert_non_null(d);
	exporter = exporter_new(&d, 1, error, sizeof(error));
	assert_non_null(exporter);
	port = exporter_port_new(exporter);
	/* A record every millisecond: 30 s from 22:13:20 on. */
	put(port, 0, 10000);
	put(port, 10000, 10000);
	put(port, 20000, 10000);
	until_over(exporter, 0, 20000);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	assert_int_equal(exporter_destination(exporter, 0)->counts.files, 3);
	exporter_free(&exporter);
}

static uint64_t
count_lines(const char *name)
{
	char path[64];
	uint64_t lines = 0;
	FILE *file;
	int c;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "r");
	while (file != NULL && (c = getc(file)) != EOF)
		lines += c == '\n';
	if (file != NULL)
		fclose(file);
	return lines;
}

/* Half a line that a kill left goes though no record comes. */
static void
a_tick_comes_before_the_first_record(void **state)
{
	struct destination *d = live("json", "idle.json");
	struct stat status = { .st_size = 1 };
	char path[64];
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s/idle.json", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("{\"flowId\":", file);
	fclose(file);
	assert_int_equal(d->ops->start(d), 0);
	for (int i = 0; i < 1000 && status.st_size > 0; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
		assert_int_equal(stat(path, &status), 0);
	}
	assert_int_equal(status.st_size, 0);
	assert_int_equal(d->ops->finish(d), 0);
	destination_free(&d);
}

/* Until the export thread has given so many records to the first output. */
static void
until_taken(struct exporter *exporter, uint64_t records)
{
	struct exporter_status status;
	uint64_t due = 0;

	for (int i = 0; i < 10000 && due < records; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		assert_int_equal(exporter_status(exporter, &status), 0);
		due = status.outputs[0].counts.records_due;
		exporter_status_clear(&status);
	}
	assert_int_equal(due, records);
}

static void
replace(struct exporter *exporter, bool with_json)
{
	struct destination *d[2] = { live("archive", "%Y.ipfix"),
		with_json ? live("json", "x.json") : NULL };
	char error[DESTINATION_ERROR_SIZE];

	if (exporter_replace(
	        exporter, d, with_json ? 2 : 1, error, sizeof(error)) != 0)
		fail_msg("%s", error);
}

/* The file of the one before may still be written when the next one starts. */
static void
taken_out_and_in_again_a_file_loses_nothing(void **state)
{
	struct destination *d[2] = { live("archive", "%Y.ipfix"),
		live("json", "x.json") };
	char error[DESTINATION_ERROR_SIZE];
	struct exporter *exporter = exporter_new(d, 2, error, sizeof(error));
	struct exporter_port *port = exporter_port_new(exporter);

	(void)state;
	for (uint64_t i = 0; i < 8; i++) {
		put(port, 2000 * i, 2000);
		until_taken(exporter, 2000 * (i + 1));
		replace(exporter, false);
		replace(exporter, true);
	}
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	exporter_free(&exporter);
	assert_int_equal(count_lines("x.json"), 16000);
}

static void
what_cannot_be_started_says_so(void **state)
{
	struct destination *d = live("ipfix", "nowhere/a.ipfix");

	(void)state;
	assert_int_equal(d->ops->start(d), -1);
	assert_non_null(strstr(d->error, "nowhere"));
	destination_free(&d);
}

static bool
holds(const char *path, const char *text)
{
	char octets[64] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	(void)!fread(octets, 1, sizeof(octets) - 1, file);
	fclose(file);
	return strcmp(octets, text) == 0;
}

/* An empty file had taken its place, when the other output did not start. */
static void
a_start_in_vain_leaves_an_older_file(void **state)
{
	struct destination *d[2] = { live("ipfix", "a.ipfix"),
		live("ipfix", "nowhere/b.ipfix") };
	char error[DESTINATION_ERROR_SIZE], path[64], command[128];
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s/a.ipfix", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("the older one", file);
	fclose(file);
	assert_null(exporter_new(d, 2, error, sizeof(error)));
	assert_non_null(strstr(error, "nowhere"));
	/* So long would a thread have been at it. */
	nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
	assert_true(holds(path, "the older one"));
	snprintf(
	    command, sizeof(command), "test \"$(ls -A %s)\" = a.ipfix", folder);
	assert_int_equal(system(command), 0);
}

static void
two_of_the_same_are_the_same(void **state)
{
	struct destination *a = live("archive", "%Y.ipfix"),
	                   *b = live("archive", "%Y.ipfix"),
	                   *c = live("archive", "%y.ipfix");

	(void)state;
	assert_true(destination_same(a, b));
	assert_false(destination_same(a, c));
	assert_string_equal(a->ops->scheme, "archive");
	assert_non_null(a->ops->rotate);
	destination_free(&a);
	destination_free(&b);
	destination_free(&c);
	a = live("ipfix", "a");
	assert_true(a->ops->once);
	assert_null(a->ops->rotate);
	destination_free(&a);
}

/*
 * What it takes, which the export thread asks: csv had each part of a long
 * exchange in a row, live, instead of one row for all of it.
 */
static void
it_takes_what_its_output_takes(void **state)
{
	static const char *const kinds[] = { "csv", "json", "tstat",
		"archive" };

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct destination_options options;
		struct destination *output, *proxy = live(kinds[i], "x");
		bool rows = strcmp(kinds[i], "csv") == 0 ||
		            strcmp(kinds[i], "tstat") == 0;
		char spec[64];

		destination_options_init(&options);
		snprintf(spec, sizeof(spec), "%s:%s/x", kinds[i], folder);
		output = fixture_destination(spec, &options);
		assert_ptr_not_equal(output->ops, proxy->ops);
		assert_int_equal(proxy->ops->whole, rows);
		assert_int_equal(proxy->ops->ports_only, rows);
		assert_int_equal(output->ops->whole, rows);
		assert_int_equal(output->ops->ports_only, rows);
		assert_int_equal(proxy->ops->quality, output->ops->quality);
		destination_free(&output);
		destination_free(&proxy);
	}
}

/*
 * csv has no place for ICMP: it is not due and never in the queue, so that
 * what a full queue loses is never more than was due.
 */
static void
what_is_left_out_is_not_in_the_queue(void **state)
{
	struct exchange icmp = { .ip_version = 4,
		.protocol = 1,
		.end = END_IDLE,
		.side = { [CLIENT] = { .packets = 1 } } };
	const struct destination_counts *counts;
	struct exporter_port *port;
	struct exporter *exporter;
	char error[DESTINATION_ERROR_SIZE];
	struct destination *d;

	(void)state;
	d = live("csv", "ports");
	exporter = exporter_new(&d, 1, error, sizeof(error));
	assert_non_null(exporter);
	port = exporter_port_new(exporter);
	for (uint64_t i = 0; i < 500; i++) {
		exporter_put(port, &icmp);
		put(port, i, 1);
	}
	assert_int_equal(exporter_finish(exporter), 0);
	counts = &exporter_destination(exporter, 0)->counts;
	assert_int_equal(counts->records_due, 500);
	assert_int_equal(counts->left_out, 500);
	assert_int_equal(counts->delivered, 500);
	assert_int_equal(counts->waiting, 0);
	exporter_port_free(&port);
	exporter_free(&exporter);
}

/* Figures are copied with the exchange, as it waits for the thread. */
static void
each_exchange_keeps_its_figures_in_the_queue(void **state)
{
	struct destination_options options;
	char spec[128], path[64], line[8192], error[DESTINATION_ERROR_SIZE];
	struct exporter_port *port;
	struct exporter *exporter;
	struct destination *d;
	uint64_t lines = 0;
	FILE *file;

	(void)state;
	destination_options_init(&options);
	options.live = true;
	options.record.quality = true;
	snprintf(path, sizeof(path), "%s/figures", folder);
	snprintf(spec, sizeof(spec), "json:%s", path);
	d = fixture_destination(spec, &options);
	exporter = exporter_new(&d, 1, error, sizeof(error));
	assert_non_null(exporter);
	assert_int_equal(exporter_quality(exporter, true), 0);
	port = exporter_port_new(exporter);
	put_some(port, 0, 1000, true);
	put_some(port, 1000, 1000, false);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	exporter_free(&exporter);
	file = fopen(path, "r");
	assert_non_null(file);
	for (; fgets(line, sizeof(line), file) != NULL; lines++) {
		char wanted[64];

		snprintf(wanted, sizeof(wanted), "\"flowId\":%d%c", (int)lines,
		    lines < 1000 ? ',' : '}');
		assert_non_null(strstr(line, wanted));
		snprintf(wanted, sizeof(wanted), "\"idleTimeMicroseconds\":%d",
		    (int)lines);
		assert_int_equal(strstr(line, wanted) != NULL, lines < 1000);
	}
	fclose(file);
	assert_int_equal(lines, 2000);
}

/* It said that the queue was full, which had room for them. */
static void
records_without_memory_are_lost_and_it_says_why(void **state)
{
	struct destination *d[2] = { live("json", "rows"),
		live("ipfix", "a.ipfix") };
	struct exporter_port *port;
	struct exporter *exporter;
	char error[DESTINATION_ERROR_SIZE];

	(void)state;
	for (int i = 0; i < 2; i++)
		d[i]->options.shutdown_timeout_seconds = 30;
	exporter = exporter_new(d, 2, error, sizeof(error));
	assert_non_null(exporter);
	port = exporter_port_new(exporter);
	memory = NONE_FOR_RECORDS;
	put(port, 0, 10);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), -1);
	memory = THERE_IS;
	for (size_t i = 0; i < 2; i++) {
		const struct destination *one =
		    exporter_destination(exporter, i);

		fixture_assert_finished(one, 0, LOSS_QUEUE, 10);
		assert_string_equal(
		    one->error, "there was no memory for the queue");
	}
	exporter_free(&exporter);
}

/* Records of an IPFIX file whose templates are there. */
static uint64_t
readable_records(const char *name)
{
	char path[64], error[READER_ERROR_SIZE];
	struct reader *reader = reader_new(1, error, sizeof(error));
	struct reader_record record;
	uint64_t records = 0;

	assert_non_null(reader);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(reader_open(reader, path, error, sizeof(error)), 0);
	while (reader_next(reader, &record) == 1)
		records += !record.options;
	reader_free(&reader);
	return records;
}

/* They were lost, and with them all records, which counted as delivered. */
static void
templates_are_not_lost_without_memory(void **state)
{
	struct destination *d = live("ipfix", "a.ipfix");
	struct exporter_port *port;
	struct exporter *exporter;
	char error[DESTINATION_ERROR_SIZE];

	(void)state;
	d->options.shutdown_timeout_seconds = 30;
	memory = NONE_FOR_OTHERS;
	exporter = exporter_new(&d, 1, error, sizeof(error));
	assert_non_null(exporter);
	port = exporter_port_new(exporter);
	put(port, 0, 10);
	exporter_port_free(&port);
	assert_int_equal(exporter_finish(exporter), 0);
	memory = THERE_IS;
	fixture_assert_finished(
	    exporter_destination(exporter, 0), 10, LOSS_QUEUE, 0);
	exporter_free(&exporter);
	assert_int_equal(readable_records("a.ipfix"), 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reader_that_sleeps_holds_up_no_other_output),
		TEST(everything_goes_through_in_order),
		TEST(a_turn_comes_between_the_records_that_it_parts),
		TEST(a_tick_comes_before_the_first_record),
		TEST(taken_out_and_in_again_a_file_loses_nothing),
		TEST(what_cannot_be_started_says_so),
		TEST(a_start_in_vain_leaves_an_older_file),
		TEST(two_of_the_same_are_the_same),
		TEST(it_takes_what_its_output_takes),
		TEST(what_is_left_out_is_not_in_the_queue),
		TEST(each_exchange_keeps_its_figures_in_the_queue),
		TEST(records_without_memory_are_lost_and_it_says_why),
		TEST(templates_are_not_lost_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

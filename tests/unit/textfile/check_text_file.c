/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that people follow: how they begin, grow, rotate, and fail. */
#include "../text_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>

#include "exflow/base/clock.h"
#include "exflow/output/retry.h"
#include "exflow/text/kinds.h"

static char folder[64], path[96], spec[104];

static int
make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/check_text_file.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/out.json", folder);
	snprintf(spec, sizeof(spec), "json:%s", path);
	return 0;
}

/* What is in the folder, sorted, "a b c"; with remove it goes. */
static const char *
entries(bool remove)
{
	static char text[1024];
	struct dirent **found;
	int n = scandir(folder, &found, NULL, alphasort);
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; i < n; i++) {
		char *name = found[i]->d_name;
		char whole[400];

		snprintf(whole, sizeof(whole), "%s/%s", folder, name);
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
			used +=
			    (size_t)snprintf(text + used, sizeof(text) - used,
			        "%s%s", used > 0 ? " " : "", name);
			assert_true(used < sizeof(text));
			if (remove && unlink(whole) != 0)
				rmdir(whole);
		}
		free(found[i]);
	}
	free(found);
	return text;
}

static int
remove_folder(void **state)
{
	(void)state;
	entries(true);
	return rmdir(folder);
}

/* --- a disk that refuses to make a file shorter */

static bool no_cut;

int __real_ftruncate(int fd, off_t length);
int __wrap_ftruncate(int fd, off_t length);

int
__wrap_ftruncate(int fd, off_t length)
{
	if (!no_cut)
		return __real_ftruncate(fd, length);
	errno = EIO;
	return -1;
}

/* --- an output, without the thread that it has when live */

static struct destination *
made(const char *pattern, const struct destination_options *options)
{
	char error[DESTINATION_ERROR_SIZE] = "";
	char name[160];
	struct destination *d;

	snprintf(name, sizeof(name), "json:%s", pattern);
	d = json_new(name, pattern, options, error);
	assert_string_equal(error, "");
	assert_non_null(d);
	return d;
}

static struct destination_options
live_options(void)
{
	struct destination_options options;

	destination_options_init(&options);
	options.live = true;
	/* A line of sixteen octets or so. */
	options.text.columns = "flowId";
	return options;
}

static struct destination *
started(const struct destination_options *options)
{
	struct destination *d = made(path, options);

	if (d->ops->start(d) != 0)
		fail_msg("%s", d->error);
	return d;
}

static void
send_id(struct destination *d, uint64_t id)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_UDP, 4);

	exchange.flow_id = id;
	fixture_send(d, &exchange);
}

static void
end(struct destination **d, int expected)
{
	assert_int_equal((*d)->ops->finish(*d), expected);
	assert_int_equal((*d)->counts.waiting, 0);
	assert_true(destination_balanced(&(*d)->counts));
	destination_free(d);
}

static void
expect_text(const char *name, const char *expected)
{
	char *text = calloc(1, 65536), whole[400];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s/%s", folder, name);
	file = fopen(whole, "r");
	assert_non_null(file);
	(void)!fread(text, 1, 65535, file);
	fclose(file);
	assert_string_equal(text, expected);
	free(text);
}

static void
put_text(const char *name, const char *text)
{
	char whole[400];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s/%s", folder, name);
	file = fopen(whole, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
expect_no_start(const char *name, const struct destination_options *options,
    const char *why)
{
	struct destination *d = made(name, options);

	assert_int_equal(d->ops->start(d), -1);
	if (strstr(d->error, why) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", d->error, why);
	destination_free(&d);
}

/* --- growing */

static void
live_rows_are_in_the_file_at_once(void **state)
{
	struct destination_options options = live_options();
	struct destination *d = started(&options);

	(void)state;
	assert_string_equal(entries(false), "out.json");
	send_id(d, 1);
	expect_text("out.json", "{\"flowId\":1}\n");
	assert_int_equal(d->counts.delivered, 1);
	end(&d, 0);
	expect_text("out.json", "{\"flowId\":1}\n");
}

static void
rows_of_a_capture_are_in_the_file_within_a_second(void **state)
{
	struct destination_options options = live_options();
	struct destination *d;
	uint64_t next;

	(void)state;
	options.live = false;
	d = started(&options);
	send_id(d, 1);
	assert_int_equal(d->counts.delivered, 0);
	next = d->ops->tick(d, 5000);
	assert_in_range(next, 5001, 6000);
	expect_text("out.json", "{\"flowId\":1}\n");
	assert_int_equal(d->counts.delivered, 1);
	end(&d, 0);
}

static void
a_live_run_goes_on_behind_the_last_whole_line(void **state)
{
	struct destination_options options = live_options();
	struct destination *d;

	(void)state;
	put_text("out.json", "{\"flowId\":7}\n{\"flowId\":8,\"oct");
	d = started(&options);
	send_id(d, 9);
	end(&d, 0);
	expect_text("out.json", "{\"flowId\":7}\n{\"flowId\":9}\n");
}

static void
a_first_line_that_a_kill_cut_is_written_anew(void **state)
{
	struct destination_options options = live_options();
	struct destination *d;

	(void)state;
	put_text("out.json", "{\"flowId\":7,\"oct");
	d = started(&options);
	send_id(d, 9);
	end(&d, 0);
	expect_text("out.json", "{\"flowId\":9}\n");
}

static void
what_is_no_json_is_never_appended_to(void **state)
{
	struct destination_options options = live_options();
	char *text = malloc(40001);

	(void)state;
	put_text("out.json", "root:x:0:0:root:/root:/bin/bash\n");
	expect_no_start(path, &options, "something else than lines of JSON");
	expect_text("out.json", "root:x:0:0:root:/root:/bin/bash\n");
	memset(text, '{', 40000);
	text[40000] = '\0';
	put_text("out.json", text);
	expect_no_start(path, &options, "something else than lines");
	expect_text("out.json", text);
	free(text);
}

static void
a_run_over_files_replaces_at_the_first_write(void **state)
{
	struct destination_options options = live_options();
	struct destination *d;

	(void)state;
	options.live = false;
	put_text("out.json", "{\"flowId\":7}\n");
	/* Another output did not start: this one leaves the file alone. */
	d = started(&options);
	destination_free(&d);
	expect_text("out.json", "{\"flowId\":7}\n");
	d = started(&options);
	send_id(d, 9);
	end(&d, 0);
	expect_text("out.json", "{\"flowId\":9}\n");
	/* Also where it has no row. */
	d = started(&options);
	end(&d, 0);
	expect_text("out.json", "");
}

/* --- tables */

static struct destination *
table_made(const struct destination_options *options)
{
	char error[DESTINATION_ERROR_SIZE] = "", name[80];
	struct destination *d;

	snprintf(name, sizeof(name), "csv:%s", folder);
	d = csv_new(name, folder, options, error);
	assert_non_null(d);
	return d;
}

static void
a_table_with_another_header_is_not_appended_to(void **state)
{
	struct destination_options options = live_options();
	struct destination *d;

	(void)state;
	options.text.columns = "flowId";
	d = table_made(&options);
	assert_int_equal(d->ops->start(d), 0);
	end(&d, 0);
	options.text.columns = "vlanId";
	d = table_made(&options);
	assert_int_equal(d->ops->start(d), -1);
	assert_non_null(
	    strstr(d->error, "column 27 is flowId, expected vlanId"));
	destination_free(&d);
	options.text.columns = "flowId,vlanId";
	d = table_made(&options);
	assert_int_equal(d->ops->start(d), -1);
	assert_non_null(
	    strstr(d->error, "column 28 is missing, expected vlanId"));
	destination_free(&d);
}

static void
a_table_goes_on_with_one_header(void **state)
{
	struct destination_options options = live_options();
	char before[4096], whole[96];
	struct destination *d;
	size_t length;
	FILE *file;

	(void)state;
	d = table_made(&options);
	assert_int_equal(d->ops->start(d), 0);
	send_id(d, 1);
	end(&d, 0);
	snprintf(whole, sizeof(whole), "%s/udp_flows.csv", folder);
	file = fopen(whole, "r");
	length = fread(before, 1, sizeof(before) - 1, file);
	before[length] = '\0';
	fclose(file);
	/* The header alone, cut by a kill. */
	assert_int_equal(truncate(whole, 40), 0);
	d = table_made(&options);
	assert_int_equal(d->ops->start(d), 0);
	send_id(d, 1);
	end(&d, 0);
	expect_text("udp_flows.csv", before);
}

/* --- who else is there */

static void
a_link_is_never_followed(void **state)
{
	struct destination_options options = live_options();
	char link[96];

	(void)state;
	put_text("victim", "{}\n");
	snprintf(link, sizeof(link), "%s/victim", folder);
	assert_int_equal(symlink(link, path), 0);
	expect_no_start(path, &options, "symbolic link");
	options.live = false;
	expect_no_start(path, &options, "symbolic link");
	expect_text("victim", "{}\n");
	/* Not where the link leads nowhere either. */
	unlink(link);
	expect_no_start(path, &options, "symbolic link");
	assert_string_equal(entries(false), "out.json");
}

static void
a_second_name_in_a_folder_of_others_is_refused(void **state)
{
	struct destination_options options = live_options();
	char other[96];

	(void)state;
	put_text("victim", "{}\n");
	snprintf(other, sizeof(other), "%s/victim", folder);
	assert_int_equal(link(other, path), 0);
	assert_int_equal(chmod(folder, 0777), 0);
	expect_no_start(path, &options, "folder that others can write to");
	expect_text("victim", "{}\n");
	assert_int_equal(chmod(folder, 0700), 0);
}

static void
two_programs_never_write_to_one_file(void **state)
{
	struct destination_options options = live_options();
	struct destination *d = started(&options);

	(void)state;
	expect_no_start(path, &options, "another process writes to it");
	send_id(d, 1);
	end(&d, 0);
	expect_text("out.json", "{\"flowId\":1}\n");
}

static void
a_fifo_waits_for_no_reader_when_live(void **state)
{
	struct destination_options options = live_options();
	char text[64] = "";
	struct destination *d;
	int reader;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	d = started(&options);
	send_id(d, 1);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	assert_int_equal(read(reader, text, sizeof(text) - 1), 13);
	assert_string_equal(text, "{\"flowId\":1}\n");
	/* It goes, and another one comes. */
	close(reader);
	send_id(d, 2);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	assert_int_equal(read(reader, text, sizeof(text) - 1), 13);
	assert_string_equal(text, "{\"flowId\":2}\n");
	close(reader);
	assert_false(d->reader_gone);
	end(&d, 0);
}

static void
an_inherited_descriptor_is_written_to(void **state)
{
	struct destination_options options = live_options();
	char text[64] = "", name[32];
	struct destination *d;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	snprintf(name, sizeof(name), "/dev/fd/%d", ends[1]);
	d = made(name, &options);
	assert_int_equal(d->ops->start(d), 0);
	send_id(d, 1);
	assert_int_equal(read(ends[0], text, sizeof(text) - 1), 13);
	signal(SIGPIPE, SIG_IGN);
	close(ends[0]);
	send_id(d, 2);
	assert_true(d->reader_gone);
	assert_string_equal(d->error, "");
	end(&d, -1);
	close(ends[1]);
}

/* --- a full disk: a limit on the size of files */

static void
limit_file_size(rlim_t octets)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = octets;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
what_fits_whole_stays_under_a_name_that_says_so(void **state)
{
	struct destination_options options = live_options();
	struct destination *d;

	(void)state;
	options.live = false;
	d = started(&options);
	limit_file_size(30);
	for (uint64_t id = 1; id <= 5; id++)
		send_id(d, id);
	assert_int_equal(d->ops->finish(d), -1);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(d->counts.delivered, 2);
	assert_int_equal(d->counts.lost[LOSS_WRITE], 3);
	assert_true(destination_balanced(&d->counts));
	assert_non_null(strstr(d->error, "File too large"));
	destination_free(&d);
	assert_string_equal(entries(false), "out.incomplete.json");
	expect_text("out.incomplete.json", "{\"flowId\":1}\n{\"flowId\":2}\n");
}

static void
live_lines_wait_for_a_full_disk_and_none_is_lost(void **state)
{
	struct destination_options options = live_options();
	struct destination *d = started(&options);

	(void)state;
	limit_file_size(30);
	for (uint64_t id = 1; id <= 5; id++)
		send_id(d, id);
	expect_text("out.json", "{\"flowId\":1}\n{\"flowId\":2}\n");
	assert_int_equal(d->counts.delivered, 2);
	assert_int_equal(d->counts.waiting, 3);
	limit_file_size(RLIM_INFINITY);
	end(&d, 0);
	expect_text("out.json",
	    "{\"flowId\":1}\n{\"flowId\":2}\n{\"flowId\":3}\n"
	    "{\"flowId\":4}\n{\"flowId\":5}\n");
}

static void
beyond_its_memory_a_live_output_loses_the_oldest(void **state)
{
	struct destination_options options = live_options();
	struct destination *d;
	char *text;
	uint64_t lost;

	(void)state;
	options.archive.memory_octets = 1 << 20;
	d = started(&options);
	limit_file_size(1);
	for (uint64_t id = 1000000; id < 1200000; id++)
		send_id(d, id);
	limit_file_size(RLIM_INFINITY);
	lost = d->counts.lost[LOSS_WRITE];
	assert_in_range(lost, 100000, 199999);
	assert_int_equal(d->ops->finish(d), 0);
	assert_int_equal(d->counts.delivered, 200000 - lost);
	destination_free(&d);
	text = fixture_read(path);
	assert_memory_equal(text, "{\"flowId\":1", 11);
	assert_int_equal(strtoull(text + 10, NULL, 10), 1000000 + lost);
	free(text);
}

/* What came next stood behind half a line. */
static void
half_a_line_that_stays_is_cut_off_before_the_next(void **state)
{
	struct destination_options options = live_options();
	struct destination *d = started(&options);

	(void)state;
	limit_file_size(20);
	send_id(d, 1);
	no_cut = true;
	send_id(d, 2);
	assert_int_equal(d->counts.waiting, 1);
	limit_file_size(RLIM_INFINITY);
	clock_sleep_us(RETRY_MIN_MS * 2000);
	d->ops->tick(d, clock_ms());
	assert_int_equal(d->counts.waiting, 1);
	no_cut = false;
	clock_sleep_us(RETRY_MIN_MS * 4000);
	d->ops->tick(d, clock_ms());
	assert_int_equal(d->counts.waiting, 0);
	expect_text("out.json", "{\"flowId\":1}\n{\"flowId\":2}\n");
	end(&d, 0);
}

/* --- rotation */

static void
by_size_each_file_is_whole_and_none_is_larger(void **state)
{
	struct destination_options options = live_options();
	struct destination *d;

	(void)state;
	options.archive.rotate_octets = 30;
	d = started(&options);
	for (uint64_t id = 1; id <= 5; id++)
		send_id(d, id);
	end(&d, 0);
	assert_string_equal(entries(false), "out.1.json out.2.json out.json");
	expect_text("out.1.json", "{\"flowId\":1}\n{\"flowId\":2}\n");
	expect_text("out.2.json", "{\"flowId\":3}\n{\"flowId\":4}\n");
	expect_text("out.json", "{\"flowId\":5}\n");
}

static void
by_request_a_file_is_put_aside(void **state)
{
	struct destination_options options = live_options();
	struct destination *d = started(&options);

	(void)state;
	d->ops->rotate(d); /* nothing is in it: it stays */
	send_id(d, 1);
	d->ops->rotate(d);
	assert_string_equal(entries(false), "out.1.json out.json");
	send_id(d, 2);
	end(&d, 0);
	expect_text("out.1.json", "{\"flowId\":1}\n");
	expect_text("out.json", "{\"flowId\":2}\n");
}

static void
a_file_that_logrotate_moved_is_opened_anew(void **state)
{
	struct destination_options options = live_options();
	struct destination *d = started(&options);
	char moved[96];

	(void)state;
	snprintf(moved, sizeof(moved), "%s/out.json.1", folder);
	send_id(d, 1);
	assert_int_equal(rename(path, moved), 0);
	send_id(d, 2); /* still into the file that was moved */
	d->ops->reopen(d);
	assert_string_equal(entries(false), "out.json out.json.1");
	send_id(d, 3);
	d->ops->reopen(d); /* nobody has moved it: it stays */
	end(&d, 0);
	expect_text("out.json.1", "{\"flowId\":1}\n{\"flowId\":2}\n");
	expect_text("out.json", "{\"flowId\":3}\n");
}

static void
a_rotation_waits_for_lines_that_cannot_be_written(void **state)
{
	struct destination_options options = live_options();
	struct destination *d = started(&options);

	(void)state;
	limit_file_size(14);
	send_id(d, 1);
	send_id(d, 2);
	d->ops->rotate(d);
	assert_string_equal(entries(false), "out.json");
	limit_file_size(RLIM_INFINITY);
	clock_sleep_us(RETRY_MIN_MS * 2000);
	d->ops->tick(d, clock_ms());
	assert_string_equal(entries(false), "out.1.json out.json");
	send_id(d, 3);
	end(&d, 0);
	expect_text("out.1.json", "{\"flowId\":1}\n{\"flowId\":2}\n");
	expect_text("out.json", "{\"flowId\":3}\n");
}

/* The names that a capture's time makes; compressed when they are complete. */
static void
by_the_time_of_the_capture(struct destination_options *options)
{
	char pattern[96];
	struct destination *d;

	options->live = false;
	options->archive.rotate_seconds = 3600;
	snprintf(pattern, sizeof(pattern), "%s/%%H.json", folder);
	d = made(pattern, options);
	assert_int_equal(d->ops->start(d), 0);
	for (int hour = 10; hour < 13; hour++) {
		timestamp now = timestamp_from(hour * 3600 + 5, 0);

		assert_int_equal(d->ops->turn(d, now).ns,
		    timestamp_from((hour + 1) * 3600, 0).ns);
		send_id(d, (uint64_t)hour);
	}
	end(&d, 0);
}

static void
names_follow_the_time_of_the_capture(void **state)
{
	struct destination_options options = live_options();

	(void)state;
	put_text("11.json", "of an earlier run\n");
	by_the_time_of_the_capture(&options);
	assert_string_equal(entries(false), "10.json 11.json 12.json");
	expect_text("10.json", "{\"flowId\":10}\n");
	expect_text("11.json", "{\"flowId\":11}\n");
	expect_text("12.json", "{\"flowId\":12}\n");
}

static void
complete_files_are_compressed(void **state)
{
	struct destination_options options = live_options();

	(void)state;
	options.archive.compression = ARCHIVE_GZIP;
	by_the_time_of_the_capture(&options);
	assert_string_equal(entries(false), "10.json.gz 11.json.gz 12.json.gz");
	/* A second run replaces them. */
	by_the_time_of_the_capture(&options);
	assert_string_equal(entries(false), "10.json.gz 11.json.gz 12.json.gz");
}

static void
what_a_kill_left_uncompressed_is_compressed(void **state)
{
	struct destination_options options = live_options();
	const struct timespec long_ago[2] = { { .tv_sec = 1000000000 },
		{ .tv_sec = 1000000000 } };
	struct destination *d;
	char pattern[96], name[32];
	time_t now = time(NULL);
	struct tm parts;

	(void)state;
	options.archive.compression = ARCHIVE_GZIP;
	put_text("2001.json", "{\"flowId\":1}\n");
	snprintf(pattern, sizeof(pattern), "%s/2001.json", folder);
	assert_int_equal(utimensat(AT_FDCWD, pattern, long_ago, 0), 0);
	put_text(".2002.json.gz.01abef", "\x1f\x8bhalf");
	put_text("2003.txt", "not ours\n");
	snprintf(pattern, sizeof(pattern), "%s/%%Y.json", folder);
	d = made(pattern, &options);
	assert_int_equal(d->ops->start(d), 0);
	send_id(d, 2);
	end(&d, 0);
	gmtime_r(&now, &parts);
	strftime(name, sizeof(name), "%Y.json", &parts);
	expect_text(name, "{\"flowId\":2}\n");
	assert_memory_equal(entries(false), "2001.json.gz 2003.txt ",
	    strlen("2001.json.gz 2003.txt "));
}

static void
the_oldest_files_go_and_never_the_one_that_grows(void **state)
{
	struct destination_options options = live_options();
	struct destination *d;

	(void)state;
	options.archive.rotate_octets = 30;
	options.archive.retention_octets = 40;
	d = started(&options);
	for (uint64_t id = 1; id <= 9; id++)
		send_id(d, id);
	end(&d, 0);
	expect_text("out.json", "{\"flowId\":9}\n");
	assert_string_equal(entries(false), "out.4.json out.json");
}

/* --- what a line has */

static void
one_line(const struct text_options *text, char *line, size_t size)
{
	struct destination_options options = live_options();
	struct destination *d;
	char *whole;

	options.text = *text;
	options.live = false;
	d = started(&options);
	send_id(d, 9);
	end(&d, 0);
	whole = fixture_read(path);
	snprintf(line, size, "%s", whole);
	free(whole);
}

static void
columns_choose_keys_and_their_order(void **state)
{
	const struct text_options text = { .columns =
		                               "flowId,reversePacketDeltaCount,"
		                               "tcpSynTotalCount,vlanId" };
	char line[8192];

	(void)state;
	one_line(&text, line, sizeof(line));
	assert_string_equal(line,
	    "{\"flowId\":9,\"reversePacketDeltaCount\":200,"
	    "\"vlanId\":7}\n");
}

static void
times_choose_the_precision(void **state)
{
	struct text_options text = { .times = TEXT_TIMES_MILLISECONDS };
	char line[8192];

	(void)state;
	one_line(&text, line, sizeof(line));
	assert_non_null(strstr(line, "\"flowStartMilliseconds\""));
	assert_non_null(strstr(line, "\"reverseFlowDeltaMilliseconds\""));
	assert_null(strstr(line, "Microseconds"));
	text.times = TEXT_TIMES_MICROSECONDS;
	one_line(&text, line, sizeof(line));
	assert_non_null(strstr(line, "\"reverseFlowStartMicroseconds\""));
	assert_null(strstr(line, "Milliseconds"));
	text.times = TEXT_TIMES_BOTH;
	one_line(&text, line, sizeof(line));
	assert_non_null(strstr(line, "\"flowEndMilliseconds\""));
	assert_non_null(strstr(line, "\"flowEndMicroseconds\""));
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(live_rows_are_in_the_file_at_once),
		TEST(rows_of_a_capture_are_in_the_file_within_a_second),
		TEST(a_live_run_goes_on_behind_the_last_whole_line),
		TEST(a_first_line_that_a_kill_cut_is_written_anew),
		TEST(what_is_no_json_is_never_appended_to),
		TEST(a_run_over_files_replaces_at_the_first_write),
		TEST(a_table_with_another_header_is_not_appended_to),
		TEST(a_table_goes_on_with_one_header),
		TEST(a_link_is_never_followed),
		TEST(a_second_name_in_a_folder_of_others_is_refused),
		TEST(two_programs_never_write_to_one_file),
		TEST(a_fifo_waits_for_no_reader_when_live),
		TEST(an_inherited_descriptor_is_written_to),
		TEST(what_fits_whole_stays_under_a_name_that_says_so),
		TEST(live_lines_wait_for_a_full_disk_and_none_is_lost),
		TEST(beyond_its_memory_a_live_output_loses_the_oldest),
		TEST(half_a_line_that_stays_is_cut_off_before_the_next),
		TEST(by_size_each_file_is_whole_and_none_is_larger),
		TEST(by_request_a_file_is_put_aside),
		TEST(a_file_that_logrotate_moved_is_opened_anew),
		TEST(a_rotation_waits_for_lines_that_cannot_be_written),
		TEST(names_follow_the_time_of_the_capture),
		TEST(complete_files_are_compressed),
		TEST(what_a_kill_left_uncompressed_is_compressed),
		TEST(the_oldest_files_go_and_never_the_one_that_grows),
		TEST(columns_choose_keys_and_their_order),
		TEST(times_choose_the_precision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue of files for a command, and its journal.  The helper is one of this
 * test's: it takes what the test allows it to.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "exflow/base/clock.h"
#include "exflow/command/after.h"
#include "exflow/command/helper.h"

#include "../../../src/command/after_journal.h"

#define PATIENCE_MS 30000
#define TAKEN_MAX 64

static char folder[64], pattern[128];
static const struct helper *const some_helper = (const void *)folder;

/* --- the helper */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char asked_for[TAKEN_MAX][256]; /* names without the folder */
static size_t asked_count;
static atomic_bool fails, hangs;
static char refused[64]; /* a name that is never taken */

int __wrap_helper_run(
    const struct helper *helper, const struct helper_run *run);
int
__wrap_helper_run(const struct helper *helper, const struct helper_run *run)
{
	assert_ptr_equal(helper, some_helper);
	pthread_mutex_lock(&lock);
	if (asked_count < TAKEN_MAX)
		snprintf(asked_for[asked_count++], sizeof(asked_for[0]), "%s",
		    run->values[COMMAND_RELATIVE]);
	pthread_mutex_unlock(&lock);
	return dup(STDERR_FILENO);
}

enum helper_event __wrap_helper_next(
    int run, int timeout_ms, char text[HELPER_TEXT_SIZE]);
enum helper_event
__wrap_helper_next(int run, int timeout_ms, char text[HELPER_TEXT_SIZE])
{
	bool refuse;

	(void)run;
	if (hangs) {
		clock_sleep_us((uint64_t)timeout_ms * 1000);
		return HELPER_NOTHING;
	}
	pthread_mutex_lock(&lock);
	refuse = fails || strcmp(asked_for[asked_count - 1], refused) == 0;
	pthread_mutex_unlock(&lock);
	snprintf(text, HELPER_TEXT_SIZE, "no store");
	return refuse ? HELPER_FAILED : HELPER_DONE;
}

/* "a b c": what was asked for, in this order. */
static void
expect_asked(const char *expected)
{
	char joined[2048] = "";
	size_t used = 0;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < asked_count; i++)
		used += (size_t)snprintf(joined + used, sizeof(joined) - used,
		    "%s%s", i > 0 ? " " : "", asked_for[i]);
	pthread_mutex_unlock(&lock);
	assert_string_equal(joined, expected);
}

static bool
await_asked(size_t count)
{
	uint64_t until = clock_ms() + PATIENCE_MS;
	size_t now = 0;

	while (now < count && clock_ms() < until) {
		clock_sleep_us(5000);
		pthread_mutex_lock(&lock);
		now = asked_count;
		pthread_mutex_unlock(&lock);
	}
	return now >= count;
}

/* --- a folder with files */

static int
set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/check_after.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(pattern, sizeof(pattern), "%s/%%H%%M.ipfix", folder);
	asked_count = 0;
	fails = hangs = false;
	refused[0] = '\0';
	return 0;
}

static void
remove_all(const char *names)
{
	char path[128];
	glob_t found;

	snprintf(path, sizeof(path), "%s/%s", folder, names);
	if (glob(path, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		unlink(found.gl_pathv[i]);
	globfree(&found);
}

static int
tear_down(void **state)
{
	(void)state;
	remove_all("*");
	remove_all(".exflow*");
	return rmdir(folder);
}

static const char *
path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
make(const char *name)
{
	int fd = open(path_of(name), O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static struct after *
new_after(bool compress)
{
	const struct after_options options = { .command = "/bin/x %f",
		.timeout_seconds = 60,
		.helper = some_helper,
		.compress = compress };
	struct after *after = after_new("office", pattern, &options);

	assert_non_null(after);
	return after;
}

static char to_compress[256];

static void
compress(void *context, char *path)
{
	(void)context;
	snprintf(to_compress, sizeof(to_compress), "%s", path);
	free(path);
}

static void
finish_file(struct after *after, const char *name)
{
	after_expect(after, path_of(name));
	make(name);
	after_ready(after, path_of(name), path_of(name));
}

static void
expect_counts(struct after *after, uint64_t done, uint64_t failed,
    uint64_t waiting, uint64_t given_up)
{
	struct after_counts counts;

	after_collect(after, &counts);
	assert_int_equal(counts.done, done);
	assert_int_equal(counts.failed, failed);
	assert_int_equal(counts.waiting, waiting);
	assert_int_equal(counts.given_up, given_up);
}

/* The path of the first journal; NULL: there is none. */
static const char *
journal_path(void)
{
	static char path[256];
	char names[128];
	glob_t found;

	snprintf(names, sizeof(names), "%s/.exflow-after*", folder);
	if (glob(names, 0, NULL, &found) != 0)
		return NULL;
	snprintf(path, sizeof(path), "%s", found.gl_pathv[0]);
	globfree(&found);
	return path;
}

static bool
has_journal(void)
{
	return journal_path() != NULL;
}

/* --- tests */

static void
files_are_handed_over_in_order(void **state)
{
	struct after *after = new_after(false);

	(void)state;
	finish_file(after, "1200.ipfix");
	finish_file(after, "1205.ipfix");
	clock_sleep_us(100000);
	expect_asked(""); /* not before recovery is over */
	after_settle(after, compress, NULL);
	assert_true(await_asked(2));
	after_expect(after, path_of("1210.ipfix"));
	assert_true(after_waits(after, path_of("1210.ipfix")));
	after_forget(after, path_of("1210.ipfix"));
	assert_false(after_waits(after, path_of("1210.ipfix")));
	finish_file(after, "1215.ipfix");
	after_finish(after, false, 1000);
	expect_asked("1200.ipfix 1205.ipfix 1215.ipfix");
	expect_counts(after, 3, 0, 0, 0);
	assert_true(has_journal());
	after_free(&after);
	after_free(&after);
	assert_false(has_journal());
}

static void
one_that_always_fails_holds_up_no_other(void **state)
{
	struct after *after = new_after(false);

	(void)state;
	snprintf(refused, sizeof(refused), "1200.ipfix");
	finish_file(after, "1200.ipfix");
	finish_file(after, "1205.ipfix");
	finish_file(after, "1210.ipfix");
	after_settle(after, compress, NULL);
	/* After the failure it goes on with the next ones. */
	assert_true(await_asked(4));
	after_finish(after, false, 0);
	pthread_mutex_lock(&lock);
	assert_string_equal(asked_for[1], "1205.ipfix");
	assert_string_equal(asked_for[2], "1210.ipfix");
	assert_string_equal(asked_for[3], "1200.ipfix");
	pthread_mutex_unlock(&lock);
	after_free(&after);
	/* What is left comes first in the next run. */
	refused[0] = '\0';
	asked_count = 0;
	after = new_after(false);
	after_settle(after, compress, NULL);
	after_finish(after, false, 1000);
	expect_asked("1200.ipfix");
	after_free(&after);
	assert_false(has_journal());
}

static void
tries_grow_rare(void **state)
{
	struct after *after = new_after(false);
	uint64_t before = clock_ms();

	(void)state;
	fails = true;
	after_settle(after, compress, NULL);
	finish_file(after, "1200.ipfix");
	assert_true(await_asked(3));
	/* A second, then two. */
	assert_true(clock_ms() - before >= 3 * AFTER_PAUSE_MIN_MS - 100);
	after_finish(after, true, 0);
	after_free(&after);
}

static void
the_end_waits_for_success_only(void **state)
{
	struct after *after = new_after(false);
	uint64_t before = clock_ms();

	(void)state;
	fails = true;
	after_settle(after, compress, NULL);
	finish_file(after, "1200.ipfix");
	after_finish(after, false, 1500);
	assert_true(clock_ms() - before >= 1500);
	assert_true(clock_ms() - before < PATIENCE_MS);
	after_free(&after);
	assert_true(has_journal());
}

static void
a_live_end_cuts_a_command_off(void **state)
{
	struct after *after = new_after(false);
	uint64_t before = clock_ms();

	(void)state;
	hangs = true;
	after_settle(after, compress, NULL);
	finish_file(after, "1200.ipfix");
	assert_true(await_asked(1));
	after_finish(after, true, 500);
	assert_true(clock_ms() - before < PATIENCE_MS);
	/* That is nobody's failure. */
	expect_counts(after, 0, 0, 1, 0);
	after_free(&after);
	assert_true(has_journal());
}

static void
what_is_gone_is_given_up(void **state)
{
	struct after *after = new_after(false);

	(void)state;
	after_expect(after, path_of("1200.ipfix"));
	after_ready(after, path_of("1200.ipfix"), path_of("1200.ipfix"));
	finish_file(after, "1205.ipfix");
	finish_file(after, "1210.ipfix");
	assert_true(after_give_up(after, path_of("1210.ipfix")));
	assert_true(after_give_up(after, path_of("9999.ipfix")));
	after_expect(after, path_of("1215.ipfix"));
	assert_false(after_give_up(after, path_of("1215.ipfix")));
	after_settle(after, compress, NULL);
	after_finish(after, false, 1000);
	expect_asked("1205.ipfix");
	expect_counts(after, 1, 0, 0, 2);
	after_free(&after);
}

static void
compressed_files_have_another_name(void **state)
{
	struct after *after = new_after(true);

	(void)state;
	after_settle(after, compress, NULL);
	after_expect(after, path_of("1200.ipfix"));
	make("1200.ipfix.gz");
	{
		char *plain = strdup(path_of("1200.ipfix"));

		after_ready(after, plain, path_of("1200.ipfix.gz"));
		assert_false(after_waits(after, plain));
		free(plain);
	}
	after_finish(after, false, 1000);
	expect_asked("1200.ipfix.gz");
	after_free(&after);
	assert_false(has_journal());
}

static void
a_killed_run_s_files_are_settled(void **state)
{
	struct after_journal *journal;
	struct after *after;
	int fd;

	(void)state;
	make("1200.ipfix"); /* is still to be compressed */
	make("1205.ipfix.gz");
	make("1210.ipfix.zst");
	make("1220.ipfix.gz"); /* somebody writes it */
	fd = open(path_of("1220.ipfix.gz"), O_RDONLY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	journal = after_journal_open(pattern, NULL, NULL);
	assert_non_null(journal);
	for (int i = 0; i < 5; i++) {
		char name[32];

		snprintf(name, sizeof(name), "12%02d.ipfix%s", 5 * i,
		    i == 2   ? ".zst"
		    : i == 4 ? ".gz"
		             : "");
		assert_int_equal(after_journal_add(journal, path_of(name)), 0);
	}
	after_journal_close(&journal);
	to_compress[0] = '\0';
	after = new_after(true);
	after_settle(after, compress, NULL);
	assert_string_equal(to_compress, path_of("1200.ipfix"));
	assert_false(after_waits(after, path_of("1215.ipfix")));
	assert_true(after_waits(after, path_of("1220.ipfix.gz")));
	after_finish(after, false, 1000);
	expect_asked("1205.ipfix.gz 1210.ipfix.zst");
	after_free(&after);
	assert_true(has_journal());
	close(fd);
}

/* --- the journal */

static char visited[1024];

static void
visit(void *context, const char *path)
{
	size_t used = strlen(visited);

	(void)context;
	snprintf(visited + used, sizeof(visited) - used, "%s|", path);
}

static void
expect_left(const char *expected)
{
	struct after_journal *journal;

	visited[0] = '\0';
	journal = after_journal_open(pattern, visit, NULL);
	assert_non_null(journal);
	assert_string_equal(visited, expected);
	after_journal_close(&journal);
}

static void
a_journal_keeps_any_name(void **state)
{
	struct after_journal *journal =
	    after_journal_open(pattern, visit, NULL);

	(void)state;
	assert_int_equal(after_journal_add(journal, "/a\nb\\n\\"), 0);
	assert_int_equal(after_journal_add(journal, "/done"), 0);
	assert_int_equal(after_journal_remove(journal, "/done"), 0);
	after_journal_close(&journal);
	expect_left("/a\nb\\n\\|");
	expect_left("/a\nb\\n\\|"); /* once more: it was written anew */
}

static void
a_torn_line_is_left_out(void **state)
{
	struct after_journal *journal =
	    after_journal_open(pattern, visit, NULL);
	struct stat status;

	(void)state;
	assert_int_equal(after_journal_add(journal, "/one"), 0);
	assert_int_equal(after_journal_add(journal, "/two"), 0);
	after_journal_close(&journal);
	assert_int_equal(stat(journal_path(), &status), 0);
	assert_int_equal(truncate(journal_path(), status.st_size - 2), 0);
	expect_left("/one|");
	/* Even its first line may be torn. */
	assert_int_equal(truncate(journal_path(), 5), 0);
	expect_left("");
}

static void
two_runs_have_journals_of_their_own(void **state)
{
	struct after_journal *one = after_journal_open(pattern, visit, NULL);
	struct after_journal *two = after_journal_open(pattern, visit, NULL);

	(void)state;
	assert_int_equal(after_journal_add(one, "/one"), 0);
	assert_int_equal(after_journal_add(two, "/two"), 0);
	visited[0] = '\0';
	after_journal_adopt(two, visit, NULL);
	assert_string_equal(visited, ""); /* it is written */
	after_journal_close(&one);
	after_journal_adopt(two, visit, NULL);
	assert_string_equal(visited, "/one|");
	visited[0] = '\0';
	after_journal_adopt(two, visit, NULL);
	assert_string_equal(visited, ""); /* once only */
	after_journal_close(&two);
	/* Under its own name, the second one, it has both. */
	one = after_journal_open(pattern, visit, NULL);
	visited[0] = '\0';
	after_journal_adopt(one, visit, NULL);
	assert_non_null(strstr(visited, "/one|"));
	assert_non_null(strstr(visited, "/two|"));
	assert_int_equal(after_journal_remove(one, "/one"), 0);
	assert_int_equal(after_journal_remove(one, "/two"), 0);
	after_journal_close(&one);
	assert_false(has_journal());
}

static void
what_is_no_journal_is_left_alone(void **state)
{
	static const char foreign[] =
	    "somebody else's diary, of which much is to be kept for ever\n"
	    "+/x, and more than a journal's first line would have\n";
	struct after_journal *journal =
	    after_journal_open(pattern, visit, NULL);
	char path[256], text[sizeof(foreign)] = "";
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s", journal_path());
	after_journal_close(&journal);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	assert_int_equal(
	    write(fd, foreign, sizeof(foreign) - 1), sizeof(foreign) - 1);
	expect_left("");
	assert_int_equal(pread(fd, text, sizeof(text), 0), sizeof(foreign) - 1);
	assert_string_equal(text, foreign);
	close(fd);
}

static const char *
next_none(void *context)
{
	(void)context;
	return NULL;
}

static void
a_long_journal_is_written_anew(void **state)
{
	struct after_journal *journal =
	    after_journal_open(pattern, visit, NULL);
	struct stat status;

	(void)state;
	while (!after_journal_is_long(journal)) {
		assert_int_equal(after_journal_add(journal, "/a/b/c/d"), 0);
		assert_int_equal(after_journal_remove(journal, "/a/b/c/d"), 0);
	}
	assert_int_equal(stat(journal_path(), &status), 0);
	assert_true(status.st_size > 65000 && status.st_size < 70000);
	assert_int_equal(after_journal_rewrite(journal, next_none, NULL), 0);
	assert_int_equal(stat(journal_path(), &status), 0);
	assert_true(status.st_size < 200);
	assert_false(after_journal_is_long(journal));
	assert_int_equal(after_journal_add(journal, "/x"), 0);
	after_journal_close(&journal);
	expect_left("/x|");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_handed_over_in_order),
		TEST(one_that_always_fails_holds_up_no_other),
		TEST(tries_grow_rare),
		TEST(the_end_waits_for_success_only),
		TEST(a_live_end_cuts_a_command_off),
		TEST(what_is_gone_is_given_up),
		TEST(compressed_files_have_another_name),
		TEST(a_killed_run_s_files_are_settled),
		TEST(a_journal_keeps_any_name),
		TEST(a_torn_line_is_left_out),
		TEST(two_runs_have_journals_of_their_own),
		TEST(what_is_no_journal_is_left_alone),
		TEST(a_long_journal_is_written_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

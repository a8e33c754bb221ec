/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../src/base/journal.h"

static char output[4096];
static FILE *stream;
static int saved;

/* Standard error goes to a file, of which JOURNAL_STREAM may speak. */
static void
begin(bool journal)
{
	struct stat status;
	char id[64];

	stream = tmpfile();
	assert_non_null(stream);
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	dup2(fileno(stream), STDERR_FILENO);
	fstat(STDERR_FILENO, &status);
	snprintf(id, sizeof(id), "%llu:%llu", (unsigned long long)status.st_dev,
	    (unsigned long long)status.st_ino + (journal ? 0 : 1));
	setenv("JOURNAL_STREAM", id, 1);
}

static void
assert_logged(const char *expected)
{
	size_t length;

	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(stream);
	length = fread(output, 1, sizeof(output) - 1, stream);
	output[length] = '\0';
	fclose(stream);
	unsetenv("JOURNAL_STREAM");
	assert_string_equal(output, expected);
}

static void
lines_carry_the_name_of_the_program(void **state)
{
	(void)state;
	begin(false);
	log_init("exflow", LOG_LEVEL_INFO);
	assert_int_equal(log_open(LOG_TARGET_STDERR), 0);
	log_error("eth%d: gone", 0);
	log_warning("late");
	log_info("up");
	log_debug("never");
	assert_logged("exflow: eth0: gone\nexflow: warning: late\n"
	              "exflow: up\n");
}

/* What a peer or a file calls itself may stand in a message. */
static void
no_message_can_steer_a_terminal(void **state)
{
	(void)state;
	begin(false);
	assert_int_equal(log_open(LOG_TARGET_STDERR), 0);
	log_error("%s: gone", "eth0\x1b[2J\xc2\x9b\xe2\x80\xae\n");
	assert_logged("exflow: eth0\\x1b[2J\\xc2\\x9b\\xe2\\x80\\xae\\x0a: "
	              "gone\n");
}

static void
lines_for_the_journal_carry_their_severity(void **state)
{
	(void)state;
	begin(true);
	log_init("exflow", LOG_LEVEL_DEBUG);
	assert_int_equal(log_open(LOG_TARGET_STDERR), 0);
	log_error("eth%d: gone", 0);
	log_warning("late");
	log_info("up");
	log_debug("seen");
	assert_logged("<3>eth0: gone\n<4>late\n<6>up\n<7>seen\n");
	assert_int_equal(log_open(LOG_TARGET_STDERR), 0);
}

static void
the_level_can_change(void **state)
{
	(void)state;
	begin(false);
	log_init("exflow", LOG_LEVEL_ERROR);
	assert_int_equal(log_open(LOG_TARGET_STDERR), 0);
	log_warning("not yet");
	log_set_level(LOG_LEVEL_WARNING);
	log_warning("now");
	assert_logged("exflow: warning: now\n");
}

static void
a_journal_gets_fields_one_a_line(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_DGRAM, 0), fd;
	char text[4096], longest[4000];
	ssize_t length;

	(void)state;
	snprintf(address.sun_path, sizeof(address.sun_path),
	    "/tmp/check_log.%ld", (long)getpid());
	unlink(address.sun_path);
	assert_int_equal(
	    bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	fd = journal_open(address.sun_path);
	unlink(address.sun_path);
	assert_true(fd >= 0);
	journal_send(fd, "exflow", 4, "one\nPRIORITY=0");
	length = recv(listener, text, sizeof(text), MSG_DONTWAIT);
	assert_true(length > 0);
	text[length] = '\0';
	assert_string_equal(text, "SYSLOG_IDENTIFIER=exflow\nPRIORITY=4\n"
	                          "MESSAGE=one PRIORITY=0\n");
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	journal_send(fd, "exflow", 4, longest);
	length = recv(listener, text, sizeof(text), MSG_DONTWAIT);
	assert_int_equal(length, 2048);
	assert_int_equal(text[length - 1], '\n');
	close(fd);
	close(listener);
}

static int journal_end = -1; /* instead of the system's */

int __real_journal_open(const char *path);
int __wrap_journal_open(const char *path);

int
__wrap_journal_open(const char *path)
{
	return journal_end >= 0 ? dup(journal_end) : __real_journal_open(path);
}

static void
a_log_that_goes_to_the_journal_is_not_on_standard_error(void **state)
{
	char text[256];
	int ends[2];
	ssize_t length;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	journal_end = ends[0];
	begin(false);
	log_init("exflow", LOG_LEVEL_INFO);
	assert_int_equal(log_open(LOG_TARGET_JOURNAL), 0);
	log_warning("disk %u is full", 1);
	assert_int_equal(log_open(LOG_TARGET_STDERR), 0);
	assert_logged("");
	journal_end = -1;
	length = recv(ends[1], text, sizeof(text) - 1, MSG_DONTWAIT);
	assert_true(length > 0);
	text[length] = '\0';
	assert_string_equal(text, "SYSLOG_IDENTIFIER=exflow\nPRIORITY=4\n"
	                          "MESSAGE=disk 1 is full\n");
	close(ends[0]);
	close(ends[1]);
}

static void
a_journal_that_is_not_there_changes_nothing(void **state)
{
	char path[200];

	(void)state;
	assert_int_equal(journal_open("/tmp/check_log.none/socket"), -1);
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(journal_open(path), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_carry_the_name_of_the_program),
		cmocka_unit_test(no_message_can_steer_a_terminal),
		cmocka_unit_test(lines_for_the_journal_carry_their_severity),
		cmocka_unit_test(the_level_can_change),
		cmocka_unit_test(a_journal_gets_fields_one_a_line),
		cmocka_unit_test(
		    a_log_that_goes_to_the_journal_is_not_on_standard_error),
		cmocka_unit_test(a_journal_that_is_not_there_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/daemon/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static int listener = -1;
static char name[sizeof(((struct sockaddr_un *)0)->sun_path)];

/* Where systemd would listen: under a path, or in the abstract name space. */
static void
listen_at(bool abstract)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(name, sizeof(name), "%s/check_notify.%ld",
	    abstract ? "@exflow" : "/tmp", (long)getpid());
	memcpy(address.sun_path, name, sizeof(name));
	if (abstract)
		address.sun_path[0] = '\0';
	listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(listener >= 0);
	assert_int_equal(
	    bind(listener, (struct sockaddr *)&address,
	        (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	                    strlen(name))),
	    0);
	setenv("NOTIFY_SOCKET", name, 1);
}

static void
assert_heard(const char *expected)
{
	char text[512];
	ssize_t length = recv(listener, text, sizeof(text) - 1, MSG_DONTWAIT);

	assert_true(length >= 0);
	text[length] = '\0';
	assert_string_equal(text, expected);
}

static int
clear(void **state)
{
	(void)state;
	if (listener != -1)
		close(listener);
	if (name[0] == '/')
		unlink(name);
	listener = -1;
	name[0] = '\0';
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return 0;
}

static void
states_arrive(bool abstract)
{
	struct notify notify;

	listen_at(abstract);
	assert_int_equal(notify_open(&notify), 0);
	notify_ready(&notify, "on %s", "eth0");
	assert_heard("READY=1\nSTATUS=on eth0");
	notify_send(&notify, NOTIFY_WATCHDOG);
	assert_heard("WATCHDOG=1");
	notify_stopping(&notify);
	assert_heard("STOPPING=1");
	notify_close(&notify);
}

static void
states_arrive_at_a_path(void **state)
{
	(void)state;
	states_arrive(false);
}

static void
states_arrive_in_the_abstract_name_space(void **state)
{
	(void)state;
	states_arrive(true);
}

static void
a_reload_tells_when_it_began(void **state)
{
	struct notify notify;
	char text[128];
	unsigned long long time;
	ssize_t length;

	(void)state;
	listen_at(true);
	assert_int_equal(notify_open(&notify), 0);
	notify_reloading(&notify);
	length = recv(listener, text, sizeof(text) - 1, MSG_DONTWAIT);
	assert_true(length > 0);
	text[length] = '\0';
	assert_int_equal(
	    sscanf(text, "RELOADING=1\nMONOTONIC_USEC=%llu", &time), 1);
	assert_true(time > 0);
	notify_close(&notify);
}

static void
nobody_listens(void **state)
{
	struct notify notify;

	(void)state;
	assert_int_equal(notify_open(&notify), 0);
	assert_int_equal(notify.fd, -1);
	assert_int_equal(notify.watchdog_ms, 0);
	notify_ready(&notify, "%s", "ready");
	notify_close(&notify);
	notify_close(&notify);
}

static void
a_socket_that_is_gone_is_an_error(void **state)
{
	struct notify notify;

	(void)state;
	setenv("NOTIFY_SOCKET", "/tmp/check_notify.none/socket", 1);
	assert_int_equal(notify_open(&notify), -1);
	assert_int_equal(notify.fd, -1);
	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_int_equal(notify_open(&notify), -1);
}

static unsigned
watchdog(const char *limit, const char *pid)
{
	struct notify notify;

	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", limit, 1);
	if (pid != NULL)
		setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_open(&notify), 0);
	notify_close(&notify);
	assert_null(getenv("NOTIFY_SOCKET")); /* not for others */
	assert_null(getenv("WATCHDOG_USEC"));
	return notify.watchdog_ms;
}

/* notify_close clears it, hence looked at before. */
static void
the_watchdog_is_told_at_half_its_limit_if_it_is_ours(void **state)
{
	struct notify notify;
	char pid[32];

	(void)state;
	listen_at(true);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("WATCHDOG_USEC", "30000000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_open(&notify), 0);
	assert_int_equal(notify.watchdog_ms, 15000);
	notify_close(&notify);
	assert_int_equal(watchdog("30000000", "1"), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "soon", 1);
	assert_int_equal(notify_open(&notify), 0);
	assert_int_equal(notify.watchdog_ms, 0);
	notify_close(&notify);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_teardown(test, clear)
	const struct CMUnitTest tests[] = {
		TEST(states_arrive_at_a_path),
		TEST(states_arrive_in_the_abstract_name_space),
		TEST(a_reload_tells_when_it_began),
		TEST(nobody_listens),
		TEST(a_socket_that_is_gone_is_an_error),
		TEST(the_watchdog_is_told_at_half_its_limit_if_it_is_ours),
	};

	return cmocka_run_group_tests(tests, clear, NULL);
}

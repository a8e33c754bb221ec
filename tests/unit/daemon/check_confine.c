/* SPDX-License-Identifier: BSD-2-Clause */
/* Each rule is tried in a process of its own, as there is no way back. */
#include <config.h>

#include "exflow/daemon/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"

static int
confine_for_run(void)
{
	EXPECT(confine(CONFINE_START) == 0);
	EXPECT(confine(CONFINE_RUN) == 0);
	return 0;
}

static void
is_killed(action *act)
{
	int status = status_of(act);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void *
thread_run(void *context)
{
	*(int *)context = pthread_setname_np(pthread_self(), "confined") == 0;
	return NULL;
}

static int
use_threads(void)
{
	pthread_t thread;
	int ran = 0;

	EXPECT(confine_for_run() == 0);
	EXPECT(pthread_create(&thread, NULL, thread_run, &ran) == 0);
	EXPECT(pthread_join(thread, NULL) == 0);
	EXPECT(ran == 1);
	return 0;
}

static void
threads_can_be_made(void **state)
{
	(void)state;
	succeeds(use_threads);
}

static int
use_files(void)
{
	char name[] = "/tmp/check_confine.XXXXXX";
	void *memory;
	int fd;

	EXPECT(confine_for_run() == 0);
	fd = mkstemp(name);
	EXPECT(fd >= 0);
	EXPECT(write(fd, "x", 1) == 1);
	EXPECT(ftruncate(fd, 4096) == 0 && fsync(fd) == 0);
	memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	EXPECT(memory != MAP_FAILED);
	EXPECT(*(char *)memory == 'x');
	EXPECT(unlink(name) == 0);
	return 0;
}

static void
files_can_be_written(void **state)
{
	(void)state;
	succeeds(use_files);
}

static int
use_names(void)
{
	struct addrinfo *found = NULL;
	int code, fd;

	EXPECT(confine_for_run() == 0);
	code = getaddrinfo("localhost", "4739", NULL, &found);
	EXPECT(code == 0 || code == EAI_NONAME || code == EAI_AGAIN);
	if (code == 0)
		freeaddrinfo(found);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	EXPECT(fd >= 0);
	EXPECT(listen(fd, 1) == 0);
	return 0;
}

static void
names_can_be_looked_up_and_sockets_made(void **state)
{
	(void)state;
	succeeds(use_names);
}

static int
run_program(void)
{
	char *const arguments[] = { (char *)"true", NULL };

	EXPECT(confine(CONFINE_START) == 0);
	execv("/bin/true", arguments);
	return 1;
}

static void
running_a_program_kills_from_the_start_on(void **state)
{
	(void)state;
	is_killed(run_program);
}

static int
make_process(void)
{
	EXPECT(confine_for_run() == 0);
	if (fork() == 0)
		_exit(0);
	return 1;
}

static void
a_new_process_kills(void **state)
{
	(void)state;
#ifdef EXFLOW_SANITIZERS
	skip();
#endif
	is_killed(make_process);
}

static int
make_name_space(void)
{
	EXPECT(confine_for_run() == 0);
	syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */);
	return 1;
}

static void
a_new_name_space_kills(void **state)
{
	(void)state;
	is_killed(make_name_space);
}

static int
change_user(void)
{
	uid_t user = getuid();

	EXPECT(confine(CONFINE_START) == 0);
	EXPECT(syscall(SYS_setresuid, user, user, user) == 0);
	EXPECT(confine(CONFINE_RUN) == 0);
	EXPECT(syscall(SYS_setresuid, user, user, user) == -1);
	EXPECT(errno == ENOSYS);
	return 0;
}

static void
users_change_at_the_start_only(void **state)
{
	(void)state;
	succeeds(change_user);
}

static int
call_others(void)
{
	EXPECT(confine_for_run() == 0);
	EXPECT(syscall(SYS_getpriority, 0, 0) == -1 && errno == ENOSYS);
	EXPECT(syscall(100000) == -1 && errno == ENOSYS);
	EXPECT(socket(AF_BLUETOOTH, SOCK_RAW, 0) == -1 && errno == ENOSYS);
	return 0;
}

static void
other_calls_fail_as_if_the_kernel_had_none(void **state)
{
	(void)state;
	succeeds(call_others);
}

/* Whether the kernel's log has a line with both texts; -1: it cannot be read. */
static int
kernel_logged(const char *one, const char *other)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int found = fd == -1 ? -1 : 0;
	char line[8192];
	ssize_t n;

	while (fd != -1 && found == 0 &&
	       ((n = read(fd, line, sizeof(line) - 1)) > 0 || errno == EPIPE)) {
		line[n > 0 ? n : 0] = '\0';
		found =
		    strstr(line, one) != NULL && strstr(line, other) != NULL;
	}
	if (fd != -1)
		close(fd);
	return found;
}

#ifdef SYS_clone3

static int
call_clone3(void)
{
	EXPECT(confine_for_run() == 0);
	EXPECT(syscall(SYS_getpriority, 0, 0) == -1 && errno == ENOSYS);
	EXPECT(syscall(SYS_clone3, NULL, (size_t)0) == -1 && errno == ENOSYS);
	EXPECT(syscall(SYS_setpriority, 0, 0, 0) == -1 && errno == ENOSYS);
	return 0;
}

/* Whether the kernel's log has a line about this call of the process. */
static bool
call_logged(pid_t process, int number)
{
	char pid[32], call[32];

	snprintf(pid, sizeof(pid), " pid=%ld ", (long)process);
	snprintf(call, sizeof(call), " syscall=%d ", number);
	return kernel_logged(pid, call) == 1;
}

/*
 * Each thread that was made wrote a line into the audit log.  The kernel drops
 * lines that come too fast, so the calls before and after must have theirs.
 */
static void
clone3_was_logged(void **state)
{
	int status;
	pid_t child;

	(void)state;
#ifdef EXFLOW_SANITIZERS
	skip();
#endif
	for (int i = 0; i < 40; i++) {
		child = fork();
		if (child == 0)
			_exit(call_clone3());
		assert_true(child > 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
		if (call_logged(child, SYS_getpriority) &&
		    call_logged(child, SYS_setpriority)) {
			assert_false(call_logged(child, SYS_clone3));
			return;
		}
		usleep(50000);
	}
	skip(); /* no audit, a full log, or no permission */
}

#endif

static int
map_program(void)
{
	const int both = PROT_READ | PROT_WRITE | PROT_EXEC;
	void *memory;

	EXPECT(confine_for_run() == 0);
	EXPECT(mmap(NULL, 4096, both, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	       MAP_FAILED);
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(memory != MAP_FAILED);
	EXPECT(mprotect(memory, 4096, PROT_READ | PROT_EXEC) == -1);
	EXPECT(mprotect(memory, 4096, PROT_READ) == 0);
	return 0;
}

static void
memory_that_was_written_cannot_be_run(void **state)
{
	(void)state;
	succeeds(map_program);
}

static int pipes[2];

static void *
wait_and_call(void *context)
{
	char octet;

	if (read(pipes[0], &octet, 1) == 1 &&
	    syscall(SYS_getpriority, 0, 0) == -1 && errno == ENOSYS)
		*(int *)context = 1;
	return NULL;
}

static int
confine_others(void)
{
	pthread_t thread;
	int confined = 0;

	EXPECT(pipe(pipes) == 0);
	EXPECT(pthread_create(&thread, NULL, wait_and_call, &confined) == 0);
	EXPECT(confine_for_run() == 0);
	EXPECT(write(pipes[1], "", 1) == 1);
	EXPECT(pthread_join(thread, NULL) == 0);
	EXPECT(confined == 1);
	return 0;
}

static void
threads_that_are_there_are_confined_too(void **state)
{
	(void)state;
	succeeds(confine_others);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_can_be_made),
		cmocka_unit_test(files_can_be_written),
		cmocka_unit_test(names_can_be_looked_up_and_sockets_made),
		cmocka_unit_test(running_a_program_kills_from_the_start_on),
		cmocka_unit_test(a_new_process_kills),
		cmocka_unit_test(a_new_name_space_kills),
		cmocka_unit_test(users_change_at_the_start_only),
		cmocka_unit_test(other_calls_fail_as_if_the_kernel_had_none),
#ifdef SYS_clone3
		cmocka_unit_test(clone3_was_logged),
#endif
		cmocka_unit_test(memory_that_was_written_cannot_be_run),
		cmocka_unit_test(threads_that_are_there_are_confined_too),
	};

	if (!confine_available()) {
		puts("skipped: built without seccomp");
		return 77;
	}
	if (getenv("EXFLOW_EMULATED") != NULL) {
		puts("skipped: an emulator hands no filter on to the system");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

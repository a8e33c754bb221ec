/* SPDX-License-Identifier: BSD-2-Clause */
/* A rule from which there is no way back is tried in a process of its own. */
#ifndef EXFLOW_TESTS_DAEMON_CHILD_H
#define EXFLOW_TESTS_DAEMON_CHILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

/* Returns 0 where all went as it should, else the number of the line. */
typedef int action(void);
#define EXPECT(condition)                                                      \
	do {                                                                   \
		if (!(condition))                                              \
			return __LINE__ % 256;                                 \
	} while (0)

/* How a child ends that does this. */
static inline int
status_of(action *act)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		alarm(30);
		_exit(act());
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static inline void
succeeds(action *act)
{
	int status = status_of(act);

	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != 0)
		fail_msg("line %d", WEXITSTATUS(status));
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter is built from the lists of confine_calls.c and from rules for
 * calls that depend on their arguments: kinds of sockets, memory that is both
 * written and run, threads.
 *
 * Two filters are in force, and the kernel takes the stricter answer of both:
 *
 *	quiet	clone3: ENOSYS, without a line in the audit log; all else passes
 *	main	what is on no list: ENOSYS, with a line in the audit log
 *
 * The C library tries clone3 for each thread and falls back to clone, so a
 * line for that would tell an administrator nothing.  Whether refusals are
 * logged is a property of a whole filter.  The quiet one is loaded first, as
 * the main one lets clone3 pass.
 */
#include <config.h>

#include "exflow/daemon/confine.h"

#include <errno.h>

#ifdef HAVE_SECCOMP

#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "confine.h"

#define NOT_THERE SCMP_ACT_ERRNO(ENOSYS)

bool
confine_available(void)
{
	return true;
}

/* A rule for every call of a list; 0, or a negative errno. */
static int
add_list(scmp_filter_ctx context, const char *const *names, uint32_t action)
{
	for (; *names != NULL; names++) {
		int number = seccomp_syscall_resolve_name(*names);
		int code;

		if (number == __NR_SCMP_ERROR || number < 0)
			continue; /* this architecture does not have it */
		code = seccomp_rule_add(context, action, number, 0);
		if (code != 0)
			return code;
	}
	return 0;
}

#define ADD(context, action, name, ...)                                        \
	seccomp_rule_add_array(context, action, SCMP_SYS(name),                \
	    sizeof((struct scmp_arg_cmp[]){ __VA_ARGS__ }) /                   \
	        sizeof(struct scmp_arg_cmp),                                   \
	    (struct scmp_arg_cmp[]){ __VA_ARGS__ })

/* One argument of a call, by its place; see seccomp_rule_add(3). */
#define EQUALS(place, value)                                                   \
	{                                                                      \
		(place), SCMP_CMP_EQ, (value), 0                               \
	}
#define IS_NOT(place, value)                                                   \
	{                                                                      \
		(place), SCMP_CMP_NE, (value), 0                               \
	}
#define MASKED(place, mask, value)                                             \
	{                                                                      \
		(place), SCMP_CMP_MASKED_EQ, (mask), (value)                   \
	}

/* The kinds of sockets that the program, libpcap and name lookups need. */
static int
add_sockets(scmp_filter_ctx context)
{
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK,
		AF_PACKET };
	int code = 0;

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (code == 0)
			code = ADD(context, SCMP_ACT_ALLOW, socket,
			    EQUALS(0, (uint32_t)families[i]));
	if (code == 0)
		code = ADD(
		    context, SCMP_ACT_ALLOW, socketpair, EQUALS(0, AF_UNIX));
	return code;
}

/* No memory is both writable and executable: that is how code gets in. */
static int
add_memory(scmp_filter_ctx context)
{
	const scmp_datum_t both = PROT_WRITE | PROT_EXEC;
	/* Either without PROT_EXEC, or with it and without PROT_WRITE. */
	int code = ADD(context, SCMP_ACT_ALLOW, mmap, MASKED(2, PROT_EXEC, 0));

	if (code == 0)
		code = ADD(
		    context, SCMP_ACT_ALLOW, mmap, MASKED(2, both, PROT_EXEC));
	if (code == 0)
		code = ADD(
		    context, SCMP_ACT_ALLOW, mprotect, MASKED(2, PROT_EXEC, 0));
	return code;
}

#ifndef EXFLOW_SANITIZERS

/*
 * clone may make a thread, but no process and no name space.  A filter cannot
 * read the flags of clone3, which are in memory, so the quiet filter refuses
 * that call.
 */
static int
add_threads(scmp_filter_ctx context)
{
	static const unsigned names[] = { PR_SET_NAME, PR_GET_NAME };
	const scmp_datum_t forbidden =
	    CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
	    CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
	int code = ADD(context, SCMP_ACT_ALLOW, clone,
	    MASKED(0, forbidden | CLONE_THREAD, CLONE_THREAD));

	if (code == 0)
		code = ADD(context, SCMP_ACT_KILL_PROCESS, clone,
		    MASKED(0, CLONE_THREAD, 0));
	if (code == 0)
		code = ADD(context, SCMP_ACT_ALLOW, tgkill,
		    EQUALS(0, (uint32_t)getpid()));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (code == 0)
			code = ADD(context, SCMP_ACT_ALLOW, prctl,
			    EQUALS(0, names[i]));
	return code;
}

#else

static int
add_threads(scmp_filter_ctx context)
{
	(void)context; /* sanitizers need all of clone: it is on the list */
	return 0;
}

#endif

/* Calls that depend on their arguments. */
static int
add_arguments(scmp_filter_ctx context)
{
	int code = add_sockets(context);

	if (code == 0)
		code = add_memory(context);
	if (code == 0)
		code = add_threads(context);
	if (code == 0) /* limits may be read, not set */
		code = ADD(context, SCMP_ACT_ALLOW, prlimit64, EQUALS(2, 0));
	if (code == 0) /* TIOCSTI types at a terminal */
		code = ADD(context, SCMP_ACT_ALLOW, ioctl, IS_NOT(1, TIOCSTI));
	return code;
}

static int
build(scmp_filter_ctx context, enum confine_phase phase)
{
	int code = add_list(context, confine_always, SCMP_ACT_ALLOW);

	if (code == 0 && phase == CONFINE_START)
		code = add_list(context, confine_start, SCMP_ACT_ALLOW);
	if (code == 0)
		code = add_list(context, confine_fatal, SCMP_ACT_KILL_PROCESS);
	if (code == 0)
		code = add_arguments(context);
	if (code == 0)
		code = seccomp_attr_set(
		    context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (code == 0)
		code = seccomp_attr_set(context, SCMP_FLTATR_CTL_TSYNC, 1);
	/* Optional: log what is refused; search a tree, not a long list. */
	(void)seccomp_attr_set(context, SCMP_FLTATR_CTL_LOG, 1);
	(void)seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return code;
}

#ifndef EXFLOW_SANITIZERS

/* The quiet filter; phase does not matter. */
static int
build_quiet(scmp_filter_ctx context, enum confine_phase phase)
{
	int number = seccomp_syscall_resolve_name("clone3");
	int code = 0;

	(void)phase;
	if (number != __NR_SCMP_ERROR && number >= 0)
		code = seccomp_rule_add(context, NOT_THERE, number, 0);
	/* The main filter kills what comes from another architecture. */
	if (code == 0)
		code = seccomp_attr_set(
		    context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
	if (code == 0)
		code = seccomp_attr_set(context, SCMP_FLTATR_CTL_TSYNC, 1);
	return code;
}

#else

static int
build_quiet(scmp_filter_ctx context, enum confine_phase phase)
{
	(void)context, (void)phase; /* sanitizers need all of it */
	return 0;
}

#endif

/* 0, or a negative errno. */
static int
load(uint32_t otherwise,
    int (*rules)(scmp_filter_ctx context, enum confine_phase phase),
    enum confine_phase phase)
{
	scmp_filter_ctx context = seccomp_init(otherwise);
	int code;

	if (context == NULL)
		return -ENOSYS;
	code = rules(context, phase);
	if (code == 0)
		code = seccomp_load(context);
	seccomp_release(context);
	return code;
}

int
confine(enum confine_phase phase)
{
	int code = 0;

	if (phase == CONFINE_START)
		code = load(SCMP_ACT_ALLOW, build_quiet, phase);
	if (code == 0)
		code = load(NOT_THERE, build, phase);
	if (code == 0)
		return 0;
	errno = -code;
	return -1;
}

#else

bool
confine_available(void)
{
	return false;
}

int
confine(enum confine_phase phase)
{
	(void)phase;
	errno = ENOSYS;
	return -1;
}

#endif

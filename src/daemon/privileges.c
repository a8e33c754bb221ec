/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/daemon/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif
#ifdef HAVE_LIBCAP_NG
#include <cap-ng.h>
#endif

struct identity {
	uid_t user;
	gid_t group;
	bool given; /* by name; else it is ours already */
};

__attribute__((format(printf, 2, 3))) static int
refuse(char *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, PRIVILEGES_ERROR_SIZE, format, arguments);
	va_end(arguments);
	return -1;
}

/* The user to become. */
static int
find_user(const char *name, struct identity *identity, char *error)
{
	const char *wanted = name != NULL ? name : PRIVILEGES_USER;
	const struct passwd *found;

	*identity = (struct identity){ .user = geteuid(), .group = getegid() };
	if (name == NULL && identity->user != 0)
		return 0;
	errno = 0;
	found = getpwnam(wanted);
	if (found == NULL && name == NULL)
		return 0;
	if (found == NULL)
		return refuse(error, "user %s: %s", wanted,
		    errno != 0 ? strerror(errno)
		               : "unknown, expected a name of passwd(5)");
	identity->user = found->pw_uid;
	identity->group = found->pw_gid;
	identity->given = true;
	return 0;
}

static int
find_group(const char *name, struct identity *identity, char *error)
{
	const struct group *found;

	if (name == NULL)
		return 0;
	errno = 0;
	found = getgrnam(name);
	if (found == NULL)
		return refuse(error, "group %s: %s", name,
		    errno != 0 ? strerror(errno)
		               : "unknown, expected a name of group(5)");
	identity->group = found->gr_gid;
	identity->given = true;
	return 0;
}

#ifdef HAVE_LIBCAP_NG

bool
privileges_keep_raw(void)
{
	return true;
}

/* Keep CAP_NET_RAW, if we have it, and nothing else. */
static void
choose_capabilities(bool keep_raw)
{
	bool raw = keep_raw &&
	           capng_have_capability(CAPNG_PERMITTED, CAP_NET_RAW) == 1;

	capng_clear(CAPNG_SELECT_ALL);
	if (raw)
		capng_update(
		    CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_RAW);
}

static int
become(const struct identity *identity, bool keep_raw)
{
	int code;

	if (capng_get_caps_process() != 0)
		return -1;
	choose_capabilities(keep_raw);
	if (geteuid() == 0 && identity->given) {
		code =
		    capng_change_id((int)identity->user, (int)identity->group,
		        CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
	} else {
		/* Only root can change the bounding set. */
		code = capng_apply(
		    geteuid() == 0 ? CAPNG_SELECT_ALL
		                   : CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT);
	}
	return code == 0 ? 0 : -1;
}

#else

bool
privileges_keep_raw(void)
{
	return false;
}

/* Without libcap-ng: the kernel drops all capabilities with root. */
static int
become(const struct identity *identity, bool keep_raw)
{
	(void)keep_raw;
	if (geteuid() != 0 || !identity->given)
		return 0;
	if (setgroups(0, NULL) == -1 || setgid(identity->group) == -1)
		return -1;
	return setuid(identity->user);
}

#endif

/* Make sure that privileges are gone and cannot be had back. */
static int
verify(const struct identity *identity, char *error)
{
	if (getuid() != identity->user || geteuid() != identity->user ||
	    getgid() != identity->group || getegid() != identity->group)
		return refuse(error, "privileges: they were not dropped");
	if (identity->user != 0 && setuid(0) == 0)
		return refuse(error, "privileges: root could be had back");
	return 0;
}

static int
no_new_privileges(void)
{
#ifdef PR_SET_NO_NEW_PRIVS
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#else
	return 0;
#endif
}

int
privileges_check(
    const struct privileges_options *options, char error[PRIVILEGES_ERROR_SIZE])
{
	struct identity identity;

	if (find_user(options->user, &identity, error) != 0 ||
	    find_group(options->group, &identity, error) != 0)
		return -1;
	return identity.user == geteuid() && identity.group == getegid();
}

enum privileges_result
privileges_drop(
    const struct privileges_options *options, char error[PRIVILEGES_ERROR_SIZE])
{
	struct identity identity;

	if (find_user(options->user, &identity, error) != 0 ||
	    find_group(options->group, &identity, error) != 0)
		return PRIVILEGES_ERROR;
	if (geteuid() != 0 &&
	    (identity.user != geteuid() || identity.group != getegid())) {
		refuse(error, "user and group: only root can change them");
		return PRIVILEGES_ERROR;
	}
	if (become(&identity, options->keep_raw) != 0 ||
	    no_new_privileges() != 0) {
		refuse(error, "privileges: cannot be dropped: %s",
		    strerror(errno));
		return PRIVILEGES_ERROR;
	}
	if (verify(&identity, error) != 0)
		return PRIVILEGES_ERROR;
	return identity.user == 0 && !identity.given ? PRIVILEGES_ROOT
	                                             : PRIVILEGES_DROPPED;
}

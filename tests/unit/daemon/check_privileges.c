/* SPDX-License-Identifier: BSD-2-Clause */
/* Each rule is tried in a process of its own, as there is no way back. */
#include <config.h>

#include "exflow/daemon/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exflow/daemon/confine.h"

#include "child.h"

#define USER "nobody"
#define RAW "0000000000002000" /* CAP_NET_RAW alone */
#define NONE "0000000000000000"

static void
need_root(void)
{
	if (geteuid() != 0 || getpwnam(USER) == NULL)
		skip();
}

/* Whether /proc/self/status has this value under that name. */
static bool
status_has(const char *name, const char *value)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[4096];
	bool found = false;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char *colon = strchr(line, ':');

		if (colon == NULL)
			continue;
		*colon = '\0';
		if (strcmp(line, name) == 0) {
			char *text = colon + 1 + strspn(colon + 1, " \t");

			text[strcspn(text, " \n")] = '\0';
			found = strcmp(text, value) == 0;
		}
	}
	if (file != NULL)
		fclose(file);
	return found;
}

static enum privileges_result
drop(const char *user, bool keep_raw)
{
	const struct privileges_options options = { .user = user,
		.keep_raw = keep_raw };
	char error[PRIVILEGES_ERROR_SIZE];

	return privileges_drop(&options, error);
}

static int
packet_socket(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0 ? 0 : errno;
}

static int
become_nobody(void)
{
	const struct passwd *nobody = getpwnam(USER);
	uid_t user = nobody->pw_uid;

	EXPECT(drop(USER, false) == PRIVILEGES_DROPPED);
	EXPECT(getuid() == user && geteuid() == user);
	EXPECT(getgroups(0, NULL) == 0);
	EXPECT(open("/etc/shadow", O_RDONLY) == -1 && errno == EACCES);
	EXPECT(setuid(0) == -1 && seteuid(0) == -1 && setgid(0) == -1);
	EXPECT(packet_socket() == EPERM);
	EXPECT(status_has("CapEff", NONE) && status_has("CapPrm", NONE));
	EXPECT(status_has("NoNewPrivs", "1"));
	return 0;
}

static void
root_becomes_the_user_and_stays_it(void **state)
{
	(void)state;
	need_root();
	succeeds(become_nobody);
}

static int
keep_raw(void)
{
	EXPECT(drop(USER, true) == PRIVILEGES_DROPPED);
	EXPECT(status_has("CapEff", RAW) && status_has("CapPrm", RAW));
	EXPECT(status_has("CapBnd", NONE) && status_has("CapInh", NONE));
	EXPECT(status_has("CapAmb", NONE));
	EXPECT(packet_socket() == 0);
	EXPECT(open("/etc/shadow", O_RDONLY) == -1 && errno == EACCES);
	return 0;
}

static void
only_what_opens_interfaces_is_kept(void **state)
{
	(void)state;
	need_root();
	if (!privileges_keep_raw())
		skip();
	succeeds(keep_raw);
}

/* As under systemd: an ordinary user who was given the capability. */
static int
drop_as_user(void)
{
	const struct passwd *nobody = getpwnam(USER);

	EXPECT(drop(USER, true) == PRIVILEGES_DROPPED);
	EXPECT(drop(NULL, true) == PRIVILEGES_DROPPED);
	EXPECT(packet_socket() == (privileges_keep_raw() ? 0 : EPERM));
	EXPECT(drop(USER, true) == PRIVILEGES_DROPPED);
	EXPECT(drop(NULL, false) == PRIVILEGES_DROPPED);
	EXPECT(packet_socket() == EPERM);
	EXPECT(geteuid() == nobody->pw_uid);
	EXPECT(drop("root", false) == PRIVILEGES_ERROR);
	return 0;
}

static void
who_is_not_root_stays_and_drops_what_was_given(void **state)
{
	(void)state;
	need_root();
	succeeds(drop_as_user);
}

static int
stay_root(void)
{
	EXPECT(drop("root", true) == PRIVILEGES_DROPPED); /* as was wanted */
	EXPECT(geteuid() == 0);
	EXPECT(!privileges_keep_raw() || status_has("CapEff", RAW));
	return 0;
}

static void
root_without_capabilities_can_be_asked_for(void **state)
{
	(void)state;
	need_root();
	succeeds(stay_root);
}

static int
find_none(void)
{
	const struct privileges_options options = { .user = USER,
		.group = "no-such-group" };
	char error[PRIVILEGES_ERROR_SIZE];

	EXPECT(drop("no-such-user", false) == PRIVILEGES_ERROR);
	EXPECT(privileges_drop(&options, error) == PRIVILEGES_ERROR);
	EXPECT(strstr(error, "no-such-group: unknown") != NULL);
	EXPECT(geteuid() == 0 && status_has("NoNewPrivs", "0"));
	return 0;
}

static void
an_unknown_user_or_group_changes_nothing(void **state)
{
	(void)state;
	need_root();
	succeeds(find_none);
}

static int
confine_as_well(void)
{
	EXPECT(confine(CONFINE_START) == 0);
	EXPECT(drop(USER, true) == PRIVILEGES_DROPPED);
	EXPECT(confine(CONFINE_RUN) == 0);
	EXPECT(packet_socket() == (privileges_keep_raw() ? 0 : EPERM));
	EXPECT(open("/etc/shadow", O_RDONLY) == -1 && errno == EACCES);
	return 0;
}

static void
both_phases_of_confinement_go_with_it(void **state)
{
	(void)state;
	need_root();
	if (!confine_available() || getenv("EXFLOW_EMULATED") != NULL)
		skip();
	succeeds(confine_as_well);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_becomes_the_user_and_stays_it),
		cmocka_unit_test(only_what_opens_interfaces_is_kept),
		cmocka_unit_test(
		    who_is_not_root_stays_and_drops_what_was_given),
		cmocka_unit_test(root_without_capabilities_can_be_asked_for),
		cmocka_unit_test(an_unknown_user_or_group_changes_nothing),
		cmocka_unit_test(both_phases_of_confinement_go_with_it),
	};

	if (getenv("EXFLOW_EMULATED") != NULL) /* no kernel of its own */
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

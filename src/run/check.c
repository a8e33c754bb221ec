/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exflow -t: whether a run with these settings would start.
 *
 *	settings_load	text, ranges, filter, what contradicts itself
 *	as we are	log, user and group, pid file, interfaces, captures
 *	as the user	outputs, statistics, control socket, metrics page
 *
 * Root starts a probe and becomes another user before it opens its outputs, so
 * root checks these in a child that has become that user.  Nothing is made,
 * changed or sent; a child, sockets that nobody can reach, and a ring for each
 * interface exist for a moment.
 *
 * An ordinary user can often not know what another will be allowed: what the
 * system denies to him is then said to be unchecked, and is no error.
 */
#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exflow/base/log.h"
#include "exflow/base/path.h"
#include "exflow/capture/capture.h"
#include "exflow/capture/interface.h"
#include "exflow/daemon/control.h"
#include "exflow/daemon/pidfile.h"
#include "exflow/daemon/privileges.h"
#include "exflow/decode/decode.h"
#include "exflow/run/run.h"
#include "exflow/status/metrics.h"

#include "run_internal.h"

struct check {
	const struct settings *settings;
	bool other;       /* another user will run this: denials mean nothing */
	bool becomes;     /* we are root, and a probe becomes that user */
	const char *user; /* whom we have become; NULL: nobody else */
	unsigned wrong;   /* what a run would refuse */
};

static bool
is_denied(int code)
{
	return code == EACCES || code == EPERM;
}

/* What is wrong; code is an errno, or 0 where the system did not refuse. */
__attribute__((format(printf, 3, 4))) static void
report_wrong(struct check *check, int code, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (check->other && is_denied(code)) {
		log_warning("not checked: %s", text);
		return;
	}
	if (check->user != NULL && is_denied(code))
		log_error("%s, to the user %s", text, check->user);
	else
		log_error("%s", text);
	check->wrong++;
}

/* --- as we are */

static void
check_log(struct check *check)
{
	if (log_check(check->settings->log) != 0)
		report_wrong(check, errno,
		    "log = journal: the journal cannot be reached: %s",
		    strerror(errno));
}

static struct privileges_options
privileges_of(const struct settings *settings)
{
	return (struct privileges_options){ .user = settings->user,
		.group = settings->group };
}

/* Whether we may capture: a socket for no protocol receives no packet. */
static bool
may_capture(void)
{
#ifdef AF_PACKET
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return false;
	close(fd);
	return true;
#else
	return geteuid() == 0;
#endif
}

/* Only a probe becomes another user. */
static void
check_user(struct check *check)
{
	const struct privileges_options options =
	    privileges_of(check->settings);
	char error[PRIVILEGES_ERROR_SIZE];
	int same = privileges_check(&options, error);

	if (same == -1)
		report_wrong(check, 0, "%s", error);
	else if (geteuid() != 0 && same == 0)
		log_warning("not checked: what the user or the group of the "
		            "settings may do; only root becomes another user");
	check->other = geteuid() != 0 && (same != 1 || !may_capture());
	check->becomes = geteuid() == 0 && same != -1 &&
	                 check->settings->interface_count > 0;
}

static void
check_pid_file(struct check *check)
{
	const char *path = check->settings->pid_file;
	char error[256];

	if (path != NULL && pidfile_check(path, error, sizeof(error)) != 0)
		report_wrong(check, errno, "%s", error);
}

static void
check_interface(struct check *check, const char *name)
{
	struct interface_options options = check->settings->interface_options;
	char error[CAPTURE_ERROR_SIZE], link[CAPTURE_DATALINK_NAME_SIZE];
	struct interface *interface;

	options.interface = name;
	options.filter = check->settings->filter;
	options.promiscuous = false;
	options.ring_megabytes = INTERFACE_RING_MIN;
	if (!may_capture()) {
		if (interface_exists(name))
			log_warning("not checked: whether interface %s can be "
			            "captured on; that needs CAP_NET_RAW, or "
			            "root",
			    name);
		else
			report_wrong(check, 0,
			    "interface %s: there is none of this name", name);
		return;
	}
	interface = interface_open(&options, error);
	if (interface == NULL)
		report_wrong(check, 0, "%s", error);
	else if (!decode_datalink_supported(interface_datalink(interface)))
		report_wrong(check, 0,
		    "interface %s: link type %s cannot be decoded", name,
		    capture_datalink_name(
		        interface_datalink(interface), link, sizeof(link)));
	interface_close(&interface);
}

/* As far as the first packet; a pipe has its packets only once. */
static void
check_capture(struct check *check, const char *path)
{
	char error[CAPTURE_ERROR_SIZE], link[CAPTURE_DATALINK_NAME_SIZE];
	struct capture_packet packet;
	struct capture *capture;
	struct stat status;

	if (strcmp(path, "-") == 0 ||
	    (stat(path, &status) == 0 && !S_ISREG(status.st_mode))) {
		log_warning("not checked: %s, which can be read only once",
		    strcmp(path, "-") == 0 ? "standard input" : path);
		return;
	}
	capture = capture_open(path, check->settings->filter, error);
	if (capture == NULL) {
		report_wrong(check, 0, "%s", error);
		return;
	}
	if (capture_is_uniform(capture) &&
	    !decode_datalink_supported(capture_datalink(capture)))
		report_wrong(check, 0,
		    "%s: link type %s cannot be decoded; expected one that the "
		    "manual lists",
		    path,
		    capture_datalink_name(
		        capture_datalink(capture), link, sizeof(link)));
	else if (capture_next(capture, &packet) == -1)
		report_wrong(check, 0, "%s", capture_error(capture));
	capture_close(&capture);
}

static void
check_inputs(struct check *check)
{
	const struct settings *settings = check->settings;

	for (size_t i = 0; i < settings->interface_count; i++)
		check_interface(check, settings->interfaces[i]);
	for (size_t i = 0; i < settings->input_count; i++)
		check_capture(check, settings->inputs[i]);
}

/* --- as the user */

static void
check_outputs(struct check *check)
{
	const struct settings *settings = check->settings;
	size_t count = settings_destinations(settings);
	struct destination **outputs = outputs_make(settings, NULL);

	if (outputs == NULL) {
		check->wrong++;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct destination *output = outputs[i];

		if (output->ops->check != NULL &&
		    output->ops->check(output) != 0)
			report_wrong(check, errno, "output %s: %s",
			    output->name, output->error);
		destination_free(&outputs[i]);
	}
	free(outputs);
	outputs_warn_of_keys(settings, NULL);
}

static void
check_stats(struct check *check)
{
	const char *path = check->settings->stats_path;

	if (path != NULL && strcmp(path, "-") != 0 &&
	    path_check_file(path) != 0)
		report_wrong(
		    check, errno, "--stats %s: %s", path, strerror(errno));
}

/* What a probe answers to. */
static void
check_requests(struct check *check)
{
	const struct settings *settings = check->settings;

	if (settings->control != NULL && control_check(settings->control) != 0)
		report_wrong(check, errno, "control = %s: %s",
		    settings->control, strerror(errno));
	if (settings->metrics != NULL && metrics_try(settings->metrics) != 0)
		report_wrong(check, errno, "metrics = %s: %s",
		    settings->metrics, strerror(errno));
}

static unsigned
check_as_user(struct check *check)
{
	check->wrong = 0;
	check_outputs(check);
	check_stats(check);
	if (check->settings->input_count == 0)
		check_requests(check);
	return check->wrong;
}

/* In a child, as there is no way back to root. */
static unsigned
check_as_other_user(struct check *check)
{
	const struct privileges_options options =
	    privileges_of(check->settings);
	const char *named = check->settings->user;
	char error[PRIVILEGES_ERROR_SIZE];
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		switch (privileges_drop(&options, error)) {
		case PRIVILEGES_ERROR:
			log_error("%s", error);
			_exit(EXIT_FAILED);
		case PRIVILEGES_DROPPED:
			check->user = named != NULL ? named : PRIVILEGES_USER;
			break;
		case PRIVILEGES_ROOT:
			break;
		}
		_exit(check_as_user(check) > 0 ? EXIT_FAILED : EXIT_OK);
	}
	if (child == -1 || waitpid(child, &status, 0) != child) {
		log_error("outputs cannot be checked: %s", strerror(errno));
		return 1;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_OK ? 0 : 1;
}

int
run_check(const struct settings *settings)
{
	struct check check = { .settings = settings };
	unsigned wrong;

	check_log(&check);
	if (settings->input_count == 0) {
		check_user(&check);
		check_pid_file(&check);
	}
	check_inputs(&check);
	wrong = check.wrong;
	wrong +=
	    check.becomes ? check_as_other_user(&check) : check_as_user(&check);
	if (wrong > 0)
		return EXIT_USAGE;
	if (settings->input_count == 0 && settings->interface_count == 0)
		log_warning("no input is named: a run also needs FILE, -i NAME "
		            "or the setting interfaces");
	puts("configuration is valid");
	return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

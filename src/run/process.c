/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "process.h"

#include <errno.h>
#include <string.h>

#include "exflow/base/log.h"
#include "exflow/command/helper.h"
#include "exflow/daemon/confine.h"
#include "exflow/daemon/privileges.h"
#include "exflow/daemon/resident.h"

#include "commands.h"

static int
fail(const char *what)
{
	log_error("%s: %s", what, strerror(errno));
	return -1;
}

/* On a kernel without seccomp the program runs, with a warning. */
static void
restrict_calls(const struct process *process, enum confine_phase phase)
{
	if (!process->settings->seccomp || !confine_available())
		return;
	if (confine(phase) == -1)
		log_warning("seccomp: %s; no system call is forbidden",
		    strerror(errno));
}

/* Before anything that may log. */
static int
open_log(const struct settings *settings)
{
	if (log_open(settings->log) == 0)
		return 0;
	return fail("log = journal: the journal cannot be reached");
}

static int
detach(struct process *process)
{
	if (!process->settings->detach)
		return 0;
	process->daemonise = daemonise_begin();
	return process->daemonise != NULL ? 0 : fail("-d: cannot detach");
}

static int
claim(struct process *process)
{
	const char *path = process->settings->pid_file;
	char error[256];

	if (!process->live || path == NULL)
		return 0;
	process->pidfile = pidfile_open(path, error, sizeof(error));
	if (process->pidfile == NULL)
		log_error("%s", error);
	return process->pidfile != NULL ? 0 : -1;
}

int
process_begin(struct process *process, const struct settings *settings,
    bool live, int argc, char **argv)
{
	*process = (struct process){
		.settings = settings, .live = live, .notify = { .fd = -1 }
	};
	if (detach(process) != 0 || open_log(settings) != 0 ||
	    commands_start(&process->helper, settings, live, argc, argv) != 0 ||
	    claim(process) != 0)
		return -1;
	if (live && notify_open(&process->notify) == -1)
		log_warning("systemd cannot be notified (NOTIFY_SOCKET): %s",
		    strerror(errno));
	/* A run over files is ready at once. */
	if (live)
		restrict_calls(process, CONFINE_START);
	return 0;
}

static struct privileges_options
privileges_of(const struct settings *settings)
{
	return (struct privileges_options){
		.user = settings->user,
		.group = settings->group,
		.keep_raw = true, /* an interface may go and come back */
	};
}

int
process_check(const struct process *process)
{
	const struct privileges_options options =
	    privileges_of(process->settings);
	char error[PRIVILEGES_ERROR_SIZE];

	if (privileges_check(&options, error) != -1)
		return 0;
	log_error("%s", error);
	return -1;
}

int
process_drop(struct process *process)
{
	const struct privileges_options options =
	    privileges_of(process->settings);
	char error[PRIVILEGES_ERROR_SIZE];

	if (!process->live)
		return 0;
	switch (privileges_drop(&options, error)) {
	case PRIVILEGES_ERROR:
		log_error("%s", error);
		return -1;
	case PRIVILEGES_ROOT:
		log_warning("user: there is no user " PRIVILEGES_USER
		            ", root stays root; user = root turns this "
		            "warning off");
		break;
	case PRIVILEGES_DROPPED:
		break;
	}
	if (!privileges_keep_raw())
		log_info("an interface that goes away cannot be opened again: "
		         "this build cannot keep CAP_NET_RAW");
	return 0;
}

int
process_ready(struct process *process)
{
	const struct settings *settings = process->settings;

	restrict_calls(process, CONFINE_RUN);
	/* In the background nobody reads standard error. */
	if (process->daemonise != NULL && settings->log == LOG_TARGET_STDERR)
		(void)log_open(LOG_TARGET_SYSLOG);
	if (process->live) /* it is there for long */
		resident_trim();
	if (daemonise_ready(&process->daemonise) == -1)
		return fail("-d: cannot detach");
	return 0;
}

void
process_end(struct process *process)
{
	helper_stop(&process->helper);
	pidfile_close(&process->pidfile);
	notify_close(&process->notify);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "journal.h"

/* The one global state of the program, beside the signal flags. */
static const char *log_program = "exflow";
/* Atomic: a reload sets it while threads log. */
static _Atomic enum log_level log_limit = LOG_LEVEL_WARNING;
static enum log_target log_goes = LOG_TARGET_STDERR;
static bool log_severities; /* standard error is the journal */
static int log_journal = -1;

static const int severities[] = {
	[LOG_LEVEL_ERROR] = LOG_ERR,
	[LOG_LEVEL_WARNING] = LOG_WARNING,
	[LOG_LEVEL_INFO] = LOG_INFO,
	[LOG_LEVEL_DEBUG] = LOG_DEBUG,
};

void
log_init(const char *program, enum log_level level)
{
	log_program = program;
	log_limit = level;
}

void
log_set_level(enum log_level level)
{
	log_limit = level;
}

int
log_open(enum log_target target)
{
	if (target == LOG_TARGET_JOURNAL && log_journal == -1) {
		log_journal = journal_open(JOURNAL_SOCKET);
		if (log_journal == -1)
			return -1;
	}
	if (target == LOG_TARGET_SYSLOG)
		openlog(log_program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	log_severities = target == LOG_TARGET_STDERR &&
	                 journal_is_stderr(getenv("JOURNAL_STREAM"));
	log_goes = target;
	return 0;
}

/* One call, so that lines of two threads never mix. */
static void
log_stderr(enum log_level level, const char *line)
{
	if (log_severities)
		fprintf(stderr, "<%d>%s\n", severities[level], line);
	else
		fprintf(stderr, "%s: %s%s\n", log_program,
		    level == LOG_LEVEL_WARNING ? "warning: " : "", line);
}

__attribute__((format(printf, 2, 0))) static void
log_line(enum log_level level, const char *format, va_list arguments)
{
	char line[1024];

	vsnprintf(line, sizeof(line), format, arguments);
	switch (log_goes) {
	case LOG_TARGET_STDERR:
		log_stderr(level, line);
		break;
	case LOG_TARGET_SYSLOG:
		syslog(severities[level], "%s", line);
		break;
	case LOG_TARGET_JOURNAL:
		journal_send(log_journal, log_program, severities[level], line);
		break;
	}
}

#define LOG_DEFINE(name, level, limit)                                         \
	void name(const char *format, ...)                                     \
	{                                                                      \
		va_list arguments;                                             \
                                                                               \
		va_start(arguments, format);                                   \
		if (level <= (limit))                                          \
			log_line(level, format, arguments);                    \
		va_end(arguments);                                             \
	}

LOG_DEFINE(log_error, LOG_LEVEL_ERROR, log_limit)
LOG_DEFINE(log_warning, LOG_LEVEL_WARNING, log_limit)
LOG_DEFINE(log_info, LOG_LEVEL_INFO, log_limit)
LOG_DEFINE(log_debug, LOG_LEVEL_DEBUG, log_limit)
LOG_DEFINE(log_note, LOG_LEVEL_INFO, LOG_LEVEL_INFO)

/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <glib.h>

#include "exflow/base/escape.h"

#include "journal.h"

/* With the signal flags the only global state of the program. */
static const char *log_program = "exflow";
/* Atomic: a reload sets it while other threads log. */
static _Atomic enum log_level log_limit = LOG_LEVEL_WARNING;
static enum log_target log_target = LOG_TARGET_STDERR;
static bool log_priorities;  /* "<4>" before each line: the journal reads it */
static int log_journal = -1; /* socket */

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
	log_priorities = target == LOG_TARGET_STDERR &&
	                 journal_is_stderr(getenv("JOURNAL_STREAM"));
	log_target = target;
	return 0;
}

/* One fprintf a line, so that lines of two threads never mix. */
static void
log_stderr(enum log_level level, const char *line)
{
	if (log_priorities)
		fprintf(stderr, "<%d>%s\n", severities[level], line);
	else
		fprintf(stderr, "%s: %s%s\n", log_program,
		    level == LOG_LEVEL_WARNING ? "warning: " : "", line);
}

__attribute__((format(printf, 2, 0))) static void
log_line(enum log_level level, const char *format, va_list arguments)
{
	char text[1024], line[2 * sizeof(text)];

	vsnprintf(text, sizeof(text), format, arguments);
	/* A message may have words of a peer or a file in it. */
	escape_line(line, sizeof(line), text);
	switch (log_target) {
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

/* --- what glib logs */

/* Where memory is short, glib may not even have a message. */
static const char *
message_of(const GLogField *fields, gsize count)
{
	for (gsize i = 0; i < count; i++)
		if (strcmp(fields[i].key, "MESSAGE") == 0 &&
		    fields[i].value != NULL)
			return fields[i].value;
	return "out of memory";
}

static GLogWriterOutput
write_glib(
    GLogLevelFlags level, const GLogField *fields, gsize count, gpointer unused)
{
	const char *message = message_of(fields, count);

	(void)unused;
	if (level & G_LOG_LEVEL_ERROR) {
		log_error("%s", message);
		_exit(EXIT_FAILURE); /* glib itself would call abort() */
	}
	if (level & G_LOG_LEVEL_CRITICAL)
		log_error("%s", message);
	else if (level & G_LOG_LEVEL_WARNING)
		log_warning("%s", message);
	else
		log_debug("%s", message);
	return G_LOG_WRITER_HANDLED;
}

void
log_take_glib(void)
{
	g_log_set_writer_func(write_glib, NULL, NULL);
}

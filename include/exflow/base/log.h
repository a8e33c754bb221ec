/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: one line an event, to standard error, prefixed "exflow: "; or to
 * syslog or the journal.  A line names the object it is about (file, option,
 * collector).  Never called per packet.
 */
#ifndef EXFLOW_BASE_LOG_H
#define EXFLOW_BASE_LOG_H

#include <stdarg.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

enum log_target {
	LOG_TARGET_STDERR,
	LOG_TARGET_SYSLOG,
	LOG_TARGET_JOURNAL
};

/* The program's name, put before every line; not copied. */
void log_init(const char *program, enum log_level level);
/*
 * What glib and its users have to say goes to the log, too; where glib has no
 * memory, which it takes for the end, the program ends with status 1.  Once.
 */
void log_take_glib(void);
void log_set_level(enum log_level level);
/*
 * From here on lines go there; before other threads begin.  Standard error
 * gets a line's severity as <N> instead of the program's name where it is the
 * journal (JOURNAL_STREAM, systemd.exec(5)).  -1 with errno: the journal does
 * not answer, all stays as it was.
 */
int log_open(enum log_target target);

#define LOG_PRINTF __attribute__((format(printf, 1, 2)))
LOG_PRINTF void log_error(const char *format, ...);
LOG_PRINTF void log_warning(const char *format, ...);
LOG_PRINTF void log_info(const char *format, ...);
LOG_PRINTF void log_debug(const char *format, ...);
/* What somebody asked for: at every level. */
LOG_PRINTF void log_note(const char *format, ...);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: one line for each event, on standard error behind "exflow: ", in
 * syslog or in the journal.  A line names what it is about (file, option,
 * collector).  The packet path never logs.  Any thread may log.
 */
#ifndef EXFLOW_BASE_LOG_H
#define EXFLOW_BASE_LOG_H

#include <stdarg.h>
#include <stddef.h>

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

/* The program's name stands before each line; it is not copied. */
void log_init(const char *program, enum log_level level);
/*
 * Send what glib logs to this log.  Where glib is out of memory, which it
 * treats as fatal, the program ends with status 1.  Call it once.
 */
void log_take_glib(void);
/* Lines above this level are dropped.  From any thread. */
void log_set_level(enum log_level level);
/*
 * Choose where lines go, before other threads start.  Where standard error is
 * connected to the journal (JOURNAL_STREAM, systemd.exec(5)), each line starts
 * with its severity as <N> instead of the program's name.  0; or -1 with
 * errno where the journal does not answer, and the target stays as it was.
 */
int log_open(enum log_target target);
/* Whether log_open would succeed, without connecting: 0, or -1 with errno. */
int log_check(enum log_target target);
/*
 * The first error that this thread logs from now on is copied to text, too,
 * which is made empty.  NULL: no longer.
 */
void log_keep_error(char *text, size_t size);

#define LOG_PRINTF __attribute__((format(printf, 1, 2)))
LOG_PRINTF void log_error(const char *format, ...);
LOG_PRINTF void log_warning(const char *format, ...);
LOG_PRINTF void log_info(const char *format, ...);
LOG_PRINTF void log_debug(const char *format, ...);
/* An answer to what somebody asked for: logged at every level. */
LOG_PRINTF void log_note(const char *format, ...);

#endif
